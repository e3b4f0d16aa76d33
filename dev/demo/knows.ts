import { setTimeout as wait } from 'node:timers/promises';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { ChangeCategory } from '../../src/words/change.ts';
import type { Outage } from '../../src/words/onset.ts';

/** What the bot knows by itself, looked up where it keeps it; nobody has to ask it for that. */
export interface Knows {
  /** The agents have told what they learned and how far they saw, and the prober saw the endpoint answer. */
  watches(): Promise<void>;
  /** The prober calls the endpoint down. */
  isDown(): Promise<Outage>;
  /** It answers again. */
  isBack(): Promise<void>;
  /** It has answered for a moment, and the prober has looked at these once more: nothing of before is told later. */
  hasSettled(lookedAt: readonly ChangeCategory[]): Promise<void>;
  close(): Promise<void>;
}

/** Every source that has to have looked before a rule can say anything. */
const SOURCES = ['kube', 'node-firewall', 'node-files', 'node-network', 'prober', 'aws', 'github'];
const LOOK_EVERY_MS = 100;
/** Two outages nearer than this are answered by one look of the sources outside, which does not know yet what was mended. */
const SETTLES_MS = 8_000;
/** For so long a name's change may not have come to everybody: good probes say nothing against it. */
const DOUBTED_MS = 15_000;

/** @param options `patienceMs`: how long anything may take; `broken` aborts when there is nothing more to wait for. */
export async function openKnows(options: {
  readonly storeFile: string;
  readonly cluster: string;
  readonly patienceMs: number;
  readonly broken: AbortSignal;
}): Promise<Knows> {
  const { storeFile, cluster, patienceMs, broken } = options;
  const opened = await openStore({ kind: 'sqlite', file: storeFile });
  if (opened.kind === 'refused') throw new Error(opened.message);
  const { store } = opened;

  async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
    const signal = AbortSignal.any([broken, AbortSignal.timeout(patienceMs)]);
    try {
      for (;;) {
        const found = await look();
        if (found !== null) return found;
        await wait(LOOK_EVERY_MS, undefined, { signal });
      }
    } catch (cause) {
      broken.throwIfAborted();
      throw new Error(`${what}: not within ${patienceMs / 1000} s`, { cause });
    }
  }

  const lasting = async () =>
    (await store.outages.since(cluster, Date.now())).find(({ onset }) => onset.recovery === null) ?? null;

  return {
    async watches() {
      await until('the bot knows the cluster', () => learned(store, cluster));
      await until('the bot has seen the endpoint answer', () => goodProbe(store, cluster));
      await until(`changes are watched (${SOURCES.join(', ')})`, async () => {
        const covered = await store.changes.coverage(cluster, 0, Date.now());
        return SOURCES.every((name) => covered.some(({ source }) => source === name)) || null;
      });
    },
    isDown: () => until('the prober calls the endpoint down', lasting),
    async isBack() {
      await until('the prober sees it answer again', async () => (await lasting()) === null || null);
    },
    async hasSettled(lookedAt) {
      const sinceAt = Date.now();
      await until('the prober has looked once more', async () => {
        const covered = await store.changes.coverage(cluster, sinceAt, Date.now());
        const told = covered.filter(({ source }) => source === 'prober').flatMap(({ categories }) => categories);
        return lookedAt.every((category) => told.includes(category)) || null;
      });
      await wait(lookedAt.length > 0 ? DOUBTED_MS : SETTLES_MS, undefined, { signal: broken });
      await until('the prober sees it answer', async () => (await lasting()) === null || null);
    },
    close: () => store.close(),
  };
}

async function learned(store: Store, cluster: string): Promise<true | null> {
  const known = await store.knowledge.get(cluster);
  return known?.endpoints.some(({ origin }) => origin === 'endpointslice') || null;
}

async function goodProbe(store: Store, cluster: string): Promise<true | null> {
  for (const series of await store.samples.series(cluster)) {
    const samples = await store.samples.between(series, 0, Date.now());
    if (series.vantage.kind === 'outside' && samples.some(({ good }) => good)) return true;
  }
  return null;
}
