import type { KnownBlock, ModalView } from '@slack/web-api';
import { describe, expect, test } from 'vitest';
import type { Message } from '../../dev/workspace/conversations.ts';
import { limits } from '../../dev/workspace/limits.ts';
import type { Workspace } from '../../dev/workspace/workspace.ts';
import { aClient, aWorkspace, manifest, refusal } from './start.ts';

/** What a person can do, what they can't, and what the app hears of it. */

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const button = (actionId: string, text: string) => ({
  type: 'button' as const,
  action_id: actionId,
  text: plain(text),
});
const options = ['prod', 'stage'].map((value) => ({ text: plain(`The ${value}`), value }));

const modal = (extra: Partial<ModalView> = {}): ModalView => ({
  type: 'modal',
  title: plain('Title'),
  submit: plain('Save'),
  blocks: [
    {
      type: 'input',
      block_id: 'note',
      label: plain('Note'),
      element: { type: 'plain_text_input', action_id: 'text', max_length: 10 },
    },
  ],
  ...extra,
});

async function card(workspace: Workspace, blocks: KnownBlock[]): Promise<Message> {
  const posted = await aClient(workspace).chat.postMessage({ channel: 'C1', text: 'card', blocks });
  const message = workspace.channel('C1').message(String(posted.ts));
  if (!message) throw new Error('The card was not posted');
  return message;
}

/** The payload of what was last sent to the app, connected or not. */
const heard = (workspace: Workspace) => workspace.socket.sent().at(-1)?.payload ?? {};

function trigger(workspace: Workspace, userId = 'U1'): string {
  void workspace.as(userId).shortcut('try_anywhere');
  return String(heard(workspace).trigger_id);
}

describe('on messages', () => {
  test('a button that isn’t there, or isn’t there any more, can’t be pressed', async () => {
    const workspace = await aWorkspace();
    const before = await card(workspace, [{ type: 'actions', elements: [button('go', 'Go'), button('stop', 'Stop')] }]);
    const ana = workspace.as('U1');

    await expect(ana.click(before, { text: 'Fly' })).rejects.toThrow('[Go] (go), [Stop] (stop)');
    await ana.click(before, { text: /^G/ });
    expect(heard(workspace)).toMatchObject({ type: 'block_actions', actions: [{ action_id: 'go' }] });
    const blocks = [{ type: 'actions' as const, elements: [button('stop', 'Stop')] }];
    await aClient(workspace).chat.update({ channel: 'C1', ts: before.ts, text: 'card', blocks });
    await expect(ana.click(before, { actionId: 'go' })).rejects.toThrow('no button');
  });

  test('one of two buttons that read alike has to be named', async () => {
    const workspace = await aWorkspace();
    const message = await card(workspace, [
      { type: 'actions', block_id: 'one', elements: [button('go', 'Go')] },
      { type: 'actions', block_id: 'two', elements: [button('go', 'Go')] },
    ]);
    await expect(workspace.as('U1').click(message, { text: 'Go' })).rejects.toThrow('2 button');
    await workspace.as('U1').click(message, { text: 'Go', blockId: 'two' });
    expect(heard(workspace)).toMatchObject({ actions: [{ block_id: 'two' }] });
  });

  test('what was picked on a message is in the state of every later press', async () => {
    const workspace = await aWorkspace();
    const message = await card(workspace, [
      {
        type: 'actions',
        block_id: 'b',
        elements: [{ type: 'static_select', action_id: 'cluster', options }, button('go', 'Go')],
      },
    ]);
    const ana = workspace.as('U1');
    await expect(ana.select(message, { actionId: 'cluster' }, 'moon')).rejects.toThrow('The prod, The stage');
    await ana.select(message, { actionId: 'cluster' }, 'stage');
    expect(heard(workspace)).toMatchObject({
      actions: [{ type: 'static_select', selected_option: { value: 'stage' } }],
    });
    await ana.click(message, { text: 'Go' });
    const state = { values: { b: { cluster: { type: 'static_select', selected_option: { value: 'stage' } } } } };
    expect(heard(workspace)).toMatchObject({ state });
    await workspace.as('U2').click(message, { text: 'Go' });
    expect(heard(workspace)).toMatchObject({ state: { values: { b: { cluster: { selected_option: null } } } } });
  });

  test('an ephemeral message’s button is its reader’s, and Slack sends no message along', async () => {
    const workspace = await aWorkspace();
    const blocks = [{ type: 'actions' as const, elements: [button('go', 'Go')] }];
    await aClient(workspace).chat.postEphemeral({ channel: 'C1', user: 'U1', text: 'psst', blocks });
    const [message] = workspace.ephemerals('U1');
    if (!message) throw new Error('Nothing ephemeral came');

    await expect(workspace.as('U2').click(message, { text: 'Go' })).rejects.toThrow('sees no message');
    await workspace.as('U1').click(message, { text: 'Go' });
    expect(heard(workspace)).toMatchObject({ container: { is_ephemeral: true, message_ts: message.ts } });
    expect(heard(workspace)).not.toHaveProperty('message');
  });

  test('commands have to be declared, and can’t be typed in threads or foreign channels', async () => {
    const workspace = await aWorkspace();
    const { ts } = workspace.as('U1').say('C1', 'root');
    await expect(workspace.as('U1').command('C1', '/fly')).rejects.toThrow('/try');
    await expect(workspace.as('U1').command('C1', '/try', '', { thread: ts })).rejects.toThrow('threads');
    await expect(workspace.as('U2').command('C3', '/try')).rejects.toThrow('no channel C3');
    await workspace.as('U1').command('C3', '/try');
    expect(heard(workspace)).toMatchObject({ channel_id: 'C3', channel_name: 'privategroup' });
  });

  test('a command that escapes gets people, channels and links as references', async () => {
    const workspace = await aWorkspace({ manifest: manifest.replace('should_escape: false', 'should_escape: true') });
    await workspace.as('U1').command('C1', '/try', '@bo #incidents @nobody a&b <c> https://x.example:6443/?a=1&b=2');
    expect(heard(workspace)).toMatchObject({
      text: '<@U2|bo> <#C1|incidents> @nobody a&amp;b &lt;c&gt; <https://x.example:6443/?a=1&amp;b=2>',
    });
  });

  test('shortcuts have to be declared; a mention where the app isn’t reaches nobody', async () => {
    const workspace = await aWorkspace();
    const ana = workspace.as('U1');
    await expect(ana.shortcut('try_anywhere', ana.say('C1', 'x'))).rejects.toThrow('message shortcut');
    expect(await ana.mention('C2', 'hello')).toMatchObject({
      kind: 'undelivered',
      why: 'the app is not in the channel',
    });
  });
});

describe('in views', () => {
  test('a trigger opens one modal within 3 s', async () => {
    let now = Date.UTC(2026, 0, 1);
    const workspace = await aWorkspace({ clock: { nowAt: () => now }, triggerLifeMs: limits.trigger.lifeMs });
    const { views } = aClient(workspace);
    const open = (id: string, view = modal()) => views.open({ trigger_id: id, view });
    const fresh = trigger(workspace);
    await open(fresh);

    expect((await refusal(open(fresh))).error).toBe('exchanged_trigger_id');
    expect((await refusal(open('1.2.3'))).error).toBe('invalid_trigger_id');
    const stale = trigger(workspace);
    now += 3001;
    expect((await refusal(open(stale))).error).toBe('expired_trigger_id');
    expect(workspace.views('U1').stack).toHaveLength(1);
    expect(workspace.views('U2').stack).toHaveLength(0);
  });

  test('a view that Slack refuses spends no trigger', async () => {
    const workspace = await aWorkspace();
    const { views } = aClient(workspace);
    const id = trigger(workspace);
    const refused = async (view: ModalView) => (await refusal(views.open({ trigger_id: id, view }))).response_metadata;

    expect(await refused(modal({ title: plain('x'.repeat(25)) }))).toMatchObject({
      messages: ['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]'],
    });
    const { submit: _, ...silent } = modal();
    expect(await refused(silent)).toMatchObject({
      messages: ['[ERROR] missing required field: submit [json-pointer:/view]'],
    });
    expect(await refused(modal({ private_metadata: 'x'.repeat(3001) }))).toMatchObject({
      messages: ['[ERROR] must be less than 3001 characters [json-pointer:/view/private_metadata]'],
    });
    await views.open({ trigger_id: id, view: modal() });
  });

  test('views stand on each other, three deep, and each remembers the one below', async () => {
    const workspace = await aWorkspace();
    const { views } = aClient(workspace);
    const first = await views.open({ trigger_id: trigger(workspace), view: modal() });
    const second = await views.push({ trigger_id: trigger(workspace), view: modal() });
    await views.push({ trigger_id: trigger(workspace), view: modal() });

    expect(second.view).toMatchObject({ root_view_id: first.view?.id, previous_view_id: first.view?.id });
    const fourth = views.push({ trigger_id: trigger(workspace), view: modal() });
    expect((await refusal(fourth)).error).toBe('push_limit_reached');
    const nowhere = views.push({ trigger_id: trigger(workspace, 'U2'), view: modal() });
    expect((await refusal(nowhere)).error).toBe('not_found');
  });

  test('an update with an old hash is a conflict; one without a hash wins', async () => {
    const workspace = await aWorkspace();
    const { views } = aClient(workspace);
    const { view } = await views.open({ trigger_id: trigger(workspace), view: modal({ external_id: 'mine' }) });
    const id = String(view?.id);
    await views.update({ view_id: id, hash: String(view?.hash), view: modal({ title: plain('Newer') }) });

    const late = views.update({ view_id: id, hash: String(view?.hash), view: modal() });
    expect((await refusal(late)).error).toBe('hash_conflict');
    expect(workspace.views('U1').top?.content).toMatchObject({ title: { text: 'Newer' } });
    expect((await refusal(views.update({ view_id: 'V404', view: modal() }))).error).toBe('not_found');
  });

  test('what doesn’t fit an input can’t be entered, and required ones can’t be left empty', async () => {
    const workspace = await aWorkspace();
    await aClient(workspace).views.open({ trigger_id: trigger(workspace), view: modal() });
    const top = await workspace.waitFor(() => workspace.views('U1').top);
    const ana = workspace.as('U1');

    await expect(ana.submit(top)).rejects.toThrow('Note');
    await expect(ana.submit(top, { Note: 'x'.repeat(11) })).rejects.toThrow('At most 10');
    await expect(ana.submit(top, { Note: 'a\nb' })).rejects.toThrow('one line');
    await expect(ana.submit(top, { Nope: 'x' })).rejects.toThrow('no input "Nope"');
    await expect(workspace.as('U2').submit(top, { Note: 'x' })).rejects.toThrow('no view');
    await ana.submit(top, { Note: 'fits' });
    expect(heard(workspace)).toMatchObject({
      type: 'view_submission',
      view: { state: { values: { note: { text: { type: 'plain_text_input', value: 'fits' } } } } },
    });
  });

  test('closing tells the app only when it asked, and clearing closes the whole stack', async () => {
    const workspace = await aWorkspace();
    const { views } = aClient(workspace);
    const ana = workspace.as('U1');
    const open = async (view: ModalView) => {
      await views.open({ trigger_id: trigger(workspace), view });
      return workspace.waitFor(() => workspace.views('U1').top);
    };

    expect(await ana.close(await open(modal()))).toMatchObject({
      kind: 'undelivered',
      why: 'the view has no `notify_on_close`',
    });
    await ana.close(await open(modal({ notify_on_close: true, callback_id: 'told' })));
    expect(heard(workspace)).toMatchObject({ type: 'view_closed', is_cleared: false, view: { callback_id: 'told' } });
    await open(modal());
    await views.push({ trigger_id: trigger(workspace), view: modal({ clear_on_close: true }) });
    const top = await workspace.waitFor(() => workspace.views('U1').top);
    await ana.close(top);
    expect(workspace.views('U1').stack).toEqual([]);
  });

  test('a Home tab is published per person, with its own hash', async () => {
    const workspace = await aWorkspace();
    const { views } = aClient(workspace);
    const home = { type: 'home' as const, blocks: [{ type: 'divider' as const }] };
    const first = await views.publish({ user_id: 'U1', view: home });
    await views.publish({ user_id: 'U1', view: home, hash: String(first.view?.hash) });

    const late = views.publish({ user_id: 'U1', view: home, hash: String(first.view?.hash) });
    expect((await refusal(late)).error).toBe('hash_conflict');
    expect(workspace.views('U1').home?.id).toBe(first.view?.id);
    expect(workspace.views('U2').home).toBeNull();
  });
});

describe('through a response_url', () => {
  const post = (url: unknown, body: object) => fetch(String(url), { method: 'POST', body: JSON.stringify(body) });

  test('five answers pass, the sixth is refused', async () => {
    const workspace = await aWorkspace();
    await workspace.as('U1').command('C1', '/try');
    const { response_url: url } = heard(workspace);
    const statuses = [];
    for (let use = 0; use < 6; use += 1) statuses.push((await post(url, { text: `answer ${use}` })).status);

    expect(statuses).toEqual([200, 200, 200, 200, 200, 404]);
    expect(workspace.ephemerals('U1')).toHaveLength(5);
    expect(workspace.channel('C1').messages()).toEqual([]);
  });

  test('after 30 minutes it is no good', async () => {
    let now = Date.UTC(2026, 0, 1);
    const workspace = await aWorkspace({ clock: { nowAt: () => now } });
    await workspace.as('U1').command('C1', '/try');
    now += 30 * 60_000 + 1;
    const late = await post(heard(workspace).response_url, { text: 'late' });
    expect([late.status, await late.json()]).toEqual([404, { ok: false, error: 'expired_url' }]);
  });

  test('it posts to all, replaces and deletes the message that was pressed', async () => {
    const workspace = await aWorkspace();
    const message = await card(workspace, [{ type: 'actions', elements: [button('go', 'Go')] }]);
    await workspace.as('U1').click(message, { text: 'Go' });
    const { response_url: url } = heard(workspace);

    await post(url, { text: 'for all', response_type: 'in_channel' });
    await post(url, { text: 'pressed', replace_original: true });
    expect(workspace.channel('C1').messages()).toMatchObject([{ text: 'pressed', blocks: [] }, { text: 'for all' }]);
    await post(url, { delete_original: true });
    expect(workspace.channel('C1').messages()).toMatchObject([{ text: 'for all' }]);
    const strange = await post(url, { txt: 'typo' });
    expect(strange.status).toBe(400);
  });
});
