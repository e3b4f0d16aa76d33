import type { Kysely } from 'kysely';
import type { SampleStore } from '../../changes/ports.ts';
import { SampleSeries } from '../../words/onset.ts';
import { readJson } from '../json.ts';
import type { Tables } from '../tables.ts';
import { addSamples, knownId } from './add.ts';
import { chunkOf, unpack, visitPacked } from './chunk.ts';

export function sampleStore(db: Kysely<Tables>): SampleStore {
  return {
    add: (series, samples) => db.transaction().execute((trx) => addSamples(trx, series, samples)),

    async series(cluster) {
      const rows = await db
        .selectFrom('sample_series')
        .select('json')
        .where('cluster', '=', cluster)
        .orderBy('id')
        .execute();
      return rows.map(({ json }) => readJson(SampleSeries, json, `a series of samples of cluster ${cluster}`));
    },

    async between(series, fromAt, toAt) {
      const rows = await chunksOf(db, series, fromAt, toAt);
      return rows.flatMap(({ chunk, packed }) => unpack(chunk, packed)).filter(({ at }) => at >= fromAt && at <= toAt);
    },

    async visit(series, fromAt, toAt, see) {
      for (const { chunk, packed } of await chunksOf(db, series, fromAt, toAt)) {
        visitPacked(chunk, packed, (at, ...rest) => {
          if (at >= fromAt && at <= toAt) see(at, ...rest);
        });
      }
    },

    // Whole chunks: what goes is at most so much younger than it might be.
    prune: (at) =>
      db.transaction().execute(async (trx) => {
        for (const { id } of await trx.selectFrom('sample_series').select('id').execute()) {
          await trx.deleteFrom('sample_chunks').where('series_id', '=', id).where('chunk', '<', chunkOf(at)).execute();
        }
        await trx
          .deleteFrom('sample_series')
          .where((eb) =>
            eb.not(
              eb.exists(
                eb
                  .selectFrom('sample_chunks')
                  .select('chunk')
                  .whereRef('sample_chunks.series_id', '=', 'sample_series.id'),
              ),
            ),
          )
          .execute();
      }),
  };
}

async function chunksOf(db: Kysely<Tables>, series: SampleSeries, fromAt: number, toAt: number) {
  const id = await knownId(db, series);
  if (id === null) return [];
  return db
    .selectFrom('sample_chunks')
    .select(['chunk', 'packed'])
    .where('series_id', '=', id)
    .where('chunk', '>=', chunkOf(fromAt))
    .where('chunk', '<=', chunkOf(toAt))
    .orderBy('chunk')
    .execute();
}
