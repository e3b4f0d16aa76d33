export type PassVerdict = 'allow' | 'deny' | 'unknown';

/** What one set of rules makes of a packet. */
export interface Ruling {
  readonly verdict: PassVerdict;
  /** Those that decide, or may; empty when none does. */
  readonly rules: readonly RuleWords[];
  /** Of an unknown: what it hangs on. */
  readonly why: string | null;
}

export interface RuleWords {
  readonly text: string;
  /** How its sentence goes on to the other end of the packet, which is told in words later: ranges that fare alike are joined. */
  readonly about: 'from' | 'to' | null;
}

export const passed: Ruling = { verdict: 'allow', rules: [], why: null };

export function ruling(verdict: PassVerdict, text: string, about: RuleWords['about'] = null): Ruling {
  return { verdict, rules: [{ text, about }], why: null };
}

export function unsure(why: string, rules: readonly RuleWords[] = []): Ruling {
  return { verdict: 'unknown', rules, why };
}

/** One of these will come true, and which isn't known. */
export function agreed(rulings: readonly Ruling[], otherwise: string): Ruling {
  const [first] = rulings;
  if (first === undefined) return unsure(otherwise);
  if (rulings.length === 1) return first;
  if (rulings.every(({ verdict }) => verdict === first.verdict)) {
    return { ...first, rules: distinct(rulings.flatMap(({ rules }) => rules)) };
  }
  const denied = rulings.filter(({ verdict }) => verdict === 'deny');
  const open = rulings.find(({ verdict }) => verdict === 'unknown');
  return unsure(open?.why ?? otherwise, distinct([...denied, ...(open ? [open] : [])].flatMap(({ rules }) => rules)));
}

export function distinct(rules: readonly RuleWords[]): readonly RuleWords[] {
  const [first] = rules;
  if (first === undefined || rules.every(({ text, about }) => text === first.text && about === first.about)) {
    return rules.slice(0, 1);
  }
  return [...new Map(rules.map((rule) => [`${rule.text} ${rule.about}`, rule])).values()];
}

/** As a sentence; `who`: the other end, null: it is left out. */
export function rulesInWords(rules: readonly RuleWords[], who: string | null): string | null {
  if (rules.length === 0) return null;
  const told = rules
    .slice(0, mostRules)
    .map(({ text, about }) => (about === null || who === null ? text : `${text} ${about} ${who}`));
  const more = rules.length > mostRules ? [`${rules.length - mostRules} more`] : [];
  return [...told, ...more].join('; ');
}

const mostRules = 3;
