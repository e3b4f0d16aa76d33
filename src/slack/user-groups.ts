import type { Clock } from '../ops/clock.ts';

export interface UserGroups {
  /** Which of these groups the user is in; `failed` names those whose members could not be looked up, and why. */
  of(
    user: string,
    groups: readonly string[],
  ): Promise<{
    readonly in: readonly string[];
    readonly failed: readonly { readonly group: string; readonly error: string }[];
  }>;
}

/** Members are asked of Slack at most once a minute for each group; a lookup that failed is tried again the next time. */
const keptMs = 60_000;

/** `listMembers`: user ids of a group; throws when they can't be had. */
export function createUserGroups(listMembers: (group: string) => Promise<readonly string[]>, clock: Clock): UserGroups {
  const known = new Map<string, { askedAt: number; members: Promise<readonly string[]> }>();

  function membersOf(group: string): Promise<readonly string[]> {
    const kept = known.get(group);
    if (kept !== undefined && clock.now() - kept.askedAt < keptMs) return kept.members;
    const members = listMembers(group);
    known.set(group, { askedAt: clock.now(), members });
    members.catch(() => known.delete(group));
    return members;
  }

  return {
    async of(user, groups) {
      const looked = await Promise.all(
        groups.map(async (group) => {
          try {
            return { group, member: (await membersOf(group)).includes(user), error: null };
          } catch (error) {
            return { group, member: false, error: error instanceof Error ? error.message : String(error) };
          }
        }),
      );
      return {
        in: looked.filter(({ member }) => member).map(({ group }) => group),
        failed: looked.flatMap(({ group, error }) => (error === null ? [] : [{ group, error }])),
      };
    },
  };
}
