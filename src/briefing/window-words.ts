import type { Rule, Window } from '../playbook/rules.ts';

/** `10 min before`; `15 min before or after, widened, our extension`. */
export function windowWords(rule: Rule, widened: boolean): string {
  if (!widened) return spanWords(rule.narrow);
  return `${spanWords(rule.widened)}, widened${rule.widening === 'ours' ? ', our extension' : ''}`;
}

/** `10 → 30 min`; `5 → 15 min, our extension`. */
export function wideningWords({ narrow, widened, widening }: Rule): string {
  const [from, to] = [span(narrow.beforeMs), span(widened.beforeMs)];
  const sameUnit = from.unit === to.unit;
  const words = `${from.amount}${sameUnit ? '' : ` ${from.unit}`} → ${to.amount} ${to.unit}`;
  return widening === 'ours' ? `${words}, our extension` : words;
}

function spanWords({ beforeMs, afterMs }: Window): string {
  const { amount, unit } = span(beforeMs);
  return `${amount} ${unit} ${afterMs === 0 ? 'before' : 'before or after'}`;
}

function span(ms: number): { amount: number; unit: 'h' | 'min' } {
  return ms % 3_600_000 === 0 ? { amount: ms / 3_600_000, unit: 'h' } : { amount: ms / 60_000, unit: 'min' };
}
