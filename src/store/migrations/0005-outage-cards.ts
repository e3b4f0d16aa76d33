import type { Migration } from 'kysely/migration';

/** Cards of outages and their reminders, and which cluster was asked for last in a channel. */
export const outageCards: Migration = {
  async up(db) {
    await db.schema
      .createTable('outage_cards')
      .addColumn('incident', 'text', (column) => column.primaryKey().notNull())
      .addColumn('cluster', 'text', (column) => column.notNull())
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('posted_at', 'bigint', (column) => column.notNull())
      .addColumn('mentions', 'integer', (column) => column.notNull())
      .addColumn('investigation', 'text')
      .addColumn('hush_kind', 'text')
      .addColumn('hush_reminder', 'integer')
      .addColumn('hush_by', 'text')
      .addColumn('hush_at', 'bigint')
      .addColumn('hush_until_at', 'bigint')
      .addColumn('closed', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema
      .createTable('outage_reminders')
      .addColumn('incident', 'text', (column) => column.notNull())
      .addColumn('number', 'integer', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('mentions', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('outage_reminders_key', ['incident', 'number'])
      .execute();
    await db.schema
      .createTable('channel_clusters')
      .addColumn('channel', 'text', (column) => column.primaryKey().notNull())
      .addColumn('cluster', 'text', (column) => column.notNull())
      .execute();
  },
};
