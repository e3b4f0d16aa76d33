import type { Config } from '../config/load.ts';
import type { Investigations } from '../investigation/commands.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import { createOutageDesk, type OutageDesk, type OutageDeskPorts } from '../outages/desk.ts';
import type { OutageSettings } from '../outages/ports.ts';
import type { Store } from '../store/store.ts';
import { outagesSince } from './watch-outages.ts';

/** Cards of ongoing outages, as the configuration of each cluster has them. */
export function outageCards(needs: {
  readonly config: Pick<Config, 'clusters'>;
  readonly store: Pick<Store, 'outages' | 'outageCards'>;
  readonly investigations: Pick<Investigations, 'listOpen' | 'find'>;
  readonly show: OutageDeskPorts['show'];
  readonly clock: Clock;
  readonly log: Log;
}): OutageDesk {
  const { config, store, ...ports } = needs;
  return createOutageDesk({
    ...ports,
    cards: store.outageCards,
    settingsOf: (cluster) => settingsOf(config.clusters[cluster]),
    outagesOf: (cluster, sinceAt) => outagesSince(store, cluster, sinceAt),
  });
}

function settingsOf(cluster: Config['clusters'][string] | undefined): OutageSettings | null {
  if (cluster === undefined || !cluster.outages.post) return null;
  const { channel, mention, remindEvery: remindEveryMs, quiet } = cluster.outages;
  return { channel: channel ?? cluster.channels[0] ?? null, mention, remindEveryMs, quiet };
}
