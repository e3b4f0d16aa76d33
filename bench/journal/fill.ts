import { rm } from 'node:fs/promises';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { Change, ChangeCategory } from '../../src/words/change.ts';

export const journalSizes = [10_000, 100_000, 1_000_000] as const;

/** A change each 2.6 s: a million are 30 days of a busy cluster. A longer journal is an older one, as dense as a short one. */
const EVERY_MS = 2_592;

export interface Journal {
  readonly store: Store;
  readonly file: string;
  readonly cluster: string;
  readonly size: number;
  /** When the first change happened, and the last. Epoch ms. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly filledInMs: number;
  /** Closes the store and removes the file. */
  remove(): Promise<void>;
}

/** Fills a new file as agents do, in large batches. `everyMs`: how far the changes are apart. */
export async function fillJournal(file: string, size: number, everyMs = EVERY_MS): Promise<Journal> {
  const opened = await openStore({ kind: 'sqlite', file });
  if (opened.kind === 'refused') throw new Error(opened.message);
  const { store } = opened;
  const stream = { cluster, role: 'cluster', instance, stream: 'bench' } as const;
  const began = performance.now();
  for (let done = 0; done < size; done += BATCH) {
    const records = Array.from({ length: Math.min(BATCH, size - done) }, (_, index) => ({
      kind: 'change' as const,
      change: changeNumber(done + index, firstAt + (done + index) * everyMs),
    }));
    await store.streams.take(stream, done + 1, records);
  }
  return {
    store,
    file,
    cluster,
    size,
    firstAt,
    lastAt: firstAt + (size - 1) * everyMs,
    filledInMs: performance.now() - began,
    async remove() {
      await store.close();
      for (const end of ['', '-wal', '-shm']) await rm(`${file}${end}`, { force: true });
    },
  };
}

const cluster = 'prod';
const instance = 'apidown-cluster-7d9f8b6c5-x2x4z';
const firstAt = Date.UTC(2026, 0, 1);
const BATCH = 2_000;
const minute = 60_000;

/** Of ten changes, so many are of each category. */
const mix: readonly ChangeCategory[] = [
  'control-plane',
  'control-plane',
  'control-plane',
  'network-policy',
  'network-policy',
  'endpoint',
  'firewall',
  'load-balancer',
  'routing',
  'maintenance',
];

/** Most are seen to the second; some lie within the minutes that nobody watched; maintenances last for hours, one for months. */
export function changeNumber(number: number, at: number): Change {
  const category = mix[number % mix.length] ?? 'control-plane';
  const unwatched = number % 97 === 0 ? 20 * minute : 0;
  return {
    // Spread as uids are: an index on ids is written all over.
    id: `kube:${((number * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0')}-${number}`,
    source: 'kube',
    instance,
    category,
    earliestAt: at - unwatched,
    latestAt: at + (number % 2 === 0 ? 999 : 0),
    observedAt: at + 1_200,
    certainty: unwatched > 0 ? 'latestKnown' : 'seen',
    actor: 'kubectl-client-side-apply',
    action: category === 'maintenance' ? 'start' : 'update',
    target: {
      kind: kinds[category] ?? 'ConfigMap',
      namespace: `team-${number % 50}`,
      name: `thing-${number % 10_000}`,
      node: category === 'firewall' ? `cp-${number % 3}` : null,
      addresses: ['10.0.0.0/8'],
      ports: [6443],
    },
    summary: `thing-${number % 10_000} in team-${number % 50} was changed by kubectl`,
    diff: ['ingress: 1 rule became 2', 'from 10.0.0.0/8 added'],
    effect: category === 'firewall' ? passages : null,
    untilAt: category === 'maintenance' ? at + (number === 9 ? 90 * 24 * 60 : number % 240) * minute : null,
    link: null,
  };
}

const kinds: Partial<Record<ChangeCategory, string>> = {
  'network-policy': 'NetworkPolicy',
  endpoint: 'EndpointSlice',
  firewall: 'nftables',
  'load-balancer': 'Service',
  maintenance: 'Node',
};

const passages: Change['effect'] = {
  kind: 'passages',
  port: 6443,
  before: [{ first: '0.0.0.0', last: '255.255.255.255', to: '10.0.0.10', verdict: 'allow', rule: null }],
  after: [
    { first: '0.0.0.0', last: '9.255.255.255', to: '10.0.0.10', verdict: 'allow', rule: null },
    { first: '10.0.0.0', last: '10.255.255.255', to: '10.0.0.10', verdict: 'deny', rule: 'ip saddr 10.0.0.0/8 drop' },
    { first: '11.0.0.0', last: '255.255.255.255', to: '10.0.0.10', verdict: 'allow', rule: null },
  ],
};
