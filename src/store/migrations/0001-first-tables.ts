import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const firstTables: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('investigations')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('cluster', 'text', (column) => column.notNull())
      .addColumn('channel', 'text')
      .addColumn('opened_at', 'bigint', (column) => column.notNull())
      .addColumn('concluded_at', 'bigint')
      .addColumn('seq', 'integer', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('investigations_open')
      .on('investigations')
      .columns(['concluded_at', 'opened_at'])
      .execute();

    await db.schema
      .createTable('investigation_events')
      .addColumn('investigation', 'text', (column) => column.notNull().references('investigations.id'))
      .addColumn('seq', 'integer', (column) => column.notNull())
      .addColumn('json', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('investigation_events_key', ['investigation', 'seq'])
      .execute();

    await db.schema
      .createTable('agent_keys')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('cluster', 'text', (column) => column.notNull())
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('public_key_pem', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('revoked_at', 'bigint')
      .execute();
    await db.schema.createIndex('agent_keys_of').on('agent_keys').columns(['cluster', 'role']).execute();

    await db.schema
      .createTable('agent_sessions')
      .addColumn('cluster', 'text', (column) => column.notNull())
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('instance', 'text', (column) => column.notNull())
      .addColumn('epoch', 'bigint', (column) => column.notNull())
      .addColumn('vantage_json', 'text')
      .addColumn('version', 'text')
      .addColumn('last_seen_at', 'bigint')
      .addPrimaryKeyConstraint('agent_sessions_key', ['cluster', 'role', 'instance'])
      .execute();

    await db.schema
      .createTable('cluster_knowledge')
      .addColumn('cluster', 'text', (column) => column.primaryKey())
      .addColumn('json', 'text', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('messages')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('thread', 'text')
      .addColumn('ts', 'text')
      .addColumn('hash', 'text')
      .addColumn('claimed_at', 'bigint', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('pulse')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('beats', 'bigint', (column) => column.notNull())
      .execute();
  },
};
