import { hostResolver } from '../checks/endpoint/resolve.ts';
import { runnersFor } from '../checks/runners.ts';
import type { OwnVantage } from '../link/vantages.ts';
import type { Log } from '../ops/log.ts';
import { leavesBy } from '../probe/leaves-by.ts';
import { probe } from '../probe/probe.ts';
import { parseEndpoint } from '../words/endpoint.ts';
import { runHere } from './run-here.ts';

/** Routes change seldom; an address this old is looked at again. */
const refreshMs = 60_000;

/** The bot looking for itself: the same checks as a vantage agent runs. */
export async function outsideVantage(options: {
  readonly clusters: readonly string[];
  endpointOf(cluster: string): Promise<string | null>;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
}): Promise<OwnVantage & { close(): void }> {
  const { clusters, endpointOf, clock, log } = options;
  const stopped = new AbortController();
  const sources = new Map<string, readonly string[]>();
  // It learns nothing by itself: the bot hands it all that is known with each check.
  const learned = {
    knowledge: () => ({ endpoints: [], caPem: '', controlPlaneNodes: [], provider: 'unknown' as const, asOfAt: 0 }),
  };
  const runners = runnersFor({ role: 'vantage', learned, probe, clock, resolve: hostResolver() });

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
  const timer = setInterval(again, refreshMs).unref();
  await refresh();

  return {
    checks: runners.map(({ check }) => check),
    vantageFor: (cluster) => ({ kind: 'outside', instance: 'bot', leavesBy: [...(sources.get(cluster) ?? [])] }),
    run: (_cluster, command, signal) => runHere(runners, command, clock, signal),
    close() {
      clearInterval(timer);
      stopped.abort();
    },
  };
}
