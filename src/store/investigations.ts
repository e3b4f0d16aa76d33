import type { Kysely, Transaction } from 'kysely';
import { InvestigationEvent } from '../investigation/events.ts';
import type { InvestigationStore } from '../investigation/ports.ts';
import { readJson, writeJson } from './json.ts';
import type { Tables } from './tables.ts';

export function investigationStore(db: Kysely<Tables>): InvestigationStore {
  return {
    async append(id, expectedSeq, events) {
      if (events.length === 0) return (await countOf(db, id)) === expectedSeq;
      const rows = events.map((event, index) => ({
        investigation: id,
        seq: expectedSeq + index + 1,
        json: writeJson(InvestigationEvent, event, `event ${expectedSeq + index + 1} of ${id}`),
      }));
      return db.transaction().execute(async (trx) => {
        const mine =
          expectedSeq === 0 ? await begin(trx, id, events) : await advance(trx, id, expectedSeq, events.length);
        if (!mine) return false;
        await trx.insertInto('investigation_events').values(rows).execute();
        await conclude(trx, id, events);
        return true;
      });
    },

    async events(id, after = 0) {
      const rows = await db
        .selectFrom('investigation_events')
        .select(['seq', 'json'])
        .where('investigation', '=', id)
        .where('seq', '>', after)
        .orderBy('seq')
        .execute();
      return rows.map((row) => readJson(InvestigationEvent, row.json, `event ${row.seq} of investigation ${id}`));
    },

    async open(filter = {}) {
      let query = db.selectFrom('investigations').select('id').where('concluded_at', 'is', null);
      if (filter.cluster !== undefined) query = query.where('cluster', '=', filter.cluster);
      if (filter.channel !== undefined) query = query.where('channel', '=', filter.channel);
      const rows = await query.orderBy('opened_at', 'desc').orderBy('id').execute();
      return rows.map((row) => row.id);
    },

    async concludedSince(at) {
      const rows = await db
        .selectFrom('investigations')
        .select('id')
        .where('concluded_at', '>=', at)
        .orderBy('concluded_at', 'desc')
        .execute();
      return rows.map((row) => row.id);
    },
  };
}

async function countOf(db: Kysely<Tables>, id: string): Promise<number> {
  const row = await db.selectFrom('investigations').select('seq').where('id', '=', id).executeTakeFirst();
  return row?.seq ?? 0;
}

/** Claims an id that nobody used yet. */
async function begin(trx: Transaction<Tables>, id: string, events: readonly InvestigationEvent[]): Promise<boolean> {
  const opened = events[0];
  if (opened?.kind !== 'opened' || opened.id !== id) {
    throw new TypeError(`the first event of ${id} must be its own "opened", not "${opened?.kind}"`);
  }
  const inserted = await trx
    .insertInto('investigations')
    .values({
      id,
      cluster: opened.cluster,
      channel: opened.room?.channel ?? null,
      opened_at: opened.at,
      concluded_at: null,
      seq: events.length,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

/** Takes the next places in line, unless somebody else did. */
async function advance(trx: Transaction<Tables>, id: string, from: number, by: number): Promise<boolean> {
  const updated = await trx
    .updateTable('investigations')
    .set({ seq: from + by })
    .where('id', '=', id)
    .where('seq', '=', from)
    .executeTakeFirst();
  return updated.numUpdatedRows === 1n;
}

async function conclude(trx: Transaction<Tables>, id: string, events: readonly InvestigationEvent[]): Promise<void> {
  const concluded = events.findLast((event) => event.kind === 'concluded');
  if (concluded === undefined) return;
  await trx.updateTable('investigations').set({ concluded_at: concluded.at }).where('id', '=', id).execute();
}
