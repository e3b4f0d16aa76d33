import type { Channel, Message } from '../conversations.ts';
import type { WorkspaceFile } from '../files.ts';
import type { View } from '../modals.ts';
import type { Person } from '../people.ts';
import { stateValues } from '../state-values.ts';
import type { World } from '../world.ts';

/** Things of the workspace as Slack writes them in answers and payloads. */

export function messageJson(message: Message, world: World) {
  return {
    ...contentJson(message, world),
    ...(message.isDeleted ? { subtype: 'tombstone' } : {}),
    ts: message.ts,
    ...threadJson(message, repliesTo(message, world), world),
    ...reactionsJson(message),
    ...(message.isPinned ? { pinned_to: [message.channel] } : {}),
  };
}

/** What a message says, without where it stands: all that `chat.update` tells of it. */
export function contentJson(message: Message, world: World) {
  const { app, team } = world;
  const isApps = message.userId === app.userId;
  return {
    type: 'message',
    user: message.userId,
    text: message.text,
    team: team.id,
    ...(isApps ? { bot_id: app.botId, app_id: app.id, bot_profile: botProfile(world) } : {}),
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.editedAt === null
      ? {}
      : { edited: { user: message.userId, ts: `${seconds(message.editedAt)}.000000` } }),
    ...(message.files.length > 0 ? { files: message.files.flatMap((id) => filesJson(id, world)) } : {}),
  };
}

/** With its metadata, which Slack shows to the app that wrote it and to whoever asks for it. */
export function messageWithMetadata(message: Message, world: World) {
  return { ...messageJson(message, world), ...(message.metadata ? { metadata: message.metadata } : {}) };
}

export function repliesTo(message: Message, world: World): readonly Message[] {
  return world.conversations
    .messages(message.channel)
    .filter((other) => other.threadTs === message.ts && other.ephemeralTo === null);
}

function threadJson(message: Message, replies: readonly Message[], world: World) {
  if (message.threadTs !== null) {
    const parent = world.conversations.message(message.channel, message.threadTs);
    return { thread_ts: message.threadTs, ...(parent ? { parent_user_id: parent.userId } : {}) };
  }
  const last = replies.at(-1);
  if (!last) return {};
  const users = [...new Set(replies.map((reply) => reply.userId))];
  return {
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    reply_users: users,
    latest_reply: last.ts,
    is_locked: false,
    subscribed: false,
  };
}

function reactionsJson(message: Message) {
  const reactions = Object.entries(message.reactions).map(([name, users]) => ({ name, users, count: users.length }));
  return reactions.length > 0 ? { reactions } : {};
}

function filesJson(id: string, world: World) {
  const file = world.files.find(id);
  return file ? [fileJson(file, world)] : [];
}

export function fileJson(file: WorkspaceFile, world: World) {
  return {
    id: file.id,
    created: seconds(file.createdAt),
    timestamp: seconds(file.createdAt),
    name: file.name,
    title: file.title,
    size: file.size,
    user: world.app.userId,
    mode: 'hosted',
    is_external: false,
    is_public: true,
    permalink: `https://${world.team.domain}.slack.com/files/${world.app.userId}/${file.id}/${file.name}`,
    url_private: `${world.origin}/files/${file.id}/${file.name}`,
    ...(file.altText === null ? {} : { alt_txt: file.altText }),
  };
}

function botProfile({ app, team }: World) {
  return {
    id: app.botId,
    app_id: app.id,
    user_id: app.userId,
    name: app.name,
    deleted: false,
    updated: 0,
    icons: {},
    team_id: team.id,
  };
}

export function viewJson(view: View, { app, team }: World) {
  const { content } = view;
  const modal =
    content.type === 'modal'
      ? {
          title: content.title,
          close: content.close,
          submit: content.submit,
          clear_on_close: content.clear_on_close,
          notify_on_close: content.notify_on_close,
        }
      : {
          title: { type: 'plain_text', text: 'View Title', emoji: true },
          close: null,
          submit: null,
          clear_on_close: false,
          notify_on_close: false,
        };
  return {
    id: view.id,
    team_id: team.id,
    type: content.type,
    blocks: content.blocks,
    private_metadata: content.private_metadata,
    callback_id: content.callback_id,
    state: { values: stateValues(content.blocks, view.entered) },
    hash: view.hash,
    ...modal,
    previous_view_id: view.previousViewId,
    root_view_id: view.rootViewId,
    app_id: app.id,
    external_id: content.external_id,
    app_installed_team_id: team.id,
    bot_id: app.botId,
  };
}

export function channelJson(channel: Channel, { app, team }: World) {
  const always = { id: channel.id, created: seconds(channel.createdAt), is_archived: channel.isArchived };
  if (channel.kind === 'im') {
    const user = [...channel.members].find((member) => member !== app.userId);
    return { ...always, is_im: true, is_org_shared: false, user, is_user_deleted: false, priority: 0 };
  }
  return {
    ...always,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: true,
    is_group: false,
    is_im: false,
    is_mpim: false,
    is_private: channel.kind === 'private',
    is_general: false,
    is_shared: false,
    is_org_shared: false,
    is_ext_shared: false,
    is_pending_ext_shared: false,
    is_member: channel.members.has(app.userId),
    creator: app.userId,
    unlinked: 0,
    context_team_id: team.id,
    shared_team_ids: [team.id],
    pending_shared: [],
    pending_connected_team_ids: [],
    previous_names: [],
    topic: { value: '', creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
  };
}

export function personJson(person: Person, { team, app, clock }: World) {
  return {
    id: person.id,
    team_id: team.id,
    name: person.name,
    deleted: false,
    real_name: person.realName,
    tz: person.tz,
    tz_label: person.tz,
    tz_offset: zoneOffsetSeconds(person.tz, clock.nowAt()),
    profile: {
      real_name: person.realName,
      real_name_normalized: person.realName,
      display_name: person.name,
      display_name_normalized: person.name,
      status_text: '',
      status_emoji: '',
      team: team.id,
      ...(person.isBot ? { api_app_id: app.id, bot_id: app.botId } : {}),
    },
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: false,
    is_ultra_restricted: false,
    is_bot: person.isBot,
    is_app_user: false,
    updated: 0,
  };
}

function zoneOffsetSeconds(tz: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: tz, timeZoneName: 'longOffset' }).formatToParts(at);
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

export function seconds(at: number): number {
  return Math.floor(at / 1000);
}
