import { type Kysely, sql } from 'kysely';
import type { PastShelf } from '../investigation/history.ts';
import { Past, searchedWords } from '../investigation/past.ts';
import { readJson, writeJson } from './json.ts';
import type { Tables } from './tables.ts';

export function pastShelf(db: Kysely<Tables>): PastShelf {
  return {
    async behind(most) {
      const rows = await db
        .selectFrom('investigations')
        .leftJoin('pasts', 'pasts.id', 'investigations.id')
        .select('investigations.id')
        .where((eb) => eb.or([eb('pasts.seq', 'is', null), eb('pasts.seq', '<', eb.ref('investigations.seq'))]))
        .orderBy('investigations.opened_at', 'desc')
        .limit(most)
        .execute();
      return rows.map(({ id }) => id);
    },

    async put(past, seq) {
      const row = {
        cluster: past.cluster,
        opened_at: past.openedAt,
        seq,
        words: searchedWords(past),
        json: writeJson(Past, past, `what is told of ${past.id}`),
      };
      await db
        .insertInto('pasts')
        .values({ id: past.id, ...row })
        .onConflict((conflict) =>
          // Somebody faster may have put what is newer.
          conflict.column('id').doUpdateSet(row).where('pasts.seq', '<', seq),
        )
        .execute();
    },

    async find({ clusters, words, sinceAt, before, most }) {
      if (clusters.length === 0) return [];
      let query = db.selectFrom('pasts').select(['id', 'json']).where('cluster', 'in', clusters);
      for (const word of words) {
        const pattern = `%${word.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
        query = query.where(sql<boolean>`words like ${pattern} escape '\\'`);
      }
      if (sinceAt !== null) query = query.where('opened_at', '>=', sinceAt);
      if (before !== null) {
        const { openedAt, id } = before;
        query = query.where((eb) =>
          eb.or([eb('opened_at', '<', openedAt), eb.and([eb('opened_at', '=', openedAt), eb('id', '>', id)])]),
        );
      }
      const rows = await query.orderBy('opened_at', 'desc').orderBy('id').limit(most).execute();
      return rows.map(({ id, json }) => readJson(Past, json, `what is told of ${id}`));
    },
  };
}
