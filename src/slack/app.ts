import { App, SocketModeReceiver } from '@slack/bolt';
import { z } from 'zod';
import type { Investigations } from '../investigation/commands.ts';
import type { History } from '../investigation/history.ts';
import type { Vantages } from '../investigation/ports.ts';
import type { Investigation } from '../investigation/state.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import { pngOf } from '../ops/png.ts';
import type { MessageRecords } from '../store/store.ts';
import type { AuditLog } from '../words/audit.ts';
import type { Grant } from '../words/grant.ts';
import type { Actor } from '../words/person.ts';
import { createConnection, type Identity, type SlackState } from './connection.ts';
import { createGate, followedGate } from './gate.ts';
import type { Paces } from './lane.ts';
import { acknowledgeFirst } from './listeners/acknowledge.ts';
import { createErrands } from './listeners/errands.ts';
import { listenToLookingBack } from './listeners/look-back.ts';
import { createLull } from './listeners/lull.ts';
import type { ListenerPorts } from './listeners/ports.ts';
import { listenToPresses } from './listeners/presses.ts';
import { listenToRequests } from './listeners/requests.ts';
import { listenToSubmissions } from './listeners/submissions.ts';
import { createOutbound, type Outbound, type SendOutcome } from './outbound.ts';
import { createPictures } from './pictures.ts';
import { createPostmortems } from './postmortem-file.ts';
import { createPublisher } from './publisher.ts';
import { rememberEach } from './remember-each.ts';
import { cardKey } from './render/desired.ts';
import type { ClusterInSlack } from './request.ts';
import { sdkLogger } from './sdk-log.ts';
import { createTrail } from './trail.ts';
import { createUserGroups } from './user-groups.ts';
import { createWebCall, type WebCall, webClientOptions, whyFailed } from './web-call.ts';

export interface SlackAppOptions {
  /** `bot`: xoxb-…, `app`: xapp-… with `connections:write`. */
  readonly tokens: { readonly bot: string; readonly app: string };
  /** Slack's own when left out. */
  readonly apiUrl?: string;
  readonly investigations: Investigations;
  readonly clusters: readonly ClusterInSlack[];
  readonly grants: readonly Grant[];
  readonly vantages: Pick<Vantages, 'connected' | 'absent'>;
  readonly records: MessageRecords;
  /** The outage of a cluster that lasts, for `/apidown status`; left out where nobody probes. */
  readonly outageOf?: ListenerPorts['outageOf'];
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
}

export interface SlackApp {
  /** Resolves with the outcome of the first attempt to connect; it goes on by itself whatever that was. */
  start(): Promise<SlackState>;
  state(): SlackState;
  /** Makes Slack show the investigation as it is. Never rejects; safe to call after every change. */
  publish(investigation: Investigation): Promise<SendOutcome | null>;
  /** Makes a message that belongs to no investigation stand as it says: a health post, an ongoing outage. */
  readonly upsert: Outbound['upsert'];
  /** The postmortem as Markdown, with the names that people have in Slack. */
  postmortem(investigation: Investigation): Promise<string>;
  /** Stops listening, then sends what waits, for at most `deadlineMs`. */
  close(deadlineMs?: number): Promise<void>;
}

/** Well above the time a ping takes, and soon enough to notice a cut. */
const pingTimeoutMs = 2000;

export function createSlackApp(options: SlackAppOptions): SlackApp {
  const { tokens, apiUrl, investigations, clusters, grants, vantages, records, clock, log, onState, paces } = options;
  const { outageOf, issuesIn, history, audit } = options;
  const logger = sdkLogger(log);
  const call = createWebCall({ token: tokens.bot, logger, apiUrl });
  const outbound = createOutbound({ call, records, clock, log, ...(paces === undefined ? {} : { paces }) });
  const publisher = createPublisher(outbound, vantages, issuesIn);
  const lull = createLull();
  const trail = createTrail(audit, clock, log);
  const errands = createErrands(log, lull, trail);

  const clientOptions = webClientOptions(logger, apiUrl);
  const receiver = new SocketModeReceiver({
    appToken: tokens.app,
    logger,
    clientPingTimeout: pingTimeoutMs,
    autoReconnectEnabled: false,
    installerOptions: { clientOptions },
  });
  const connection = createConnection({
    socket: receiver.client,
    call,
    log,
    onState(state) {
      if (state.kind === 'connected') void publishOpen();
      onState?.(state);
    },
  });
  const app = new App({
    receiver,
    logger,
    clientOptions,
    convoStore: false,
    authorize: async () => ({ botToken: tokens.bot, ...identityOf(connection.identity()) }),
  });
  app.error(async (error) => log.error({ error }, 'a request from Slack could not be handled'));

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
  const ports: ListenerPorts = {
    investigations,
    clusters,
    vantages,
    gate: followedGate(createGate(grants, createUserGroups(groupMembers(call), clock)), trail),
    outbound,
    publisher,
    errands,
    lull,
    zones,
    clock,
    log,
    trail,
    ...(outageOf === undefined ? {} : { outageOf }),
    ...(history === undefined ? {} : { history }),
    ...(audit === undefined ? {} : { audit }),
    cardUrl,
    permalink,
  };
  acknowledgeFirst(app, lull);
  app.use(({ body, next }) => trail.follow(body, next));
  listenToRequests(app, ports);
  listenToPresses(app, ports);
  listenToSubmissions(app, ports);
  listenToLookingBack(app, ports);

  function permalink(channel: string, ts: string): string | null {
    return permalinkOf(connection.identity()?.workspaceUrl, channel, ts);
  }

  async function cardUrl(investigation: string): Promise<string | null> {
    const card = await records.find(cardKey(investigation));
    return card === null || card.ts === null ? null : permalink(card.channel, card.ts);
  }

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
    publish,
    upsert: outbound.upsert,
    postmortem: postmortems.write,
    async close(deadlineMs = 5000) {
      await connection.close();
      const patience = AbortSignal.timeout(deadlineMs);
      await Promise.race([errands.idle(), new Promise((resolve) => patience.addEventListener('abort', resolve))]);
      await publisher.drawn();
      await Promise.all([outbound.close(deadlineMs), pictures.close(), postmortems.close()]);
    },
  };
}

/** So that Bolt knows the app's own messages and leaves them alone. */
function identityOf(identity: Identity | null): { botUserId?: string; botId?: string } {
  if (identity === null) return {};
  const { botUserId, botId } = identity;
  return { botUserId, ...(botId === undefined ? {} : { botId }) };
}

function groupMembers(call: WebCall): (group: string) => Promise<readonly string[]> {
  return async (group) => {
    const result = await call('usergroups.users.list', { usergroup: group });
    if (result.kind !== 'ok') throw new Error(whyFailed(result));
    return Members.parse(result.data).users;
  };
}

function zoneOf(call: WebCall): (user: string) => Promise<string> {
  return async (user) => {
    const result = await call('users.info', { user });
    if (result.kind !== 'ok') throw new Error(whyFailed(result));
    return User.parse(result.data).user.tz;
  };
}

function nameOf(call: WebCall): (user: string) => Promise<string> {
  return async (user) => {
    const result = await call('users.info', { user });
    if (result.kind !== 'ok') throw new Error(whyFailed(result));
    const { real_name: realName, name } = Named.parse(result.data).user;
    return realName || name;
  };
}

/** Not a login name of somebody at a terminal. */
function isSlackUser(id: string): boolean {
  return /^[UW][A-Z0-9]+$/.test(id);
}

const User = z.object({ user: z.object({ tz: z.string().min(1) }) });
const Named = z.object({ user: z.object({ name: z.string().min(1), real_name: z.string().optional() }) });
const Members = z.object({ users: z.array(z.string()) });

function permalinkOf(workspaceUrl: string | undefined, channel: string, ts: string): string | null {
  if (workspaceUrl === undefined || !URL.canParse(workspaceUrl)) return null;
  return new URL(`archives/${channel}/p${ts.replace('.', '')}`, workspaceUrl).href;
}
