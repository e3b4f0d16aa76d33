import { stat } from 'node:fs/promises';
import packageJson from '../../package.json' with { type: 'json' };
import type { Vantages } from '../investigation/ports.ts';
import type { Hub } from '../link/hub.ts';
import type { Log } from '../ops/log.ts';
import { gaugeOf, type Metrics, type Reading, type ReadMetric } from '../ops/metrics.ts';
import type { Prober } from '../probe/prober.ts';
import type { SlackApp } from '../slack/app.ts';
import type { Store } from '../store/store.ts';
import type { Outage } from '../words/onset.ts';

/** What is asked how it stands, whenever somebody reads `/metrics`. */
export interface MeasuredBot {
  readonly clusters: readonly string[];
  readonly hub: Pick<Hub, 'agents'>;
  readonly slack: Pick<SlackApp, 'state'>;
  readonly vantages: Pick<Vantages, 'absent'>;
  readonly store: Pick<Store, 'ping' | 'investigations'>;
  /** The file, or `:memory:`. */
  readonly storeFile: string;
  /** null: it does not run yet. */
  prober(): Pick<Prober, 'watching'> | null;
  /** The outage that lasts; null: none does. */
  outageOf(cluster: string): Promise<Outage | null>;
}

/** How the bot stands: read when it is asked for, kept nowhere. */
export function tellState(to: { readonly metrics: Metrics; readonly log: Log }, bot: MeasuredBot): void {
  const { clusters, hub, slack, vantages, store } = bot;
  function gauge<Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
    read: () => ReturnType<ReadMetric<Label>['read']>,
  ): void {
    gaugeOf(to, { name, help, labels, read });
  }
  const agents = () => clusters.flatMap(hub.agents);

  gauge('apidown_build_info', 'Always 1, with the version of the bot.', ['version'], () => [
    { labels: { version: packageJson.version }, value: 1 },
  ]);
  gauge('apidown_slack_connected', 'Whether the connection to Slack stands.', [], () => [
    { labels: {}, value: Number(slack.state().kind === 'connected') },
  ]);

  gauge('apidown_agents_connected', 'Agents that are connected to this bot.', ['cluster'], () =>
    clusters.map((cluster) => ({ labels: { cluster }, value: hub.agents(cluster).length })),
  );
  gauge(
    'apidown_agent_up',
    'Whether an agent is connected that was seen before. A pod that is gone for an hour counts as replaced.',
    ['cluster', 'vantage', 'instance'],
    () => [
      ...agents().map(({ cluster, vantage }) => ({ labels: agentLabels(cluster, vantage), value: 1 })),
      ...clusters.flatMap((cluster) =>
        vantages.absent(cluster).map(({ vantage }) => ({ labels: agentLabels(cluster, vantage), value: 0 })),
      ),
    ],
  );
  gauge(
    'apidown_agent_last_seen_timestamp_seconds',
    'When the last word of an agent came, since the epoch.',
    ['cluster', 'vantage', 'instance'],
    () => [
      ...agents().map(({ cluster, vantage, lastSeenAt }) => ({
        labels: agentLabels(cluster, vantage),
        value: lastSeenAt / 1_000,
      })),
      ...clusters.flatMap((cluster) =>
        vantages.absent(cluster).map(({ vantage, lastSeenAt }) => ({
          labels: agentLabels(cluster, vantage),
          value: lastSeenAt / 1_000,
        })),
      ),
    ],
  );
  gauge(
    'apidown_agent_clock_offset_seconds',
    'How far the clock of a connected agent is ahead of the clock of the bot.',
    ['cluster', 'vantage', 'instance'],
    () =>
      agents().map(({ cluster, vantage, clockOffsetMs }) => ({
        labels: agentLabels(cluster, vantage),
        value: clockOffsetMs / 1_000,
      })),
  );
  gauge(
    'apidown_agent_info',
    'Always 1, with the version of a connected agent.',
    ['cluster', 'vantage', 'instance', 'version'],
    () =>
      agents().map(({ cluster, vantage, version }) => ({
        labels: { ...agentLabels(cluster, vantage), version },
        value: 1,
      })),
  );

  gauge('apidown_cluster_down', 'Whether an outage lasts, as the probers see it.', ['cluster'], () =>
    Promise.all(
      clusters.map(async (cluster) => ({
        labels: { cluster },
        value: Number((await bot.outageOf(cluster)) !== null),
      })),
    ),
  );
  gauge('apidown_prober_state', 'How the bot itself watches a cluster: 1 for the state that holds.', stateLabels, () =>
    clusters.flatMap((cluster) => {
      const now = watchingNow(bot.prober(), cluster);
      return proberStates.map((state) => ({ labels: { cluster, state }, value: Number(state === now) }));
    }),
  );
  gauge(
    'apidown_probe_last_timestamp_seconds',
    'When the newest probe of the bot began, since the epoch.',
    ['cluster'],
    () =>
      clusters.flatMap((cluster) => {
        const now = bot.prober()?.watching(cluster);
        return now?.kind === 'probed' ? [{ labels: { cluster }, value: now.lastAt / 1_000 }] : [];
      }),
  );

  gauge('apidown_investigations_open', 'Investigations that are not concluded.', ['cluster'], () =>
    Promise.all(
      clusters.map(async (cluster) => ({
        labels: { cluster },
        value: (await store.investigations.open({ cluster })).length,
      })),
    ),
  );

  gauge('apidown_store_up', 'Whether the store takes writes.', [], async () => [
    {
      labels: {},
      value: await store.ping().then(
        () => 1,
        () => 0,
      ),
    },
  ]);
  gauge('apidown_store_size_bytes', 'Size of the store and of what it has not yet merged.', ['file'], () =>
    sizesOf(bot.storeFile),
  );
}

const stateLabels = ['cluster', 'state'] as const;
/** `good` and `bad`: what the last probe found; the others say why there is none. */
const proberStates = ['good', 'bad', 'notYet', 'noEndpoint', 'noAuthority', 'cutOff', 'notOutside'] as const;

function watchingNow(prober: Pick<Prober, 'watching'> | null, cluster: string): (typeof proberStates)[number] {
  const now = prober?.watching(cluster) ?? { kind: 'notYet' };
  if (now.kind !== 'probed') return now.kind;
  return now.isGood ? 'good' : 'bad';
}

function agentLabels(cluster: string, vantage: { readonly kind: string; readonly instance: string }) {
  return { cluster, vantage: vantage.kind, instance: vantage.instance };
}

async function sizesOf(file: string): Promise<readonly Reading<'file'>[]> {
  if (file === ':memory:') return [];
  const sizes = [
    { labels: { file: 'store' }, value: await sizeOf(file) },
    { labels: { file: 'wal' }, value: await sizeOf(`${file}-wal`) },
  ];
  return sizes.flatMap(({ labels, value }) => (value === null ? [] : [{ labels, value }]));
}

/** null: it is not there, as the second one when everything is merged. */
async function sizeOf(file: string): Promise<number | null> {
  return stat(file).then(
    ({ size }) => size,
    () => null,
  );
}
