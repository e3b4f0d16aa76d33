import type { Bookmark } from '../bookmarks.ts';
import type { Channel, Message } from '../conversations.ts';
import type { View } from '../modals.ts';
import type { Person } from '../people.ts';
import type { World } from '../world.ts';
import type { Stage, StageState, StoryCard } from './stage.ts';

/** All that one person sees of the workspace, as their browser gets it whenever something changes. */
export interface Screen {
  readonly team: string;
  readonly me: Person;
  readonly people: readonly Person[];
  readonly groups: readonly { readonly id: string; readonly handle: string }[];
  readonly app: AppShown;
  /** Those that this person is in; with the app there is at most a direct one. */
  readonly channels: readonly ChannelShown[];
  /** What a channel menu offers: every public one too. */
  readonly offered: readonly { readonly id: string; readonly name: string }[];
  readonly files: Readonly<Record<string, FileShown>>;
  /** The topmost last. */
  readonly modals: readonly View[];
  readonly home: View | null;
  readonly stage: StageShown | null;
}

interface AppShown {
  readonly userId: string;
  readonly name: string;
  readonly commands: readonly CommandShown[];
  readonly shortcuts: readonly ShortcutShown[];
  readonly hasHome: boolean;
  readonly isConnected: boolean;
}

interface CommandShown {
  readonly command: string;
  readonly description: string;
  /** As in the manifest: `investigate [cluster] | status`; empty when it has none. */
  readonly usageHint: string;
}

interface ShortcutShown {
  readonly kind: 'message' | 'global';
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

export interface ChannelShown extends Pick<Channel, 'id' | 'name' | 'kind' | 'isArchived'> {
  readonly memberCount: number;
  readonly hasApp: boolean;
  /** Oldest first, with threads' replies and what only this person sees. */
  readonly messages: readonly Message[];
  readonly bookmarks: readonly Pick<Bookmark, 'id' | 'title' | 'link'>[];
}

export interface FileShown {
  readonly name: string;
  readonly title: string;
  /** Bytes. */
  readonly size: number;
  readonly altText: string | null;
  readonly kind: 'picture' | 'markdown' | 'text' | 'other';
}

export interface StageShown {
  readonly stories: readonly StoryCard[];
  readonly state: StageState;
}

/** @throws when the workspace has no such person */
export function screenOf(userId: string, world: World, stage: Stage | null, isConnected: boolean): Screen {
  const me = world.people.find(userId);
  if (!me || me.isBot) throw new Error(`The workspace has no person ${userId}`);
  const { conversations, people, app, modals, files } = world;
  const channels = conversations
    .channels()
    .filter((channel) => channel.members.has(userId))
    .map((channel) => channelShown(channel, userId, world));
  const shared = new Set(channels.flatMap(({ messages }) => messages.flatMap((message) => message.files)));
  const features = app.manifest.features ?? {};
  return {
    team: world.team.name,
    me,
    people: people.all(),
    groups: people.groups().map(({ id, handle }) => ({ id, handle })),
    app: {
      userId: app.userId,
      name: app.name,
      commands: (features.slash_commands ?? []).map(({ command, description, usage_hint: usageHint = '' }) => ({
        command,
        description,
        usageHint,
      })),
      shortcuts: (features.shortcuts ?? []).map(({ type, callback_id: id, name, description }) => ({
        kind: type,
        id,
        name,
        description,
      })),
      hasHome: features.app_home?.home_tab_enabled ?? false,
      isConnected,
    },
    channels,
    offered: conversations
      .channels()
      .filter(({ kind, members }) => kind === 'public' || (kind === 'private' && members.has(userId)))
      .map(({ id, name }) => ({ id, name })),
    files: Object.fromEntries(
      files
        .all()
        .filter(({ id, isShared }) => isShared && shared.has(id))
        .map(({ id, name, title, size, altText }) => [id, { name, title, size, altText, kind: kindOf(name) }]),
    ),
    modals: modals.stack(userId),
    home: modals.home(userId),
    stage: stage && { stories: stage.stories, state: stage.state() },
  };
}

function channelShown(channel: Channel, userId: string, { conversations, bookmarks, app }: World): ChannelShown {
  const { id, name, kind, isArchived, members } = channel;
  return {
    id,
    name,
    kind,
    isArchived,
    memberCount: members.size,
    hasApp: members.has(app.userId),
    messages: conversations.messages(id).filter((message) => conversations.isShown(message, userId)),
    bookmarks: bookmarks
      .all()
      .filter((bookmark) => bookmark.channelId === id)
      .map(({ id: bookmarkId, title, link }) => ({ id: bookmarkId, title, link })),
  };
}

function kindOf(name: string): FileShown['kind'] {
  if (/\.(png|jpe?g|gif|webp)$/i.test(name)) return 'picture';
  if (/\.(md|markdown)$/i.test(name)) return 'markdown';
  return /\.(txt|log|json|ya?ml|csv|conf|sh|diff|patch|pem|xml|ini|toml)$/i.test(name) ? 'text' : 'other';
}
