import type { Migration } from 'kysely/migration';

/** What sources outside of the clusters saw last. */
export const sourceMemories: Migration = {
  async up(db) {
    await db.schema
      .createTable('source_memories')
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('instance', 'text', (column) => column.notNull())
      .addColumn('json', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('source_memories_key', ['source', 'instance'])
      .execute();
  },
};
