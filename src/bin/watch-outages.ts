import { chooseEndpoint } from '../checks/endpoint/choose.ts';
import { queryDns } from '../checks/endpoint/query-dns.ts';
import type { Config } from '../config/load.ts';
import type { ClusterBook, Vantages } from '../investigation/ports.ts';
import type { Log } from '../ops/log.ts';
import { furthest } from '../playbook/rules.ts';
import { watchChanges } from '../probe/changes/watch-changes.ts';
import { goodStretches } from '../probe/good-stretches.ts';
import { probe } from '../probe/probe.ts';
import { type Prober, startProber } from '../probe/prober.ts';
import type { Place } from '../probe/references.ts';
import type { Store } from '../store/store.ts';
import type { Outage } from '../words/onset.ts';

/** Where the bot's own connection to Slack goes, which it needs anyway. */
const slackApi: Place = { host: 'slack.com', port: 443 };
/** A prober that missed this many intervals saw nothing of what lay between. */
const missedIntervals = 3;

const dnsDeadlineMs = 4_000;

interface OutageNeeds {
  readonly config: Pick<Config, 'outside' | 'clusters' | 'slack'>;
  readonly store: Pick<Store, 'samples' | 'outages' | 'changes'>;
  readonly clusters: ClusterBook;
  readonly vantages: Pick<Vantages, 'connected'>;
  onOutage(outage: Outage): void;
  /** What the prober saw change of the endpoint is in the journal. */
  onChanges(cluster: string): void;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
}

/** Puts the prober together with what is known of each cluster. */
export async function watchOutages(
  needs: OutageNeeds,
): Promise<Prober & Pick<ReturnType<typeof watchChanges>, 'certificates'>> {
  const { config, store, clusters, clock, log } = needs;
  const changes = watchChanges({
    journal: store.changes,
    askDns: (host, signal) => queryDns(host, { deadlineMs: dnsDeadlineMs }, signal),
    pace: { leastMs: Math.min(60_000, Math.max(10_000, config.outside.probeEveryMs)) },
    onTold: needs.onChanges,
    clock,
    log,
  });
  const prober = await startProber({
    clusters: Object.keys(config.clusters),
    async endpointOf(cluster) {
      const profile = await clusters.profile(cluster);
      const endpoint = profile === null ? null : chooseEndpoint(null, profile.knowledge.endpoints);
      if (profile === null || endpoint === null) return null;
      return { host: endpoint.host, port: endpoint.port, caPem: profile.knowledge.caPem };
    },
    outside: config.outside,
    assumed: [placeOf(config.slack.apiUrl) ?? slackApi],
    leavesBy: (cluster, vantage) => addressesOf(needs.vantages, cluster, vantage),
    probe,
    samples: store.samples,
    outages: store.outages,
    changes,
    onOutage: ({ outage }) => needs.onOutage(bounded(outage)),
    clock,
    log,
  });
  return { ...prober, certificates: changes.certificates };
}

/** One that failed already at the first look may have begun at any time: no rule looks further back than this. */
function bounded({ onset, ...outage }: Outage): Outage {
  return { ...outage, onset: { ...onset, earliestAt: Math.max(onset.earliestAt, onset.latestAt - furthest.beforeMs) } };
}

/** Outages that last, or ended at `sinceAt` or later; newest first. */
export async function outagesSince(
  store: Pick<Store, 'outages'>,
  cluster: string,
  sinceAt: number,
): Promise<readonly Outage[]> {
  return (await store.outages.since(cluster, sinceAt)).map(bounded);
}

/** The newest that lasts; null: none does. */
export async function lastingOutage(
  store: Pick<Store, 'outages'>,
  cluster: string,
  nowAt: number,
): Promise<Outage | null> {
  return (await outagesSince(store, cluster, nowAt)).find(({ onset }) => onset.recovery === null) ?? null;
}

/** Stretches of good probes, from whichever vantage, with the addresses that it leaves by as far as they are known now. */
export function goodStretchesOf(
  needs: Pick<OutageNeeds, 'config' | 'vantages'> & { readonly store: Pick<Store, 'samples'> },
) {
  const gapMs = missedIntervals * needs.config.outside.probeEveryMs;
  return (cluster: string, fromAt: number, toAt: number) =>
    goodStretches(needs.store.samples, {
      cluster,
      fromAt,
      toAt,
      gapMs,
      leavesBy: ({ vantage }) => addressesOf(needs.vantages, cluster, vantage),
    });
}

function addressesOf(
  vantages: Pick<Vantages, 'connected'>,
  cluster: string,
  { kind, instance }: { readonly kind: string; readonly instance: string },
): readonly string[] {
  const here = vantages.connected(cluster).map(({ vantage }) => vantage);
  return here.find((vantage) => vantage.kind === kind && vantage.instance === instance)?.leavesBy ?? [];
}

function placeOf(url: string | null): Place | null {
  if (url === null) return null;
  const { hostname, port, protocol } = new URL(url);
  const usual = protocol === 'https:' ? 443 : 80;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port) };
}
