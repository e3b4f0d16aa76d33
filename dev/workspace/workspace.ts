import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Call, createBook, type Violation, type ViolationKind } from './book.ts';
import { type Bookmark, createBookmarks } from './bookmarks.ts';
import { createChanges, type Truthy, type WaitOptions } from './changes.ts';
import { type Channel, createConversations, type Message } from './conversations.ts';
import { createHttpEvents, type HttpEvents } from './events-http.ts';
import { createFaults, type Faults } from './faults.ts';
import { createFiles, type WorkspaceFile } from './files.ts';
import { createApiServer } from './http.ts';
import { limits } from './limits.ts';
import { grantedScopes, readManifest } from './manifest.ts';
import { createModals, type View } from './modals.ts';
import type { WorkspaceOptions } from './options.ts';
import { createPeople } from './people.ts';
import { type Acting, actAs } from './person.ts';
import { createRates } from './rates.ts';
import { type Reading, readAs } from './read-as.ts';
import { createResponseUrls } from './response-urls.ts';
import { createSocketMode, type Deliveries, type SocketMode } from './socket.ts';
import type { Entered } from './state-values.ts';
import { createTriggers } from './triggers.ts';
import type { World } from './world.ts';

/**
 * A Slack of our own on loopback, as strict as the real one, with one app installed.
 *
 *     const workspace = await startWorkspace({ manifest, users: [{ id: 'U1', name: 'ana' }], channels: [{ id: 'C1', name: 'incidents' }] });
 *     // … the app connects with workspace.apiUrl, workspace.botToken and workspace.appToken …
 *     await workspace.as('U1').command('C1', '/apidown', 'investigate prod');
 *     const card = await workspace.waitFor(() => workspace.channel('C1').messages()[0]);
 *     await workspace.as('U1').click(card, { text: 'Next' });
 *     console.log(workspace.readAs('U1').channel('C1'));
 *     expect(workspace.violations).toEqual([]);
 */
export interface Workspace {
  /** For `clientOptions.slackApiUrl`; ends in `/api/`. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly botUserId: string;
  /** Every call to the Web API, in order. */
  readonly calls: readonly Call[];
  /** What Slack would not have forgiven. A test asserts that it is empty. */
  readonly violations: readonly Violation[];
  readonly faults: Faults;
  readonly socket: SocketMode;
  /** Where the manifest switches Socket Mode off: the app is told of at its request URL. */
  readonly http: HttpEvents;
  /** What requests in HTTP mode are signed with. */
  readonly signingSecret: string;
  /** Whichever of the two carries what people do. */
  readonly deliveries: Deliveries;
  /** All that stands in it, for whoever draws it for people. */
  readonly world: World;
  as(userId: string): Acting;
  channel(channelId: string): Standing;
  /** The modals that a person has open, the topmost last, and their Home tab. */
  views(userId: string): { readonly stack: readonly View[]; readonly top: View | null; readonly home: View | null };
  /** Ephemeral messages to a person, oldest first. */
  ephemerals(userId: string, channelId?: string): readonly Message[];
  files(): readonly WorkspaceFile[];
  bookmarks(): readonly Bookmark[];
  /** Calls of one method that were answered, in order. */
  callsTo(method: string): readonly Call[];
  /** Resolves with the first truthy answer, asked now and whenever something changes. */
  waitFor<T>(predicate: () => T, options?: WaitOptions): Promise<Truthy<T>>;
  /** The workspace as a person reads it, in plain text. */
  readAs(userId: string, how?: { readonly width?: number; readonly isAnsi?: boolean }): Reading;
  /** Takes violations off the record that the test meant to cause, and returns them. */
  forgive(kind?: ViolationKind): readonly Violation[];
  /** The token is no longer good: `invalid_auth`. */
  revoke(token: 'bot' | 'app'): void;
  /** Invites the app to a channel, or removes it. */
  invite(channelId: string): void;
  remove(channelId: string): void;
  close(): Promise<void>;
}

interface Standing {
  readonly info: Channel;
  /** What stands in the channel for everybody, oldest first, without threads' replies. */
  messages(): readonly Message[];
  /** The replies to a message, oldest first. */
  thread(ts: string): readonly Message[];
  /** The current version of a message; null when there is none. */
  message(ts: string): Message | null;
}

export async function startWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const manifest = readManifest(options.manifest);
  const clock = options.clock ?? { nowAt: () => Date.now() };
  const changes = createChanges();
  const book = createBook(clock, changes);
  const faults = createFaults();
  const rates = createRates(options.rateLimits ?? {}, clock);
  const name = manifest.features?.bot_user?.display_name ?? manifest.display_information.name;
  const app = {
    id: 'A0WORKSPACE',
    name,
    userId: 'U0APP',
    botId: 'B0APP',
    botToken: 'xoxb-1-2-workspace',
    appToken: 'xapp-1-A0WORKSPACE-3-workspace',
    manifest,
    scopes: grantedScopes(manifest, options.grantedOptionalScopes ?? []),
    verificationToken: 'verification-token',
  };
  const everyone = options.users.map((user) => user.id);
  const delivering = {
    book,
    changes,
    ackDeadlineMs: options.ackDeadlineMs ?? limits.ack.deadlineMs,
    redelivery: options.redelivery ?? { afterMs: 5000, attempts: 3 },
  };
  const socket = createSocketMode({ appId: app.id, ...delivering });
  const http = createHttpEvents({ signingSecret, clock, ...delivering });
  const deliveries = manifest.settings.socket_mode_enabled ? socket : http;
  const conversations = createConversations(options.channels, everyone, app.userId, clock, changes);
  const people = createPeople(options.users, options.userGroups ?? [], app);
  const modals = createModals(clock, changes);
  const files = createFiles(clock, changes);
  const revoked = new Set<string>();

  const server = createApiServer(() => world, rates, faults, revoked);
  socket.attach(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${portOf(server.address())}`;
  const world: World = {
    team: { id: 'T0WORKSPACE', name: 'Workspace', domain: 'workspace' },
    app,
    clock,
    book,
    changes,
    people,
    conversations,
    modals,
    files,
    bookmarks: createBookmarks(clock, changes),
    triggers: createTriggers(options.triggerLifeMs ?? limits.trigger.lifeMs, clock),
    responseUrls: createResponseUrls(clock),
    refusedBlocks: options.refusedBlocks ?? [],
    origin,
    issueSocketUrl: () => socket.issueUrl(origin),
    takePost: rates.takePost,
  };
  const enteredOnMessages = new Map<string, Entered>();

  return {
    apiUrl: `${origin}/api/`,
    botToken: app.botToken,
    appToken: app.appToken,
    botUserId: app.userId,
    calls: book.calls,
    violations: book.violations,
    faults,
    socket,
    http,
    signingSecret,
    deliveries,
    world,
    as(userId) {
      const person = people.find(userId);
      if (!person) throw new Error(`The workspace has no user ${userId}`);
      return actAs(person, world, deliveries, enteredOnMessages);
    },
    channel: (channelId) => standingIn(channelId, world),
    views(userId) {
      const stack = modals.stack(userId);
      return { stack, top: stack.at(-1) ?? null, home: modals.home(userId) };
    },
    ephemerals: (userId, channelId) =>
      conversations
        .channels()
        .filter((channel) => channelId === undefined || channel.id === channelId)
        .flatMap((channel) => conversations.messages(channel.id))
        .filter((message) => message.ephemeralTo !== null && conversations.isShown(message, userId)),
    files: files.all,
    bookmarks: () => world.bookmarks.all(),
    callsTo: (method) => book.calls.filter((call) => call.method === method && call.answer !== null),
    readAs: (userId, how) => readAs(userId, world, how),
    waitFor: changes.waitFor,
    forgive: book.forgive,
    revoke: (token) => void revoked.add(token === 'bot' ? app.botToken : app.appToken),
    invite: (channelId) => conversations.join(channelId, app.userId),
    remove: (channelId) => conversations.leave(channelId, app.userId),
    async close() {
      changes.close();
      http.close();
      await socket.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** As Slack makes them. */
const signingSecret = '0123456789abcdef0123456789abcdef';

function standingIn(channelId: string, { conversations }: World): Standing {
  const info = conversations.channel(channelId);
  if (!info) throw new Error(`The workspace has no channel ${channelId}`);
  const forAll = () => conversations.messages(channelId).filter((message) => message.ephemeralTo === null);
  return {
    info,
    messages: () => forAll().filter((message) => message.threadTs === null),
    thread: (ts) => forAll().filter((message) => message.threadTs === ts),
    message: (ts) => conversations.message(channelId, ts),
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The workspace listens on no port');
  return address.port;
}
