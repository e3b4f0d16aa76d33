import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What was seen before anyone asked: changes, what is covered, samples, outages. */
export const whatWasSeen: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await changes(db);
    await streams(db);
    await samples(db);
    await outages(db);
  },
};

async function changes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('change_groups')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('category', 'text', (column) => column.notNull())
    .addColumn('level', 'integer', (column) => column.notNull())
    .addUniqueConstraint('change_groups_key', ['cluster', 'category', 'level'])
    .execute();

  await db.schema
    .createTable('changes')
    .addColumn('n', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('group_id', 'integer', (column) => column.notNull())
    .addColumn('starts_at', 'bigint', (column) => column.notNull())
    .addColumn('ends_at', 'bigint', (column) => column.notNull())
    .addColumn('json', 'text', (column) => column.notNull())
    .addUniqueConstraint('changes_key', ['cluster', 'id'])
    .execute();
  await db.schema.createIndex('changes_by_end').on('changes').columns(['group_id', 'ends_at', 'starts_at']).execute();
  await db.schema.createIndex('changes_by_start').on('changes').columns(['group_id', 'starts_at', 'ends_at']).execute();

  await db.schema
    .createTable('coverage')
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('instance', 'text', (column) => column.notNull())
    .addColumn('category', 'text', (column) => column.notNull())
    .addColumn('from_at', 'bigint', (column) => column.notNull())
    .addColumn('to_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('coverage_key', ['cluster', 'source', 'instance', 'category', 'from_at'])
    .execute();
  await db.schema.createIndex('coverage_by_end').on('coverage').columns(['cluster', 'to_at']).execute();

  await db.schema
    .createTable('changes_forgotten')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('before_at', 'bigint', (column) => column.notNull())
    .execute();
}

async function streams(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('stream_cursors')
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('instance', 'text', (column) => column.notNull())
    .addColumn('stream', 'text', (column) => column.notNull())
    .addColumn('last', 'bigint', (column) => column.notNull())
    .addColumn('told_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('stream_cursors_key', ['cluster', 'role', 'instance', 'stream'])
    .execute();

  await db.schema
    .createTable('stream_gaps')
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('instance', 'text', (column) => column.notNull())
    .addColumn('from_at', 'bigint', (column) => column.notNull())
    .addColumn('to_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('stream_gaps_key', ['cluster', 'instance', 'from_at'])
    .execute();
}

async function samples(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sample_series')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('json', 'text', (column) => column.notNull())
    .addUniqueConstraint('sample_series_key', ['cluster', 'json'])
    .execute();

  await db.schema
    .createTable('sample_chunks')
    .addColumn('series_id', 'integer', (column) => column.notNull())
    .addColumn('chunk', 'bigint', (column) => column.notNull())
    .addColumn('packed', 'blob', (column) => column.notNull())
    .addPrimaryKeyConstraint('sample_chunks_key', ['series_id', 'chunk'])
    .execute();
}

async function outages(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('outages')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('began_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('json', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('outages_of').on('outages').columns(['cluster', 'ended_at']).execute();

  await db.schema
    .createTable('prober_alive')
    .addColumn('from_at', 'bigint', (column) => column.primaryKey())
    .addColumn('to_at', 'bigint', (column) => column.notNull())
    .addColumn('gap_ms', 'bigint', (column) => column.notNull())
    .execute();
}
