import type { Clock } from './clock.ts';

export interface RateLimit {
  /** So many at once. */
  readonly burst: number;
  /** And then one more each so often. */
  readonly everyMs: number;
}

/** Says each time whether one more may pass: a bucket that holds `burst` and fills by one each `everyMs`. */
export function rateLimit({ burst, everyMs }: RateLimit, clock: Clock): () => boolean {
  let left = burst;
  let filledAt = clock.now();
  return () => {
    const nowAt = clock.now();
    left = Math.min(burst, left + Math.max(0, nowAt - filledAt) / everyMs);
    filledAt = nowAt;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
