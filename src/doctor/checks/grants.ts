import { z } from 'zod';
import { askSlack, unanswered } from '../ask-slack.ts';
import type { DoctorCheck, Situation } from '../check.ts';
import { type Finding, failed, notChecked, ok, warning } from '../finding.ts';
import { inTurns } from '../in-turns.ts';

/** Are the people and groups there that the configuration grants something to? */
export const grants: DoctorCheck = {
  id: 'grants',
  title: 'Permissions',
  withinMs: 30_000,
  async run(situation, signal) {
    const { permissions } = situation.settings;
    if (permissions.length === 0) {
      return [ok('permissions', 'none are configured: everybody in the workspace may do everything the app can')];
    }
    const users = [...new Set(permissions.flatMap(({ users = [] }) => users))];
    const groups = [...new Set(permissions.flatMap(({ groups = [] }) => groups))];
    if (users.length + groups.length === 0) return [ok('permissions', 'they name nobody: each is for everybody')];
    const token = situation.tokens.botToken;
    if (token === null) return [notChecked('permissions', 'there is no bot token', 'see the configuration above')];
    const [people, sets] = await Promise.all([
      inTurns(users, (user) => lookAtUser(situation, token, user, signal)),
      groups.length === 0 ? [] : lookAtGroups(situation, token, groups, signal),
    ]);
    return [...people, ...sets, ...nobodyLeft(situation, [...people, ...sets])];
  },
};

async function lookAtUser(situation: Situation, token: string, user: string, signal: AbortSignal): Promise<Finding> {
  const about = `person ${user}`;
  const { result } = await askSlack(situation, token, 'users.info', { user }, signal);
  if (result.kind === 'refused' && /^(user_not_found|user_not_visible)$/.test(result.error)) {
    const mend = 'take the member id from the person’s profile (⋮, Copy member ID), or remove it from permissions';
    return failed(about, 'Slack knows nobody by this id', mend);
  }
  if (result.kind !== 'ok') return unanswered(about, result);
  const { name, deleted, is_bot } = User.parse(result.data).user;
  if (deleted) return warning(about, `${name} has left the workspace`, 'remove it from permissions');
  if (is_bot) return warning(about, `${name} is a bot, and bots press no buttons`, 'name a person in permissions');
  return ok(about, name);
}

async function lookAtGroups(
  situation: Situation,
  token: string,
  groups: readonly string[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const asking = { include_disabled: true, include_count: true };
  const { result } = await askSlack(situation, token, 'usergroups.list', asking, signal);
  if (result.kind !== 'ok') return groups.map((group) => unanswered(`user group ${group}`, result));
  const all = new Map(Groups.parse(result.data).usergroups.map((group) => [group.id, group]));
  return groups.map((id) => {
    const about = `user group ${id}`;
    const group = all.get(id);
    if (group === undefined) {
      const mend = 'take the id from the group’s page (⋮, Copy group ID), or remove it from permissions';
      return failed(about, 'Slack has no user group by this id', mend);
    }
    const title = `@${group.handle}`;
    if (group.date_delete > 0) {
      return failed(about, `${title} is disabled: nobody is let in by it`, 'enable it, or name another group');
    }
    if (Number(group.user_count ?? 1) === 0) {
      return warning(about, `${title} has no members: nobody is let in by it`, `add people to ${title}`);
    }
    return ok(about, title);
  });
}

/** A grant whose every name is wrong lets nobody in, and nobody notices before the outage. */
function nobodyLeft({ settings }: Situation, findings: readonly Finding[]): readonly Finding[] {
  const isBad = (outcome: Finding['outcome']) => outcome === 'failed' || outcome === 'warning';
  const bad = new Set(findings.filter(({ outcome }) => isBad(outcome)).map(({ about }) => about));
  const giving = settings.permissions.filter(({ may }) => may.includes('investigate'));
  const isDead = ({ users = [], groups = [] }: (typeof giving)[number]) =>
    users.length + groups.length > 0 &&
    users.every((id) => bad.has(`person ${id}`)) &&
    groups.every((id) => bad.has(`user group ${id}`));
  if (giving.length > 0 && !giving.every(isDead)) return [];
  const words = 'nobody is sure to be let in to investigate';
  return [failed('the permission investigate', words, 'grant it to a person or a group that exists')];
}

const User = z.object({
  user: z.object({ name: z.string(), deleted: z.boolean().default(false), is_bot: z.boolean().default(false) }),
});
const Groups = z.object({
  usergroups: z.array(
    z.object({
      id: z.string(),
      handle: z.string(),
      date_delete: z.number().default(0),
      user_count: z.union([z.number(), z.string()]).optional(),
    }),
  ),
});
