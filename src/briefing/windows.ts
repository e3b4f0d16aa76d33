import { ruleById } from '../playbook/rules.ts';
import type { RuleAnswer } from '../words/diagnosis.ts';
import { count } from './count.ts';

interface Judged {
  readonly answers: readonly RuleAnswer[];
}

/** How many changes lie in the windows of this diagnosis, each counted once. */
export function inTheWindows({ answers }: Judged): number {
  return sumOf(answers, (together) => {
    const ids = new Set(together.flatMap(({ hits }) => hits.map(({ change }) => change.id)));
    return ids.size + Math.max(...together.map(({ moreHits }) => moreHits));
  });
}

/** How many changes lie beyond the windows that are narrow, and within the widened ones. */
export function justOutside({ answers }: Judged): number {
  return sumOf(answers, (together) => Math.max(...together.map((answer) => answer.justOutside)));
}

/** `4 changes lie just before the window`; null when none does. */
export function outsideWords(answers: readonly RuleAnswer[]): string | null {
  const amount = justOutside({ answers });
  if (amount === 0) return null;
  const onlyBefore = answers.every(({ rule, justOutside: some }) => some === 0 || ruleById(rule).widened.afterMs === 0);
  const verb = amount === 1 ? 'lies' : 'lie';
  return `${count(amount, 'change')} ${verb} just ${onlyBefore ? 'before' : 'outside'} the windows`;
}

/** Rules that are fed by the same changes count them together, once. */
function sumOf(answers: readonly RuleAnswer[], amountOf: (together: readonly RuleAnswer[]) => number): number {
  const groups = Map.groupBy(answers, ({ rule }) => ruleById(rule).feeds.join());
  return [...groups.values()].reduce((sum, together) => sum + amountOf(together), 0);
}
