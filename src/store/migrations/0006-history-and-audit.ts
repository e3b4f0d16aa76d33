import type { Migration } from 'kysely/migration';

/** What was investigated before, in a few words each, and who asked for what. */
export const historyAndAudit: Migration = {
  async up(db) {
    await db.schema
      .createTable('pasts')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('cluster', 'text', (column) => column.notNull())
      .addColumn('opened_at', 'bigint', (column) => column.notNull())
      .addColumn('seq', 'integer', (column) => column.notNull())
      .addColumn('words', 'text', (column) => column.notNull())
      .addColumn('json', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('pasts_by_time').on('pasts').columns(['opened_at', 'id']).execute();
    await db.schema
      .createTable('audit')
      .addColumn('n', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('actor', 'text', (column) => column.notNull())
      .addColumn('via', 'text', (column) => column.notNull())
      .addColumn('channel', 'text')
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('cluster', 'text')
      .addColumn('target', 'text')
      .addColumn('outcome', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('audit_by_time').on('audit').column('at').execute();
  },
};
