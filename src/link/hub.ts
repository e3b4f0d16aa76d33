import type { RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server } from 'socket.io';
import type { CheckAnswer } from '../investigation/ports.ts';
import type { Log } from '../ops/log.ts';
import type { AgentKeys, AgentSessions } from '../store/store.ts';
import type { ClusterKnowledge } from '../words/endpoint.ts';
import type { WatchOrder } from '../words/stream.ts';
import type { Role, Vantage, VantageKind } from '../words/vantage.ts';
import { deadline } from './deadline.ts';
import { revoked } from './hub-admission.ts';
import { receive } from './hub-connection.ts';
import { HUB_LIMITS, type HubLimits } from './hub-limits.ts';
import { orderDesk } from './hub-order.ts';
import { type AgentChange, makeRoster } from './hub-roster.ts';
import { type Listen, listen } from './hub-server.ts';
import type { AgentInfo, Command } from './hub-session.ts';
import { type RecordPorts, streamDesk } from './hub-stream.ts';
import { type AgentToBot, type BotToAgent, LINK_PATH, MESSAGE_BYTES } from './protocol.ts';

export interface HubOptions extends Partial<RecordPorts> {
  readonly listen: Listen;
  readonly keys: AgentKeys;
  readonly sessions: AgentSessions;
  /** Is a cluster of this name configured? */
  knowsCluster(name: string): boolean;
  /** Called one after the other for each agent; when it rejects, the agent is told that it was not kept. */
  onKnowledge(cluster: string, knowledge: ClusterKnowledge, from: AgentInfo): void | Promise<void>;
  /** What the agents of a cluster shall watch by themselves; null: nothing is known to watch yet. Without it none is told. */
  watchOrder?(cluster: string): Promise<WatchOrder | null>;
  /** Answers HTTP requests to every path but the link's; without it they are 404. */
  readonly requests?: RequestListener | undefined;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
  readonly limits?: Partial<HubLimits> | undefined;
}

/** The bot's side of the link: agents dial in, prove their key, and are asked to run checks. */
export interface Hub {
  readonly port: number;
  agents(cluster: string): readonly AgentInfo[];
  /**
   * Asks one agent. An agent that is lost meanwhile and comes back in time gets the command again; it runs it once.
   * Times in the answer are on the bot's clock, save those inside `facts`.
   * Rejects only with the reason of `signal`.
   */
  run(
    cluster: string,
    vantage: Pick<Vantage, 'kind' | 'instance'>,
    command: Command,
    signal: AbortSignal,
  ): Promise<CheckAnswer>;
  /** Tells the agents of this cluster what to watch: call it when `watchOrder` would answer otherwise than before. */
  orderAgain(cluster: string): void;
  /** Returns the function that stops it. */
  onChange(listener: (change: AgentChange) => void): () => void;
  /** Disconnects every agent that holds this key now; a key revoked in the store alone is noticed at the next beat. */
  dropKey(keyId: string): void;
  close(): Promise<void>;
}

const KEEP_WITHIN_MS = 5_000;

const ROLE_OF_VANTAGE = { pod: 'cluster', node: 'node', outside: 'vantage' } as const satisfies Record<
  VantageKind,
  Role
>;

/** @throws TypeError when it would listen without TLS where it must not. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { clock, log } = options;
  const limits: HubLimits = { ...HUB_LIMITS, ...options.limits };
  const { server, port, hangUpAfter } = await listen(options.listen, limits.connections, options.requests ?? notFound);
  const roster = makeRoster(log);
  const { onRecords, lastSeq } = options;
  const ports = onRecords === undefined || lastSeq === undefined ? null : { onRecords, lastSeq };
  const streams = streamDesk({ ports, roster, log });
  const orders = orderDesk({ watchOrder: async (cluster) => (await options.watchOrder?.(cluster)) ?? null, log });
  const closing = new AbortController();

  const io = new Server<AgentToBot, BotToAgent>(server, {
    path: LINK_PATH,
    transports: ['websocket'],
    serveClient: false,
    maxHttpBufferSize: MESSAGE_BYTES,
    pingInterval: limits.pingEveryMs,
    pingTimeout: limits.pingTimeoutMs,
    connectTimeout: limits.proveWithinMs,
    allowRequest: (_request, decide) => {
      const full = io.engine.clientsCount >= limits.connections;
      decide(full ? `The bot holds ${limits.connections} connections already` : null, !full);
    },
  });
  io.engine.on('connection_error', (error: { message: string; context: unknown }) =>
    log.warn({ message: error.message, context: error.context }, 'A request to connect was turned down'),
  );
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const data = { peer: socket.remoteAddress, message: error.message };
    // So does whoever only asks whether the bot answers: agents do, every second of an outage.
    if (error.code === 'ECONNRESET') log.debug(data, 'A peer left before a TLS handshake was over');
    else log.warn(data, 'A TLS handshake failed');
  });
  io.on('connection', (socket) => receive(socket, { ...options, roster, streams, orders, limits }));

  return {
    port,
    agents: (cluster) => roster.of(cluster).map((session) => session.info()),
    onChange: roster.onChange,
    orderAgain(cluster) {
      for (const session of roster.of(cluster)) orders.tell(session);
    },

    async run(cluster, vantage, command, signal) {
      const budgetMs = command.deadlineAt - clock();
      const until = deadline(budgetMs, signal);
      const place = { cluster, role: ROLE_OF_VANTAGE[vantage.kind], instance: vantage.instance };
      try {
        let session = roster.at(place);
        while (session !== null) {
          const answer = await session.ask(command, until.signal);
          if (answer.kind !== 'gone') return answer;
          const patience = deadline(limits.returnWithinMs, AbortSignal.any([until.signal, closing.signal]));
          session = await roster.awaited(place, patience.signal);
          patience.clear();
        }
        signal.throwIfAborted();
        return { kind: 'offline' };
      } catch (error) {
        if (until.passed() && error === until.signal.reason) {
          return { kind: 'timedOut', afterMs: Math.max(0, Math.round(budgetMs)) };
        }
        throw error;
      } finally {
        until.clear();
      }
    },

    dropKey(keyId) {
      for (const session of roster.all()) {
        if (session.info().keyId === keyId) session.refuse(revoked(keyId, session.place.cluster));
      }
    },

    async close() {
      closing.abort();
      hangUpAfter(1_000);
      await io.close();
      // The store is closed after the hub: what agents told shall be in it, or not, and never in between.
      await Promise.race([streams.idle(), sleep(KEEP_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}

const notFound: RequestListener = (_request, response) => {
  response.writeHead(404).end();
};
