/** No trouble is waited out longer, unless the source looks more rarely anyway. */
const mostPauseMs = 10 * 60_000;
/** While somebody waits for what is recorded late, nobody minds a few requests more. */
const waitedForEveryMs = 60_000;
/** Sources that begin at once shall not stay in step. */
const spread = 0.1;

/** After a look. */
export interface Paced {
  readonly lookEveryMs: number;
  /** Looks in a row that failed or were told to slow down; each doubles the pause. */
  readonly failures: number;
  /** An onset is new, and what happened around it may yet be recorded. */
  readonly isWaitedFor: boolean;
}

/** How long to wait for the next look, in ms. `chance`: from 0 to 1. */
export function pauseAfterMs({ lookEveryMs, failures, isWaitedFor }: Paced, chance: number): number {
  if (failures === 0) {
    const everyMs = isWaitedFor ? Math.min(lookEveryMs, waitedForEveryMs) : lookEveryMs;
    return everyMs * (1 - spread + 2 * spread * chance);
  }
  const grown = Math.min(lookEveryMs * 2 ** (failures - 1), Math.max(lookEveryMs, mostPauseMs));
  return grown * (1 + chance / 2);
}

/** The longest pause between two looks that go well. Milliseconds. */
export function longestPauseMs(lookEveryMs: number): number {
  return lookEveryMs * (1 + spread);
}

/** How long a look may take, in ms: pages of a long stretch come one after the other. */
export function deadlineMs({ fromAt, toAt }: { readonly fromAt: number; readonly toAt: number }): number {
  return lookWithinMs + Math.round((toAt - fromAt) / 60);
}

/** Of a look at what has happened since the one before. */
export const lookWithinMs = 30_000;
