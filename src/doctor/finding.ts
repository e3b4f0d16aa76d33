/** What a check makes of one thing that it looked at. `notChecked`: nothing can be said, and `words` tell why. */
export type Outcome = 'ok' | 'warning' | 'failed' | 'notChecked';

export interface Finding {
  /** What was looked at: `channel C0123ABCD`, `the bot token`. */
  readonly about: string;
  readonly outcome: Outcome;
  /** What was found, in words. */
  readonly words: string;
  /** What to do about it; null when there is nothing to do. */
  readonly mend: string | null;
}

export function ok(about: string, words: string): Finding {
  return { about, outcome: 'ok', words, mend: null };
}

export function warning(about: string, words: string, mend: string): Finding {
  return { about, outcome: 'warning', words, mend };
}

export function failed(about: string, words: string, mend: string): Finding {
  return { about, outcome: 'failed', words, mend };
}

export function notChecked(about: string, why: string, mend: string | null = null): Finding {
  return { about, outcome: 'notChecked', words: why, mend };
}
