import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { aClient, aWorkspace, manifest, refusal } from '../workspace/start.ts';
import { hold } from './slack-shape.ts';

/**
 * The workspace's answers have the shape of Slack's. Each sample below is held, when this compiles, to the response
 * types that Slack generates from real answers: no key, at any depth, that Slack's answers don't have, and values of
 * the same kind. When this runs, the workspace's own answer is held to the sample: the same keys, the same kinds.
 */

const profile = { id: '', app_id: '', user_id: '', name: '', deleted: false, updated: 0, icons: {}, team_id: '' };
const content = { type: '', user: '', text: '', team: '', bot_id: '', app_id: '', bot_profile: profile };
const own = { ...content, ts: '' };
const written = { type: '', user: '', ts: '', text: '', team: '' };
const section = [{ type: 'section', block_id: '', text: { type: '', text: '', verbatim: false } }];
const paging = { next_cursor: '' };
const channel = {
  id: '',
  created: 0,
  is_archived: false,
  name: '',
  name_normalized: '',
  is_channel: true,
  is_group: false,
  is_im: false,
  is_mpim: false,
  is_private: false,
  is_general: false,
  is_shared: false,
  is_org_shared: false,
  is_ext_shared: false,
  is_pending_ext_shared: false,
  is_member: true,
  creator: '',
  unlinked: 0,
  context_team_id: '',
  shared_team_ids: [''],
  pending_shared: [],
  pending_connected_team_ids: [],
  previous_names: [],
  topic: { value: '', creator: '', last_set: 0 },
  purpose: { value: '', creator: '', last_set: 0 },
};
const view = {
  id: '',
  team_id: '',
  type: '',
  blocks: [{ type: '', block_id: '' }],
  private_metadata: '',
  callback_id: '',
  state: { values: {} },
  hash: '',
  title: { type: '', text: '', emoji: true },
  clear_on_close: false,
  notify_on_close: false,
  root_view_id: '',
  app_id: '',
  external_id: '',
  app_installed_team_id: '',
  bot_id: '',
};

test('chat: posting, updating, whispering, deleting, linking', async () => {
  const workspace = await aWorkspace();
  const { chat } = aClient(workspace);
  const metadata = { event_type: 'card', event_payload: { id: '1' } };
  const blocks = [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text: 'x' } }];

  const posted = await chat.postMessage({ channel: 'C1', text: 'x', blocks, metadata });
  const ts = String(posted.ts);
  hold(posted, {
    ok: true,
    channel: '',
    ts: '',
    message: { ...own, blocks: section, metadata: { event_type: '', event_payload: { id: '' } } },
  });
  const replied = await chat.postMessage({ channel: 'C1', text: 'x', thread_ts: ts });
  hold(replied, {
    ok: true,
    channel: '',
    ts: '',
    message: { ...own, thread_ts: '', parent_user_id: '' },
  });
  hold(await chat.update({ channel: 'C1', ts: String(replied.ts), text: 'y' }), {
    ok: true,
    channel: '',
    ts: '',
    text: '',
    message: { ...content, edited: { user: '', ts: '' } },
  });
  hold(await chat.postEphemeral({ channel: 'C1', user: 'U1', text: 'x' }), {
    ok: true,
    message_ts: '',
  });
  const link = await chat.getPermalink({ channel: 'C1', message_ts: String(replied.ts) });
  hold(link, { ok: true, channel: '', permalink: '' });
  expect(link.permalink).toMatch(
    new RegExp(`^https://\\w+\\.slack\\.com/archives/C1/p\\d{16}\\?thread_ts=${ts.replace('.', '\\.')}&cid=C1$`),
  );
  hold(await chat.delete({ channel: 'C1', ts: String(replied.ts) }), {
    ok: true,
    channel: '',
    ts: '',
  });
});

test('conversations: what they are, who is in them, what was said', async () => {
  const workspace = await aWorkspace({
    manifest: withScopes('im:write'),
    grantedOptionalScopes: ['channels:history'],
  });
  const { conversations, users } = aClient(workspace);
  const root = workspace.as('U1').say('C1', 'root');
  workspace.as('U2').say('C1', 'reply', { thread: root.ts });
  const threaded = {
    ...written,
    thread_ts: '',
    reply_count: 0,
    reply_users_count: 0,
    reply_users: [''],
    latest_reply: '',
    is_locked: false,
    subscribed: false,
  };

  hold(await conversations.info({ channel: 'C1', include_num_members: true }), {
    ok: true,
    channel: { ...channel, num_members: 0 },
  });
  hold(await conversations.members({ channel: 'C1' }), {
    ok: true,
    members: [''],
    response_metadata: paging,
  });
  const { is_member: _, shared_team_ids, ...listed } = channel;
  hold(await users.conversations({ types: 'public_channel' }), {
    ok: true,
    channels: [{ ...listed, shared_team_ids }],
    response_metadata: paging,
  });
  hold(await conversations.history({ channel: 'C1' }), {
    ok: true,
    messages: [threaded],
    has_more: false,
    pin_count: 0,
    response_metadata: paging,
  });
  const replies = await conversations.replies({ channel: 'C1', ts: root.ts });
  hold(replies, {
    ok: true,
    messages: [threaded, { ...written, thread_ts: '', parent_user_id: '' }],
    has_more: false,
    response_metadata: paging,
  });
  hold(await conversations.open({ users: 'U1' }), {
    ok: true,
    channel: { id: '' },
  });
});

test('views: opened and published', async () => {
  const workspace = await aWorkspace();
  const { views } = aClient(workspace);
  void workspace.as('U1').shortcut('try_anywhere');
  const trigger_id = String(workspace.socket.sent().at(-1)?.payload.trigger_id);
  const title = { type: 'plain_text' as const, text: 'Title' };

  const opened = await views.open({
    trigger_id,
    view: { type: 'modal', title, close: title, submit: title, blocks: [{ type: 'divider' }] },
  });
  hold(opened, {
    ok: true,
    view: { ...view, close: view.title, submit: view.title, previous_view_id: null },
  });
  const published = await views.publish({ user_id: 'U1', view: { type: 'home', blocks: [{ type: 'divider' }] } });
  hold(published, {
    ok: true,
    view: { ...view, close: null, submit: null, previous_view_id: null },
  });
});

test('who is who: the app, the team, people and their groups', async () => {
  const workspace = await aWorkspace({ manifest: withScopes('team:read') });
  const client = aClient(workspace);

  hold(await client.auth.test(), {
    ok: true,
    url: '',
    team: '',
    user: '',
    team_id: '',
    user_id: '',
    bot_id: '',
    is_enterprise_install: false,
  });
  hold(await client.team.info(), {
    ok: true,
    team: { id: '', name: '', domain: '', email_domain: '', icon: {} },
  });
  hold(await client.users.info({ user: 'U1' }), {
    ok: true,
    user: {
      id: '',
      team_id: '',
      name: '',
      deleted: false,
      real_name: '',
      tz: '',
      tz_label: '',
      tz_offset: 0,
      profile: {
        real_name: '',
        real_name_normalized: '',
        display_name: '',
        display_name_normalized: '',
        status_text: '',
        status_emoji: '',
        team: '',
      },
      is_admin: false,
      is_owner: false,
      is_primary_owner: false,
      is_restricted: false,
      is_ultra_restricted: false,
      is_bot: false,
      is_app_user: false,
      updated: 0,
    },
  });
  hold(await client.bots.info({ bot: 'B0APP' }), {
    ok: true,
    bot: { id: '', app_id: '', user_id: '', name: '', deleted: false, updated: 0, icons: {} },
  });
  hold(await client.usergroups.list({ include_users: true }), {
    ok: true,
    usergroups: [
      {
        id: '',
        team_id: '',
        is_usergroup: true,
        name: '',
        description: '',
        handle: '',
        is_external: false,
        date_create: 0,
        date_update: 0,
        date_delete: 0,
        prefs: { channels: [], groups: [] },
        user_count: 0,
        users: [''],
      },
    ],
  });
  hold(await client.usergroups.users.list({ usergroup: 'S1' }), {
    ok: true,
    users: [''],
  });
  const connection = await aClient(workspace, workspace.appToken).apps.connections.open();
  hold(connection, { ok: true, url: '' });
  expect(connection.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/link\/\?ticket=[^&]+&app_id=A\w+$/);
});

test('files and bookmarks', async () => {
  const workspace = await aWorkspace({ grantedOptionalScopes: ['bookmarks:write'] });
  const { files, bookmarks } = aClient(workspace);
  const ticket = await files.getUploadURLExternal({ filename: 'a.txt', length: 1 });
  hold(ticket, { ok: true, upload_url: '', file_id: '' });
  await fetch(String(ticket.upload_url), { method: 'POST', body: 'x' });
  hold(await files.completeUploadExternal({ files: [{ id: String(ticket.file_id), title: 'A' }], channel_id: 'C1' }), {
    ok: true,
    files: [
      {
        id: '',
        created: 0,
        timestamp: 0,
        name: '',
        title: '',
        size: 0,
        user: '',
        mode: '',
        is_external: false,
        is_public: true,
        permalink: '',
        url_private: '',
      },
    ],
  });
  hold(await bookmarks.add({ channel_id: 'C1', title: 'A', type: 'link', link: 'https://x.example', emoji: ':a:' }), {
    ok: true,
    bookmark: {
      id: '',
      channel_id: '',
      title: '',
      link: '',
      emoji: '',
      icon_url: '',
      type: '',
      entity_id: null,
      date_created: 0,
      date_updated: 0,
      rank: '',
      last_updated_by_user_id: '',
      last_updated_by_team_id: null,
      shortcut_id: null,
      app_id: '',
    },
  });
});

test('refusals have the keys that Slack gives them', async () => {
  const workspace = await aWorkspace();
  const { chat, conversations } = aClient(workspace);
  const blocks = [{ type: 'header' as const, text: { type: 'plain_text' as const, text: 'x'.repeat(151) } }];

  expect(Object.keys(await refusal(chat.postMessage({ channel: 'C1', text: 'x', blocks })))).toEqual([
    'ok',
    'error',
    'errors',
    'response_metadata',
  ]);
  const missing = await refusal(conversations.history({ channel: 'C1' }));
  expect(missing).toMatchObject({ ok: false, needed: expect.any(String), provided: expect.any(String) });
});

test('a sample with a key that Slack doesn’t have, or a value of another kind, neither compiles nor passes', async () => {
  const answer = await aClient(await aWorkspace()).conversations.members({ channel: 'C1' });
  const response_metadata = paging;
  // @ts-expect-error Slack has no such key.
  expect(() => hold(answer, { ok: true, members: [''], response_metadata: { ...paging, page: 1 } })).toThrow();
  // @ts-expect-error Slack's are strings.
  expect(() => hold(answer, { ok: true, members: [1], response_metadata })).toThrow();
});

/** The tests' manifest with one scope more. */
function withScopes(...scopes: string[]): unknown {
  const read = parse(manifest);
  return {
    ...read,
    oauth_config: { scopes: { ...read.oauth_config.scopes, bot: [...read.oauth_config.scopes.bot, ...scopes] } },
  };
}
