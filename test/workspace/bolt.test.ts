import { App, type BlockAction, type ButtonAction, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { afterEach, expect, test } from 'vitest';
import type { Workspace } from '../../dev/workspace/workspace.ts';
import { aWorkspace } from './start.ts';

/** The workspace against the real Bolt, over Socket Mode: what Bolt understands is what Slack would have sent. */

const apps: App[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop()));
});

async function boltApp(workspace: Workspace, listen: (app: App) => void): Promise<App> {
  const app = new App({
    token: workspace.botToken,
    receiver: new SocketModeReceiver({
      appToken: workspace.appToken,
      clientPingTimeout: 500,
      logLevel: LogLevel.ERROR,
      installerOptions: { clientOptions: { slackApiUrl: workspace.apiUrl } },
    }),
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: workspace.apiUrl },
  });
  apps.push(app);
  listen(app);
  await app.start();
  await workspace.waitFor(() => workspace.socket.connections > 0);
  return app;
}

const modal = {
  type: 'modal' as const,
  callback_id: 'record',
  title: { type: 'plain_text' as const, text: 'Record' },
  submit: { type: 'plain_text' as const, text: 'Save' },
  blocks: [
    {
      type: 'input' as const,
      block_id: 'output',
      label: { type: 'plain_text' as const, text: 'What it printed' },
      element: { type: 'plain_text_input' as const, action_id: 'text', multiline: true },
    },
  ],
};

test('a command is acknowledged, answered in the channel, and its button opens a modal that is submitted', async () => {
  const workspace = await aWorkspace();
  const presses: BlockAction<ButtonAction>[] = [];
  const submissions: unknown[] = [];
  await boltApp(workspace, (app) => {
    app.command('/try', async ({ command, ack, client, respond }) => {
      await ack();
      await respond({ text: `you said ${command.text}`, response_type: 'ephemeral' });
      await client.chat.postMessage({
        channel: command.channel_id,
        text: 'Pressing is asked for',
        blocks: [
          {
            type: 'actions',
            block_id: 'next',
            elements: [{ type: 'button', action_id: 'go', value: '42', text: { type: 'plain_text', text: 'Go' } }],
          },
        ],
      });
    });
    app.action<BlockAction<ButtonAction>>('go', async ({ ack, body, client }) => {
      await ack();
      presses.push(body);
      await client.views.open({ trigger_id: body.trigger_id, view: modal });
    });
    app.view('record', async ({ ack, view, body }) => {
      if (view.state.values.output?.text?.value === 'nothing') {
        await ack({ response_action: 'errors', errors: { output: 'That is not what it printed' } });
        return;
      }
      await ack();
      submissions.push({ user: body.user.id, values: view.state.values });
    });
  });
  const ana = workspace.as('U1');

  const delivery = await ana.command('C1', '/try', 'this & that');
  expect(delivery).toMatchObject({ kind: 'acked', payload: null });
  const card = await workspace.waitFor(() => workspace.channel('C1').messages()[0]);
  expect(workspace.ephemerals('U1')).toMatchObject([{ text: 'you said this & that' }]);
  expect(workspace.ephemerals('U2')).toEqual([]);

  await ana.click(card, { text: 'Go' });
  const view = await workspace.waitFor(() => workspace.views('U1').top);
  expect(presses).toMatchObject([
    {
      type: 'block_actions',
      user: { id: 'U1', username: 'ana' },
      channel: { id: 'C1', name: 'incidents' },
      container: { type: 'message', message_ts: card.ts, channel_id: 'C1', is_ephemeral: false },
      message: { ts: card.ts, text: 'Pressing is asked for' },
      state: { values: {} },
      actions: [{ type: 'button', action_id: 'go', block_id: 'next', value: '42', text: { text: 'Go' } }],
    },
  ]);

  await expect(ana.submit(view)).rejects.toThrow('What it printed');
  await ana.submit(view, { output: 'nothing' });
  expect(workspace.views('U1').top?.errors).toEqual({ output: 'That is not what it printed' });
  await ana.submit(view, { 'What it printed': 'tcp LISTEN 0 4096 *:6443' });
  expect(workspace.views('U1').top).toBeNull();
  await workspace.waitFor(() => submissions.length > 0);
  expect(submissions).toEqual([
    { user: 'U1', values: { output: { text: { type: 'plain_text_input', value: 'tcp LISTEN 0 4096 *:6443' } } } },
  ]);
  expect(workspace.violations).toEqual([]);
});

test('a shortcut on a message and a mention in a thread arrive with what they are about', async () => {
  const workspace = await aWorkspace();
  const heard: unknown[] = [];
  await boltApp(workspace, (app) => {
    app.shortcut({ type: 'message_action', callback_id: 'try_message' }, async ({ ack, shortcut }) => {
      await ack();
      heard.push({ on: shortcut.message_ts, text: shortcut.message.text, in: shortcut.channel.id });
    });
    app.shortcut('try_anywhere', async ({ ack, shortcut }) => {
      await ack();
      heard.push({ global: shortcut.type });
    });
    app.event('app_mention', async ({ event, say }) => {
      heard.push({ text: event.text, thread: event.thread_ts });
      await say({ text: 'Heard', thread_ts: event.thread_ts ?? event.ts });
    });
    app.event('app_home_opened', async ({ event, client }) => {
      await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: [{ type: 'divider' }] } });
    });
  });
  const ana = workspace.as('U1');
  const root = ana.say('C1', 'The API is down');

  await ana.shortcut('try_message', root);
  await ana.shortcut('try_anywhere');
  const { message } = await ana.mention('C1', 'look here', { thread: root.ts });
  await workspace.waitFor(() => workspace.channel('C1').thread(root.ts).length === 2);
  await ana.openHome();
  await workspace.waitFor(() => workspace.views('U1').home);

  expect(heard).toEqual([
    { on: root.ts, text: 'The API is down', in: 'C1' },
    { global: 'shortcut' },
    { text: message.text, thread: root.ts },
  ]);
  expect(
    workspace
      .channel('C1')
      .thread(root.ts)
      .map((reply) => reply.text),
  ).toEqual(['<@U0APP> look here', 'Heard']);
  expect(workspace.violations).toEqual([]);
});

test('a 429 is waited out and tried again by the client', async () => {
  const workspace = await aWorkspace();
  const app = await boltApp(workspace, () => undefined);
  workspace.faults.next('chat.postMessage', { kind: 'rateLimited', retryAfterS: 1 });

  await app.client.chat.postMessage({ channel: 'C1', text: 'after all' });

  expect(workspace.channel('C1').messages()).toMatchObject([{ text: 'after all' }]);
  expect(workspace.calls.filter((call) => call.method === 'chat.postMessage').map((call) => call.status)).toEqual([
    429, 200,
  ]);
});

test.each(['disconnect', 'cut'] as const)('after a %s the app comes back and hears commands again', async (how) => {
  const workspace = await aWorkspace();
  const heard: string[] = [];
  await boltApp(workspace, (app) => {
    app.command('/try', async ({ command, ack }) => {
      await ack();
      heard.push(command.text);
    });
  });
  const opened = () => workspace.callsTo('apps.connections.open').length;
  expect(opened()).toBe(1);

  if (how === 'cut') workspace.socket.cut();
  else workspace.socket.disconnect('refresh_requested');
  await workspace.waitFor(() => opened() === 2 && workspace.socket.connections === 1);

  expect(await workspace.as('U1').command('C1', '/try', 'again')).toMatchObject({ kind: 'acked' });
  expect(heard).toEqual(['again']);
  expect(workspace.violations).toEqual([]);
});

test('each envelope goes to one of several connections', async () => {
  const workspace = await aWorkspace();
  const heard: string[] = [];
  const listenAs = (name: string) => (app: App) => {
    app.command('/try', async ({ ack }) => {
      await ack();
      heard.push(name);
    });
  };
  await boltApp(workspace, listenAs('first'));
  await boltApp(workspace, listenAs('second'));
  await workspace.waitFor(() => workspace.socket.connections === 2);

  for (const text of ['1', '2', '3', '4']) await workspace.as('U1').command('C1', '/try', text);

  expect(heard.toSorted()).toEqual(['first', 'first', 'second', 'second']);
});

test('what nobody acknowledges is a violation, is delivered again, and says so', async () => {
  const workspace = await aWorkspace({ ackDeadlineMs: 50, redelivery: { afterMs: 60, attempts: 1 } });
  let deliveries = 0;
  await boltApp(workspace, (app) => {
    app.command('/try', async ({ ack }) => {
      deliveries += 1;
      if (deliveries > 1) await ack();
    });
  });

  expect(await workspace.as('U1').command('C1', '/try')).toMatchObject({ kind: 'unanswered' });
  await workspace.waitFor(() => deliveries === 2);
  expect(workspace.forgive().map((violation) => violation.kind)).toContain('unacked');
});
