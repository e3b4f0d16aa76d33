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
  const taken = new Set<string>();
  return rules.map((rule) => {
    const changes = rule.feeds.flatMap((category) => byCategory.get(category) ?? []);
    const found = findFor(rule, changes, situation);
    const hits = found.hits.filter(({ timed }) => !taken.has(timed.change.id));
    for (const { timed } of hits) taken.add(timed.change.id);
    return { ...found, hits, justOutside: isFedTwice(rule) ? 0 : found.justOutside };
  });
}

function isFedTwice(rule: Rule): boolean {
  return rules.some(
    ({ number, feeds }) => number < rule.number && feeds.some((category) => rule.feeds.includes(category)),
  );
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
    const wide = place(timed.stretch, onset, rule.widened, clockToleranceMs);
    if (wide === null) continue;
    const placed = isWidened ? wide : narrow;
    if (placed === null) justOutside += 1;
    else hits.push({ timed, placed, onlyWidened: narrow === null });
  }
  return { rule, widened: isWidened, hits, justOutside };
}
