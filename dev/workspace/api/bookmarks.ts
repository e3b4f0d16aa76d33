import type { Bookmark } from '../bookmarks.ts';
import type { World } from '../world.ts';
import { joinedChannel } from './find-channel.ts';
import { method, ok, refuse, text, tiers } from './method.ts';
import { seconds } from './shapes.ts';

export const bookmarks = {
  'bookmarks.add': method({
    perMinute: tiers.two,
    scope: 'bookmarks:write',
    args: {
      channel_id: text,
      title: text,
      type: text,
      link: text.optional(),
      emoji: text.optional(),
      entity_id: text.optional(),
      access_level: text.optional(),
      parent_id: text.optional(),
    },
    answer(args, world) {
      const found = joinedChannel(args.channel_id, world);
      if (found.kind === 'refused') return found.refusal;
      if (args.type !== 'link') return refuse('invalid_bookmark_type');
      if (!args.link || !URL.canParse(args.link)) return refuse('invalid_link');
      const bookmark = world.bookmarks.add({ channelId: found.channel.id, title: args.title, link: args.link });
      return ok({ bookmark: bookmarkJson(bookmark, args.emoji, world) });
    },
  }),

  'bookmarks.remove': method({
    perMinute: tiers.two,
    scope: 'bookmarks:write',
    args: { channel_id: text, bookmark_id: text, quip_section_id: text.optional() },
    answer(args, world) {
      const found = joinedChannel(args.channel_id, world);
      if (found.kind === 'refused') return found.refusal;
      return world.bookmarks.remove(found.channel.id, args.bookmark_id) ? ok() : refuse('not_found');
    },
  }),
};

function bookmarkJson(bookmark: Bookmark, emoji: string | undefined, { app }: World) {
  return {
    id: bookmark.id,
    channel_id: bookmark.channelId,
    title: bookmark.title,
    link: bookmark.link,
    emoji: emoji ?? '',
    icon_url: '',
    type: 'link',
    entity_id: null,
    date_created: seconds(bookmark.createdAt),
    date_updated: 0,
    rank: 'i',
    last_updated_by_user_id: app.userId,
    last_updated_by_team_id: null,
    shortcut_id: null,
    app_id: app.id,
  };
}
