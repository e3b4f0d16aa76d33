import type { Clock } from '../ops/clock.ts';
import { remember } from './remember.ts';

/** One thing of each person, as they have set it in Slack. */
export interface Remembered {
  /** null when it can't be had. Never rejects. */
  of(user: string): Promise<string | null>;
}

/** People change it, but not often. */
const keptMs = 60 * 60_000;

/** `lookUp`: the thing of one user; throws when it can't be had. */
export function rememberEach(
  lookUp: (user: string) => Promise<string>,
  clock: Clock,
  failed: (user: string, error: unknown) => void,
): Remembered {
  const answerFor = remember(lookUp, keptMs, clock);

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
