import type { Grant, Permission } from '../words/grant.ts';
import { prose } from './escape.ts';
import type { Memberships } from './memberships.ts';
import { type Decision, decide, groupsThatMatter, type Reach, reachOf } from './permissions.ts';
import type { Trail } from './trail.ts';

/** Asks whether somebody may do something, and says in words what is missing. */
export interface Gate {
  check(
    who: { user: string; channel: string },
    cluster: string,
    permission: Permission,
  ): Promise<{ kind: 'allowed' } | { kind: 'refused'; mrkdwn: string }>;
  /**
   * Where they may do it, of the channels that they are in: for what is shown outside of any channel. `failed`: what
   * could not be looked up, and so gives them nothing; mrkdwn.
   */
  reach(user: string, cluster: string, permission: Permission): Promise<Reach & { readonly failed: readonly string[] }>;
}

/** `inChannels`: who is in which channel. */
export function createGate(grants: readonly Grant[], userGroups: Memberships, inChannels: Memberships): Gate {
  return {
    async check(who, cluster, permission) {
      const asker = { ...who, cluster };
      // Most people are let in by name; Slack is asked for members of groups only when that decides.
      if (decide(grants, { ...asker, userGroups: [] }, permission).kind === 'allowed') return { kind: 'allowed' };
      const looked = await userGroups.of(who.user, groupsThatMatter(grants, asker, permission));
      const decision = decide(grants, { ...asker, userGroups: looked.in }, permission);
      if (decision.kind === 'allowed') return decision;
      return { kind: 'refused', mrkdwn: [refusalWords(decision), ...looked.failed.map(failureWords)].join('\n') };
    },

    async reach(user, cluster, permission) {
      const groups = await userGroups.of(user, groupsThatMatter(grants, { cluster }, permission));
      const reach = reachOf(grants, { user, userGroups: groups.in, cluster }, permission);
      if (reach.kind === 'everywhere') return { ...reach, failed: [] };
      // A grant that holds in a channel says nothing to those who are not in it.
      const channels = await inChannels.of(user, reach.channels);
      const failed = [
        ...groups.failed.map(
          ({ id, error }) => `I could not look up who is in <!subteam^${id}> (${prose(error, 120)}).`,
        ),
        ...channels.failed.map(({ id, error }) => `I could not look up who is in <#${id}> (${prose(error, 120)}).`),
      ];
      return { kind: 'channels', channels: channels.in, failed };
    },
  };
}

/** The same, and each answer is kept with the request that it was asked for. */
export function followedGate(gate: Gate, trail: Pick<Trail, 'permitted'>): Gate {
  return {
    ...gate,
    async check(who, cluster, permission) {
      const answer = await gate.check(who, cluster, permission);
      trail.permitted(cluster, answer.kind === 'allowed');
      return answer;
    },
  };
}

function refusalWords(refused: Extract<Decision, { kind: 'refused' }>): string {
  const { permission, cluster, users, groups, channels } = refused;
  const holders = [
    ...groups.slice(0, 5).map((group) => `user group <!subteam^${group}>`),
    ...users.slice(0, 5).map((user) => `<@${user}>`),
  ];
  return [
    `You need \`${permission}\` for ${prose(cluster, 60)}.`,
    holders.length > 0 ? `It is granted to ${holders.join(', ')}.` : 'Nobody has it in this channel.',
    ...(channels.length > 0
      ? [
          `You have it in ${channels
            .slice(0, 5)
            .map((id) => `<#${id}>`)
            .join(', ')}.`,
        ]
      : []),
    'Grants are in the configuration of apidown.',
  ].join(' ');
}

function failureWords({ id, error }: { id: string; error: string }): string {
  return `I could not look up who is in <!subteam^${id}> (${prose(error, 120)}), so I can't let you in by it. Try again, or ask somebody named above.`;
}
