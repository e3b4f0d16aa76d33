import type { Migration } from 'kysely/migration';

/** When health posts are due, and which of their slots were taken care of. */
export const healthPosts: Migration = {
  async up(db) {
    await db.schema
      .createTable('health_schedules')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('removed_at', 'bigint')
      .addColumn('json', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('health_slots')
      .addColumn('schedule', 'text', (column) => column.notNull())
      .addColumn('slot_at', 'bigint', (column) => column.notNull())
      .addColumn('claimed_at', 'bigint', (column) => column.notNull())
      .addColumn('outcome', 'text')
      .addColumn('why', 'text')
      .addColumn('settled_at', 'bigint')
      .addPrimaryKeyConstraint('health_slots_key', ['schedule', 'slot_at'])
      .execute();
    await db.schema.createIndex('health_slots_open').on('health_slots').columns(['outcome']).execute();
  },
};
