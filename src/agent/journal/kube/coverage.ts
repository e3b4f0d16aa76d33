import type { ChangeCategory, CoverageSpan } from '../../../words/change.ts';
import { asOf, type Standing } from '../../kube/standing.ts';
import type { RecordSink } from '../../spool/spool.ts';
import { NEEDED } from './watched.ts';

/** Tells how far the watches see, as it proves itself: now and then, and at once when sight is lost. */
export interface CoverageTeller {
  progressed(standings: ReadonlyMap<string, Standing>, otherPolicies: readonly Standing[] | null): void;
}

const EVERY_MS = 10_000;

export function coverageTeller(options: {
  readonly instance: string;
  readonly sink: RecordSink;
  readonly clock: () => number;
}): CoverageTeller {
  const { instance, sink, clock } = options;
  let toldAt = Number.NEGATIVE_INFINITY;
  let sighted = false;
  let told = new Map<ChangeCategory, number>();

  return {
    progressed(standings, otherPolicies) {
      const sees = [...standings.values(), ...(otherPolicies ?? [])].every(({ trouble }) => trouble === null);
      const lost = sighted && !sees;
      sighted = sees;
      if (!lost && clock() - toldAt < EVERY_MS) return;
      const further = seenBy(standings, otherPolicies).filter(({ category, toAt }) => toAt > (told.get(category) ?? 0));
      if (further.length === 0) return;
      toldAt = clock();
      told = new Map([...told, ...further.map(({ category, toAt }) => [category, toAt] as const)]);
      for (const span of spansOf(further, instance)) sink.put({ kind: 'coverage', span });
    },
  };
}

/** How far everything that a category needs is seen without a break. */
interface Seen {
  readonly category: ChangeCategory;
  readonly fromAt: number;
  readonly toAt: number;
}

/** Categories that began this near to one another are told as one, from the last of them on. */
const TOGETHER_MS = 10_000;

/**
 * What the watches can answer for. A stream that took up where the one before it ended missed nothing, however long the
 * gap; a new list begins anew, since what came and went in between is not in it.
 * @param otherPolicies of the kinds that exist in the cluster; null while that is not known.
 */
function seenBy(standings: ReadonlyMap<string, Standing>, otherPolicies: readonly Standing[] | null): readonly Seen[] {
  return [...NEEDED].flatMap(([category, resources]) => {
    const needed: (Standing | undefined)[] = resources.map((resource) => standings.get(resource));
    if (category === 'network-policy') needed.push(...(otherPolicies ?? [undefined]));
    const all = needed.filter((one) => one?.listed === true);
    if (all.length < needed.length) return [];
    const known = all.flatMap((one) => one ?? []);
    const fromAt = Math.max(...known.map(({ completeFromAt }) => completeFromAt));
    const toAt = Math.min(...known.map(asOf));
    return toAt > fromAt ? [{ category, fromAt, toAt }] : [];
  });
}

function spansOf(seen: readonly Seen[], instance: string): CoverageSpan[] {
  const spans: CoverageSpan[] = [];
  for (const { category, fromAt, toAt } of seen.toSorted((a, b) => a.fromAt - b.fromAt)) {
    const last = spans.at(-1);
    if (last !== undefined && fromAt - last.fromAt <= TOGETHER_MS && Math.min(toAt, last.toAt) > fromAt) {
      spans[spans.length - 1] = {
        ...last,
        categories: [...last.categories, category],
        fromAt,
        toAt: Math.min(toAt, last.toAt),
      };
    } else {
      spans.push({ source: 'kube', instance, categories: [category], fromAt, toAt });
    }
  }
  return spans;
}
