import { z } from 'zod';
import type { Message } from '../conversations.ts';
import type { World } from '../world.ts';
import { checkThread } from './chat.ts';
import { checkContent } from './content.ts';
import { joinedChannel, postableChannel } from './find-channel.ts';
import { json, method, ok, type Refusal, refuse, text, tiers, whole } from './method.ts';
import { fileJson } from './shapes.ts';

const onMessage = { channel: text, timestamp: text };
const CompletedFiles = z.array(z.strictObject({ id: z.string(), title: z.string().optional() })).min(1);

/** What is put beside messages and channels: files, reactions, pins. */
export const attachments = {
  'files.getUploadURLExternal': method({
    perMinute: tiers.four,
    scope: 'files:write',
    args: { filename: text, length: whole, alt_txt: text.optional(), snippet_type: text.optional() },
    answer(args, world) {
      if (args.filename === '' || args.length <= 0) return refuse('missing_argument');
      const { file, ticket } = world.files.announce({
        name: args.filename,
        size: args.length,
        altText: args.alt_txt ?? null,
      });
      return ok({ upload_url: `${world.origin}/upload/v1/${ticket}`, file_id: file.id });
    },
  }),

  'files.completeUploadExternal': method({
    perMinute: tiers.four,
    scope: 'files:write',
    args: {
      files: json,
      channel_id: text.optional(),
      channels: text.optional(),
      initial_comment: text.optional(),
      thread_ts: text.optional(),
      blocks: json.optional(),
    },
    answer(args, world) {
      const parsed = CompletedFiles.safeParse(args.files);
      if (!parsed.success) return refuse('invalid_arguments', ['must provide files [json-pointer:/files]']);
      const waiting = parsed.data.every(({ id }) => isWaiting(id, world));
      if (!waiting) return refuse('file_not_found');
      const post = checkShare(args, world);
      if ('ok' in post) return post;
      const shared = parsed.data.flatMap(({ id, title }) => world.files.share(id, title ?? null) ?? []);
      post.share(shared.map(({ id }) => id));
      return ok({ files: shared.map((file) => fileJson(file, world)) });
    },
  }),

  'reactions.add': method({
    perMinute: tiers.three,
    scope: 'reactions:write',
    args: { ...onMessage, name: text },
    answer(args, world) {
      const found = messageThere(args, world);
      if (found.kind === 'refused') return found.refusal;
      const { message } = found;
      if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(args.name)) return refuse('invalid_name');
      const users = message.reactions[args.name] ?? [];
      if (users.includes(world.app.userId)) return refuse('already_reacted');
      const reactions = { ...message.reactions, [args.name]: [...users, world.app.userId] };
      world.conversations.change(message, { reactions });
      return ok();
    },
  }),

  'reactions.remove': method({
    perMinute: tiers.two,
    scope: 'reactions:write',
    args: { ...onMessage, name: text },
    answer(args, world) {
      const found = messageThere(args, world);
      if (found.kind === 'refused') return found.refusal;
      const { message } = found;
      const users = message.reactions[args.name] ?? [];
      if (!users.includes(world.app.userId)) return refuse('no_reaction');
      const { [args.name]: _, ...others } = message.reactions;
      const left = users.filter((user) => user !== world.app.userId);
      world.conversations.change(message, { reactions: left.length > 0 ? { ...others, [args.name]: left } : others });
      return ok();
    },
  }),

  'pins.add': method({
    perMinute: tiers.two,
    scope: 'pins:write',
    args: onMessage,
    answer(args, world) {
      const found = messageThere(args, world);
      if (found.kind === 'refused') return found.refusal;
      if (found.message.isPinned) return refuse('already_pinned');
      world.conversations.change(found.message, { isPinned: true });
      return ok();
    },
  }),

  'pins.remove': method({
    perMinute: tiers.two,
    scope: 'pins:write',
    args: onMessage,
    answer(args, world) {
      const found = messageThere(args, world);
      if (found.kind === 'refused') return found.refusal;
      if (!found.message.isPinned) return refuse('no_pin');
      world.conversations.change(found.message, { isPinned: false });
      return ok();
    },
  }),
};

function isWaiting(id: string, world: World): boolean {
  const file = world.files.find(id);
  return file?.content != null && !file.isShared;
}

interface ShareArgs {
  readonly channel_id?: string | undefined;
  readonly initial_comment?: string | undefined;
  readonly thread_ts?: string | undefined;
  readonly blocks?: unknown;
}

function checkShare(args: ShareArgs, world: World): { share(files: readonly string[]): void } | Refusal {
  // Without a channel a file stays with the app.
  if (args.channel_id === undefined) return { share: () => undefined };
  const found = postableChannel(args.channel_id, world);
  if (found.kind === 'refused') return found.refusal;
  const channel = found.channel.id;
  const thread = checkThread(channel, args.thread_ts, world);
  if (thread) return thread;
  const checked = checkContent({ text: args.initial_comment, blocks: args.blocks }, world);
  if (checked.kind === 'refused') return checked.refusal;
  const { text: words = '', blocks = [] } = checked.content;
  const draft = { channel, userId: world.app.userId, text: words, blocks, threadTs: args.thread_ts ?? null };
  return { share: (files) => world.conversations.post({ ...draft, files }) };
}

type There =
  | { readonly kind: 'there'; readonly message: Message }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

function messageThere(args: { channel: string; timestamp: string }, world: World): There {
  const found = joinedChannel(args.channel, world);
  if (found.kind === 'refused') return found;
  const message = world.conversations.message(found.channel.id, args.timestamp);
  if (message && !message.isDeleted && message.ephemeralTo === null) return { kind: 'there', message };
  return { kind: 'refused', refusal: refuse('message_not_found') };
}
