import type { Clock } from '../ops/clock.ts';
import { remember } from './remember.ts';

/** Who is in what: user groups, or channels. */
export interface Memberships {
  /** Which of these the user is in; `failed` names those whose members could not be looked up, and why. */
  of(
    user: string,
    among: readonly string[],
  ): Promise<{
    readonly in: readonly string[];
    readonly failed: readonly { readonly id: string; readonly error: string }[];
  }>;
}

/** Members are asked of Slack at most once a minute for each. */
const keptMs = 60_000;

/** `listMembers`: user ids; throws when they can't be had. */
export function createMemberships(listMembers: (id: string) => Promise<readonly string[]>, clock: Clock): Memberships {
  const membersOf = remember(listMembers, keptMs, clock);

  return {
    async of(user, among) {
      const looked = await Promise.all(
        among.map(async (id) => {
          try {
            return { id, member: (await membersOf(id)).includes(user), error: null };
          } catch (error) {
            return { id, member: false, error: error instanceof Error ? error.message : String(error) };
          }
        }),
      );
      return {
        in: looked.filter(({ member }) => member).map(({ id }) => id),
        failed: looked.flatMap(({ id, error }) => (error === null ? [] : [{ id, error }])),
      };
    },
  };
}
