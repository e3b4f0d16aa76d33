import type { Clock } from '../ops/clock.ts';

/** One thing of each person, as they have set it in Slack. */
export interface Remembered {
  /** null when it can't be had. Never rejects. */
  of(user: string): Promise<string | null>;
}

/** People change it, but not often; a lookup that failed is tried again the next time. */
const keptMs = 60 * 60_000;

/** `lookUp`: the thing of one user; throws when it can't be had. */
export function rememberEach(
  lookUp: (user: string) => Promise<string>,
  clock: Clock,
  failed: (user: string, error: unknown) => void,
): Remembered {
  const known = new Map<string, { readonly askedAt: number; readonly answer: Promise<string> }>();

  function answerFor(user: string): Promise<string> {
    const kept = known.get(user);
    if (kept !== undefined && clock.now() - kept.askedAt < keptMs) return kept.answer;
    const answer = lookUp(user);
    known.set(user, { askedAt: clock.now(), answer });
    answer.catch(() => known.delete(user));
    return answer;
  }

  return {
    async of(user) {
      try {
        return await answerFor(user);
      } catch (error) {
        failed(user, error);
        return null;
      }
    },
  };
}
