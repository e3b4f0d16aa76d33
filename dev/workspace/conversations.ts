import type { Block } from './blocks/blocks.ts';
import type { Changes } from './changes.ts';
import type { ChannelOption, Clock } from './options.ts';

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly kind: 'public' | 'private' | 'im';
  readonly isArchived: boolean;
  readonly createdAt: number;
  /** User ids, the app's among them when it was invited. */
  readonly members: ReadonlySet<string>;
}

export interface Metadata {
  readonly event_type: string;
  readonly event_payload: Readonly<Record<string, unknown>>;
}

/** One version of a message; an update makes another with the same `ts`. */
export interface Message {
  readonly channel: string;
  readonly ts: string;
  /** The thread it belongs to; null when it stands in the channel. A thread's parent has none. */
  readonly threadTs: string | null;
  readonly userId: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly metadata: Metadata | null;
  /** The one person who sees it; null when everyone does. */
  readonly ephemeralTo: string | null;
  readonly files: readonly string[];
  readonly reactions: Readonly<Record<string, readonly string[]>>;
  readonly isPinned: boolean;
  readonly isDeleted: boolean;
  readonly postedAt: number;
  readonly editedAt: number | null;
  /** 1 when posted, one more with each update. */
  readonly version: number;
}

type Draft = Pick<Message, 'channel' | 'userId' | 'text'> &
  Partial<Pick<Message, 'threadTs' | 'blocks' | 'metadata' | 'ephemeralTo' | 'files'>>;

export interface Conversations {
  channel(id: string): Channel | null;
  channels(): readonly Channel[];
  /** The direct conversation of a person and the app. */
  openDirect(userId: string): Channel;
  join(channelId: string, userId: string): void;
  leave(channelId: string, userId: string): void;
  post(draft: Draft): Message;
  change(message: Message, change: Partial<Omit<Message, 'channel' | 'ts'>>): Message;
  /** The newest version; null when there is none, or it was deleted without leaving a trace. */
  message(channelId: string, ts: string): Message | null;
  /** Everything in it, oldest first: threads' replies and ephemeral ones too. */
  messages(channelId: string): readonly Message[];
  remove(message: Message): void;
  /** Whether it stands before this person's eyes. Slack shows an ephemeral reply only where the thread has replies already. */
  isShown(message: Message, userId: string): boolean;
}

export function createConversations(
  options: readonly ChannelOption[],
  everyone: readonly string[],
  appUserId: string,
  clock: Clock,
  changes: Changes,
): Conversations {
  const channels = new Map<string, Channel>();
  const messages = new Map<string, Map<string, Message>>();
  let lastMicros = 0;

  const add = (channel: Channel) => {
    channels.set(channel.id, channel);
    messages.set(channel.id, new Map());
    return channel;
  };
  const within = (channelId: string) => {
    const found = messages.get(channelId);
    if (!found) throw new Error(`The workspace has no channel ${channelId}`);
    return found;
  };
  const withMembers = (channelId: string, change: (members: Set<string>) => void) => {
    const channel = channels.get(channelId);
    if (!channel) throw new Error(`The workspace has no channel ${channelId}`);
    const members = new Set(channel.members);
    change(members);
    channels.set(channelId, { ...channel, members });
    changes.happened();
  };

  for (const option of options) {
    const members = new Set(option.members ?? everyone);
    if (option.hasApp ?? true) members.add(appUserId);
    add({
      id: option.id,
      name: option.name,
      kind: option.isPrivate ? 'private' : 'public',
      isArchived: option.isArchived ?? false,
      createdAt: clock.nowAt(),
      members,
    });
  }

  return {
    channel: (id) => channels.get(id) ?? null,
    channels: () => [...channels.values()],
    openDirect(userId) {
      const id = `D${userId.slice(1)}`;
      const known = channels.get(id);
      if (known) return known;
      const members = new Set([userId, appUserId]);
      return add({ id, name: userId, kind: 'im', isArchived: false, createdAt: clock.nowAt(), members });
    },
    join: (channelId, userId) => withMembers(channelId, (members) => members.add(userId)),
    leave: (channelId, userId) => withMembers(channelId, (members) => members.delete(userId)),
    post(draft) {
      const postedAt = clock.nowAt();
      // A ts is unique in its channel and tells the order, also of messages of one millisecond.
      lastMicros = Math.max(postedAt * 1000, lastMicros + 1);
      const message: Message = {
        threadTs: null,
        blocks: [],
        metadata: null,
        ephemeralTo: null,
        files: [],
        reactions: {},
        isPinned: false,
        isDeleted: false,
        ...draft,
        ts: `${Math.floor(lastMicros / 1e6)}.${String(lastMicros % 1e6).padStart(6, '0')}`,
        postedAt,
        editedAt: null,
        version: 1,
      };
      within(message.channel).set(message.ts, message);
      changes.happened();
      return message;
    },
    change(message, change) {
      const next: Message = { ...message, ...change, version: message.version + 1 };
      within(message.channel).set(message.ts, next);
      changes.happened();
      return next;
    },
    message: (channelId, ts) => messages.get(channelId)?.get(ts) ?? null,
    messages: (channelId) => [...within(channelId).values()],
    isShown(message, userId) {
      if (message.ephemeralTo === null) return true;
      if (message.ephemeralTo !== userId) return false;
      if (message.threadTs === null) return true;
      return [...within(message.channel).values()].some(
        (other) => other.threadTs === message.threadTs && other.ephemeralTo === null,
      );
    },
    remove(message) {
      within(message.channel).delete(message.ts);
      changes.happened();
    },
  };
}
