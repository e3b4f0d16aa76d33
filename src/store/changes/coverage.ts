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

/** Those that reach into `[fromAt, toAt]`, whole; a source's categories that are covered alike are told together. */
export async function coverageWithin(
  db: Kysely<Tables>,
  cluster: string,
  fromAt: number,
  toAt: number,
): Promise<readonly CoverageSpan[]> {
  const rows = await db
    .selectFrom('coverage')
    .selectAll()
    .where('cluster', '=', cluster)
    .where('to_at', '>=', fromAt)
    .where('from_at', '<=', toAt)
    .orderBy('source')
    .orderBy('instance')
    .orderBy('from_at')
    .orderBy('to_at')
    .orderBy('category')
    .execute();
  const spans: { -readonly [Field in keyof CoverageSpan]: CoverageSpan[Field] }[] = [];
  for (const row of rows) {
    const category = readValue(ChangeCategory, row.category, `coverage of ${row.source} on ${row.instance}`);
    const last = spans.at(-1);
    if (
      last?.source === row.source &&
      last.instance === row.instance &&
      last.fromAt === row.from_at &&
      last.toAt === row.to_at
    ) {
      last.categories.push(category);
    } else {
      spans.push({
        source: row.source,
        instance: row.instance,
        categories: [category],
        fromAt: row.from_at,
        toAt: row.to_at,
      });
    }
  }
  return spans;
}

/** Nothing is known of what was before `at`. */
export async function forgetCoverage(trx: Transaction<Tables>, at: number): Promise<void> {
  await trx.deleteFrom('coverage').where('to_at', '<', at).execute();
  // Stretches of one key never touch: at most one of each reaches over `at`.
  await trx.updateTable('coverage').set({ from_at: at }).where('from_at', '<', at).execute();
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
