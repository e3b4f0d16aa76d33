import { readFile } from 'node:fs/promises';
import { expectedSources, notApplicable } from '../changes/expected.ts';
import { type ChangesParts, changesRoutes } from '../changes/intake/route.ts';
import { makeSources, type SourceKind, sourceKinds } from '../changes/sources/registry.ts';
import { judgeFacts } from '../checks/contracts.ts';
import type { Config } from '../config/load.ts';
import { clusterBook } from '../investigation/cluster-book.ts';
import { createDiagnosing } from '../investigation/diagnosing.ts';
import { endpointIn } from '../investigation/endpoint-in.ts';
import { createHistory } from '../investigation/history.ts';
import { keepLearned } from '../investigation/keep-learned.ts';
import { createInvestigations } from '../investigation/service.ts';
import type { Investigation } from '../investigation/state.ts';
import { watchOrderOf } from '../investigation/watch-order.ts';
import { type Hub, startHub } from '../link/hub.ts';
import { joinVantages } from '../link/vantages.ts';
import { alertIntake, type ToldAlert } from '../onset/alerts/intake.ts';
import { alertsRoute } from '../onset/alerts/route.ts';
import type { Clock } from '../ops/clock.ts';
import { serveHealth } from '../ops/health-server.ts';
import type { Route } from '../ops/http-server.ts';
import type { Log } from '../ops/log.ts';
import { createMetrics } from '../ops/metrics.ts';
import type { Prober } from '../probe/prober.ts';
import { createSlackApp, type SlackApp } from '../slack/app.ts';
import type { SlackTokens } from '../slack/inlet.ts';
import type { Store } from '../store/store.ts';
import { serveTerminal } from '../terminal/serve.ts';
import { socketBeside } from '../terminal/socket.ts';
import { aroundSources } from './around-sources.ts';
import { askPrometheus } from './ask-prometheus.ts';
import { tellState } from './bot-metrics.ts';
import { botState } from './bot-state.ts';
import { countAnswers } from './count-answers.ts';
import { countSlack } from './count-slack.ts';
import { countStore } from './count-store.ts';
import { healthParts } from './health-posts.ts';
import { homePorts } from './home.ts';
import { rememberLostLinks } from './lost-links.ts';
import { onsetsElsewhere } from './onsets-elsewhere.ts';
import { outageCards } from './outage-cards.ts';
import { outsideSources } from './outside-sources.ts';
import { ownVantage } from './own-vantage.ts';
import { postmortemIssues } from './postmortem-issues.ts';
import { takeRecords } from './take-records.ts';
import { goodStretchesOf, lastingOutage, outagesSince, watchOutages } from './watch-outages.ts';

export interface Bot {
  readonly hubPort: number;
  readonly healthPort: number;
  close(): Promise<void>;
}

/** Puts the bot together and starts it. Slack that can't be reached keeps neither agents nor investigations from working. */
export async function startBot(
  config: Config,
  keep: Store,
  clock: Clock,
  log: Log,
  kinds: readonly SourceKind[] = sourceKinds,
): Promise<Bot> {
  const metrics = createMetrics();
  const names = Object.keys(config.clusters);
  const store = countStore(keep, metrics, names);
  const book = clusterBook(new Map(Object.entries(config.clusters)), store.knowledge);
  const now = () => clock.now();
  const learned = keepLearned(store.knowledge);
  const sources = await makeSources(
    config.changes,
    names,
    {
      clock,
      log,
      endpointOf: book.endpointOf,
      placesOf: async (cluster) => (await book.profile(cluster))?.knowledge.endpoints ?? [],
      memoryOf: store.sourceMemories.of,
    },
    kinds,
  );

  // What is told before all parts stand is in the store, where each part begins.
  let learn: (cluster: string) => void = () => {};
  let sampled: Prober['take'] = () => {};
  const hub = await startHub({
    listen: { ...config.hub.listen, tls: await tlsOf(config), allowPlain: config.hub.allowPlain },
    keys: store.keys,
    sessions: store.sessions,
    knowsCluster: (name) => Object.hasOwn(config.clusters, name),
    async onKnowledge(cluster, told, from) {
      await learned(cluster, told, from.role);
      hub.orderAgain(cluster);
    },
    ...takeRecords({
      streams: store.streams,
      onLearned: (cluster) => learn(cluster),
      onSamples: (series, samples) => sampled(series, samples),
    }),
    async watchOrder(cluster) {
      const profile = await book.profile(cluster);
      return profile === null ? null : watchOrderOf(profile, config.outside.probeEveryMs);
    },
    clock: now,
    log,
  });
  const links = rememberLostLinks(hub, now);
  const own = await ownVantage({
    clusters: names,
    outside: config.outside.vantage,
    around: aroundSources(sources, { journal: store.changes, clock }),
    endpointOf: book.endpointOf,
    clock: now,
    log,
  });
  const joined = await joinVantages({ hub, sessions: store.sessions, clusters: names, own, clock: now });
  const vantages = countAnswers(joined, metrics);

  const watchers: ((investigation: Investigation) => void)[] = [];
  const investigations = createInvestigations({
    store: store.investigations,
    vantages,
    clusters: book,
    clock,
    log,
    judge: judgeFacts,
    endpointIn,
    endpointOf: book.endpointOf,
    outagesOf: (cluster) => outagesSince(store, cluster, now() - recentOutageMs),
    onChange(investigation) {
      for (const watch of watchers) watch(investigation);
    },
  });
  const outside = outsideSources(sources, {
    journal: store.changes,
    clock,
    log,
    onLearned: (cluster) => learn(cluster),
  });
  watchers.push(outside.changed);
  const diagnosing = createDiagnosing({
    investigations,
    journal: store.changes,
    clusters: book,
    expected: (profile) => expectedSources(profile, outside.expected(profile.name)),
    notApplicable,
    goodStretches: goodStretchesOf({ config, store, vantages }),
    linksLost: links.between,
    clock,
    log,
  });
  watchers.push(diagnosing.changed);
  learn = diagnosing.learned;
  const elsewhere = onsetsElsewhere({
    investigations,
    ask: askPrometheus({ config, clusters: book, clock, log }),
    clock,
    log,
  });
  watchers.push(elsewhere.changed);
  const outages = outageCards({
    ...{ config, store, investigations, clock, log },
    show: (view) => slack.showOutage(view),
  });
  watchers.push(outages.changed);
  let prober: Prober | null = null;
  // The prober is started last: until then nobody has seen a certificate.
  let certificates: Awaited<ReturnType<typeof watchOutages>>['certificates'] = () => [];
  const healthPosts = healthParts({
    config,
    store,
    clusters: book,
    vantages,
    hub,
    investigations,
    outside: outside.expected,
    certificates: (cluster) => certificates(cluster),
    clock,
    log,
  });
  const issues = await postmortemIssues(config.postmortem, {
    investigations,
    write: (investigation) => slack.postmortem(investigation),
    clock,
    log,
  });
  watchers.push(issues.changed);
  const slack = createSlackApp({
    tokens: slackTokens(config.slack),
    ...(config.slack.apiUrl === null ? {} : { apiUrl: config.slack.apiUrl }),
    investigations,
    clusters: Object.entries(config.clusters).map(([name, { channels }]) => ({ name, channels })),
    grants: config.permissions,
    vantages,
    records: store.messages,
    async outageOf(cluster) {
      const lasting = await lastingOutage(store, cluster, now());
      return lasting === null ? null : { since: lasting.onset, words: lasting.words };
    },
    measures: countSlack(metrics),
    outages,
    channelClusters: store.channelClusters,
    home: homePorts({
      ...{ config, store, clusters: book, vantages, sources, clock: now },
      agents: hub.agents,
      watching: (cluster) => prober?.watching(cluster) ?? { kind: 'notYet' },
      nextPosts: healthPosts.nextPosts,
    }),
    health: healthPosts.desk,
    ...(issues.issuesIn === null ? {} : { issuesIn: issues.issuesIn }),
    history: createHistory({ investigations: store.investigations, shelf: store.pasts }),
    audit: store.audit,
    clock,
    log,
  });
  watchers.push((investigation) => void slack.publish(investigation));
  const stopRefreshing = refreshCards(hub, slack, () => investigations.listOpen(), log);
  const stopWelcoming = hub.onChange(({ kind, agent: { cluster, vantage } }) => {
    if (kind !== 'connected') return;
    investigations
      .vantageBack(cluster, vantage)
      .catch((error: unknown) => log.error({ error, cluster }, 'a vantage that is back could not be asked'));
  });
  outside.tell(metrics);
  healthPosts.tell(metrics);
  tellState(
    { metrics, log },
    {
      ...{ clusters: names, hub, slack, vantages, store, storeFile: config.store.file, prober: () => prober },
      outageOf: (cluster) => lastingOutage(store, cluster, now()),
    },
  );
  const health = await serveHealth(config.http.listen, {
    store,
    slack: () => slack.state().kind,
    metrics,
    routes: [
      ...alertRoutes(config, elsewhere.alerted, clock, log),
      ...intakeRoutes(config, { journal: store.changes, onLearned: diagnosing.learned, clock, log }),
    ],
    log,
  });
  const told = botState({ clusters: names, hub, slack, clock: now });
  const terminal = await serveTerminal(socketBeside(config.store.file), {
    investigations,
    clusters: names,
    state: told.state,
    audit: store.audit,
    clock,
    log,
  });

  // First what was left running: Slack may be the part that can't be reached.
  await investigations.resume();
  const watching = await watchOutages({
    config,
    store,
    clusters: book,
    vantages,
    onOutage: (outage) => {
      outages.seen(outage);
      investigations
        .outageSeen(outage)
        .catch((error: unknown) => log.error({ error, outage: outage.id }, 'an outage could not be followed'));
    },
    onChanges: diagnosing.learned,
    clock: now,
    log,
  });
  prober = watching;
  sampled = watching.take;
  certificates = watching.certificates;
  await outages.resume(names);
  const forgetting = setInterval(() => {
    store.changes
      .prune(now() - keepChangesMs)
      .catch((error: unknown) => log.error({ error }, 'old changes could not be forgotten'));
    store.audit
      .prune(now() - keepAuditMs)
      .catch((error: unknown) => log.error({ error }, 'old entries of the audit log could not be forgotten'));
  }, forgetEveryMs).unref();
  await slack.start();
  await healthPosts.start(slack.postHealth);
  return {
    hubPort: hub.port,
    healthPort: health.port,
    close: () =>
      closeAll([
        stopRefreshing,
        stopWelcoming,
        () => clearInterval(forgetting),
        healthPosts.close,
        links.stop,
        watching.close,
        elsewhere.close,
        outages.close,
        outside.close,
        terminal.close,
        told.stop,
        health.close,
        diagnosing.close,
        issues.close,
        investigations.close,
        slack.close,
        own.close,
        vantages.close,
        hub.close,
        store.close,
      ]),
  };
}

/** Long enough for a postmortem that is written late. */
const keepChangesMs = 30 * 24 * 60 * 60_000;
/** Told in docs/configuration.md. */
const keepAuditMs = 400 * 24 * 60 * 60_000;
const forgetEveryMs = 60 * 60_000;
/** An outage that ended so long ago is no matter of an investigation that is opened now. */
const recentOutageMs = 10 * 60_000;

function alertRoutes(
  { alerts, clusters }: Config,
  onAlert: (alert: ToldAlert) => Promise<void>,
  clock: Clock,
  log: Log,
): readonly Route[] {
  if (alerts.token === null) return [];
  const intake = alertIntake({ ...alerts, clusters: Object.keys(clusters) }, onAlert);
  return [alertsRoute({ token: alerts.token, intake, clock, log })];
}

function intakeRoutes(
  { changes, clusters, intakeSecrets: secrets }: Config,
  parts: Pick<ChangesParts, 'journal' | 'onLearned' | 'clock' | 'log'>,
): readonly Route[] {
  if (secrets.token === null && secrets.hmacKey === null) return [];
  return changesRoutes({ ...parts, secrets, clusters: Object.keys(clusters), rules: changes.intake.clusters });
}

function slackTokens(slack: Config['slack']): SlackTokens {
  const bot = slack.botToken;
  return slack.mode === 'socket'
    ? { bot, app: slack.appToken }
    : { bot, signingSecret: slack.signingSecret, listen: slack.listen };
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

/** In this order, each after the one before. */
async function closeAll(parts: readonly ((() => void | Promise<void>) | undefined)[]): Promise<void> {
  for (const close of parts) await close?.();
}
