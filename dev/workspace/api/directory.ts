import { z } from 'zod';
import { flag, method, ok, page, refuse, text, tiers, whole } from './method.ts';
import { personJson, seconds } from './shapes.ts';

/** Who is who: the token's own account, the team, people, groups of people. */
export const directory = {
  'auth.test': method({
    perMinute: tiers.special,
    args: {},
    answer: (_, { app, team }) =>
      ok({
        url: `https://${team.domain}.slack.com/`,
        team: team.name,
        user: app.name,
        team_id: team.id,
        user_id: app.userId,
        bot_id: app.botId,
        is_enterprise_install: false,
      }),
  }),

  'team.info': method({
    perMinute: tiers.three,
    scope: 'team:read',
    args: { team: text.optional(), domain: text.optional() },
    answer: (_, { team }) =>
      ok({ team: { id: team.id, name: team.name, domain: team.domain, email_domain: '', icon: {} } }),
  }),

  'bots.info': method({
    perMinute: tiers.three,
    scope: 'users:read',
    args: { bot: text.optional(), team_id: text.optional() },
    answer(args, { app }) {
      if (args.bot !== app.botId) return refuse('bot_not_found');
      const bot = { id: app.botId, app_id: app.id, user_id: app.userId, name: app.name, deleted: false, updated: 0 };
      return ok({ bot: { ...bot, icons: {} } });
    },
  }),

  'users.info': method({
    perMinute: tiers.four,
    scope: 'users:read',
    args: { user: text, include_locale: flag.optional() },
    answer(args, world) {
      const person = world.people.find(args.user);
      if (!person) return refuse('user_not_found');
      const locale = args.include_locale ? { locale: 'en-US' } : {};
      return ok({ user: { ...personJson(person, world), ...locale } });
    },
  }),

  'users.list': method({
    perMinute: tiers.two,
    scope: 'users:read',
    args: { cursor: text.optional(), limit: whole.optional(), include_locale: flag.optional() },
    answer(args, world) {
      const found = page(world.people.all(), args.limit ?? 100, args.cursor);
      if (!found) return refuse('invalid_cursor');
      return ok({
        members: found.items.map((person) => personJson(person, world)),
        cache_ts: seconds(world.clock.nowAt()),
        response_metadata: { next_cursor: found.nextCursor },
      });
    },
  }),

  'usergroups.list': method({
    perMinute: tiers.two,
    scope: 'usergroups:read',
    args: { include_users: flag.optional(), include_count: flag.optional(), include_disabled: flag.optional() },
    answer: (args, { people, team }) =>
      ok({
        usergroups: people.groups().map((group) => ({
          id: group.id,
          team_id: team.id,
          is_usergroup: true,
          name: group.name,
          description: '',
          handle: group.handle,
          is_external: false,
          date_create: 0,
          date_update: 0,
          date_delete: 0,
          prefs: { channels: [], groups: [] },
          user_count: group.users.length,
          ...(args.include_users ? { users: group.users } : {}),
        })),
      }),
  }),

  'usergroups.users.list': method({
    perMinute: tiers.two,
    scope: 'usergroups:read',
    args: { usergroup: z.string(), include_disabled: flag.optional() },
    answer(args, { people }) {
      const group = people.groups().find(({ id }) => id === args.usergroup);
      return group ? ok({ users: group.users }) : refuse('no_such_subteam');
    },
  }),
};
