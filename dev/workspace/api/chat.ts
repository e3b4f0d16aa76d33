import type { Message } from '../conversations.ts';
import type { World } from '../world.ts';
import { checkContent, contentArgs } from './content.ts';
import { joinedChannel, postableChannel, visibleChannel } from './find-channel.ts';
import { type Answer, flag, method, ok, type Refusal, refuse, text, tiers } from './method.ts';
import { contentJson, messageWithMetadata, repliesTo } from './shapes.ts';

export const chat = {
  'chat.postMessage': method({
    perMinute: tiers.special,
    scope: 'chat:write',
    args: { channel: text, thread_ts: text.optional(), reply_broadcast: flag.optional(), ...contentArgs },
    answer(args, world) {
      const found = postableChannel(args.channel, world);
      if (found.kind === 'refused') return found.refusal;
      const checked = checkContent(args, world);
      if (checked.kind === 'refused') return checked.refusal;
      const { text: words = '', blocks = [], metadata = null } = checked.content;
      if (words === '' && blocks.length === 0) return refuse('no_text');
      const channel = found.channel.id;
      const thread = checkThread(channel, args.thread_ts, world);
      if (thread) return thread;
      const waitS = world.takePost(channel);
      if (waitS > 0) return tooFast(waitS);
      const message = world.conversations.post({
        channel,
        userId: world.app.userId,
        text: words,
        blocks,
        metadata,
        threadTs: args.thread_ts ?? null,
      });
      return ok({ channel, ts: message.ts, message: messageWithMetadata(message, world) });
    },
  }),

  'chat.update': method({
    perMinute: tiers.three,
    scope: 'chat:write',
    args: { channel: text, ts: text, as_user: flag.optional(), reply_broadcast: flag.optional(), ...contentArgs },
    answer(args, world) {
      const own = ownMessage(args, 'cant_update_message', world);
      if (own.kind === 'refused') return own.refusal;
      const checked = checkContent(args, world);
      if (checked.kind === 'refused') return checked.refusal;
      const { content } = checked;
      if (!content.text && content.blocks === undefined) return refuse('no_text');
      if (!content.text && content.blocks?.length === 0) return refuse('no_text');
      // Blocks stay only when nothing is said of them nor of the text: text alone takes them away, and shows as edited.
      const kept = content.text === undefined ? own.message.blocks : [];
      const blocks = content.blocks ?? kept;
      const message = world.conversations.change(own.message, {
        text: content.text ?? own.message.text,
        blocks,
        metadata: content.metadata === undefined ? own.message.metadata : content.metadata,
        editedAt: blocks.length === 0 ? world.clock.nowAt() : own.message.editedAt,
      });
      const { channel, ts } = message;
      const metadata = message.metadata ? { metadata: message.metadata } : {};
      return ok({ channel, ts, text: message.text, message: { ...contentJson(message, world), ...metadata } });
    },
  }),

  'chat.postEphemeral': method({
    perMinute: tiers.four,
    scope: 'chat:write',
    args: { channel: text, user: text, thread_ts: text.optional(), ...contentArgs },
    answer(args, world) {
      const found = joinedChannel(args.channel, world);
      if (found.kind === 'refused') return found.refusal;
      if (!world.people.find(args.user)) return refuse('user_not_found');
      if (!found.channel.members.has(args.user)) return refuse('user_not_in_channel');
      const checked = checkContent(args, world);
      if (checked.kind === 'refused') return checked.refusal;
      const { text: words = '', blocks = [] } = checked.content;
      if (words === '' && blocks.length === 0) return refuse('no_text');
      const thread = checkThread(found.channel.id, args.thread_ts, world);
      if (thread) return thread;
      const message = world.conversations.post({
        channel: found.channel.id,
        userId: world.app.userId,
        text: words,
        blocks,
        threadTs: args.thread_ts ?? null,
        ephemeralTo: args.user,
      });
      return ok({ message_ts: message.ts });
    },
  }),

  'chat.delete': method({
    perMinute: tiers.three,
    scope: 'chat:write',
    args: { channel: text, ts: text, as_user: flag.optional() },
    answer(args, world) {
      const own = ownMessage(args, 'cant_delete_message', world);
      if (own.kind === 'refused') return own.refusal;
      const { message } = own;
      if (repliesTo(message, world).length > 0) {
        const gone = { text: 'This message was deleted.', blocks: [], metadata: null, isDeleted: true };
        world.conversations.change(message, gone);
      } else {
        world.conversations.remove(message);
      }
      return ok({ channel: message.channel, ts: message.ts });
    },
  }),

  'chat.getPermalink': method({
    perMinute: tiers.special,
    args: { channel: text, message_ts: text },
    answer(args, world) {
      const found = visibleChannel(args.channel, world);
      if (found.kind === 'refused') return found.refusal;
      const message = world.conversations.message(found.channel.id, args.message_ts);
      if (!message || message.ephemeralTo !== null) return refuse('message_not_found');
      return ok({ channel: found.channel.id, permalink: permalink(message, world) });
    },
  }),
};

function permalink(message: Message, world: World): string {
  const base = `https://${world.team.domain}.slack.com/archives/${message.channel}/p${message.ts.replace('.', '')}`;
  return message.threadTs === null ? base : `${base}?thread_ts=${message.threadTs}&cid=${message.channel}`;
}

/** Threads hang on a message of the channel, not on a reply. */
export function checkThread(channelId: string, threadTs: string | undefined, world: World): Refusal | null {
  if (threadTs === undefined) return null;
  if (!/^\d+\.\d{6}$/.test(threadTs)) return refuse('invalid_thread_ts');
  const parent = world.conversations.message(channelId, threadTs);
  const isParent = parent && parent.threadTs === null && parent.ephemeralTo === null;
  return isParent ? null : refuse('thread_not_found');
}

function tooFast(waitS: number): Answer {
  return { ok: false, error: 'ratelimited', retry_after: waitS };
}

type Own =
  | { readonly kind: 'own'; readonly message: Message }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

function ownMessage(args: { channel: string; ts: string }, error: string, world: World): Own {
  const found = visibleChannel(args.channel, world);
  if (found.kind === 'refused') return found;
  const message = world.conversations.message(found.channel.id, args.ts);
  // To this API an ephemeral message doesn't exist.
  if (!message || message.isDeleted || message.ephemeralTo !== null) {
    return { kind: 'refused', refusal: refuse('message_not_found') };
  }
  if (message.userId !== world.app.userId) return { kind: 'refused', refusal: refuse(error) };
  return { kind: 'own', message };
}
