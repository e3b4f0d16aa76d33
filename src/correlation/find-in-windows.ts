import { type Rule, rules } from '../playbook/rules.ts';
import type { Change } from '../words/change.ts';
import { type Placed, place } from './place.ts';
import type { Situation } from './situation.ts';
import { stretchesOf, type Timed } from './stretches.ts';

export interface InWindow {
  readonly timed: Timed;
  readonly placed: Placed;
  readonly onlyWidened: boolean;
}

/** What one rule's window holds. */
export interface Found {
  readonly rule: Rule;
  readonly widened: boolean;
  readonly hits: readonly InWindow[];
  /** How many more the widened window would hold; 0 once widened. */
  readonly justOutside: number;
}

/**
 * Every change into the rules that it feeds. Load balancer changes feed a rule and a look: the look lists what the rule
 * at its present width leaves out, so that none is listed twice, and counts nothing that the rule counts already.
 */
export function findInWindows(situation: Situation): readonly Found[] {
  const byCategory = Map.groupBy(situation.changes, ({ category }) => category);
  const found = rules.map((rule) => {
    const changes = rule.feeds.flatMap((category) => byCategory.get(category) ?? []);
    return findFor(rule, changes, situation);
  });
  return found.map((one) => {
    const earlier = found.find(({ rule }) => rule.number < one.rule.number && isFedAlike(rule, one.rule));
    if (earlier === undefined) return one;
    const taken = new Set(earlier.hits.map(({ timed }) => timed.change));
    return { ...one, hits: one.hits.filter(({ timed }) => !taken.has(timed.change)), justOutside: 0 };
  });
}

function isFedAlike(a: Rule, b: Rule): boolean {
  return a.feeds.some((category) => b.feeds.includes(category));
}

function findFor(
  rule: Rule,
  changes: readonly Change[],
  { onset, clockToleranceMs, widened, nowAt }: Situation,
): Found {
  const isWidened = widened.has(rule.id);
  const hits: InWindow[] = [];
  let justOutside = 0;
  for (const timed of stretchesOf(changes, rule, nowAt)) {
    const narrow = place(timed.stretch, onset, rule.narrow, clockToleranceMs);
    if (narrow !== null && !isWidened) {
      hits.push({ timed, placed: narrow, onlyWidened: false });
      continue;
    }
    const wide = place(timed.stretch, onset, rule.widened, clockToleranceMs);
    if (wide === null) continue;
    if (isWidened) hits.push({ timed, placed: wide, onlyWidened: narrow === null });
    else justOutside += 1;
  }
  return { rule, widened: isWidened, hits, justOutside };
}
