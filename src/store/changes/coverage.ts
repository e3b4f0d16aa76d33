import type { Kysely, Transaction } from 'kysely';
import { ChangeCategory, type CoverageSpan } from '../../words/change.ts';
import { inChunks } from '../chunks.ts';
import { readValue } from '../json.ts';
import { around, joined, type Span, wholeAround, wholeWithin, without } from '../spans.ts';
import type { Tables } from '../tables.ts';

/** Joins the spans with what is covered, save for `holes`. */
export async function cover(
  trx: Transaction<Tables>,
  cluster: string,
  spans: readonly CoverageSpan[],
  holes: readonly Span[] = [],
): Promise<void> {
  for (const { source, instance, category, covered } of byKey(spans)) {
    const news = without(covered, holes);
    const reach = around(news);
    if (reach === null) continue;
    const known = await trx
      .selectFrom('coverage')
      .select(['from_at as fromAt', 'to_at as toAt'])
      .where('cluster', '=', cluster)
      .where('source', '=', source)
      .where('instance', '=', instance)
      .where('category', '=', category)
      .where('from_at', '<=', reach.toAt + 1)
      .where('to_at', '>=', reach.fromAt - 1)
      .execute();
    await rewrite(trx, { cluster, source, instance, category }, known, joined([...known, ...news]));
  }
}

/** Takes the holes out of what is covered; `source` and `categories`: of these alone. */
export async function uncover(
  trx: Transaction<Tables>,
  cluster: string,
  of: { readonly instance: string; readonly source?: string; readonly categories?: readonly string[] },
  holes: readonly Span[],
): Promise<void> {
  const reach = around(holes);
  if (reach === null) return;
  let query = trx
    .selectFrom('coverage')
    .selectAll()
    .where('cluster', '=', cluster)
    .where('instance', '=', of.instance)
    .where('from_at', '<=', reach.toAt)
    .where('to_at', '>=', reach.fromAt);
  if (of.source !== undefined) query = query.where('source', '=', of.source);
  if (of.categories !== undefined) query = query.where('category', 'in', of.categories);
  for (const { from_at: fromAt, to_at: toAt, ...key } of await query.execute()) {
    await rewrite(trx, key, [{ fromAt, toAt }], without([{ fromAt, toAt }], holes.map(wholeAround)));
  }
}

/** Those that reach into `[fromAt, toAt]`, whole, save for what is forgotten; a source's categories that are covered alike are told together. */
export async function coverageWithin(
  db: Kysely<Tables>,
  cluster: string,
  fromAt: number,
  toAt: number,
): Promise<readonly CoverageSpan[]> {
  const forgotten = await db.selectFrom('changes_forgotten').select('before_at').executeTakeFirst();
  const knownFromAt = forgotten?.before_at ?? Number.NEGATIVE_INFINITY;
  if (toAt < knownFromAt) return [];
  const rows = await db
    .selectFrom('coverage')
    .select((eb) => [
      'source',
      'instance',
      'category',
      // Agents tell again and again from where they began: that must not bring back what is forgotten.
      eb.case().when('from_at', '<', knownFromAt).then(eb.val(knownFromAt)).else(eb.ref('from_at')).end().as('from_at'),
      'to_at',
    ])
    .where('cluster', '=', cluster)
    .where('to_at', '>=', Math.max(fromAt, knownFromAt))
    .where('from_at', '<=', toAt)
    .orderBy('source')
    .orderBy('instance')
    .orderBy('from_at')
    .orderBy('to_at')
    .orderBy('category')
    .execute();
  return together(
    rows.map(({ source, instance, category, from_at: fromAt, to_at: toAt }) => ({
      source,
      instance,
      categories: [readValue(ChangeCategory, category, `coverage of ${source} on ${instance}`)],
      fromAt,
      toAt,
    })),
  );
}

/** Spans that differ in their categories alone follow one another, and become one. */
function together(spans: readonly CoverageSpan[]): readonly CoverageSpan[] {
  const result: CoverageSpan[] = [];
  for (const span of spans) {
    const last = result.at(-1);
    const alike =
      last?.source === span.source &&
      last.instance === span.instance &&
      last.fromAt === span.fromAt &&
      last.toAt === span.toAt;
    if (alike) last.categories.push(...span.categories);
    else result.push(span);
  }
  return result;
}

/** Nothing that is told of the time before `at`, even later, counts as covered. */
export async function forgetCoverage(trx: Transaction<Tables>, at: number): Promise<void> {
  await trx.deleteFrom('coverage').where('to_at', '<', at).execute();
  await trx
    .insertInto('changes_forgotten')
    .values({ id: 1, before_at: at })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({ before_at: at }).where('changes_forgotten.before_at', '<', at),
    )
    .execute();
}

interface Key {
  readonly cluster: string;
  readonly source: string;
  readonly instance: string;
  readonly category: string;
}

function byKey(spans: readonly CoverageSpan[]) {
  const keyed = spans.flatMap(({ source, instance, categories, ...span }) => {
    const whole = wholeWithin(span);
    return whole === null ? [] : categories.map((category) => ({ source, instance, category, whole }));
  });
  const groups = Map.groupBy(keyed, ({ source, instance, category }) => JSON.stringify([source, instance, category]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { source, instance, category } = first;
    return [{ source, instance, category, covered: group.map(({ whole }) => whole) }];
  });
}

async function rewrite(
  trx: Transaction<Tables>,
  key: Key,
  known: readonly Span[],
  wanted: readonly Span[],
): Promise<void> {
  const begins = new Map(known.map(({ fromAt, toAt }) => [fromAt, toAt]));
  const news = wanted.filter(({ fromAt, toAt }) => begins.get(fromAt) !== toAt);
  const stay = new Set(wanted.map(({ fromAt }) => fromAt));
  const gone = known.map(({ fromAt }) => fromAt).filter((fromAt) => !stay.has(fromAt));
  for (const chunk of inChunks(gone)) {
    await trx
      .deleteFrom('coverage')
      .where('cluster', '=', key.cluster)
      .where('source', '=', key.source)
      .where('instance', '=', key.instance)
      .where('category', '=', key.category)
      .where('from_at', 'in', chunk)
      .execute();
  }
  for (const chunk of inChunks(news)) {
    await trx
      .insertInto('coverage')
      .values(chunk.map(({ fromAt, toAt }) => ({ ...key, from_at: fromAt, to_at: toAt })))
      .onConflict((conflict) =>
        conflict
          .columns(['cluster', 'source', 'instance', 'category', 'from_at'])
          .doUpdateSet((eb) => ({ to_at: eb.ref('excluded.to_at') })),
      )
      .execute();
  }
}
