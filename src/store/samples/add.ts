import type { Kysely, Transaction } from 'kysely';
import { Sample, SampleSeries } from '../../words/onset.ts';
import { checked, writeJson } from '../json.ts';
import type { Tables } from '../tables.ts';
import { chunkOf, pack, unpack } from './chunk.ts';

/** Of two that began in the same millisecond the one told later stands: they are one probe, told twice. */
export async function addSamples(
  trx: Transaction<Tables>,
  series: SampleSeries,
  samples: readonly Sample[],
): Promise<void> {
  if (samples.length === 0) return;
  const id = await idOf(trx, series);
  for (const [chunk, news] of Map.groupBy(samples.map(whole), ({ at }) => chunkOf(at))) {
    const row = await trx
      .selectFrom('sample_chunks')
      .select('packed')
      .where('series_id', '=', id)
      .where('chunk', '=', chunk)
      .executeTakeFirst();
    const known = row === undefined ? [] : unpack(chunk, row.packed);
    const packed = pack(chunk, inOrder(known, news));
    await trx
      .insertInto('sample_chunks')
      .values({ series_id: id, chunk, packed })
      .onConflict((conflict) => conflict.columns(['series_id', 'chunk']).doUpdateSet({ packed }))
      .execute();
  }
}

/** null for a series without samples. */
export async function knownId(db: Kysely<Tables>, series: SampleSeries): Promise<number | null> {
  const row = await db
    .selectFrom('sample_series')
    .select('id')
    .where('cluster', '=', series.cluster)
    .where('json', '=', keyOf(series))
    .executeTakeFirst();
  return row?.id ?? null;
}

async function idOf(trx: Transaction<Tables>, series: SampleSeries): Promise<number> {
  const known = await knownId(trx, series);
  if (known !== null) return known;
  const { id } = await trx
    .insertInto('sample_series')
    .values({ cluster: series.cluster, json: keyOf(series) })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

function keyOf({ cluster, vantage, path, host, port, address }: SampleSeries): string {
  const { kind, instance } = vantage;
  const series: SampleSeries = { cluster, vantage: { kind, instance }, path, host, port, address };
  return writeJson(SampleSeries, series, `a series of samples of cluster ${cluster}`);
}

function whole(sample: Sample): Sample {
  return { ...checked(Sample, sample, `the sample of ${sample.at}`), at: Math.round(sample.at) };
}

function inOrder(known: readonly Sample[], news: readonly Sample[]): readonly Sample[] {
  const byTime = new Map([...known, ...news].map((sample) => [sample.at, sample]));
  return [...byTime.values()].toSorted((a, b) => a.at - b.at);
}
