import { readdir, readFile } from 'node:fs/promises';
import type { OutageEvent } from '../../../src/probe/outages.ts';
import { probe } from '../../../src/probe/probe.ts';
import { type Prober, startProber } from '../../../src/probe/prober.ts';
import { openStore } from '../../../src/store/open.ts';
import { logOf } from '../../probe/log.ts';
import { nftOnNode, onNode, testbed } from './testbed.ts';
import { until } from './until.ts';

/** The outside prober alone, on the host, and what it tells of the testbed's API server. */
export interface Watcher {
  readonly events: readonly Told[];
  /** Until it was probed well. */
  seen(): Promise<void>;
  close(): Promise<void>;
}

export interface Told extends OutageEvent {
  /** When it was told. Epoch ms. */
  readonly toldAt: number;
}

/** Something listens there on the node whatever becomes of the API server: the kubelet. */
const reference = { host: testbed.nodeAddress, port: 10250 };

export async function watchTestbed(probeEveryMs: number): Promise<Watcher> {
  const opened = await openStore({ kind: 'sqlite', file: ':memory:' });
  if (opened.kind === 'refused') throw new Error(opened.message);
  const { store } = opened;
  const caPem = await readFile('/etc/kubernetes/pki/ca.crt', 'utf8');
  const events: Told[] = [];
  const prober: Prober = await startProber({
    clusters: ['testbed'],
    endpointOf: async () => ({ host: testbed.nodeAddress, port: 6443, caPem }),
    outside: { vantage: true, probeEveryMs, failuresInARow: 2, reference: [reference] },
    assumed: [],
    leavesBy: () => [testbed.hostAddress],
    probe,
    samples: store.samples,
    outages: store.outages,
    onOutage: (event) => events.push({ ...event, toldAt: Date.now() }),
    clock: Date.now,
    log: logOf(),
  });
  return {
    events,
    seen: () =>
      until(60_000, async () => {
        const now = prober.watching('testbed');
        return now.kind === 'probed' && now.isGood ? null : `it is ${JSON.stringify(now)}`;
      }),
    async close() {
      await prober.close();
      await store.close();
    },
  };
}

/** A failure whose beginning is known: it lies between the two. Epoch ms. */
export interface Broken {
  readonly fromAt: number;
  readonly toAt: number;
  undo(): Promise<void>;
}

/** The API server stands still in the middle of whatever it does; the kernel goes on taking connections for it. */
export async function frozen(): Promise<Broken> {
  const pid = await apiServerPid();
  const fromAt = Date.now();
  process.kill(pid, 'SIGSTOP');
  const toAt = Date.now();
  return { fromAt, toAt, undo: async () => void process.kill(pid, 'SIGCONT') };
}

/** The node's firewall drops what comes for the API port. */
export async function dropped(): Promise<Broken> {
  const fromAt = Date.now();
  const rule = `tcp dport 6443 ip saddr ${testbed.hostAddress} drop`;
  await nftOnNode(`table inet onset {\nchain c { type filter hook input priority 0; ${rule}; }\n}\n`);
  const undo = async () => void (await onNode('nft', 'delete', 'table', 'inet', 'onset'));
  return { fromAt, toAt: Date.now(), undo };
}

async function apiServerPid(): Promise<number> {
  const named = `kube-apiserver\0--advertise-address=${testbed.nodeAddress}\0`;
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (words.startsWith(named)) return Number(pid);
  }
  throw new Error('the API server does not run');
}

/** The first that came after `sinceAt` of this kind. @throws when none comes in time */
export async function told(watcher: Watcher, kind: Told['kind'], sinceAt: number, deadlineMs: number): Promise<Told> {
  const find = () => watcher.events.find((event) => event.kind === kind && event.toldAt >= sinceAt);
  await until(deadlineMs, async () => (find() === undefined ? `no outage has ${kind}` : null));
  const found = find();
  if (found === undefined) throw new Error(`no outage has ${kind}`);
  return found;
}
