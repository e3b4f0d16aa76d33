import type {
  BlockAction,
  ButtonAction,
  GlobalShortcut,
  MessageShortcut,
  SlashCommand,
  ViewClosedAction,
  ViewSubmitAction,
} from '@slack/bolt';
import type { AppMentionEvent } from '@slack/types';
import { expect, test } from 'vitest';
import { aClient, aWorkspace } from '../workspace/start.ts';
import { holdPayload } from './slack-shape.ts';

/** What the workspace sends to an app has the shape of what Slack sends, by the types that Bolt reads it with. */

const team = { id: '', domain: '' };
const user = { id: '', username: '', name: '', team_id: '' };
const install = { team, is_enterprise_install: false, enterprise: null };
const plain = (text: string) => ({ type: 'plain_text' as const, text });

async function started() {
  const workspace = await aWorkspace();
  const heard = () => workspace.socket.sent().at(-1)?.payload ?? {};
  return { workspace, heard, ana: workspace.as('U1'), client: aClient(workspace) };
}

test('a slash command', async () => {
  const { heard, ana } = await started();
  await ana.command('C1', '/try', 'this');
  holdPayload<SlashCommand>()(heard(), {
    token: '',
    team_id: '',
    team_domain: '',
    channel_id: '',
    channel_name: '',
    user_id: '',
    user_name: '',
    command: '',
    text: '',
    api_app_id: '',
    is_enterprise_install: '',
    response_url: '',
    trigger_id: '',
  });
});

test('a button pressed on a message, and in a modal', async () => {
  const { workspace, heard, ana, client } = await started();
  const button = { type: 'button' as const, action_id: 'go', value: '42', text: plain('Go') };
  const blocks = [{ type: 'actions' as const, block_id: 'next', elements: [button] }];
  const action = {
    type: 'button' as const,
    action_id: '',
    block_id: '',
    text: { type: 'plain_text' as const, text: '', emoji: true },
    value: '',
    action_ts: '',
  };

  const { ts = '' } = await client.chat.postMessage({ channel: 'C1', text: 'card', blocks });
  await ana.click({ channel: 'C1', ts }, { text: 'Go' });
  const { message, ...pressed } = heard();
  holdPayload<BlockAction<ButtonAction>>()(pressed, {
    type: 'block_actions',
    user,
    api_app_id: '',
    token: '',
    container: { type: '', message_ts: '', channel_id: '', is_ephemeral: false },
    trigger_id: '',
    ...install,
    channel: { id: '', name: '' },
    state: { values: {} },
    response_url: '',
    actions: [action],
  });
  expect(message).toMatchObject({ type: 'message', ts, text: 'card', user: workspace.botUserId, blocks });

  await client.views.open({
    trigger_id: String(heard().trigger_id),
    view: { type: 'modal', title: plain('Title'), blocks },
  });
  const top = await workspace.waitFor(() => workspace.views('U1').top);
  await ana.click(top, { text: 'Go' });
  const { view, ...inModal } = heard();
  // Bolt's type has a response_url, which Slack doesn't send for a modal.
  holdPayload<Omit<BlockAction<ButtonAction>, 'response_url'>>()(inModal, {
    type: 'block_actions',
    user,
    api_app_id: '',
    token: '',
    container: { type: '', view_id: '' },
    trigger_id: '',
    ...install,
    actions: [action],
  });
  expect(view).toMatchObject({ id: top.id, type: 'modal', state: { values: {} } });
});

test('a modal submitted, and one closed', async () => {
  const { workspace, heard, ana, client } = await started();
  const element = { type: 'plain_text_input' as const, action_id: 'text' };
  const blocks = [{ type: 'input' as const, block_id: 'note', label: plain('Note'), element }];
  const open = async () => {
    await ana.shortcut('try_anywhere');
    const view = {
      type: 'modal' as const,
      title: plain('Title'),
      submit: plain('Save'),
      notify_on_close: true,
      blocks,
    };
    await client.views.open({ trigger_id: String(heard().trigger_id), view });
    return workspace.waitFor(() => workspace.views('U1').top);
  };

  await ana.submit(await open(), { Note: 'x' });
  const { view: submitted, ...submission } = heard();
  const always = { ...install, user: { id: '', name: '', team_id: '' }, api_app_id: '', token: '' };
  holdPayload<Omit<ViewSubmitAction, 'view'>>()(submission, {
    type: 'view_submission',
    ...always,
    trigger_id: '',
    response_urls: [],
  });
  expect(submitted).toMatchObject({
    state: { values: { note: { text: { type: 'plain_text_input', value: 'x' } } } },
    private_metadata: '',
    previous_view_id: null,
  });

  await ana.close(await open());
  const { view: _, ...closed } = heard();
  holdPayload<Omit<ViewClosedAction, 'view'>>()(closed, { type: 'view_closed', ...always, is_cleared: false });
});

test('shortcuts on a message and anywhere', async () => {
  const { heard, ana } = await started();
  const always = { token: '', action_ts: '', ...install, callback_id: '', trigger_id: '' };

  await ana.shortcut('try_anywhere');
  holdPayload<GlobalShortcut>()(heard(), {
    type: 'shortcut',
    ...always,
    user: { id: '', username: '', team_id: '' },
  });
  await ana.shortcut('try_message', ana.say('C1', 'x'));
  const { message, ...shortcut } = heard();
  holdPayload<Omit<MessageShortcut, 'message'>>()(shortcut, {
    type: 'message_action',
    ...always,
    user,
    channel: { id: '', name: '' },
    response_url: '',
    message_ts: '',
  });
  expect(message).toMatchObject({ type: 'message', user: 'U1', text: 'x' });
});

test('a mention, in the wrapper of the Events API', async () => {
  const { heard, ana } = await started();
  const root = ana.say('C1', 'root');
  await ana.mention('C1', 'hello', { thread: root.ts });
  const { event, ...wrapper } = heard();

  holdPayload<AppMentionEvent>()(Object(event), {
    type: 'app_mention',
    user: '',
    ts: '',
    client_msg_id: '',
    text: '',
    team: '',
    thread_ts: '',
    channel: '',
    event_ts: '',
  });
  expect(wrapper).toMatchObject({
    type: 'event_callback',
    team_id: expect.any(String),
    api_app_id: expect.any(String),
    event_id: expect.stringMatching(/^Ev/),
    event_time: expect.any(Number),
    authorizations: [{ is_bot: true, user_id: expect.any(String) }],
  });
});
