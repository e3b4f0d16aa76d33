import { Resvg } from '@resvg/resvg-js';
import { App, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { z } from 'zod';
import type { Workspace } from '../../../dev/workspace/workspace.ts';
import { card, deeper, form, home, postmortem } from './everything.ts';

const Announced = z.object({ upload_url: z.url(), file_id: z.string() });

export interface ScriptedApp extends AsyncDisposable {
  /** What people did, in order: `next`, `cluster=stage`. */
  readonly heard: readonly string[];
}

/** An app behind the workspace that answers with one of everything. */
export async function startScriptedApp(workspace: Workspace): Promise<ScriptedApp> {
  const clientOptions = { slackApiUrl: workspace.apiUrl };
  const app = new App({
    token: workspace.botToken,
    receiver: new SocketModeReceiver({
      appToken: workspace.appToken,
      logLevel: LogLevel.ERROR,
      installerOptions: { clientOptions },
    }),
    logLevel: LogLevel.ERROR,
    clientOptions,
  });
  const heard: string[] = [];
  let homes = 0;

  app.command('/try', async ({ command, ack, respond, client }) => {
    await ack();
    heard.push(`/try ${command.text}`);
    if (command.text === 'alone') {
      await respond({ text: 'Only you may read this, <@U1>.', response_type: 'ephemeral' });
      return;
    }
    const { ts } = await client.chat.postMessage({ channel: command.channel_id, text: 'prod: problem', blocks: card });
    if (ts === undefined) throw new Error('A message without ts');
    const inThread = { channel_id: command.channel_id, thread_ts: ts };
    await client.chat.postMessage({ channel: command.channel_id, thread_ts: ts, text: '*Diagnosis*: a rule, <@U1>' });
    await client.filesUploadV2({ ...inThread, filename: 'postmortem.md', title: 'Postmortem', content: postmortem });
    // By hand: `filesUploadV2` names the text alternative in a way that Slack doesn't know.
    const picture = Buffer.from(new Resvg(drawing).render().asPng());
    const asked = await client.apiCall('files.getUploadURLExternal', {
      filename: 'timeline.png',
      length: picture.length,
      alt_txt: 'Timeline: the rule was added at 14:02, failures began at 14:03',
    });
    const { upload_url: url, file_id: id } = Announced.parse(asked);
    await fetch(url, { method: 'POST', body: new Uint8Array(picture) });
    await client.files.completeUploadExternal({ files: [{ id, title: 'Timeline of prod' }], ...inThread });
  });
  app.action('next', async ({ ack, body, client }) => {
    await ack();
    heard.push('next');
    if (body.type !== 'block_actions' || !body.channel || !body.message) return;
    // An update replaces the button that was pressed, as real ones do.
    const [title, ...rest] = card;
    if (title?.type !== 'header') return;
    const text = {
      ...title.text,
      text: `prod API server: step ${heard.filter((one) => one === 'next').length + 1} of 6`,
    };
    await client.chat.update({
      channel: body.channel.id,
      ts: String(body.message.ts),
      text: 'prod: step',
      blocks: [{ ...title, text }, ...rest],
    });
  });
  app.action('stop', async ({ ack, respond }) => {
    await ack();
    heard.push('stop');
    await respond({ text: 'It is stopped.', response_type: 'ephemeral', replace_original: false });
  });
  app.action('form', async ({ ack, body, client }) => {
    await ack();
    heard.push('form');
    if (body.type === 'block_actions') await client.views.open({ trigger_id: body.trigger_id, view: form });
  });
  app.action('deeper', async ({ ack, body, client }) => {
    await ack();
    if (body.type === 'block_actions') await client.views.push({ trigger_id: body.trigger_id, view: deeper });
  });
  app.action({ block_id: 'schedule' }, async ({ ack, body, client }) => {
    await ack();
    if (body.type !== 'block_actions' || !body.view) return;
    const typed = body.view.state.values.schedule?.v?.value ?? '';
    heard.push(`schedule=${typed}, printed=${body.view.state.values.printed?.v?.value ?? ''}`);
    const [head, ...rest] = form.blocks;
    if (head === undefined) return;
    const next = {
      type: 'section' as const,
      block_id: 'next',
      text: { type: 'mrkdwn' as const, text: `Next: *${typed}*` },
    };
    await client.views.update({ view_id: body.view.id, view: { ...form, blocks: [head, ...rest, next] } });
  });
  // Nobody acknowledges `slow`, as an app that hangs does.
  app.action('slow', async () => void heard.push('slow'));
  app.action(/^(more|cluster|who|where|day)$/, async ({ ack, action }) => {
    await ack();
    heard.push(`${'action_id' in action ? action.action_id : ''}=${chosen(action)}`);
  });
  app.view('form', async ({ ack, view }) => {
    const printed = view.state.values.printed?.v?.value ?? '';
    if (!printed.includes('LISTEN')) {
      await ack({ response_action: 'errors', errors: { printed: 'That is not what ss prints.' } });
      return;
    }
    await ack();
    const { verdict, ticks, clusters, at, daily } = view.state.values;
    const many = (entry: typeof ticks) => entry?.v?.selected_options?.map(({ value }) => value).join('+');
    heard.push(
      `form=${printed} ${verdict?.v?.selected_option?.value} ${many(ticks)} ${many(clusters)} ${at?.v?.selected_date_time} ${daily?.v?.selected_time}`,
    );
  });
  app.shortcut('try_message', async ({ ack, shortcut, client }) => {
    await ack();
    heard.push('try_message');
    if (shortcut.type !== 'message_action') return;
    const { channel, message } = shortcut;
    await client.chat.postMessage({ channel: channel.id, thread_ts: message.ts, text: 'A thread by shortcut' });
  });
  app.event('app_mention', async ({ event, client }) => {
    heard.push('mention');
    await client.chat.postMessage({
      channel: event.channel,
      thread_ts: event.thread_ts ?? event.ts,
      text: 'You called?',
    });
  });
  app.event('app_home_opened', async ({ event, client }) => {
    homes += 1;
    await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: home(homes) } });
  });
  app.action('again', async ({ ack, body, client }) => {
    await ack();
    homes += 1;
    await client.views.publish({ user_id: body.user.id, view: { type: 'home', blocks: home(homes) } });
  });

  await app.start();
  await workspace.waitFor(() => workspace.socket.connections > 0);
  return { heard, [Symbol.asyncDispose]: async () => void (await app.stop()) };
}

function chosen(action: object): string {
  const { selected_option, selected_user, selected_channel, selected_date }: Partial<Record<string, unknown>> = {
    ...action,
  };
  const value = selected_option ?? selected_user ?? selected_channel ?? selected_date;
  return typeof value === 'object' && value !== null && 'value' in value ? String(value.value) : String(value);
}

const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="120" viewBox="0 0 640 120">
  <rect width="640" height="120" fill="#fff"/><rect x="20" y="50" width="400" height="20" fill="#2b6e5a"/>
  <rect x="420" y="50" width="200" height="20" fill="#b3261e"/><circle cx="400" cy="60" r="10" fill="#3f5ba8"/></svg>`;
