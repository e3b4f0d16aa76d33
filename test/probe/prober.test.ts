import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Authority, makeAuthority } from '../../dev/stand-in/certificates.ts';
import type { OutageEvent } from '../../src/probe/outages.ts';
import { probe } from '../../src/probe/probe.ts';
import { type Prober, type ProberOptions, startProber } from '../../src/probe/prober.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { Sample, SampleSeries } from '../../src/words/onset.ts';
import { type ApiServer, apiServer } from './api-server.ts';
import { logOf } from './log.ts';
import { closedPort, serveTcp } from './servers.ts';

/** A deadline of 0.8 of it is enough for a loaded machine to answer over loopback. */
const EVERY_MS = 1_000;
const PATIENCE = { timeout: 12_000, interval: 20 };

let authority: Authority;
let store: Store;
let server: ApiServer;
let probers: Prober[];

beforeAll(async () => {
  authority = await makeAuthority('kubernetes');
});

beforeEach(async () => {
  const opened = await openStore({ kind: 'sqlite', file: ':memory:' });
  if (opened.kind === 'refused') throw new Error(opened.message);
  store = opened.store;
  probers = [];
  server = await apiServer(authority);
});

afterEach(async () => {
  for (const prober of probers) await prober.close();
  await store.close();
});

describe('the prober', { timeout: 60_000 }, () => {
  test('finds when an API server went down and when it came back, as intervals that contain the truth', async () => {
    const { events, watching } = await start();
    await vi.waitFor(() => expect(watching('prod').kind).toBe('probed'), PATIENCE);
    const down = await during(() => server.down());
    await vi.waitFor(() => expect(kinds(events)).toContain('began'), PATIENCE);
    const up = await during(() => server.up());
    await vi.waitFor(() => expect(kinds(events)).toContain('ended'), PATIENCE);

    const { onset, words } = lastOf(events).outage;
    expect(onset.earliestAt).toBeLessThanOrEqual(down.toAt);
    expect(onset.latestAt).toBeGreaterThanOrEqual(down.fromAt);
    expect(onset.recovery?.earliestAt).toBeLessThanOrEqual(up.toAt);
    expect(onset.recovery?.latestAt).toBeGreaterThanOrEqual(up.fromAt);
    expect(words).toBe(`connect: connection refused at 127.0.0.1:${server.port} from the bot`);
    expect(onset.sources).toEqual(['127.0.0.1']);
    expect(await store.outages.since('prod', 0)).toEqual([lastOf(events).outage]);
  });

  test('keeps what it saw, and one that is started anew goes on with the outage', async () => {
    const first = await start();
    await vi.waitFor(() => expect(first.watching('prod').kind).toBe('probed'), PATIENCE);
    const down = await during(() => server.down());
    await vi.waitFor(() => expect(kinds(first.events)).toEqual(['began']), PATIENCE);
    await first.prober.close();

    const again = await start();
    await vi.waitFor(() => expect(again.watching('prod').kind).toBe('probed'), PATIENCE);
    await server.up();
    await vi.waitFor(() => expect(kinds(again.events)).toEqual(['ended']), PATIENCE);
    const { id, onset } = lastOf(again.events).outage;
    expect(id).toBe(first.events[0]?.outage.id);
    expect(onset.earliestAt).toBeLessThanOrEqual(down.toAt);
    expect(onset.latestAt).toBeGreaterThanOrEqual(down.fromAt);
  });

  test('knows of a failure that began while it was not running no more than that', async () => {
    let now = Date.now() - 3_600_000;
    const first = await start({ clock: () => now });
    await vi.waitFor(() => expect(first.watching('prod').kind).toBe('probed'), PATIENCE);
    await first.prober.close();
    const lastGoodAt = now;
    now = Date.now();
    await server.down();

    const again = await start({ clock: Date.now });
    await vi.waitFor(() => expect(kinds(again.events)).toEqual(['began']), PATIENCE);
    const { onset } = lastOf(again.events).outage;
    expect(onset.earliestAt).toBe(lastGoodAt);
    expect(onset.latestAt).toBeGreaterThanOrEqual(now);
    expect(onset.words).toContain('the bot was not running for 60 min of it');
  });

  test('calls nothing down while its reference is silent, and says that it is cut off itself', async () => {
    const reference = createServer((socket) => socket.end());
    reference.listen(0, '127.0.0.1');
    await once(reference, 'listening');
    const address = reference.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const place = { host: '127.0.0.1', port: address.port };
    const { events, watching } = await start({ reference: [place] });
    await vi.waitFor(() => expect(watching('prod').kind).toBe('probed'), PATIENCE);

    const cut = await during(async () => {
      reference.close();
      await once(reference, 'close');
      await server.down();
    });
    await vi.waitFor(() => expect(watching('prod').kind).toBe('cutOff'), PATIENCE);
    await vi.waitFor(async () => expect(await rounds()).toBeGreaterThan(2.5), PATIENCE);
    expect(events).toEqual([]);

    const network = createServer((socket) => socket.end());
    network.listen(place.port, place.host);
    await once(network, 'listening');
    try {
      await vi.waitFor(() => expect(kinds(events)).toEqual(['began']), PATIENCE);
    } finally {
      network.close();
    }
    const { onset } = lastOf(events).outage;
    expect(onset.earliestAt).toBeLessThanOrEqual(cut.toAt);
    expect(onset.words).toMatch(/the bot was itself cut off for [\d.]+ s of it/);

    /** How many rounds were made while it was cut off. */
    async function rounds(): Promise<number> {
      const since = watching('prod');
      return since.kind === 'cutOff' ? (Date.now() - since.sinceAt) / EVERY_MS : 0;
    }
  });

  test('says that nothing spoke for its own network when there was nothing to ask', async () => {
    const { events, watching } = await start({ reference: [] });
    await vi.waitFor(() => expect(watching('prod').kind).toBe('probed'), PATIENCE);
    await server.down();
    await vi.waitFor(() => expect(kinds(events)).toEqual(['began']), PATIENCE);
    expect(lastOf(events).outage.onset.words).toContain('it may be its own network that failed');
  });

  test('does not probe what nobody can judge, and says so', async () => {
    const { watching, prober } = await start({
      clusters: ['none', 'noCa'],
      endpointOf: async (cluster) => (cluster === 'none' ? null : { host: '127.0.0.1', port: server.port, caPem: '' }),
    });
    expect([watching('none'), watching('noCa')]).toEqual([{ kind: 'noEndpoint' }, { kind: 'noAuthority' }]);
    await prober.close();
    expect(await store.samples.series('noCa')).toEqual([]);
  });

  test('sees a server of another authority as a failure', async () => {
    const other = await makeAuthority('someone else');
    const { events } = await start({
      endpointOf: async () => ({ host: '127.0.0.1', port: server.port, caPem: other.caPem }),
    });
    await vi.waitFor(() => expect(kinds(events)).toEqual(['began']), PATIENCE);
    expect(lastOf(events).outage.words).toContain('tls: its certificate is not right');
    expect(lastOf(events).outage.onset.earliestAt).toBe(0);
  });

  test('tells from where it fails by what agents saw', async () => {
    const { events, watching, prober } = await start();
    await vi.waitFor(() => expect(watching('prod').kind).toBe('probed'), PATIENCE);
    await server.down();
    await vi.waitFor(() => expect(kinds(events)).toEqual(['began']), PATIENCE);
    prober.take(podSeries(), [sampleAt(Date.now(), true)]);
    await vi.waitFor(() => expect(kinds(events)).toEqual(['began', 'changed']), PATIENCE);
    expect(lastOf(events).outage).toMatchObject({
      onset: { scope: 'outsideOnly' },
      words: expect.stringContaining('works from pod agent-1'),
    });
  });

  test('without a place outside judges only what vantages saw', async () => {
    const { events, watching, prober } = await start({ vantage: false });
    expect(watching('prod')).toEqual({ kind: 'notOutside' });
    const eu: SampleSeries = { ...podSeries(), vantage: { kind: 'outside', instance: 'eu' } };
    const at = Date.now();
    prober.take(eu, [sampleAt(at - 15_000, true), sampleAt(at - 10_000, false), sampleAt(at - 5_000, false)]);
    await vi.waitFor(() => expect(kinds(events)).toEqual(['began']), PATIENCE);
    expect(lastOf(events).outage.onset).toMatchObject({ earliestAt: at - 15_000, latestAt: at - 10_000 + 50 });
    expect(lastOf(events).outage.words).toContain('from vantage eu');
  });
});

interface Given extends Partial<Omit<ProberOptions, 'outside'>> {
  readonly vantage?: boolean;
  readonly reference?: ProberOptions['outside']['reference'];
}

/** A prober of the cluster `prod`; its reference answers unless told otherwise. */
async function start({ vantage = true, reference, ...given }: Given = {}) {
  const events: OutageEvent[] = [];
  const answers = reference ?? [{ host: '127.0.0.1', port: await serveTcp((socket) => socket.end()) }];
  const prober = await startProber({
    clusters: ['prod'],
    endpointOf: async () => ({ host: '127.0.0.1', port: server.port, caPem: authority.caPem }),
    outside: { vantage, probeEveryMs: EVERY_MS, failuresInARow: 2, reference: answers },
    // Loopback: speaks for no network.
    assumed: [{ host: '127.0.0.1', port: await closedPort() }],
    leavesBy: () => ['127.0.0.1'],
    probe,
    samples: store.samples,
    outages: store.outages,
    onOutage: (event) => events.push(event),
    clock: Date.now,
    log: logOf(),
    ...given,
  });
  probers.push(prober);
  return { prober, events, watching: prober.watching };
}

/** When something was done: the moment lies in between. */
async function during(act: () => Promise<unknown>): Promise<{ fromAt: number; toAt: number }> {
  const fromAt = Date.now();
  await act();
  return { fromAt, toAt: Date.now() };
}

function podSeries(): SampleSeries {
  return {
    cluster: 'prod',
    vantage: { kind: 'pod', instance: 'agent-1' },
    path: 'endpoint',
    host: '127.0.0.1',
    port: server.port,
    address: '127.0.0.1',
  };
}

function sampleAt(at: number, good: boolean): Sample {
  return { at, tookMs: 50, good, failure: good ? null : { phase: 'connect', kind: 'timeout' }, phases: {} };
}

function lastOf(events: readonly OutageEvent[]): OutageEvent {
  const last = events.at(-1);
  if (last === undefined) throw new Error('no event');
  return last;
}

function kinds(events: readonly OutageEvent[]): string[] {
  return events.map(({ kind }) => kind);
}
