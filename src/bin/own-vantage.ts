import type { CloudPort } from '../checks/cloud-firewall/port.ts';
import { hostResolver } from '../checks/endpoint/resolve.ts';
import type { PathPort } from '../checks/endpoint-path/port.ts';
import { type AnyRunner, runnersAround, runnersFor } from '../checks/runners.ts';
import type { OwnVantage } from '../link/vantages.ts';
import type { Log } from '../ops/log.ts';
import { leavesBy } from '../probe/leaves-by.ts';
import { probe } from '../probe/probe.ts';
import { parseEndpoint } from '../words/endpoint.ts';
import { runHere } from './run-here.ts';

/** What the bot can read of what stands around clusters. */
export interface Around {
  readonly cloud: CloudPort | null;
  readonly paths: readonly PathPort[];
}

/** Routes change seldom; an address this old is looked at again. */
const refreshMs = 60_000;

/**
 * The bot looking for itself: where it stands outside, the same checks as a vantage agent runs; and wherever it stands,
 * what is read of clouds and load balancers, for the clusters that these are configured for.
 */
export async function ownVantage(options: {
  readonly clusters: readonly string[];
  /** Does it stand outside the networks that it watches? */
  readonly outside: boolean;
  readonly around: Around;
  endpointOf(cluster: string): Promise<string | null>;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
}): Promise<OwnVantage & { close(): void }> {
  const { clusters, outside, around, endpointOf, clock, log } = options;
  const stopped = new AbortController();
  const sources = new Map<string, readonly string[]>();
  // It learns nothing by itself: the bot hands it all that is known with each check.
  const learned = {
    knowledge: () => ({ endpoints: [], caPem: '', controlPlaneNodes: [], provider: 'unknown' as const, asOfAt: 0 }),
  };
  const resolve = hostResolver();
  const probing = outside ? runnersFor({ role: 'vantage', learned, probe, clock, resolve }) : [];
  const runners = new Map(
    clusters.map((cluster) => [
      cluster,
      [...probing, ...runnersAround({ ...aroundOf(cluster, around), resolve, clock })],
    ]),
  );
  const runnersOf = (cluster: string): readonly AnyRunner[] => runners.get(cluster) ?? [];

  async function refresh(): Promise<void> {
    for (const cluster of clusters) {
      const url = await endpointOf(cluster);
      if (url === null) continue;
      const { host, port } = parseEndpoint(url, 'configuration', 0);
      sources.set(cluster, await leavesBy(host, port, stopped.signal));
    }
  }
  const again = (): void => {
    refresh().catch((error: unknown) => log.warn({ error }, 'the addresses the bot leaves by could not be told'));
  };
  // From inside, its own packets are nobody's that fail.
  const timer = outside ? setInterval(again, refreshMs).unref() : undefined;
  if (outside) await refresh();

  return {
    checksFor: (cluster) => runnersOf(cluster).map(({ check }) => check),
    vantageFor: (cluster) => ({ kind: 'outside', instance: 'bot', leavesBy: [...(sources.get(cluster) ?? [])] }),
    run: (cluster, command, signal) => runHere(runnersOf(cluster), command, clock, signal),
    close() {
      clearInterval(timer);
      stopped.abort();
    },
  };
}

function aroundOf(cluster: string, { cloud, paths }: Around) {
  return {
    cluster,
    cloud: cloud?.clusters.includes(cluster) ? cloud : null,
    paths: paths.filter(({ clusters }) => clusters.includes(cluster)),
  };
}
