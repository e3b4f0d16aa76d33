import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { WorkspaceOptions } from '../../dev/workspace/options.ts';
import { startWorkspace, type Workspace } from '../../dev/workspace/workspace.ts';
import { createLog } from '../../src/ops/log.ts';
import { createOutbound, type Outbound } from '../../src/slack/outbound.ts';
import { section } from '../../src/slack/render/blocks.ts';
import type { Content } from '../../src/slack/render/content.ts';
import { sdkLogger } from '../../src/slack/sdk-log.ts';
import { createWebCall } from '../../src/slack/web-call.ts';
import { openStore } from '../../src/store/open.ts';
import type { MessageRecords } from '../../src/store/store.ts';
import { words } from './stage.ts';

const manifest = readFileSync(new URL('../../app-manifest.yml', import.meta.url), 'utf8');
const history = { grantedOptionalScopes: ['channels:history', 'groups:history'] };
const root = { channel: 'C1', thread: null };

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

describe('a message is posted once and edited from then on', () => {
  test('the same content again is not sent again', async () => {
    const { workspace, outbound } = await setUp();
    const first = await outbound.upsert('a', root, saying('one'));
    expect(await outbound.upsert('a', root, saying('one'))).toEqual(first);
    await outbound.upsert('a', root, saying('two'));
    expect(workspace.calls.map(({ method }) => method)).toEqual(['chat.postMessage', 'chat.update']);
    expect(texts(workspace)).toEqual(['two']);
  });

  test('a changed block has another id, one that stayed has the same', async () => {
    const { workspace, outbound } = await setUp();
    await outbound.upsert('a', root, { text: 'x', blocks: [section('stays'), section('one')] });
    await outbound.upsert('a', root, { text: 'x', blocks: [section('stays'), section('two')] });
    const [before, after] = workspace.calls.map(({ args }) => blockIds(args.blocks));
    expect(after?.[0]).toBe(before?.[0]);
    expect(after?.[1]).not.toBe(before?.[1]);
  });

  test('while it waits only the newest state is kept, and everybody learns what became of it', async () => {
    const { workspace, outbound } = await setUp();
    workspace.faults.next('chat.postMessage', { kind: 'rateLimited', retryAfterS: 1 });
    const all = ['one', 'two', 'three'].map((text) => outbound.upsert('a', root, saying(text)));
    await workspace.waitFor(() => workspace.calls.length === 1);
    all.push(outbound.upsert('a', root, saying('four')));
    const outcomes = await Promise.all(all);
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(texts(workspace)).toEqual(['four']);
    expect(workspace.calls).toHaveLength(2);
  });

  test('replies wait for the message they stand under', async () => {
    const { workspace, outbound } = await setUp();
    const card = outbound.upsert('card', root, saying('card'));
    const reply = outbound.upsert('reply', { channel: 'C1', thread: { under: 'card' } }, saying('reply'));
    const [parent] = await Promise.all([card, reply]);
    if (parent.kind !== 'sent') throw new Error('the card was not sent');
    expect(
      workspace
        .channel('C1')
        .thread(parent.ts)
        .map(({ text }) => text),
    ).toEqual(['reply']);
  });

  test('one that somebody deleted is posted anew', async () => {
    const { workspace, outbound } = await setUp();
    await outbound.upsert('a', root, saying('one'));
    workspace.faults.next('chat.update', { kind: 'error', error: 'message_not_found' });
    expect(await outbound.upsert('a', root, saying('two'))).toMatchObject({ kind: 'sent' });
    expect(texts(workspace)).toEqual(['one', 'two']);
  });
});

describe('trouble', () => {
  test('429 is waited out as long as Slack says', async () => {
    const { workspace, outbound } = await setUp();
    workspace.faults.next('chat.postMessage', { kind: 'rateLimited', retryAfterS: 1 });
    expect(await outbound.upsert('a', root, saying('one'))).toMatchObject({ kind: 'sent' });
    const [first, second] = workspace.callsTo('chat.postMessage');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  test.each(['status', 'cut'] as const)('after %s the message is sent again, once', async (kind) => {
    const { workspace, outbound } = await setUp();
    workspace.faults.next('chat.postMessage', kind === 'cut' ? { kind } : { kind, status: 503 });
    expect(await outbound.upsert('a', root, saying('one'))).toMatchObject({ kind: 'sent' });
    expect(texts(workspace)).toEqual(['one']);
  });

  test('when the answer to a post is lost, the message is found and not posted twice', async () => {
    const { workspace, outbound } = await setUp();
    workspace.faults.next('chat.postMessage', { kind: 'cutAfter' });
    expect(await outbound.upsert('a', root, saying('one'))).toMatchObject({ kind: 'sent' });
    expect(texts(workspace)).toEqual(['one']);
    expect(workspace.callsTo('conversations.history')).toHaveLength(1);
  });

  test('not being in the channel is told to the caller, and posting works once it is invited', async () => {
    const { workspace, outbound } = await setUp({ channels: [{ id: 'C1', name: 'incidents', hasApp: false }] });
    expect(await outbound.upsert('a', root, saying('one'))).toEqual({ kind: 'refused', error: 'not_in_channel' });
    expect(await outbound.upsert('b', { channel: 'C1', thread: { under: 'a' } }, saying('two'))).toEqual({
      kind: 'refused',
      error: 'parent_not_sent',
    });
    workspace.invite('C1');
    expect(await outbound.upsert('a', root, saying('one'))).toMatchObject({ kind: 'sent' });
    expect(texts(workspace)).toEqual(['one']);
  });

  test('blocks that this Slack refuses give way to the text, and the log points at them', async () => {
    const { workspace, outbound, logged } = await setUp({ refusedBlocks: ['section'] });
    expect(await outbound.upsert('a', root, saying('one'))).toMatchObject({ kind: 'sent' });
    expect(texts(workspace)).toEqual(['one']);
    expect(workspace.channel('C1').messages()[0]?.blocks).toEqual([]);
    expect(logged.join()).toContain('/blocks/0');
  });

  test('what is beyond the limits is never sent as it is', async () => {
    const { workspace, outbound, logged } = await setUp();
    const blocks = Array.from({ length: 51 }, () => section('x'));
    expect(await outbound.upsert('a', root, { text: 'too long', blocks })).toMatchObject({ kind: 'sent' });
    expect(workspace.channel('C1').messages()).toMatchObject([{ text: 'too long', blocks: [] }]);
    expect(logged.join()).toContain('/blocks: 51 of at most 50');
  });

  test('a hostile text pings nobody', async () => {
    const { workspace, outbound } = await setUp();
    await outbound.upsert('a', root, { text: '&lt;!channel&gt;', blocks: [] });
    expect(workspace.channel('C1').messages()[0]?.text).toBe('&lt;!channel&gt;');
  });

  test('closing sends what waits', async () => {
    const { workspace, outbound } = await setUp();
    const sent = outbound.upsert('a', root, saying('one'));
    await outbound.close(5000);
    expect(await sent).toMatchObject({ kind: 'sent' });
    expect(texts(workspace)).toEqual(['one']);
  });

  test('closing does not wait for a Slack that is away', async () => {
    const { workspace, outbound } = await setUp();
    workspace.faults.always('chat.postMessage', { kind: 'rateLimited', retryAfterS: 600 });
    const sent = outbound.upsert('a', root, saying('one'));
    await workspace.waitFor(() => workspace.calls.length > 0);
    await outbound.close(1);
    expect(await sent).toMatchObject({ kind: 'failed' });
  });
});

describe('after a crash', () => {
  test('between the post and its record, the message is found by its key and edited', async () => {
    const { workspace, records, restart } = await setUp();
    const crashing = { ...records, sent: () => new Promise<never>(() => undefined) };
    void restart(crashing).upsert('a', root, saying('one'));
    await workspace.waitFor(() => workspace.channel('C1').messages().length === 1);

    expect(await restart(records).upsert('a', root, saying('two'))).toMatchObject({ kind: 'sent' });
    expect(texts(workspace)).toEqual(['two']);
    expect(workspace.callsTo('chat.postMessage')).toHaveLength(1);
  });

  test('the same in a thread', async () => {
    const { workspace, records, outbound, restart } = await setUp();
    const card = await outbound.upsert('card', root, saying('card'));
    if (card.kind !== 'sent') throw new Error('the card was not sent');
    const place = { channel: 'C1', thread: { under: 'card' } };
    void restart({ ...records, sent: () => new Promise<never>(() => undefined) }).upsert('a', place, saying('one'));
    await workspace.waitFor(() => workspace.channel('C1').thread(card.ts).length === 1);

    expect(await restart(records).upsert('a', place, saying('two'))).toMatchObject({ kind: 'sent' });
    expect(
      workspace
        .channel('C1')
        .thread(card.ts)
        .map(({ text }) => text),
    ).toEqual(['two']);
  });

  test('between the claim and the post, it is posted', async () => {
    const { workspace, records, outbound } = await setUp();
    await records.claim('a', { ...root, at: Date.now() });
    expect(await outbound.upsert('a', root, saying('one'))).toMatchObject({ kind: 'sent' });
    expect(texts(workspace)).toEqual(['one']);
  });

  test('without the history scope a new message says that it continues, and keeps saying so', async () => {
    const { workspace, records, restart } = await setUp({ grantedOptionalScopes: [] });
    void restart({ ...records, sent: () => new Promise<never>(() => undefined) }).upsert('a', root, saying('one'));
    await workspace.waitFor(() => workspace.channel('C1').messages().length === 1);

    const after = restart(records);
    await after.upsert('a', root, saying('two'));
    await after.upsert('a', root, saying('three'));
    const [first, second] = workspace.channel('C1').messages();
    expect(first?.text).toBe('one');
    expect(second?.text).toBe('three');
    expect(words(second ?? { blocks: [] })).toContain('This continues a message');
    // What it says is known to stand: nothing is sent for the same content.
    const calls = workspace.calls.length;
    await after.upsert('a', root, saying('three'));
    expect(workspace.calls).toHaveLength(calls);
  });
});

async function setUp(options: Partial<WorkspaceOptions> = {}) {
  const workspace: Workspace = await startWorkspace({
    manifest,
    users: [{ id: 'U1', name: 'ana' }],
    channels: [{ id: 'C1', name: 'incidents' }],
    ...history,
    ...options,
  });
  const opened = await openStore({ kind: 'sqlite', file: ':memory:' });
  if (opened.kind !== 'open') throw new Error(opened.message);
  const logged: string[] = [];
  const log = createLog({ name: 'test', to: { write: (line) => void logged.push(line) } });
  const call = createWebCall({ token: workspace.botToken, logger: sdkLogger(log), apiUrl: workspace.apiUrl });
  const restart = (records: MessageRecords): Outbound =>
    createOutbound({ call, records, clock: { now: () => Date.now() }, log, paces: { post: quick, edit: quick } });
  const outbound = restart(opened.store.messages);
  cleanups.push(async () => {
    await workspace.close();
    await outbound.close(0);
    expect(workspace.violations).toEqual([]);
    await opened.store.close();
  });
  return { workspace, outbound, records: opened.store.messages, logged, restart };
}

const quick = { burst: 100, everyMs: 1 };

function saying(text: string): Content {
  return { text, blocks: [section(text)] };
}

function texts(workspace: Workspace): readonly string[] {
  return workspace
    .channel('C1')
    .messages()
    .map(({ text }) => text);
}

function blockIds(blocks: unknown): readonly string[] {
  return Array.isArray(blocks) ? blocks.map((block: { block_id: string }) => block.block_id) : [];
}

vi.setConfig({ testTimeout: 20_000 });
