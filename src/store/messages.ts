import type { Kysely, Selectable } from 'kysely';
import type { MessageRecord, MessageRecords } from './store.ts';
import type { Tables } from './tables.ts';

export function messageRecords(db: Kysely<Tables>): MessageRecords {
  return {
    claim: (key, where) =>
      db.transaction().execute(async (trx) => {
        const inserted = await trx
          .insertInto('messages')
          .values({ key, channel: where.channel, thread: where.thread, ts: null, hash: null, claimed_at: where.at })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        const row = await trx.selectFrom('messages').selectAll().where('key', '=', key).executeTakeFirstOrThrow();
        return { fresh: inserted.numInsertedOrUpdatedRows === 1n, record: recordOf(row) };
      }),

    async sent(key, ts, hash) {
      const updated = await db.updateTable('messages').set({ ts, hash }).where('key', '=', key).executeTakeFirst();
      if (updated.numUpdatedRows === 0n) {
        throw new Error(
          `message "${key}" was sent but not claimed, or given up meanwhile: claim it before it is posted`,
        );
      }
    },

    async find(key) {
      const row = await db.selectFrom('messages').selectAll().where('key', '=', key).executeTakeFirst();
      return row === undefined ? null : recordOf(row);
    },

    async forget(key) {
      await db.deleteFrom('messages').where('key', '=', key).execute();
    },
  };
}

function recordOf(row: Selectable<Tables['messages']>): MessageRecord {
  return {
    key: row.key,
    channel: row.channel,
    thread: row.thread,
    ts: row.ts,
    hash: row.hash,
    claimedAt: row.claimed_at,
  };
}
