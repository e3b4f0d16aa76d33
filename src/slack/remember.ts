import type { Clock } from '../ops/clock.ts';

/**
 * Looks each thing up at most once in `keptMs`, however many ask; a lookup that failed is tried again the next time.
 * The same failure is handed to all who asked meanwhile.
 */
export function remember<T>(
  lookUp: (key: string) => Promise<T>,
  keptMs: number,
  clock: Clock,
): (key: string) => Promise<T> {
  const known = new Map<string, { readonly askedAt: number; readonly answer: Promise<T> }>();
  return (key) => {
    const kept = known.get(key);
    if (kept !== undefined && clock.now() - kept.askedAt < keptMs) return kept.answer;
    const answer = lookUp(key);
    known.set(key, { askedAt: clock.now(), answer });
    answer.catch(() => known.delete(key));
    return answer;
  };
}
