import { App } from '@slack/bolt';
import type { HealthDesk } from '../health/desk.ts';
import type { Investigations } from '../investigation/commands.ts';
import type { History } from '../investigation/history.ts';
import type { Vantages } from '../investigation/ports.ts';
import type { Investigation } from '../investigation/state.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import { pngOf } from '../ops/png.ts';
import type { OutageView } from '../outages/desk.ts';
import type { ChannelClusters, MessageRecords } from '../store/store.ts';
import type { AuditLog } from '../words/audit.ts';
import type { Grant } from '../words/grant.ts';
import type { Actor } from '../words/person.ts';
import { cardUrlFrom } from './card-url.ts';
import { createConnection, type Identity, type SlackState } from './connection.ts';
import { channelMembers, groupMembers, joinedChannels, nameOf, zoneOf } from './directory.ts';
import { createGate, followedGate } from './gate.ts';
import { createHealthPosts, type HealthPosts } from './health-posts.ts';
import type { SlackTokens } from './inlet.ts';
import { httpInlet } from './inlet-http.ts';
import { socketInlet } from './inlet-socket.ts';
import type { Paces } from './lane.ts';
import { acknowledgeFirst } from './listeners/acknowledge.ts';
import { createErrands } from './listeners/errands.ts';
import { listenToHealth } from './listeners/health.ts';
import { type HomePorts, listenToHome } from './listeners/home.ts';
import { listenToLookingBack } from './listeners/look-back.ts';
import { createLull } from './listeners/lull.ts';
import { listenToOutages, type OutageActions } from './listeners/outages.ts';
import type { ListenerPorts } from './listeners/ports.ts';
import { listenToPresses } from './listeners/presses.ts';
import { listenToRequests } from './listeners/requests.ts';
import { listenToScheduleModal } from './listeners/schedule-modal.ts';
import { listenToSchedules } from './listeners/schedules.ts';
import { listenToSubmissions } from './listeners/submissions.ts';
import { measured, type SlackMeasures } from './measures.ts';
import { createMemberships } from './memberships.ts';
import { outageBoard } from './outage-board.ts';
import { createOutbound, type Outbound, type SendOutcome } from './outbound.ts';
import { createPictures } from './pictures.ts';
import { createPostmortems } from './postmortem-file.ts';
import { createPublisher } from './publisher.ts';
import { rememberEach } from './remember-each.ts';
import type { ClusterInSlack } from './request.ts';
import { sdkLogger } from './sdk-log.ts';
import { createTrail } from './trail.ts';
import { createWebCall, webClientOptions } from './web-call.ts';

export interface SlackAppOptions {
  readonly tokens: SlackTokens;
  /** Slack's own when left out. */
  readonly apiUrl?: string;
  readonly investigations: Investigations;
  readonly clusters: readonly ClusterInSlack[];
  readonly grants: readonly Grant[];
  readonly vantages: Pick<Vantages, 'connected' | 'absent'>;
  readonly records: MessageRecords;
  /** The outage of a cluster that lasts, for `/apidown status`; left out where nobody probes. */
  readonly outageOf?: ListenerPorts['outageOf'];
  /** What the buttons of outages' cards act on; left out where none are posted. */
  readonly outages?: OutageActions;
  /** What the Home tab shows; left out, there is none. */
  readonly home?: HomePorts;
  /** Left out: no channel's cluster is remembered. */
  readonly channelClusters?: ChannelClusters;
  /** How clusters fare and when that is posted; left out where nobody gathers it. */
  readonly health?: HealthDesk;
  /** What was investigated before; left out where nothing is kept. */
  readonly history?: History;
  /** Where it is written down who asked for what; left out: nowhere. */
  readonly audit?: AuditLog;
  /** Where issues are opened: `acme/operations`; left out: nowhere, and no button offers it. */
  readonly issuesIn?: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Told whenever the connection to Slack changes; nothing here ever ends the process. */
  readonly onState?: (state: SlackState) => void;
  readonly paces?: Paces;
  readonly measures?: SlackMeasures;
}

export interface SlackApp {
  /** Resolves with the outcome of the first attempt to connect; it goes on by itself whatever that was. */
  start(): Promise<SlackState>;
  state(): SlackState;
  /** Where it listens for Slack; null where it dials, or doesn't listen. */
  port(): number | null;
  /** Makes Slack show the investigation as it is. Never rejects; safe to call after every change. */
  publish(investigation: Investigation): Promise<SendOutcome | null>;
  /** Makes Slack show an ongoing outage, or its end. Never rejects; resolves with what became of the card. */
  showOutage(view: OutageView): Promise<SendOutcome>;
  /** Makes a message that belongs to no investigation stand as it says: a health post, an ongoing outage. */
  readonly upsert: Outbound['upsert'];
  /** Puts a health post that is due into its channel. */
  readonly postHealth: HealthPosts['scheduled'];
  /** The postmortem as Markdown, with the names that people have in Slack. */
  postmortem(investigation: Investigation): Promise<string>;
  /** Stops listening, then sends what waits, for at most `deadlineMs`. */
  close(deadlineMs?: number): Promise<void>;
}

export function createSlackApp(options: SlackAppOptions): SlackApp {
  const { tokens, apiUrl, investigations, clusters, grants, vantages, records, clock, log, onState, paces } = options;
  const { outageOf, outages, channelClusters, home, issuesIn, history, audit } = options;
  const logger = sdkLogger(log);
  const call = measured(createWebCall({ token: tokens.bot, logger, apiUrl }), options.measures);
  const outbound = createOutbound({ call, records, clock, log, ...(paces === undefined ? {} : { paces }) });
  const publisher = createPublisher(outbound, vantages, issuesIn);
  const lull = createLull();
  const trail = createTrail(audit, clock, log);
  const errands = createErrands(log, lull, trail);

  const inlet =
    'app' in tokens
      ? socketInlet({ appToken: tokens.app, log, ...(apiUrl === undefined ? {} : { apiUrl }) })
      : httpInlet({ ...tokens, call, log });
  const connection = createConnection({
    inlet,
    call,
    log,
    onState(state) {
      if (state.kind === 'connected') void publishOpen();
      onState?.(state);
    },
  });
  const app = new App({
    receiver: inlet.receiver,
    logger,
    clientOptions: webClientOptions(logger, apiUrl),
    convoStore: false,
    authorize: async () => ({ botToken: tokens.bot, ...identityOf(connection.identity()) }),
  });
  app.error(async (error) => log.error({ error }, 'a request from Slack could not be handled'));

  const permalink = (channel: string, ts: string) => permalinkOf(connection.identity()?.workspaceUrl, channel, ts);
  const cardUrl = cardUrlFrom(records, permalink);
  const zones = rememberEach(zoneOf(call), clock, (user, error) =>
    log.warn({ user, error }, 'a time zone is not known'),
  );
  const names = rememberEach(nameOf(call), clock, (user, error) => log.warn({ user, error }, 'a name is not known'));
  const toThreads = {
    call,
    records,
    zoneOf: async (actor: Actor) => (actor.kind === 'person' && isSlackUser(actor.id) ? zones.of(actor.id) : null),
    clock,
    log,
  };
  const pictures = createPictures({ ...toThreads, png: pngOf });
  const postmortems = createPostmortems({
    ...toThreads,
    nameOf: async (user) => (isSlackUser(user) ? names.of(user) : null),
    cardUrl,
  });
  const healthPosts = createHealthPosts({ call, outbound, records, png: pngOf, clock, log });
  const ports: ListenerPorts = {
    investigations,
    clusters,
    vantages,
    gate: followedGate(
      createGate(grants, createMemberships(groupMembers(call), clock), createMemberships(channelMembers(call), clock)),
      trail,
    ),
    outbound,
    publisher,
    errands,
    lull,
    zones,
    clock,
    log,
    trail,
    ...(outageOf === undefined ? {} : { outageOf }),
    ...(channelClusters === undefined ? {} : { channelClusters }),
    ...(options.health === undefined ? {} : { health: { desk: options.health, posts: healthPosts } }),
    ...(history === undefined ? {} : { history }),
    ...(audit === undefined ? {} : { audit }),
    cardUrl,
    permalink,
  };
  acknowledgeFirst(app, lull, options.measures);
  app.use(({ body, next }) => trail.follow(body, next));
  listenToRequests(app, ports);
  listenToPresses(app, ports);
  listenToSubmissions(app, ports);
  if (outages !== undefined) listenToOutages(app, ports, outages);
  if (home !== undefined) {
    listenToHome(app, ports, { hasGrants: grants.length > 0, joined: joinedChannels(call, clock, log) }, home);
  }
  listenToHealth(app, ports);
  listenToSchedules(app, ports);
  listenToScheduleModal(app, ports);
  listenToLookingBack(app, ports);

  async function publish(investigation: Investigation): Promise<SendOutcome | null> {
    try {
      const card = await publisher.publish(investigation);
      // Behind the card, which nothing shall wait for.
      void pictures.publish(investigation).then(() => postmortems.publish(investigation));
      return card;
    } catch (error) {
      log.error({ investigation: investigation.id, error }, 'an investigation could not be published');
      return null;
    }
  }

  /** What could not be sent while Slack was away, or before a restart, stands again. */
  async function publishOpen(): Promise<void> {
    try {
      await Promise.all((await investigations.listOpen()).map(publish));
      await Promise.all((await investigations.listJustConcluded()).map(publish));
    } catch (error) {
      log.error({ error }, 'investigations could not be published');
    }
  }

  return {
    start: () => connection.start(),
    state: connection.state,
    port: inlet.port,
    publish,
    showOutage: outageBoard(outbound, cardUrl),
    upsert: outbound.upsert,
    postHealth: healthPosts.scheduled,
    postmortem: postmortems.write,
    async close(deadlineMs = 5000) {
      await connection.close();
      const patience = AbortSignal.timeout(deadlineMs);
      await Promise.race([errands.idle(), new Promise((resolve) => patience.addEventListener('abort', resolve))]);
      await publisher.drawn();
      await Promise.all([outbound.close(deadlineMs), pictures.close(), postmortems.close(), healthPosts.close()]);
    },
  };
}

/** So that Bolt knows the app's own messages and leaves them alone. */
function identityOf(identity: Identity | null): { botUserId?: string; botId?: string } {
  if (identity === null) return {};
  const { botUserId, botId } = identity;
  return { botUserId, ...(botId === undefined ? {} : { botId }) };
}

/** Not a login name of somebody at a terminal. */
function isSlackUser(id: string): boolean {
  return /^[UW][A-Z0-9]+$/.test(id);
}

function permalinkOf(workspaceUrl: string | undefined, channel: string, ts: string): string | null {
  if (workspaceUrl === undefined || !URL.canParse(workspaceUrl)) return null;
  return new URL(`archives/${channel}/p${ts.replace('.', '')}`, workspaceUrl).href;
}
