import { readFile } from 'node:fs/promises';
import type { Config } from '../config/load.ts';
import { keepLearned } from '../investigation/keep-learned.ts';
import type { ClusterBook } from '../investigation/ports.ts';
import { watchOrderOf } from '../investigation/watch-order.ts';
import { type Hub, startHub } from '../link/hub.ts';
import type { Log } from '../ops/log.ts';
import type { Prober } from '../probe/prober.ts';
import type { Store } from '../store/store.ts';
import { takeRecords } from './take-records.ts';

/** The bot's side of the link to its agents: whom it lets in, and where goes what they tell. */
export async function openHub(needs: {
  readonly config: Pick<Config, 'hub' | 'clusters' | 'outside'>;
  readonly store: Pick<Store, 'keys' | 'sessions' | 'streams' | 'knowledge'>;
  readonly clusters: ClusterBook;
  /** Changes or coverage of a cluster came in, and are kept. */
  onLearned(cluster: string): void;
  /** Samples came in, and are kept. */
  readonly onSamples: Prober['take'];
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
}): Promise<Hub> {
  const { config, store, clusters, onLearned, onSamples, clock, log } = needs;
  const learned = keepLearned(store.knowledge);
  const hub = await startHub({
    listen: { ...config.hub.listen, tls: await tlsOf(config.hub), allowPlain: config.hub.allowPlain },
    keys: store.keys,
    sessions: store.sessions,
    knowsCluster: (name) => Object.hasOwn(config.clusters, name),
    async onKnowledge(cluster, told, from) {
      await learned(cluster, told, from.role);
      hub.orderAgain(cluster);
    },
    ...takeRecords({ streams: store.streams, onLearned, onSamples }),
    async watchOrder(cluster) {
      const profile = await clusters.profile(cluster);
      return profile === null ? null : watchOrderOf(profile, config.outside.probeEveryMs);
    },
    clock,
    log,
  });
  return hub;
}

async function tlsOf({ tls }: Config['hub']): Promise<{ cert: string; key: string } | undefined> {
  if (tls === null) return undefined;
  const [cert, key] = await Promise.all([readFile(tls.cert, 'utf8'), readFile(tls.key, 'utf8')]);
  return { cert, key };
}
