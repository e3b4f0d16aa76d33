import type { Kysely, Transaction } from 'kysely';
import type { StreamStore } from '../changes/ports.ts';
import type { StreamRecord } from '../words/stream.ts';
import { addChanges } from './changes/add.ts';
import { cover, uncover } from './changes/coverage.ts';
import { addSamples } from './samples/add.ts';
import { around, type Span, wholeAround } from './spans.ts';
import type { Tables } from './tables.ts';

type Stream = Parameters<StreamStore['take']>[0];

export function streamStore(db: Kysely<Tables>): StreamStore {
  return {
    last: (cluster, role, instance, stream) => lastOf(db, { cluster, role, instance, stream }),

    take: (from, firstSeq, records) =>
      db.transaction().execute(async (trx) => {
        const last = await lastOf(trx, from);
        // Beyond a hole nothing is taken: what is in it may still come, and would be left out for ever.
        if (firstSeq > last + 1) return { last, newChanges: [] };
        const news = records.slice(last + 1 - firstSeq);
        if (news.length === 0) return { last, newChanges: [] };
        const newChanges = await keep(trx, from, news);
        const reached = last + news.length;
        await move(trx, from, reached, Math.max(...news.map(toldAt)));
        return { last: reached, newChanges };
      }),
  };
}

async function lastOf(db: Kysely<Tables>, { cluster, role, instance, stream }: Stream): Promise<number> {
  const row = await db
    .selectFrom('stream_cursors')
    .select('last')
    .where('cluster', '=', cluster)
    .where('role', '=', role)
    .where('instance', '=', instance)
    .where('stream', '=', stream)
    .executeTakeFirst();
  return row?.last ?? 0;
}

async function move(trx: Transaction<Tables>, stream: Stream, last: number, told: number): Promise<void> {
  await trx
    .insertInto('stream_cursors')
    .values({ ...pick(stream), last, told_at: told })
    .onConflict((conflict) =>
      conflict.columns(['cluster', 'role', 'instance', 'stream']).doUpdateSet({ last, told_at: told }),
    )
    .execute();
}

function pick({ cluster, role, instance, stream }: Stream): Stream {
  return { cluster, role, instance, stream };
}

async function keep(
  trx: Transaction<Tables>,
  { cluster, instance }: Stream,
  records: readonly StreamRecord[],
): Promise<Awaited<ReturnType<typeof addChanges>>> {
  const changes = records.flatMap((record) => (record.kind === 'change' ? [record.change] : []));
  const spans = records.flatMap((record) => (record.kind === 'coverage' ? [record.span] : []));
  const gaps = records.flatMap((record) => (record.kind === 'gap' ? [wholeAround(record)] : []));
  const newChanges = await addChanges(trx, cluster, changes);
  for (const record of records) {
    if (record.kind === 'samples') await addSamples(trx, record.series, record.samples);
  }
  await keepGaps(trx, cluster, instance, gaps);
  await uncover(trx, cluster, { instance }, gaps);
  await cover(trx, cluster, spans, await gapsWithin(trx, cluster, instance, around(spans)));
  return newChanges;
}

async function keepGaps(
  trx: Transaction<Tables>,
  cluster: string,
  instance: string,
  gaps: readonly Span[],
): Promise<void> {
  for (const { fromAt, toAt } of gaps) {
    await trx
      .insertInto('stream_gaps')
      .values({ cluster, instance, from_at: fromAt, to_at: toAt })
      .onConflict((conflict) =>
        conflict
          .columns(['cluster', 'instance', 'from_at'])
          .doUpdateSet({ to_at: toAt })
          .where('stream_gaps.to_at', '<', toAt),
      )
      .execute();
  }
}

async function gapsWithin(
  trx: Transaction<Tables>,
  cluster: string,
  instance: string,
  span: Span | null,
): Promise<readonly Span[]> {
  if (span === null) return [];
  return trx
    .selectFrom('stream_gaps')
    .select(['from_at as fromAt', 'to_at as toAt'])
    .where('cluster', '=', cluster)
    .where('instance', '=', instance)
    .where('from_at', '<=', span.toAt)
    .where('to_at', '>=', span.fromAt)
    .execute();
}

/** The latest time that the record tells of; at least 0, so that a series of nothing keeps no stream alive. */
function toldAt(record: StreamRecord): number {
  switch (record.kind) {
    case 'change':
      return record.change.observedAt;
    case 'coverage':
      return record.span.toAt;
    case 'samples':
      return Math.max(0, ...record.samples.map(({ at }) => at));
    case 'gap':
      return record.toAt;
    default:
      return record satisfies never;
  }
}
