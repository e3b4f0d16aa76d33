import { readFile } from 'node:fs/promises';
import { judgeFacts } from '../checks/contracts.ts';
import type { Config } from '../config/load.ts';
import { clusterBook } from '../investigation/cluster-book.ts';
import { endpointIn } from '../investigation/endpoint-in.ts';
import { keepLearned } from '../investigation/keep-learned.ts';
import { createInvestigations } from '../investigation/service.ts';
import type { Investigation } from '../investigation/state.ts';
import { type Hub, startHub } from '../link/hub.ts';
import { joinVantages } from '../link/vantages.ts';
import type { Clock } from '../ops/clock.ts';
import { serveHealth } from '../ops/health-server.ts';
import type { Log } from '../ops/log.ts';
import type { Metric } from '../ops/metrics.ts';
import { createSlackApp, type SlackApp } from '../slack/app.ts';
import type { Store } from '../store/store.ts';
import { outsideVantage } from './outside-vantage.ts';

export interface Bot {
  readonly hubPort: number;
  readonly healthPort: number;
  close(): Promise<void>;
}

/** Puts the bot together and starts it. Slack that can't be reached keeps neither agents nor investigations from working. */
export async function startBot(config: Config, store: Store, clock: Clock, log: Log): Promise<Bot> {
  const names = Object.keys(config.clusters);
  const book = clusterBook(new Map(Object.entries(config.clusters)), store.knowledge);
  const now = () => clock.now();
  const learned = keepLearned(store.knowledge);

  const hub = await startHub({
    listen: { ...config.hub.listen, tls: await tlsOf(config), allowPlain: config.hub.allowPlain },
    keys: store.keys,
    sessions: store.sessions,
    knowsCluster: (name) => Object.hasOwn(config.clusters, name),
    onKnowledge: (cluster, told, from) => learned(cluster, told, from.role),
    clock: now,
    log,
  });
  const own = config.outside.vantage
    ? await outsideVantage({ clusters: names, endpointOf: book.endpointOf, clock: now, log })
    : null;
  const vantages = await joinVantages({ hub, sessions: store.sessions, clusters: names, own, clock: now });

  let show: (investigation: Investigation) => void = () => {};
  const investigations = createInvestigations({
    store: store.investigations,
    vantages,
    clusters: book,
    clock,
    log,
    judge: judgeFacts,
    endpointIn,
    endpointOf: book.endpointOf,
    onChange: (investigation) => show(investigation),
  });
  const slack = createSlackApp({
    tokens: { bot: config.slack.botToken, app: config.slack.appToken },
    ...(config.slack.apiUrl === null ? {} : { apiUrl: config.slack.apiUrl }),
    investigations,
    clusters: Object.entries(config.clusters).map(([name, { channels }]) => ({ name, channels })),
    grants: config.permissions,
    vantages,
    records: store.messages,
    clock,
    log,
  });
  show = (investigation) => void slack.publish(investigation);
  const stopRefreshing = refreshCards(hub, slack, () => investigations.listOpen(), log);
  const health = await serveHealth(config.http.listen, {
    store,
    slack: () => slack.state().kind,
    metrics: () => botMetrics(names, hub, slack),
    log,
  });

  // First what was left running: Slack may be the part that can't be reached.
  await investigations.resume();
  await slack.start();
  return {
    hubPort: hub.port,
    healthPort: health.port,
    close: () =>
      closeAll([
        stopRefreshing,
        health.close,
        investigations.close,
        slack.close,
        own?.close,
        vantages.close,
        hub.close,
        store.close,
      ]),
  };
}

async function tlsOf(config: Config): Promise<{ cert: string; key: string } | undefined> {
  const { tls } = config.hub;
  if (tls === null) return undefined;
  const [cert, key] = await Promise.all([readFile(tls.cert, 'utf8'), readFile(tls.key, 'utf8')]);
  return { cert, key };
}

/** Cards show who is connected: they follow when an agent comes or goes. */
function refreshCards(hub: Hub, slack: SlackApp, open: () => Promise<readonly Investigation[]>, log: Log): () => void {
  return hub.onChange(({ agent }) => {
    open()
      .then((all) => all.filter(({ cluster }) => cluster === agent.cluster).map(slack.publish))
      .catch((error: unknown) => log.error({ error, cluster: agent.cluster }, 'cards could not be refreshed'));
  });
}

function botMetrics(clusters: readonly string[], hub: Hub, slack: SlackApp): readonly Metric[] {
  return [
    {
      name: 'apidown_agents_connected',
      help: 'Agents that are connected to this bot.',
      type: 'gauge',
      samples: clusters.map((cluster) => ({ labels: { cluster }, value: hub.agents(cluster).length })),
    },
    {
      name: 'apidown_slack_connected',
      help: 'Whether the connection to Slack stands.',
      type: 'gauge',
      samples: [{ value: slack.state().kind === 'connected' ? 1 : 0 }],
    },
  ];
}

/** In this order, each after the one before. */
async function closeAll(parts: readonly ((() => void | Promise<void>) | undefined)[]): Promise<void> {
  for (const close of parts) await close?.();
}
