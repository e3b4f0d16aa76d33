import { Change, type ChangeCategory } from '../../words/change.ts';
import type { Looked, OutsideSource, SourceTrouble, Stretch } from './source.ts';

/** As `Looked`, and every word of it can be relied on. */
interface Checked {
  readonly changes: ReadonlyMap<string, readonly Change[]>;
  readonly covered: Looked['covered'];
  readonly troubles: readonly SourceTrouble[];
}

/**
 * Takes of an answer what is as a change has to be, for its own clusters and categories. Of a category of which something
 * was told that can't be taken, nothing counts as covered: it may be what is looked for.
 */
export function checkLooked(looked: Looked, source: OutsideSource, asked: Stretch): Checked {
  const told = categoriesOf(source);
  const good = new Map<string, Change[]>();
  const spoilt = new Set<ChangeCategory>();
  let bad = 0;
  for (const { cluster, change } of looked.changes) {
    const read = Change.safeParse(change);
    const isOwn =
      read.success &&
      source.clusters.includes(cluster) &&
      read.data.source === source.name &&
      read.data.instance === source.instance &&
      told.includes(read.data.category) &&
      read.data.earliestAt <= read.data.latestAt;
    if (isOwn) {
      const own = good.get(cluster);
      if (own === undefined) good.set(cluster, [read.data]);
      else own.push(read.data);
      continue;
    }
    bad += 1;
    const category = told.find((one) => one === change?.category);
    for (const each of category === undefined ? told : [category]) spoilt.add(each);
  }
  return {
    changes: good,
    covered: looked.covered.flatMap(({ fromAt, toAt, categories }) => {
      const sure = categories.filter((category) => told.includes(category) && !spoilt.has(category));
      const span = { fromAt: Math.max(fromAt, asked.fromAt), toAt: Math.min(toAt, asked.toAt), categories: sure };
      return sure.length > 0 && span.fromAt <= span.toAt ? [span] : [];
    }),
    troubles: bad === 0 ? looked.troubles : [...looked.troubles, malformed(bad, [...spoilt])],
  };
}

export function categoriesOf({ tells }: OutsideSource): readonly ChangeCategory[] {
  return [...new Set(tells.flatMap(({ categories }) => categories))];
}

function malformed(count: number, categories: readonly ChangeCategory[]): SourceTrouble {
  const what = count === 1 ? 'a change' : `${count} changes`;
  return { kind: 'malformed', categories, words: `it told of ${what} in a shape that is not understood` };
}
