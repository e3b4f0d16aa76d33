import { randomBytes } from 'node:crypto';
import { messageWithMetadata, seconds, viewJson } from './api/shapes.ts';
import type { Channel, Message } from './conversations.ts';
import type { View } from './modals.ts';
import type { Person } from './people.ts';
import type { StateValues } from './state-values.ts';
import type { World } from './world.ts';

/**
 * What Slack sends to an app when a person does something.
 * Source: docs.slack.dev/reference/interaction-payloads and docs.slack.dev/interactivity/implementing-slash-commands.
 */

export function slashCommand(person: Person, channel: Channel, command: string, text: string, world: World) {
  const { team, app } = world;
  return {
    token: app.verificationToken,
    team_id: team.id,
    team_domain: team.domain,
    channel_id: channel.id,
    channel_name: channelName(channel),
    user_id: person.id,
    user_name: person.name,
    command,
    text,
    api_app_id: app.id,
    is_enterprise_install: 'false',
    response_url: world.responseUrls.issue(world.origin, {
      channelId: channel.id,
      userId: person.id,
      threadTs: null,
      messageTs: null,
    }),
    trigger_id: world.triggers.issue(person.id),
  };
}

/** What an element adds to the action that it makes: `value`, `selected_option`, … */
export type ActionBody = Readonly<Record<string, unknown>>;

export function messageActions(
  person: Person,
  channel: Channel,
  message: Message,
  values: StateValues,
  action: ActionBody,
  world: World,
) {
  const isEphemeral = message.ephemeralTo !== null;
  return {
    type: 'block_actions',
    user: actor(person, world),
    ...fromApp(world),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: isEphemeral,
      ...(message.threadTs === null ? {} : { thread_ts: message.threadTs }),
    },
    trigger_id: world.triggers.issue(person.id),
    ...install(world),
    channel: { id: channel.id, name: channelName(channel) },
    // Slack keeps no ephemeral message, so it has none to send along.
    ...(isEphemeral ? {} : { message: messageWithMetadata(message, world) }),
    state: { values },
    response_url: world.responseUrls.issue(world.origin, {
      channelId: channel.id,
      userId: person.id,
      threadTs: message.threadTs,
      messageTs: message.ts,
    }),
    actions: [{ ...action, action_ts: eventTs(world) }],
  };
}

export function viewActions(person: Person, view: View, action: ActionBody, world: World) {
  return {
    type: 'block_actions',
    user: actor(person, world),
    ...fromApp(world),
    container: { type: 'view', view_id: view.id },
    trigger_id: world.triggers.issue(person.id),
    ...install(world),
    view: viewJson(view, world),
    actions: [{ ...action, action_ts: eventTs(world) }],
  };
}

export function viewSubmission(person: Person, view: View, world: World) {
  return {
    type: 'view_submission',
    ...install(world),
    user: submitter(person, world),
    ...fromApp(world),
    trigger_id: world.triggers.issue(person.id),
    view: viewJson(view, world),
    response_urls: [],
  };
}

export function viewClosed(person: Person, view: View, isCleared: boolean, world: World) {
  return {
    type: 'view_closed',
    ...install(world),
    user: submitter(person, world),
    ...fromApp(world),
    view: viewJson(view, world),
    is_cleared: isCleared,
  };
}

export function messageShortcut(person: Person, channel: Channel, message: Message, callbackId: string, world: World) {
  return {
    type: 'message_action',
    token: world.app.verificationToken,
    action_ts: eventTs(world),
    ...install(world),
    user: actor(person, world),
    channel: { id: channel.id, name: channelName(channel) },
    callback_id: callbackId,
    trigger_id: world.triggers.issue(person.id),
    response_url: world.responseUrls.issue(world.origin, {
      channelId: channel.id,
      userId: person.id,
      threadTs: null,
      messageTs: null,
    }),
    message_ts: message.ts,
    message: messageWithMetadata(message, world),
  };
}

export function globalShortcut(person: Person, callbackId: string, world: World) {
  return {
    type: 'shortcut',
    token: world.app.verificationToken,
    action_ts: eventTs(world),
    ...install(world),
    user: { id: person.id, username: person.name, team_id: world.team.id },
    callback_id: callbackId,
    trigger_id: world.triggers.issue(person.id),
  };
}

export function appMention(person: Person, message: Message, world: World) {
  return {
    type: 'app_mention',
    user: person.id,
    ts: message.ts,
    client_msg_id: randomId(),
    text: message.text,
    team: world.team.id,
    ...(message.threadTs === null ? {} : { thread_ts: message.threadTs }),
    channel: message.channel,
    event_ts: message.ts,
  };
}

export function appHomeOpened(person: Person, world: World) {
  const home = world.modals.home(person.id);
  return {
    type: 'app_home_opened',
    user: person.id,
    channel: world.conversations.openDirect(person.id).id,
    tab: 'home',
    ...(home ? { view: viewJson(home, world) } : {}),
    event_ts: eventTs(world),
  };
}

/** The wrapper of the Events API. */
export function eventCallback(event: Readonly<Record<string, unknown>>, world: World) {
  const { team, app, clock } = world;
  return {
    token: app.verificationToken,
    team_id: team.id,
    context_team_id: team.id,
    context_enterprise_id: null,
    api_app_id: app.id,
    event,
    type: 'event_callback',
    event_id: `Ev${randomId().toUpperCase()}`,
    event_time: seconds(clock.nowAt()),
    authorizations: [
      { enterprise_id: null, team_id: team.id, user_id: app.userId, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
    event_context: `4-${randomId()}`,
  };
}

function actor(person: Person, { team }: World) {
  return { id: person.id, username: person.name, name: person.name, team_id: team.id };
}

/** Around views Slack has promised no `username`. */
function submitter(person: Person, { team }: World) {
  return { id: person.id, name: person.name, team_id: team.id };
}

function fromApp({ app }: World) {
  return { api_app_id: app.id, token: app.verificationToken };
}

function install({ team }: World) {
  return { team: { id: team.id, domain: team.domain }, enterprise: null, is_enterprise_install: false };
}

/** Slack doesn't tell an app the name of a private channel here. */
function channelName(channel: Channel): string {
  return { public: channel.name, private: 'privategroup', im: 'directmessage' }[channel.kind];
}

function eventTs({ clock }: World): string {
  const at = clock.nowAt();
  return `${seconds(at)}.${String(at % 1000).padStart(3, '0')}000`;
}

function randomId(): string {
  return randomBytes(8).toString('hex');
}
