import type { Message } from '../conversations.ts';
import { channelScope, joinedChannel, visibleChannel } from './find-channel.ts';
import { flag, method, missingScope, ok, page, refuse, text, tiers, whole } from './method.ts';
import { channelJson, messageJson, messageWithMetadata, repliesTo } from './shapes.ts';

const paging = { cursor: text.optional(), limit: whole.optional() };
const reading = {
  channel: text,
  oldest: text.optional(),
  latest: text.optional(),
  inclusive: flag.optional(),
  include_all_metadata: flag.optional(),
  ...paging,
};

export const conversations = {
  'conversations.info': method({
    perMinute: tiers.three,
    args: { channel: text, include_locale: flag.optional(), include_num_members: flag.optional() },
    answer(args, world) {
      const found = visibleChannel(args.channel, world);
      if (found.kind === 'refused') return found.refusal;
      const missing = channelScope(found.channel, 'read', world);
      if (missing) return missing;
      const counted = args.include_num_members ? { num_members: found.channel.members.size } : {};
      return ok({ channel: { ...channelJson(found.channel, world), ...counted } });
    },
  }),

  'conversations.list': method({
    perMinute: tiers.two,
    args: { types: text.optional(), exclude_archived: flag.optional(), ...paging },
    answer(args, world) {
      const kinds = (args.types ?? 'public_channel').split(',').map((type) => type.trim());
      const listed = world.conversations.channels().filter((channel) => {
        const type = { public: 'public_channel', private: 'private_channel', im: 'im' }[channel.kind];
        const isVisible = channel.kind === 'public' || channel.members.has(world.app.userId);
        return kinds.includes(type) && isVisible && !(args.exclude_archived && channel.isArchived);
      });
      const scopes = { public_channel: 'channels:read', private_channel: 'groups:read', im: 'im:read' };
      for (const [type, scope] of Object.entries(scopes)) {
        const missing = kinds.includes(type) ? missingScope(world, scope) : null;
        if (missing) return missing;
      }
      const found = page(listed, args.limit ?? 100, args.cursor);
      if (!found) return refuse('invalid_cursor');
      return ok({
        channels: found.items.map((channel) => channelJson(channel, world)),
        response_metadata: { next_cursor: found.nextCursor },
      });
    },
  }),

  'users.conversations': method({
    perMinute: tiers.three,
    args: { user: text.optional(), types: text.optional(), exclude_archived: flag.optional(), ...paging },
    answer(args, world) {
      const kinds = (args.types ?? 'public_channel').split(',').map((type) => type.trim());
      const scopes = { public_channel: 'channels:read', private_channel: 'groups:read', im: 'im:read' };
      for (const [type, scope] of Object.entries(scopes)) {
        const missing = kinds.includes(type) ? missingScope(world, scope) : null;
        if (missing) return missing;
      }
      const user = args.user ?? world.app.userId;
      const listed = world.conversations.channels().filter((channel) => {
        const type = { public: 'public_channel', private: 'private_channel', im: 'im' }[channel.kind];
        // Of what another person is in, only what the app may know.
        const isVisible = channel.kind === 'public' || channel.members.has(world.app.userId);
        const isIn = channel.members.has(user) && isVisible;
        return kinds.includes(type) && isIn && !(args.exclude_archived && channel.isArchived);
      });
      const found = page(listed, args.limit ?? 100, args.cursor);
      if (!found) return refuse('invalid_cursor');
      return ok({
        // Whether the app is in them is left out: they are those that the user is in.
        channels: found.items.map((channel) => ({ ...channelJson(channel, world), is_member: undefined })),
        response_metadata: { next_cursor: found.nextCursor },
      });
    },
  }),

  'conversations.members': method({
    perMinute: tiers.four,
    args: { channel: text, ...paging },
    answer(args, world) {
      const found = visibleChannel(args.channel, world);
      if (found.kind === 'refused') return found.refusal;
      const missing = channelScope(found.channel, 'read', world);
      if (missing) return missing;
      const members = page([...found.channel.members], args.limit ?? 100, args.cursor);
      if (!members) return refuse('invalid_cursor');
      return ok({ members: members.items, response_metadata: { next_cursor: members.nextCursor } });
    },
  }),

  'conversations.history': method({
    perMinute: tiers.three,
    args: reading,
    answer(args, world) {
      const found = joinedChannel(args.channel, world);
      if (found.kind === 'refused') return found.refusal;
      const missing = channelScope(found.channel, 'history', world);
      if (missing) return missing;
      const shown = world.conversations
        .messages(found.channel.id)
        .filter((message) => message.threadTs === null && message.ephemeralTo === null && inRange(message, args))
        .toReversed();
      const listed = page(shown, args.limit ?? 100, args.cursor);
      if (!listed) return refuse('invalid_cursor');
      const write = args.include_all_metadata ? messageWithMetadata : messageJson;
      return ok({
        messages: listed.items.map((message) => write(message, world)),
        has_more: listed.hasMore,
        pin_count: shown.filter((message) => message.isPinned).length,
        response_metadata: { next_cursor: listed.nextCursor },
      });
    },
  }),

  'conversations.replies': method({
    perMinute: tiers.three,
    args: { ts: text, ...reading },
    answer(args, world) {
      const found = joinedChannel(args.channel, world);
      if (found.kind === 'refused') return found.refusal;
      const missing = channelScope(found.channel, 'history', world);
      if (missing) return missing;
      const parent = world.conversations.message(found.channel.id, args.ts);
      if (!parent || parent.ephemeralTo !== null) return refuse('thread_not_found');
      const replies = repliesTo(parent, world).filter((message) => inRange(message, args));
      const listed = page([parent, ...replies], args.limit ?? 1000, args.cursor);
      if (!listed) return refuse('invalid_cursor');
      const write = args.include_all_metadata ? messageWithMetadata : messageJson;
      return ok({
        messages: listed.items.map((message) => write(message, world)),
        has_more: listed.hasMore,
        response_metadata: { next_cursor: listed.nextCursor },
      });
    },
  }),

  'conversations.open': method({
    perMinute: tiers.three,
    scope: 'im:write',
    args: { channel: text.optional(), users: text.optional(), return_im: flag.optional() },
    answer(args, world) {
      const users = (args.users ?? '').split(',').filter(Boolean);
      const [userId] = users;
      if (users.length > 1) return refuse('method_not_supported_for_channel_type');
      if (userId === undefined) return refuse('users_list_not_supplied');
      if (!world.people.find(userId)) return refuse('user_not_found');
      const channel = world.conversations.openDirect(userId);
      return ok({ channel: args.return_im ? channelJson(channel, world) : { id: channel.id } });
    },
  }),
};

/** Both ends are left out unless `inclusive` says otherwise. */
function inRange(
  { ts }: Message,
  {
    oldest,
    latest,
    inclusive,
  }: { oldest?: string | undefined; latest?: string | undefined; inclusive?: boolean | undefined },
): boolean {
  if (oldest !== undefined && (Number(ts) < Number(oldest) || (!inclusive && Number(ts) === Number(oldest))))
    return false;
  return !(latest !== undefined && (Number(ts) > Number(latest) || (!inclusive && Number(ts) === Number(latest))));
}
