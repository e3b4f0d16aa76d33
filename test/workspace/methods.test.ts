import { expect, test } from 'vitest';
import { aClient, aWorkspace, refusal } from './start.ts';

const section = (text: string) => ({ type: 'section' as const, text: { type: 'mrkdwn' as const, text } });

test('tokens: none, unknown, revoked and of the wrong kind are told apart', async () => {
  const workspace = await aWorkspace();
  const error = async (token: string, method: string) =>
    (await refusal(aClient(workspace, token).apiCall(method))).error;

  const nobody = await fetch(`${workspace.apiUrl}auth.test`, { method: 'POST' });
  expect(await nobody.json()).toEqual({ ok: false, error: 'not_authed' });
  expect(await error('xoxb-unknown', 'auth.test')).toBe('invalid_auth');
  expect(await error(workspace.appToken, 'auth.test')).toBe('not_allowed_token_type');
  expect(await error(workspace.botToken, 'apps.connections.open')).toBe('not_allowed_token_type');
  workspace.revoke('bot');
  expect(await error(workspace.botToken, 'auth.test')).toBe('invalid_auth');
});

test('a scope that the manifest doesn’t ask for, or that nobody granted, is missing', async () => {
  const without = await aWorkspace();
  expect(await refusal(aClient(without).team.info())).toMatchObject({ error: 'missing_scope', needed: 'team:read' });
  const { needed, provided } = await refusal(aClient(without).conversations.history({ channel: 'C1' }));
  expect(needed).toBe('channels:history');
  expect(String(provided).split(',')).toContain('chat:write');

  const granted = await aWorkspace({ grantedOptionalScopes: ['channels:history'] });
  expect((await aClient(granted).conversations.history({ channel: 'C1' })).messages).toEqual([]);
  await expect(aWorkspace({ grantedOptionalScopes: ['admin'] })).rejects.toThrow('admin');
});

test('a method that doesn’t exist here, and an argument that it doesn’t take, are violations', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);

  expect(await refusal(client.apiCall('chat.shout', { channel: 'C1' }))).toMatchObject({ error: 'unknown_method' });
  await client.apiCall('auth.test', { loudly: true });

  expect(workspace.forgive().map(({ kind }) => kind)).toEqual(['unknownMethod', 'unknownArgument']);
  expect(workspace.violations).toEqual([]);
});

test('every call is recorded with what was sent and what went back', async () => {
  const workspace = await aWorkspace();
  const blocks = [section('x')];
  await aClient(workspace).chat.postMessage({ channel: 'C1', text: 'x', blocks });

  expect(workspace.calls).toMatchObject([
    {
      method: 'chat.postMessage',
      token: workspace.botToken,
      args: { channel: 'C1', text: 'x', blocks },
      answer: { ok: true, channel: 'C1' },
      status: 200,
    },
  ]);
});

test.each<[string, string, string]>([
  ['C404', 'channel_not_found', 'doesn’t exist'],
  ['C3', 'channel_not_found', 'is private and was never joined'],
  ['C2', 'not_in_channel', 'was never joined'],
])('posting to %s: %s, since it %s', async (channel, error) => {
  const workspace = await aWorkspace();
  expect((await refusal(aClient(workspace).chat.postMessage({ channel, text: 'x' }))).error).toBe(error);
});

test('chat:write.public lets the app post where it was never invited, not into private channels', async () => {
  const workspace = await aWorkspace({ grantedOptionalScopes: ['chat:write.public'] });
  const client = aClient(workspace);
  await client.chat.postMessage({ channel: 'C2', text: 'x' });
  expect((await refusal(client.chat.postMessage({ channel: 'C3', text: 'x' }))).error).toBe('channel_not_found');
  workspace.invite('C3');
  await client.chat.postMessage({ channel: 'C3', text: 'x' });
});

test('a message is refused with Slack’s own codes and places', async () => {
  const workspace = await aWorkspace();
  const { chat } = aClient(workspace);
  const post = (content: object) => refusal(chat.postMessage({ channel: 'C1', text: 'x', ...content }));

  expect(await post({ text: '' })).toMatchObject({ error: 'no_text' });
  expect(await post({ text: 'x'.repeat(40_001) })).toMatchObject({ error: 'msg_too_long' });
  expect(await post({ blocks: { type: 'divider' } })).toMatchObject({ error: 'invalid_blocks_format' });
  expect(
    await post({ blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }] }),
  ).toMatchObject({
    error: 'invalid_blocks',
    response_metadata: { messages: ['[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]'] },
  });
  expect(await post({ blocks: Array.from({ length: 5 }, () => section('x'.repeat(2700))) })).toMatchObject({
    error: 'msg_blocks_too_long',
  });
  expect(await post({ metadata: { event_type: 'x' } })).toMatchObject({ error: 'invalid_metadata_format' });
  expect(await post({ thread_ts: '1.000001' })).toMatchObject({ error: 'thread_not_found' });
  expect(workspace.channel('C1').messages()).toEqual([]);
});

test('blocks without text are taken, but are a violation: notifications have nothing to say', async () => {
  const workspace = await aWorkspace();
  await aClient(workspace).chat.postMessage({ channel: 'C1', text: '', blocks: [section('x')] });
  expect(workspace.forgive('missingText')).toHaveLength(1);
});

test('a thread hangs on a message of the channel, never on a reply', async () => {
  const workspace = await aWorkspace();
  const { chat } = aClient(workspace);
  const root = await chat.postMessage({ channel: 'C1', text: 'root' });
  const reply = await chat.postMessage({ channel: 'C1', text: 'reply', thread_ts: String(root.ts) });

  expect(workspace.channel('C1').messages()).toMatchObject([{ text: 'root' }]);
  expect(workspace.channel('C1').thread(String(root.ts))).toMatchObject([{ text: 'reply' }]);
  const onReply = chat.postMessage({ channel: 'C1', text: 'x', thread_ts: String(reply.ts) });
  expect((await refusal(onReply)).error).toBe('thread_not_found');
});

test('an update replaces what it names and keeps the rest; text alone takes the blocks away', async () => {
  const workspace = await aWorkspace();
  const { chat } = aClient(workspace);
  const metadata = { event_type: 'card', event_payload: { id: '1' } };
  const posted = await chat.postMessage({ channel: 'C1', text: 'one', blocks: [section('one')], metadata });
  const ts = String(posted.ts);
  const standing = () => workspace.channel('C1').message(ts);

  await chat.update({ channel: 'C1', ts, text: 'two', blocks: [section('two')] });
  expect(standing()).toMatchObject({ text: 'two', metadata, version: 2, editedAt: null, blocks: [section('two')] });
  await chat.update({ channel: 'C1', ts, text: 'three' });
  expect(standing()).toMatchObject({ text: 'three', metadata, blocks: [], version: 3 });
  expect(standing()?.editedAt).not.toBeNull();
  await chat
    .update({ channel: 'C1', ts, text: 'three', metadata: { event_type: '', event_payload: {} } })
    .catch(() => null);
  expect(standing()).toMatchObject({ metadata });
});

test('an update reaches no message of others, no ephemeral one and none that isn’t there', async () => {
  const workspace = await aWorkspace();
  const { chat } = aClient(workspace);
  const foreign = workspace.as('U1').say('C1', 'mine');
  const ephemeral = await chat.postEphemeral({ channel: 'C1', user: 'U1', text: 'psst' });
  const update = async (ts: string) => (await refusal(chat.update({ channel: 'C1', ts, text: 'x' }))).error;

  expect(await update(foreign.ts)).toBe('cant_update_message');
  expect(await update(String(ephemeral.message_ts))).toBe('message_not_found');
  expect(await update('1.000001')).toBe('message_not_found');
});

test('an ephemeral message is one person’s, who must be in the channel', async () => {
  const workspace = await aWorkspace({ grantedOptionalScopes: ['channels:history'] });
  workspace.invite('C3');
  const client = aClient(workspace);
  await client.chat.postEphemeral({ channel: 'C1', user: 'U1', text: 'psst' });
  const stranger = client.chat.postEphemeral({ channel: 'C3', user: 'U2', text: 'x' });

  expect((await refusal(stranger)).error).toBe('user_not_in_channel');
  expect(workspace.ephemerals('U1')).toMatchObject([{ text: 'psst' }]);
  expect(workspace.channel('C1').messages()).toEqual([]);
  expect((await client.conversations.history({ channel: 'C1' })).messages).toEqual([]);
});

test('an ephemeral reply is seen only where the thread has replies already', async () => {
  const workspace = await aWorkspace();
  const { chat } = aClient(workspace);
  const root = workspace.as('U1').say('C1', 'root');
  await chat.postEphemeral({ channel: 'C1', user: 'U1', text: 'psst', thread_ts: root.ts });

  expect(workspace.ephemerals('U1')).toEqual([]);
  await chat.postMessage({ channel: 'C1', text: 'reply', thread_ts: root.ts });
  expect(workspace.ephemerals('U1')).toMatchObject([{ text: 'psst' }]);
});

test('deleting leaves a stone where replies hang, and nothing otherwise', async () => {
  const workspace = await aWorkspace();
  const { chat } = aClient(workspace);
  const root = await chat.postMessage({ channel: 'C1', text: 'root' });
  const reply = await chat.postMessage({ channel: 'C1', text: 'reply', thread_ts: String(root.ts) });

  await chat.delete({ channel: 'C1', ts: String(root.ts) });
  expect(workspace.channel('C1').messages()).toMatchObject([{ isDeleted: true }]);
  await chat.delete({ channel: 'C1', ts: String(reply.ts) });
  expect(workspace.channel('C1').thread(String(root.ts))).toEqual([]);
});

test('history and replies carry metadata only when asked, and come in pages', async () => {
  const workspace = await aWorkspace({ grantedOptionalScopes: ['channels:history'] });
  const { chat, conversations } = aClient(workspace);
  const metadata = { event_type: 'card', event_payload: { id: '1' } };
  const root = await chat.postMessage({ channel: 'C1', text: 'root', metadata });
  workspace.as('U1').say('C1', 'reply', { thread: String(root.ts) });
  workspace.as('U1').say('C1', 'after');

  const plain = await conversations.history({ channel: 'C1' });
  expect(plain.messages?.map(({ text }) => text)).toEqual(['after', 'root']);
  expect(plain.messages?.[1]).not.toHaveProperty('metadata');
  const full = await conversations.history({
    channel: 'C1',
    include_all_metadata: true,
    oldest: String(root.ts),
    inclusive: true,
  });
  expect(full.messages?.[1]).toMatchObject({ metadata, reply_count: 1 });
  const newer = await conversations.history({ channel: 'C1', oldest: String(root.ts) });
  expect(newer.messages?.map(({ text }) => text)).toEqual(['after']);

  const first = await conversations.replies({ channel: 'C1', ts: String(root.ts), limit: 1 });
  expect(first.messages?.map(({ text }) => text)).toEqual(['root']);
  const cursor = first.response_metadata?.next_cursor ?? '';
  const rest = await conversations.replies({ channel: 'C1', ts: String(root.ts), limit: 1, cursor });
  expect(rest).toMatchObject({ messages: [{ text: 'reply' }], has_more: false });
});

test('a file is shared once all its bytes have come', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);
  const { files } = client;
  const { upload_url: url = '', file_id: id = '' } = await files.getUploadURLExternal({ filename: 'a.txt', length: 5 });
  const share = () =>
    files.completeUploadExternal({ files: [{ id, title: 'A' }], channel_id: 'C1', initial_comment: 'see' });

  expect((await refusal(share())).error).toBe('file_not_found');
  expect((await fetch(url, { method: 'POST', body: 'four' })).status).toBe(400);
  expect((await fetch(url, { method: 'POST', body: 'hello' })).status).toBe(200);
  await share();

  expect(workspace.channel('C1').messages()).toMatchObject([{ text: 'see', files: [id] }]);
  expect(workspace.files()).toMatchObject([{ name: 'a.txt', title: 'A', size: 5, isShared: true }]);
  expect(workspace.files()[0]?.content?.toString()).toBe('hello');
});

test('the client’s own upload in three steps works', async () => {
  const workspace = await aWorkspace();
  const root = workspace.as('U1').say('C1', 'root');
  await aClient(workspace).filesUploadV2({
    channel_id: 'C1',
    thread_ts: root.ts,
    filename: 'timeline.png',
    file: Buffer.from([1, 2, 3]),
    initial_comment: 'The timeline',
  });
  expect(workspace.channel('C1').thread(root.ts)).toMatchObject([
    { text: 'The timeline', files: [expect.any(String)] },
  ]);
  expect(workspace.violations).toEqual([]);
});

test('people and groups of people are found by their ids', async () => {
  const workspace = await aWorkspace();
  const { users, usergroups, bots, conversations } = aClient(workspace);
  expect((await users.info({ user: 'U1' })).user).toMatchObject({ tz: 'America/Sao_Paulo', tz_offset: -10_800 });
  expect((await refusal(users.info({ user: 'U404' }))).error).toBe('user_not_found');
  expect((await usergroups.users.list({ usergroup: 'S1' })).users).toEqual(['U1']);
  expect((await refusal(usergroups.users.list({ usergroup: 'S404' }))).error).toBe('no_such_subteam');
  expect((await refusal(bots.info({ bot: 'B404' }))).error).toBe('bot_not_found');
  expect((await conversations.members({ channel: 'C1' })).members).toEqual(['U1', 'U2', workspace.botUserId]);
  expect((await conversations.list({ types: 'public_channel,private_channel' })).channels).toHaveLength(2);
});

test('pins and bookmarks need their scope, and are put once', async () => {
  const workspace = await aWorkspace({ grantedOptionalScopes: ['pins:write', 'bookmarks:write'] });
  const { pins, bookmarks, reactions } = aClient(workspace);
  const { ts } = workspace.as('U1').say('C1', 'pin this');
  await pins.add({ channel: 'C1', timestamp: ts });
  expect((await refusal(pins.add({ channel: 'C1', timestamp: ts }))).error).toBe('already_pinned');
  await bookmarks.add({ channel_id: 'C1', title: 'Runbook', type: 'link', link: 'https://x.example' });
  expect((await refusal(reactions.add({ channel: 'C1', timestamp: ts, name: 'eyes' }))).needed).toBe('reactions:write');

  expect(workspace.channel('C1').message(ts)).toMatchObject({ isPinned: true });
  expect(workspace.bookmarks()).toMatchObject([{ title: 'Runbook', link: 'https://x.example' }]);
});
