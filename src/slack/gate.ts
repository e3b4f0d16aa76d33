import type { Grant, Permission } from '../words/grant.ts';
import { prose } from './escape.ts';
import { type Decision, decide, groupsThatMatter } from './permissions.ts';
import type { Trail } from './trail.ts';
import type { UserGroups } from './user-groups.ts';

/** Asks whether somebody may do something, and says in words what is missing. */
export interface Gate {
  check(
    who: { user: string; channel: string },
    cluster: string,
    permission: Permission,
  ): Promise<{ kind: 'allowed' } | { kind: 'refused'; mrkdwn: string }>;
}

export function createGate(grants: readonly Grant[], userGroups: UserGroups): Gate {
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
  };
}

/** The same, and each answer is kept with the request that it was asked for. */
export function followedGate(gate: Gate, trail: Pick<Trail, 'permitted'>): Gate {
  return {
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

function failureWords({ group, error }: { group: string; error: string }): string {
  return `I could not look up who is in <!subteam^${group}> (${prose(error, 120)}), so I can't let you in by it. Try again, or ask somebody named above.`;
}
