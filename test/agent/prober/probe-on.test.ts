import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Authority, makeAuthority } from '../../../dev/stand-in/certificates.ts';
import { type LinkedConfig, readAgentConfig } from '../../../src/agent/config.ts';
import { growingKnowledge, NOTHING_KNOWN } from '../../../src/agent/knowledge.ts';
import type { StandingOrder } from '../../../src/agent/order.ts';
import { probeOn } from '../../../src/agent/prober/probe-on.ts';
import { probe } from '../../../src/probe/probe.ts';
import type { ClusterKnowledge } from '../../../src/words/endpoint.ts';
import type { Sample } from '../../../src/words/onset.ts';
import type { ProbePath } from '../../../src/words/probe.ts';
import { StreamRecord, type WatchOrder } from '../../../src/words/stream.ts';
import type { Role } from '../../../src/words/vantage.ts';
import { apiServer } from '../../probe/api-server.ts';
import { logOf } from '../../probe/log.ts';
import { closedPort, serveTcp } from '../../probe/servers.ts';

const EVERY_MS = 1_000;
/** No TCP connection leads to a broadcast address: the kernel says so at once, on any network. */
const NOWHERE = 'https://255.255.255.255';
const PATIENCE = { timeout: 12_000, interval: 20 };

let authority: Authority;

beforeAll(async () => {
  authority = await makeAuthority('kubernetes');
});

describe('an agent that probes', { timeout: 60_000 }, () => {
  test('tells what it sees, in records that the bot takes, and at once when it turns', async () => {
    const server = await apiServer(authority);
    const { samples, records } = agent({ role: 'vantage', order: ordered(server.port), botUrl: await refusingBot() });
    await vi.waitFor(() => expect(samples('endpoint').some(({ good }) => good)).toBe(true), PATIENCE);
    await server.down();
    await vi.waitFor(
      () => expect(samples('endpoint').filter(({ good }) => !good).length).toBeGreaterThanOrEqual(2),
      PATIENCE,
    );

    expect(records.map((record) => StreamRecord.safeParse(record).success)).not.toContain(false);
    expect(records[0]).toMatchObject({
      kind: 'samples',
      series: {
        cluster: 'prod',
        vantage: { kind: 'outside', instance: 'eu' },
        host: '127.0.0.1',
        address: '127.0.0.1',
      },
    });
    expect(samples('endpoint').at(-1)?.failure).toEqual({ phase: 'connect', kind: 'refused' });
  });

  test('probes nothing before it is told, nor without a CA, and begins when it is', async () => {
    const server = await apiServer(authority);
    const order = standingOrder(null);
    const { samples, records } = agent({ role: 'vantage', order, botUrl: await refusingBot() });
    order.set({ ...watchOrder(server.port), caPem: '' });
    order.set(watchOrder(server.port));
    await vi.waitFor(() => expect(samples('endpoint').length).toBeGreaterThan(0), PATIENCE);
    expect(records.flatMap((one) => (one.kind === 'samples' ? one.samples : [])).every(({ good }) => good)).toBe(true);
  });

  test('takes a failure for no data while the bot is silent too, save on its own node', async () => {
    const order = ordered(await closedPort(), { host: 'localhost' });
    const { samples } = agent({ role: 'node', order, botUrl: NOWHERE });
    await vi.waitFor(() => expect(samples('loopback').filter(({ good }) => !good).length).toBeGreaterThan(1), PATIENCE);
    expect(samples('endpoint')).toEqual([]);
  });

  test('adds what only it knows: a pod the Service and the API servers themselves, a node loopback', async () => {
    const server = await apiServer(authority);
    const service = await apiServer(authority, '127.0.0.2');
    const learned = {
      ...NOTHING_KNOWN,
      endpoints: [
        { url: '', host: '127.0.0.2', port: service.port, origin: 'service' as const, learnedAt: 0 },
        { url: '', host: '127.0.0.1', port: server.port, origin: 'endpointslice' as const, learnedAt: 0 },
      ],
    };
    const botUrl = `https://127.0.0.1:${await serveTcp((socket) => socket.end())}`;
    const pod = agent({ role: 'cluster', order: ordered(server.port), botUrl, learned });
    const node = agent({ role: 'node', order: ordered(service.port, { host: '127.0.0.2' }), botUrl, learned });
    await vi.waitFor(() => expect(pod.paths()).toEqual(['endpoint', 'service-dns', 'service-ip']), PATIENCE);
    await vi.waitFor(() => expect(node.paths()).toEqual(['api-server-address', 'endpoint', 'loopback']), PATIENCE);
  });

  test('hands on what it holds when it ends', async () => {
    const server = await apiServer(authority);
    const { samples, stop } = agent({ role: 'vantage', order: ordered(server.port), botUrl: await refusingBot() });
    await vi.waitFor(() => expect(samples('endpoint').length).toBeGreaterThanOrEqual(3), PATIENCE);
    // The fourth waits for others; it is over when the fifth comes.
    await vi.waitFor(() => expect(server.asked()).toBeGreaterThan(4), PATIENCE);
    await stop();
    expect(samples('endpoint').length).toBeGreaterThan(3);
  });
});

interface Given {
  readonly role: Role;
  readonly order: StandingOrder;
  readonly botUrl: string;
  readonly learned?: ClusterKnowledge;
}

/** One that runs until the test is over. */
function agent({ role, order, botUrl, learned = NOTHING_KNOWN }: Given) {
  const records: StreamRecord[] = [];
  const stopping = new AbortController();
  const running = probeOn(
    {
      config: configOf(role, botUrl),
      env: {},
      learned: growingKnowledge(learned, () => {}),
      order,
      sink: { put: (record) => void records.push(record) },
      probe,
      clock: Date.now,
      log: logOf(),
    },
    stopping.signal,
  );
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  onTestFinished(stop);
  const series = () => records.flatMap((one) => (one.kind === 'samples' ? [one] : []));
  return {
    records,
    stop,
    paths: () => [...new Set(series().map((one) => one.series.path))].toSorted(),
    samples: (path: ProbePath): Sample[] =>
      series().flatMap((one) => (one.series.path === path ? [...one.samples] : [])),
  };
}

function ordered(port: number, { host = '127.0.0.1' } = {}): StandingOrder & { set(order: WatchOrder): void } {
  return standingOrder(watchOrder(port, host));
}

function watchOrder(port: number, host = '127.0.0.1'): WatchOrder {
  return {
    targets: [{ path: 'endpoint', host, port }],
    caPem: authority.caPem,
    probeEveryMs: EVERY_MS,
    apiPort: port,
    apiAddresses: [],
    clients: [],
    gateways: [],
  };
}

function standingOrder(first: WatchOrder | null): StandingOrder & { set(order: WatchOrder): void } {
  const listeners = new Set<(order: WatchOrder) => void>();
  let current = first;
  return {
    current: () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(order) {
      current = order;
      for (const listener of listeners) listener(order);
    },
  };
}

async function refusingBot(): Promise<string> {
  return `https://127.0.0.1:${await closedPort()}`;
}

function configOf(role: Role, botUrl: string): LinkedConfig {
  const answer = readAgentConfig(
    {
      APIDOWN_ROLE: role,
      APIDOWN_CLUSTER: 'prod',
      APIDOWN_INSTANCE: 'eu',
      APIDOWN_BOT_URL: botUrl,
      APIDOWN_KEY_FILE: '/nowhere',
    },
    [],
  );
  if (answer.kind === 'bad' || answer.config.kind !== 'linked') throw new Error(JSON.stringify(answer));
  return answer.config;
}
