import type { CheckAnswer, ConnectedVantage, Vantages } from '../investigation/ports.ts';
import type { AgentSessions } from '../store/store.ts';
import type { CheckId } from '../words/check.ts';
import { sameVantage, type Vantage } from '../words/vantage.ts';
import type { Hub } from './hub.ts';

/** What the bot looks at itself. */
export interface OwnVantage {
  /** Empty: nothing for this cluster. */
  checksFor(cluster: string): readonly CheckId[];
  /** With the addresses it leaves by towards this cluster. */
  vantageFor(cluster: string): Vantage;
  run(
    cluster: string,
    command: { check: CheckId; params: unknown; deadlineAt: number },
    signal: AbortSignal,
  ): Promise<CheckAnswer>;
}

type Gone = { readonly vantage: Vantage; readonly lastSeenAt: number };

/** Pods come and go under new names: one that has been gone for long is replaced, not missing. */
const podsMissedForMs = 60 * 60_000;

/** The agents of the hub and the bot's own vantage as one. */
export async function joinVantages(options: {
  readonly hub: Pick<Hub, 'agents' | 'run' | 'onChange'>;
  readonly sessions: Pick<AgentSessions, 'list'>;
  readonly clusters: readonly string[];
  readonly own: OwnVantage;
  /** Epoch ms. */
  readonly clock: () => number;
}): Promise<Vantages & { close(): void }> {
  const { hub, own, clock } = options;
  const gone = new Map<string, Gone[]>();
  for (const cluster of options.clusters) {
    const seen = await options.sessions.list(cluster);
    gone.set(
      cluster,
      seen.map(({ vantage, lastSeenAt }) => ({ vantage, lastSeenAt })),
    );
  }
  const stop = hub.onChange((change) => {
    if (change.kind !== 'gone') return;
    const { cluster, vantage, lastSeenAt } = change.agent;
    const others = (gone.get(cluster) ?? []).filter((one) => !sameVantage(one.vantage, vantage));
    gone.set(cluster, [{ vantage, lastSeenAt }, ...others]);
  });

  function connected(cluster: string): readonly ConnectedVantage[] {
    const agents = hub.agents(cluster).map(({ vantage, checks }) => ({ vantage, checks }));
    const checks = own.checksFor(cluster);
    return checks.length === 0 ? agents : [{ vantage: own.vantageFor(cluster), checks }, ...agents];
  }

  const isConnected = (cluster: string, vantage: Vantage): boolean =>
    connected(cluster).some((one) => sameVantage(one.vantage, vantage));

  return {
    connected,
    absent(cluster) {
      const podsSince = clock() - podsMissedForMs;
      return (gone.get(cluster) ?? [])
        .filter(({ vantage }) => !isConnected(cluster, vantage))
        .filter(({ vantage, lastSeenAt }) => vantage.kind !== 'pod' || lastSeenAt > podsSince)
        .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt);
    },
    awaitConnected(cluster, vantage, signal) {
      return new Promise((resolve) => {
        const unlisten = hub.onChange(settle);
        signal.addEventListener('abort', settle, { once: true });
        settle();
        function settle(): void {
          const here = isConnected(cluster, vantage);
          if (!here && !signal.aborted) return;
          unlisten();
          signal.removeEventListener('abort', settle);
          resolve(here);
        }
      });
    },
    run(cluster, vantage, command, signal) {
      const isOwn = own.checksFor(cluster).length > 0 && sameVantage(own.vantageFor(cluster), vantage);
      if (isOwn) return own.run(cluster, command, signal);
      return hub.run(cluster, vantage, command, signal);
    },
    close: stop,
  };
}
