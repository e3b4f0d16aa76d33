import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type NetworkSeen, networkJournal } from '../../../../src/agent/journal/node/network.ts';
import type { RoutingMatters } from '../../../../src/agent/journal/node/routing.ts';
import { watchedPorts } from '../../../../src/agent/journal/node/sockets.ts';
import { nodeTelling } from '../../../../src/agent/journal/node/tell.ts';
import type { Change } from '../../../../src/words/change.ts';
import { rememberingLog } from '../../silent.ts';
import { records } from './records.ts';

const patience = { timeout: 8_000, interval: 10 };

let procNet = '';
let interfaces: Record<string, string[]> = {};

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const socket = (address: string, port: number, inode: number, state = '0A') =>
  `   0: ${address}:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 2 00000000e1c22167 100 0 0 10 0`;
const any4 = '00000000';
const any6 = '0'.repeat(32);
const routes4 = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
const viaGateway = 'eth0\t00000000\t0100630A\t0003\t0\t0\t0\t00000000\t0\t0\t0';
const onLink = 'eth0\t0000630A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0';

/** In one step, as the kernel's are whole whenever they are read. */
async function file(name: string, ...lines: string[]): Promise<void> {
  await writeFile(join(procNet, '.next'), `${lines.join('\n')}\n`);
  await rename(join(procNet, '.next'), join(procNet, name));
}

beforeEach(async () => {
  procNet = await mkdtemp(join(tmpdir(), 'proc-'));
  interfaces = { lo: ['127.0.0.1/8'], eth0: ['10.99.0.10/24'] };
  await file('tcp', head, socket('0100007F', 2379, 11));
  await file('tcp6', head, socket(any6, 6443, 21), socket(any6, 10_250, 31));
  await file('route', routes4, viaGateway, onLink);
});

afterEach(() => rm(procNet, { recursive: true }));

function infos(): NodeJS.Dict<NetworkInterfaceInfo[]> {
  return Object.fromEntries(
    Object.entries(interfaces).map(([name, cidrs]) => [
      name,
      cidrs.map((cidr): NetworkInterfaceInfo => {
        const address = cidr.split('/')[0] ?? '';
        const more = { address, cidr, netmask: '', mac: '', internal: name === 'lo' };
        return address.includes(':') ? { ...more, family: 'IPv6', scopeid: 0 } : { ...more, family: 'IPv4' };
      }),
    ]),
  );
}

async function running(
  given: { earlier?: NetworkSeen | null; matters?: Partial<RoutingMatters>; apiPort?: () => number | null } = {},
) {
  const sink = records();
  const stop = new AbortController();
  const { earlier = null, matters = {}, apiPort = () => 6443 } = given;
  const journal = networkJournal({
    procNet,
    interfaces: infos,
    ports: () => watchedPorts(apiPort()),
    matters: () => ({ apiAddresses: ['10.99.0.10'], clients: [], ...matters }),
    telling: nodeTelling({
      node: 'cp-1',
      source: 'node-network',
      categories: ['control-plane', 'routing'],
      sink,
      clock: Date.now,
    }),
    earlier,
    clock: Date.now,
    log: rememberingLog(),
    pace: { everyMs: 10, rest: 0 },
  });
  const done = journal.run(stop.signal);
  await vi.waitFor(() => expect(journal.seen()).not.toBe(earlier), patience);
  const look = async () => {
    const before = journal.seen()?.seenAt ?? 0;
    await vi.waitFor(() => expect(journal.seen()?.seenAt ?? 0).toBeGreaterThan(before + 1));
  };
  return {
    ...sink,
    look,
    async after(what: () => unknown): Promise<Change[]> {
      const known = sink.changes.length;
      const fromAt = Date.now();
      await what();
      const toAt = Date.now();
      await vi.waitFor(() => expect(sink.changes.length).toBeGreaterThan(known), patience);
      await look();
      const told = sink.changes.slice(known);
      for (const { earliestAt, latestAt } of told) {
        expect(earliestAt).toBeLessThanOrEqual(toAt);
        expect(latestAt).toBeGreaterThanOrEqual(fromAt);
      }
      return told;
    },
    async stop() {
      stop.abort();
      await done;
      return { ...sink, seen: journal.seen() };
    },
  };
}

describe('listening sockets', () => {
  test('nothing is told of what is found at first, but that it is watched', async () => {
    const journal = await running();
    await journal.look();
    const { changes, spans } = await journal.stop();
    expect(changes).toEqual([]);
    expect(spans).toMatchObject([{ source: 'node-network', categories: ['control-plane', 'routing'] }]);
  });

  test('the API server’s port closes, and opens again', async () => {
    const journal = await running();
    const closed = await journal.after(() => file('tcp6', head, socket(any6, 10_250, 31)));
    expect(closed).toMatchObject([
      {
        category: 'control-plane',
        action: 'end',
        summary: 'kube-apiserver stopped listening on port 6443',
        effect: { kind: 'judged', verdict: 'breaks' },
        target: { kind: 'listening socket', ports: [6443], addresses: ['::'] },
      },
    ]);
    const opened = await journal.after(() => file('tcp6', head, socket(any6, 6443, 22), socket(any6, 10_250, 31)));
    expect(opened).toMatchObject([{ action: 'start', effect: { verdict: 'mends' } }]);
    await journal.stop();
  });

  test('another inode is a restart: of the kubelet too', async () => {
    const journal = await running();
    expect(
      await journal.after(() => file('tcp6', head, socket(any6, 6443, 21), socket(any6, 10_250, 32))),
    ).toMatchObject([
      {
        action: 'restart',
        summary: 'kubelet was restarted: its listening socket on port 10250 is another one',
        effect: { verdict: 'none' },
      },
    ]);
    expect(await journal.after(() => file('tcp', head, socket('0100007F', 2379, 12)))).toMatchObject([
      { action: 'restart', summary: expect.stringMatching(/^etcd/), effect: { verdict: 'unknown' } },
    ]);
    await journal.stop();
  });

  test('bound to loopback only', async () => {
    const journal = await running();
    const [change] = await journal.after(async () => {
      await file('tcp6', head, socket(any6, 10_250, 31));
      await file('tcp', head, socket('0100007F', 2379, 11), socket('0100007F', 6443, 40));
    });
    expect(['update', 'end']).toContain(change?.action);
    expect(change?.effect).toMatchObject({ verdict: 'breaks' });
    await journal.stop();
  });

  test('connections and other ports are none of it', async () => {
    const journal = await running();
    await file('tcp', head, socket('0100007F', 2379, 11), socket(any4, 6443, 50, '01'), socket(any4, 8080, 51));
    await journal.look();
    await journal.look();
    expect((await journal.stop()).changes).toEqual([]);
  });

  test('a port that is watched only from now on was neither open nor closed', async () => {
    let port: number | null = null;
    const journal = await running({ apiPort: () => port });
    port = 6443;
    await journal.look();
    await journal.look();
    expect((await journal.stop()).changes).toEqual([]);
  });

  test('what was restarted while the agent was away is told when it is back', async () => {
    const { seen } = await (await running()).stop();
    await file('tcp6', head, socket(any6, 6443, 99), socket(any6, 10_250, 31));
    const journal = await running({ earlier: seen });
    expect((await journal.stop()).changes).toMatchObject([
      { action: 'restart', earliestAt: seen?.seenAt, target: { ports: [6443] } },
    ]);
  });

  test('as this machine’s own kernel lists them', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    procNet = '/proc/net';
    try {
      const journal = await running({ apiPort: () => port, matters: { apiAddresses: [] } });
      const told = await journal.after(() => new Promise((resolve) => server.close(resolve)));
      expect(told).toContainEqual(
        expect.objectContaining({ action: 'end', summary: `kube-apiserver stopped listening on port ${port}` }),
      );
      await journal.stop();
    } finally {
      procNet = await mkdtemp(join(tmpdir(), 'proc-'));
    }
  });
});

describe('addresses and routes', () => {
  test('the default route goes and comes back', async () => {
    const journal = await running();
    expect(await journal.after(() => file('route', routes4, onLink))).toMatchObject([
      {
        category: 'routing',
        action: 'delete',
        summary: 'default route via 10.99.0.1 removed',
        effect: { verdict: 'breaks', words: "no route leads back to IPv4 clients beyond the node's own networks" },
      },
    ]);
    expect(await journal.after(() => file('route', routes4, viaGateway, onLink))).toMatchObject([
      { action: 'create', summary: 'default route via 10.99.0.1 added', effect: { verdict: 'mends' } },
    ]);
    await journal.stop();
  });

  test('clients on the node’s own network need no default route', async () => {
    const journal = await running({ matters: { clients: ['10.99.0.1'] } });
    expect(await journal.after(() => file('route', routes4, onLink))).toMatchObject([{ effect: { verdict: 'none' } }]);
    await journal.stop();
  });

  test('another way to the clients may or may not work', async () => {
    const journal = await running();
    const other = viaGateway.replace('0100630A', '0200630A');
    expect(await journal.after(() => file('route', routes4, other, onLink))).toMatchObject([
      {
        action: 'update',
        summary: 'default route via 10.99.0.1 removed (and 1 more with it)',
        diff: ['default route via 10.99.0.1 removed', 'default route via 10.99.0.2 added'],
        effect: { verdict: 'unknown' },
      },
    ]);
    await journal.stop();
  });

  test('a blackhole for clients', async () => {
    const journal = await running({ matters: { clients: ['203.0.113.0/24'] } });
    const hole = '*\t0071CB00\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0'.replace('0071CB00', '007100CB');
    expect(await journal.after(() => file('route', routes4, viaGateway, onLink, hole))).toMatchObject([
      {
        summary: 'route to 203.0.113.0/24 that refuses packets added',
        effect: { verdict: 'breaks', words: 'no route leads back to 203.0.113.0/24' },
      },
    ]);
    await journal.stop();
  });

  test('the API server’s address vanishes with its route', async () => {
    const journal = await running();
    const told = await journal.after(async () => {
      interfaces = { lo: ['127.0.0.1/8'] };
      await file('route', routes4);
    });
    expect(told.flatMap(({ diff }) => diff)).toContain('address 10.99.0.10/24 gone from eth0');
    expect(told[0]).toMatchObject({ category: 'routing', effect: { verdict: 'breaks' } });
    const back = await journal.after(async () => {
      await file('route', routes4, viaGateway, onLink);
      interfaces = { lo: ['127.0.0.1/8'], eth0: ['10.99.0.10/24'] };
    });
    expect(back.flatMap(({ diff }) => diff)).toContain('address 10.99.0.10/24 added to eth0');
    await journal.stop();
  });

  test('an address that nodes hand to each other may be elsewhere now', async () => {
    interfaces = { eth0: ['10.99.0.10/24', '10.99.0.100/32'] };
    const journal = await running({ matters: { apiAddresses: ['10.99.0.100'] } });
    expect(await journal.after(() => (interfaces = { eth0: ['10.99.0.10/24'] }))).toMatchObject([
      { effect: { verdict: 'unknown', words: expect.stringContaining('another node may have it now') } },
    ]);
    await journal.stop();
  });

  test('pods come and go', async () => {
    const journal = await running();
    interfaces = {
      ...interfaces,
      cali12: ['169.254.1.1/32'],
      cni0: ['10.244.0.1/24'],
      vethab: ['fe80::1/64'],
      eth0: ['10.99.0.10/24', 'fe80::2/64'],
    };
    await file(
      'route',
      routes4,
      viaGateway,
      onLink,
      'cali12\t0700F40A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0',
      'cni0\t0000F40A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    );
    await journal.look();
    await journal.look();
    expect((await journal.stop()).changes).toEqual([]);
  });

  test('IPv6 addresses that the kernel makes by itself', async () => {
    interfaces = { ...interfaces, eth0: ['10.99.0.10/24', 'fd00:99::5/64'] };
    const flagged = (flags: string) => `fd000099000000000000000000000005 02 40 00 ${flags}     eth0`;
    await file('if_inet6', flagged('80'));
    const journal = await running();
    await file('if_inet6', flagged('01'));
    const [gone] = await journal.after(() => undefined);
    expect(gone).toMatchObject({ summary: 'address fd00:99::5/64 gone from eth0', effect: { verdict: 'none' } });
    interfaces = { ...interfaces, eth0: ['10.99.0.10/24'] };
    await journal.look();
    await journal.look();
    expect((await journal.stop()).changes).toHaveLength(1);
  });
});

test('while files can not be read there is no coverage; then there is again', async () => {
  const journal = await running();
  await journal.look();
  await rm(join(procNet, 'tcp'));
  await vi.waitFor(() => expect(journal.spans).toHaveLength(1), patience);
  await file('tcp', head, socket('0100007F', 2379, 11));
  await journal.look();
  await journal.look();
  const { spans, changes } = await journal.stop();
  expect(changes).toEqual([]);
  expect(spans).toHaveLength(2);
  expect(spans[1]?.fromAt).toBeGreaterThan(spans[0]?.toAt ?? Number.POSITIVE_INFINITY);
});
