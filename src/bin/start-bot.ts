import { expectedSources, notApplicable } from '../changes/expected.ts';
import { makeSources, type SourceKind, sourceKinds } from '../changes/sources/registry.ts';
import { judgeFacts } from '../checks/contracts.ts';
import type { Config } from '../config/load.ts';
import { clusterBook } from '../investigation/cluster-book.ts';
import { createDiagnosing } from '../investigation/diagnosing.ts';
import { endpointIn } from '../investigation/endpoint-in.ts';
import { createInvestigations } from '../investigation/service.ts';
import type { Investigation } from '../investigation/state.ts';
import { joinVantages } from '../link/vantages.ts';
import type { Clock } from '../ops/clock.ts';
import { serveHealth } from '../ops/health-server.ts';
import type { Log } from '../ops/log.ts';
import { createMetrics } from '../ops/metrics.ts';
import type { Prober } from '../probe/prober.ts';
import { createSlackApp } from '../slack/app.ts';
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
import { forgetOld } from './forget-old.ts';
import { healthParts } from './health-posts.ts';
import { homePorts } from './home.ts';
import { intakeRoutes } from './intake-routes.ts';
import { rememberLostLinks } from './lost-links.ts';
import { onsetsElsewhere } from './onsets-elsewhere.ts';
import { openHub } from './open-hub.ts';
import { outageCards } from './outage-cards.ts';
import { outsideSources } from './outside-sources.ts';
import { ownVantage } from './own-vantage.ts';
import { postmortemIssues } from './postmortem-issues.ts';
import { refreshCards, slackParts } from './slack-parts.ts';
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
  const hub = await openHub({
    ...{ config, store, clusters: book, clock: now, log },
    onLearned: (cluster) => learn(cluster),
    onSamples: (series, samples) => sampled(series, samples),
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
    ...slackParts({ config, store, clock, log }),
    investigations,
    vantages,
    measures: countSlack(metrics),
    outages,
    home: homePorts({
      ...{ config, store, clusters: book, vantages, sources, clock: now },
      agents: hub.agents,
      watching: (cluster) => prober?.watching(cluster) ?? { kind: 'notYet' },
      nextPosts: healthPosts.nextPosts,
    }),
    health: healthPosts.desk,
    ...(issues.issuesIn === null ? {} : { issuesIn: issues.issuesIn }),
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
    routes: intakeRoutes(config, {
      journal: store.changes,
      onAlert: elsewhere.alerted,
      onLearned: diagnosing.learned,
      clock,
      log,
    }),
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
  const stopForgetting = forgetOld(store, now, log);
  await slack.start();
  await healthPosts.start(slack.postHealth);
  return {
    hubPort: hub.port,
    healthPort: health.port,
    close: () =>
      closeAll([
        stopRefreshing,
        stopWelcoming,
        stopForgetting,
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

/** An outage that ended so long ago is no matter of an investigation that is opened now. */
const recentOutageMs = 10 * 60_000;

/** In this order, each after the one before. */
async function closeAll(parts: readonly ((() => void | Promise<void>) | undefined)[]): Promise<void> {
  for (const close of parts) await close?.();
}
