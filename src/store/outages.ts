import type { Kysely } from 'kysely';
import type { OutageStore } from '../changes/ports.ts';
import { Outage } from '../words/onset.ts';
import { readJson, writeJson } from './json.ts';
import { joined } from './spans.ts';
import type { Tables } from './tables.ts';

export function outageStore(db: Kysely<Tables>): OutageStore {
  return {
    async put(outage) {
      const { id, cluster, onset } = outage;
      const row = {
        cluster,
        began_at: onset.earliestAt,
        ended_at: onset.recovery?.latestAt ?? null,
        json: writeJson(Outage, outage, `outage ${id}`),
      };
      await db
        .insertInto('outages')
        .values({ id, ...row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute();
    },

    async since(cluster, sinceAt) {
      const rows = await db
        .selectFrom('outages')
        .select(['id', 'json'])
        .where('cluster', '=', cluster)
        .where((eb) => eb.or([eb('ended_at', 'is', null), eb('ended_at', '>=', sinceAt)]))
        .orderBy('began_at', 'desc')
        .orderBy('id')
        .execute();
      return rows.map(({ id, json }) => readJson(Outage, json, `outage ${id}`));
    },

    alive: (at, gapMs) =>
      db.transaction().execute(async (trx) => {
        const near = await trx
          .selectFrom('prober_alive')
          .select(['from_at as fromAt', 'to_at as toAt'])
          .where('from_at', '<=', at + gapMs)
          .where('to_at', '>=', at - gapMs)
          .execute();
        const [stretch] = joined([...near, { fromAt: at, toAt: at }], gapMs);
        if (stretch === undefined) return;
        const swallowed = near.map(({ fromAt }) => fromAt).filter((fromAt) => fromAt !== stretch.fromAt);
        if (swallowed.length > 0) await trx.deleteFrom('prober_alive').where('from_at', 'in', swallowed).execute();
        const row = { to_at: stretch.toAt, gap_ms: gapMs };
        await trx
          .insertInto('prober_alive')
          .values({ from_at: stretch.fromAt, ...row })
          .onConflict((conflict) => conflict.column('from_at').doUpdateSet(row))
          .execute();
      }),

    async downBetween(fromAt, toAt) {
      const rows = await db
        .selectFrom('prober_alive')
        .selectAll()
        .where('to_at', '>=', fromAt)
        .where('from_at', '<=', toAt)
        .orderBy('from_at')
        .execute();
      const down: { fromAt: number; toAt: number }[] = [];
      let downFromAt = fromAt;
      for (const { from_at, to_at, gap_ms } of rows) {
        if (from_at > downFromAt) down.push({ fromAt: downFromAt, toAt: from_at });
        // The next sign of life may still come in time.
        downFromAt = toAt <= to_at + gap_ms ? toAt : to_at;
      }
      if (downFromAt < toAt) down.push({ fromAt: downFromAt, toAt });
      return down;
    },

    prune: (at) =>
      db.transaction().execute(async (trx) => {
        await trx.deleteFrom('outages').where('ended_at', '<', at).execute();
        await trx.deleteFrom('prober_alive').where('to_at', '<', at).execute();
      }),
  };
}
