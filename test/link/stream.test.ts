import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSpool, type Spool } from '../../src/agent/spool/spool.ts';
import type { HubOptions } from '../../src/link/hub.ts';
import { PROTOCOL } from '../../src/link/protocol.ts';
import { change, idsIn, samples } from '../agent/spool/records.ts';
import { prove, type RawAgent, rawAgent } from './raw-agent.ts';
import { type MemoryRecords, memoryRecords } from './record-store.ts';
import { eventually, recordedLog, type Stage, stage } from './stage.ts';

const PUT_AT = Date.parse('2026-03-02T14:05:00Z');

async function spoolIn(options: { mostBytes?: number; dir?: string } = {}): Promise<Spool> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'link-spool-')));
  const spool = await openSpool({
    dir,
    cluster: 'prod',
    instance: 'cp-1',
    mostBytes: options.mostBytes ?? 10_000_000,
    clock: Date.now,
    log: recordedLog().log,
  });
  onTestFinished(async () => {
    await spool.close();
    await rm(dir, { recursive: true, force: true });
  });
  return spool;
}

interface Scene {
  readonly on: Stage;
  readonly store: MemoryRecords;
  readonly spool: Spool;
}

async function scene(overrides: (store: MemoryRecords) => Partial<HubOptions> = () => ({})): Promise<Scene> {
  const store = memoryRecords();
  // First the spool: what ends last was begun first.
  const spool = await spoolIn();
  const on = await stage({ onRecords: store.onRecords, lastSeq: store.lastSeq, ...overrides(store) });
  return { on, store, spool };
}

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `c${from + index}`);

function putChanges(spool: Spool, ids: readonly string[]): void {
  for (const id of ids) spool.put(change(id, PUT_AT));
}

async function proven(on: Stage, claimed: Parameters<typeof prove>[2] = {}): Promise<RawAgent> {
  const raw = await rawAgent(on);
  raw.socket.emit('prove', prove(raw.challenge, await on.enroll(), claimed));
  await eventually(() => expect(raw.heard.map(([event]) => event)).toContain('welcome'));
  return raw;
}

const batch = (firstSeq: number, ids: readonly string[], stream = 's') => ({
  stream,
  firstSeq,
  records: ids.map((id) => change(id, PUT_AT)),
});

describe('what an agent sees gets to the bot before it is asked', () => {
  test('in order and once, through cuts of the link', async () => {
    const { on, store, spool } = await scene();
    const { link } = await on.agent({ outgoing: spool.outgoing });
    putChanges(spool, numbered(50));
    await eventually(() => expect(idsIn(store.taken)).toEqual(numbered(50)));
    for (const round of [1, 2, 3]) {
      await on.hub.close();
      putChanges(spool, numbered(300, 50 + (round - 1) * 300));
      await on.restart();
      await eventually(() => expect(idsIn(store.taken)).toHaveLength(50 + round * 300));
    }
    expect(idsIn(store.taken)).toEqual(numbered(950));
    expect(link.state().kind).toBe('connected');
  });

  test('what was seen in five minutes without the bot: each change once, in order, with its own time', async () => {
    const { on, store, spool } = await scene();
    await on.agent({ outgoing: spool.outgoing });
    await eventually(() => expect(on.hub.agents('prod')).toHaveLength(1));
    await on.hub.close();
    const awayMs = 5 * 60_000;
    const everyMs = 100;
    const seen = Array.from({ length: awayMs / everyMs }, (_, index) => change(`c${index}`, PUT_AT + index * everyMs));
    for (const record of seen) spool.put(record);
    await on.restart();
    await eventually(() => expect(idsIn(store.taken)).toEqual(numbered(seen.length)));
    const times = store.taken.flatMap((record) => (record.kind === 'change' ? [record.change.earliestAt] : []));
    // The two clocks are one here, known to within a round trip.
    expect(Math.abs((times[0] ?? 0) - PUT_AT)).toBeLessThan(1_000);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBe(awayMs - everyMs);
    expect(store.taken.some(({ kind }) => kind === 'gap')).toBe(false);
  });

  test('though the bot is killed between keeping it and saying so', async () => {
    let killed = 0;
    const { on, store, spool } = await scene((store) => ({
      onRecords: async (...batch) => {
        const taken = await store.onRecords(...batch);
        if (killed > 2) return taken;
        killed += 1;
        // Not waited for: it waits for this.
        void on.restart();
        await eventually(() => expect(on.hub.agents('prod')).toEqual([]));
        return taken;
      },
    }));
    await on.agent({ outgoing: spool.outgoing });
    for (const from of [0, 100, 200, 300]) {
      putChanges(spool, numbered(100, from));
      await eventually(() => expect(idsIn(store.taken)).toEqual(numbered(from + 100)));
    }
    expect(killed).toBe(3);
    await eventually(() => expect(on.hub.agents('prod')).toHaveLength(1));
  });

  test('though the bot could not keep it at first', async () => {
    let failures = 3;
    const { on, store, spool } = await scene((store) => ({
      onRecords: async (...batch) => {
        failures -= 1;
        if (failures >= 0) throw new Error('disk full');
        return await store.onRecords(...batch);
      },
    }));
    const { log } = await on.agent({ outgoing: spool.outgoing });
    putChanges(spool, numbered(5));
    await eventually(() => expect(idsIn(store.taken)).toEqual(numbered(5)));
    expect(log.filter(({ message }) => message === 'The bot did not take records')).toHaveLength(1);
    await eventually(() => expect(log.map(({ message }) => message)).toContain('The bot takes records again'));
  });

  test('again, when the bot has lost what it took', async () => {
    const { on, store, spool } = await scene();
    await on.agent({ outgoing: spool.outgoing });
    putChanges(spool, numbered(50));
    await eventually(() => expect(idsIn(store.taken)).toEqual(numbered(50)));
    store.forget();
    putChanges(spool, numbered(10, 50));
    await eventually(() => expect(idsIn(store.taken)).toEqual(numbered(60)));
  });

  test('one that the bot refuses holds up none of the others', async () => {
    const { on, store, spool } = await scene();
    spool.put(samples(1, 'stage'));
    spool.put(samples(PUT_AT));
    spool.put(samples(2, 'stage'));
    spool.put(samples(PUT_AT + 1));
    const { log } = await on.agent({ outgoing: spool.outgoing });
    await eventually(() => expect(store.taken).toHaveLength(2));
    expect(store.taken).toMatchObject([{ series: { cluster: 'prod' } }, { series: { cluster: 'prod' } }]);
    expect(log.filter(({ level }) => level === 'error')).toHaveLength(2);
    expect(on.hubLog).toContainEqual(expect.objectContaining({ message: 'A record of an agent was refused' }));
  });

  test("with every time on the bot's clock", async () => {
    const { on, store, spool } = await scene();
    const aheadMs = 90_000;
    spool.put(change('a', PUT_AT, { earliestAt: PUT_AT - 5_000, latestAt: PUT_AT - 1_000, untilAt: PUT_AT + 60_000 }));
    spool.put({
      kind: 'coverage',
      span: { source: 'kube', instance: 'cp-1', categories: [], fromAt: PUT_AT - 9_000, toAt: PUT_AT },
    });
    spool.put({ kind: 'gap', fromAt: PUT_AT - 20_000, toAt: PUT_AT - 10_000, lost: 3, why: 'a test' });
    spool.put(samples(PUT_AT));
    await on.agent({ outgoing: spool.outgoing, clock: () => Date.now() + aheadMs });
    await eventually(() => expect(store.taken).toHaveLength(4));
    const offset = on.hub.agents('prod')[0]?.clockOffsetMs ?? 0;
    expect(Math.abs(offset - aheadMs)).toBeLessThanOrEqual((on.hub.agents('prod')[0]?.clockToleranceMs ?? 0) + 5);
    const at = PUT_AT - offset;
    expect(store.taken.find(({ kind }) => kind === 'change')).toMatchObject({
      change: { earliestAt: at - 5_000, latestAt: at - 1_000, observedAt: at, untilAt: at + 60_000 },
    });
    expect(store.taken.find(({ kind }) => kind === 'coverage')).toMatchObject({
      span: { fromAt: at - 9_000, toAt: at },
    });
    expect(store.taken.find(({ kind }) => kind === 'gap')).toMatchObject({ fromAt: at - 20_000, toAt: at - 10_000 });
    expect(store.taken.find(({ kind }) => kind === 'samples')).toMatchObject({ samples: [{ at }] });
  });
});

describe('the bot takes of a stream', () => {
  test('what it has not, whether it is sent twice or in part again', async () => {
    const { on, store } = await scene();
    const { socket } = await proven(on);
    expect(await socket.emitWithAck('resume', { stream: 's' })).toEqual({ kind: 'taken', last: 0 });
    for (const _ of [1, 2]) {
      expect(await socket.emitWithAck('stream', batch(1, ['a', 'b']))).toEqual({ kind: 'taken', last: 2 });
    }
    expect(await socket.emitWithAck('stream', batch(2, ['b', 'c']))).toEqual({ kind: 'taken', last: 3 });
    expect(await socket.emitWithAck('resume', { stream: 's' })).toEqual({ kind: 'taken', last: 3 });
    expect(idsIn(store.taken)).toEqual(['a', 'b', 'c']);
    expect(store.given).toEqual([
      [1, 2],
      [3, 1],
    ]);
  });

  test('nothing that leaves a hole', async () => {
    const { on, store } = await scene();
    const { socket } = await proven(on);
    await socket.emitWithAck('stream', batch(1, ['a']));
    expect(await socket.emitWithAck('stream', batch(3, ['c']))).toMatchObject({ kind: 'outOfStep', last: 1 });
    expect(await socket.emitWithAck('stream', batch(2, ['b'], 'other'))).toMatchObject({ kind: 'outOfStep', last: 0 });
    expect(idsIn(store.taken)).toEqual(['a']);
  });

  test.for<[string, unknown, object]>([
    ['no batch', 'everything', { kind: 'refused' }],
    ['an empty batch', batch(1, []), { kind: 'refused', message: expect.stringContaining('records') }],
    [
      'no number',
      { ...batch(1, ['a']), firstSeq: 0 },
      { kind: 'refused', message: expect.stringContaining('firstSeq') },
    ],
    ['too many records', batch(1, numbered(501)), { kind: 'refused', message: expect.stringContaining('records') }],
    [
      'a record that is none',
      { ...batch(1, ['a']), records: [change('a', 1), { kind: 'change', change: { id: 7 } }, change('b', 1)] },
      { kind: 'spoilt', seq: 2, message: expect.stringContaining('change.id') },
    ],
    [
      'a record of a kind that it does not know',
      { ...batch(1, ['a']), records: [{ kind: 'rumour' }] },
      { kind: 'spoilt', seq: 1 },
    ],
    [
      'samples of another cluster',
      { ...batch(1, []), records: [samples(1), samples(1, 'stage')] },
      { kind: 'spoilt', seq: 2, message: expect.stringContaining('another cluster than prod') },
    ],
  ])('nothing when it is sent %s, and says why', async ([, message, answer]) => {
    const { on, store } = await scene();
    const { socket } = await proven(on);
    expect(await socket.emitWithAck('stream', message)).toMatchObject(answer);
    expect(store.taken).toEqual([]);
    expect(await socket.emitWithAck('stream', batch(1, ['a']))).toEqual({ kind: 'taken', last: 1 });
  });

  test('no more at once than it can hold', async () => {
    const release = Promise.withResolvers<void>();
    const { on, store } = await scene((store) => ({
      onRecords: async (...batch) => {
        await release.promise;
        return await store.onRecords(...batch);
      },
    }));
    const { socket } = await proven(on);
    const answers = numbered(20).map((id, index) => socket.emitWithAck('stream', batch(index + 1, [id])));
    expect(await Promise.race(answers)).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('under way'),
    });
    release.resolve();
    const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'taken')).toHaveLength(4);
    expect(store.taken).toHaveLength(4);
  });

  test('nothing from a session that is over, and tells the newer one only when the older is done', async () => {
    const release = Promise.withResolvers<void>();
    const { on, store } = await scene((store) => ({
      onRecords: async (...batch) => {
        await release.promise;
        return await store.onRecords(...batch);
      },
    }));
    const key = await on.enroll();
    const older = await rawAgent(on);
    older.socket.emit('prove', prove(older.challenge, key));
    await eventually(() => expect(on.hub.agents('prod')).toMatchObject([{ epoch: 1 }]));
    older.socket.emit('stream', batch(1, ['a']), () => {});
    older.socket.emit('stream', batch(2, ['b']), () => {});
    // Both have arrived once a later message of the same connection was answered.
    await older.socket.emitWithAck('knowledge', 'none');
    const newer = await rawAgent(on);
    newer.socket.emit('prove', prove(newer.challenge, key));
    await older.ended;
    await eventually(() => expect(on.hub.agents('prod')).toMatchObject([{ epoch: 2 }]));
    const resumed = newer.socket.emitWithAck('resume', { stream: 's' });
    await newer.socket.emitWithAck('knowledge', 'none');
    release.resolve();
    expect(await resumed).toEqual({ kind: 'taken', last: 1 });
    expect(idsIn(store.taken)).toEqual(['a']);
    expect(await newer.socket.emitWithAck('stream', batch(2, ['b2']))).toEqual({ kind: 'taken', last: 2 });
  });

  test('to its end what it has begun to take, before the hub is closed', async () => {
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const order: string[] = [];
    const { on } = await scene((store) => ({
      onRecords: async (...batch) => {
        begun.resolve();
        await release.promise;
        order.push('kept');
        return await store.onRecords(...batch);
      },
    }));
    const { socket } = await proven(on);
    socket.emit('stream', batch(1, ['a']), () => {});
    await begun.promise;
    const closed = on.hub.close().then(() => order.push('closed'));
    await eventually(() => expect(rawAgent(on)).rejects.toThrow());
    release.resolve();
    await closed;
    expect(order).toEqual(['kept', 'closed']);
  });

  test('nothing when it keeps no records, which the agent is told', async () => {
    const on = await stage();
    const { socket } = await proven(on);
    expect(await socket.emitWithAck('stream', batch(1, ['a']))).toMatchObject({ kind: 'refused' });
    expect(await socket.emitWithAck('resume', {})).toMatchObject({ kind: 'refused' });
  });
});

describe('versions', () => {
  test('an older agent neither streams nor is told what to watch', async () => {
    const { on, store } = await scene(() => ({ watchOrder: async () => ORDER }));
    const raw = await proven(on, { protocol: { newest: 1, oldest: 1 } });
    expect(raw.heard).toContainEqual(['welcome', expect.objectContaining({ protocol: 1 })]);
    raw.socket.emit('stream', batch(1, ['a']));
    await raw.ended;
    expect(raw.heard.map(([event]) => event)).not.toContain('watch');
    expect(raw.heard.at(-1)).toEqual(['refusal', expect.objectContaining({ kind: 'malformed' })]);
    expect(store.taken).toEqual([]);
  });

  test('this one speaks version 2, and still version 1', () => {
    expect(PROTOCOL).toEqual({ newest: 2, oldest: 1 });
  });
});

const ORDER = {
  targets: [{ path: 'endpoint', host: 'api.example.com', port: 6443 }],
  caPem: 'PEM',
  probeEveryMs: 5_000,
  apiPort: 6443,
  apiAddresses: ['192.0.2.1'],
  clients: [],
  gateways: [],
} satisfies Awaited<ReturnType<NonNullable<HubOptions['watchOrder']>>>;

describe('what to watch', () => {
  test('is told on each connection, and whenever it is said to have changed', async () => {
    let order: typeof ORDER | null = null;
    const on = await stage({ watchOrder: async (cluster) => (cluster === 'prod' ? order : null) });
    const told: unknown[] = [];
    const { link } = await on.agent({ onOrder: (one) => told.push(one) });
    const elsewhere: unknown[] = [];
    await on.agent({ cluster: 'stage', onOrder: (one) => elsewhere.push(one) });
    await eventually(() => expect(link.state().kind).toBe('connected'));
    order = ORDER;
    on.hub.orderAgain('prod');
    await eventually(() => expect(told).toEqual([ORDER]));
    order = { ...ORDER, apiPort: 443 };
    on.hub.orderAgain('prod');
    await eventually(() => expect(told).toEqual([ORDER, order]));
    await on.restart();
    await eventually(() => expect(told).toHaveLength(3));
    expect(elsewhere).toEqual([]);
  });

  test('that the agent does not understand, or that can not be told, is logged and the link lives on', async () => {
    const port = { value: 0 };
    const on = await stage({
      watchOrder: async () => {
        if (port.value < 0) throw new Error('the store is gone');
        return { ...ORDER, apiPort: port.value };
      },
    });
    const told: unknown[] = [];
    const { link } = await on.agent({ onOrder: (one) => told.push(one) });
    await eventually(() =>
      expect(on.hubLog).toContainEqual(expect.objectContaining({ message: 'An agent does not watch as told' })),
    );
    port.value = -1;
    on.hub.orderAgain('prod');
    await eventually(() =>
      expect(on.hubLog).toContainEqual(
        expect.objectContaining({ message: 'An agent could not be told what to watch' }),
      ),
    );
    port.value = 6443;
    on.hub.orderAgain('prod');
    await eventually(() => expect(told).toHaveLength(1));
    expect(link.state().kind).toBe('connected');
  });
});
