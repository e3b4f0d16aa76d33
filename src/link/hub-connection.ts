import { randomBytes } from 'node:crypto';
import type { Log } from '../ops/log.ts';
import type { AgentSessions } from '../store/store.ts';
import type { ClusterKnowledge } from '../words/endpoint.ts';
import { type AdmissionRules, admit, revoked } from './hub-admission.ts';
import type { HubLimits } from './hub-limits.ts';
import type { OrderDesk } from './hub-order.ts';
import type { Roster } from './hub-roster.ts';
import { type AgentInfo, type AgentSocket, peerOf, type Session, startSession } from './hub-session.ts';
import type { StreamDesk } from './hub-stream.ts';
import { newestOnly } from './newest.ts';
import {
  type Challenge,
  Knowledge,
  type KnowledgeAnswer,
  PROTOCOL,
  type Refusal,
  type StreamAnswer,
} from './protocol.ts';

export interface Reception extends AdmissionRules {
  readonly roster: Roster;
  readonly sessions: AgentSessions;
  onKnowledge(cluster: string, knowledge: ClusterKnowledge, from: AgentInfo): void | Promise<void>;
  readonly streams: StreamDesk;
  readonly orders: OrderDesk;
  readonly limits: HubLimits;
  readonly log: Log;
}

/**
 * One connection, from the first byte to the last: challenge, proof, then the session's messages.
 * Every message passes `hear`, which alone decides what may be said when; anything else closes the connection.
 */
export function receive(socket: AgentSocket, reception: Reception): void {
  const { roster, limits, clock, log } = reception;
  const challenge: Challenge = { nonce: randomBytes(32).toString('base64url'), botAt: clock(), protocol: PROTOCOL };
  let stage: 'challenged' | 'judging' | 'over' | Session = 'challenged';
  const keepNewest = newestOnly(keep);

  const tooSlow = setTimeout(
    () => refuse({ kind: 'tooSlow', message: `This connection was not let in within ${limits.proveWithinMs} ms.` }),
    limits.proveWithinMs,
  );
  const beats = setInterval(() => void beat(), limits.beatEveryMs);

  // Typed by Socket.IO as a string, but a stranger may send a number.
  socket.onAny((event: unknown, ...args: unknown[]) => {
    try {
      hear(event, args);
    } catch (error) {
      // Thrown on, one message of a stranger would end the whole bot.
      log.error({ error, peer: peerOf(socket) }, 'A message could not be handled');
      socket.disconnect(true);
    }
  });
  socket.once('disconnect', (reason, description) => {
    clearTimeout(tooSlow);
    clearInterval(beats);
    // A client may leave the namespace and keep the connection: nothing would ever close it.
    socket.conn.close();
    const left = stage;
    stage = 'over';
    const why = { reason, description: description instanceof Error ? description.message : undefined };
    if (typeof left === 'string') {
      if (left !== 'over') log.info({ peer: peerOf(socket), ...why }, 'A connection ended before its proof');
      return;
    }
    log.info({ ...about(left), ...why }, 'An agent is gone');
    roster.leave(left, reason);
    void remember(left);
  });
  socket.emit('challenge', challenge);

  function hear(event: unknown, args: readonly unknown[]): void {
    if (event === 'prove' && stage === 'challenged') {
      stage = 'judging';
      void judge(args[0]);
    } else if (event === 'knowledge' && typeof stage === 'object') {
      const session = stage;
      session.heard();
      keepNewest({ session, message: args[0], acknowledge: args.at(-1) });
    } else if ((event === 'resume' || event === 'stream') && typeof stage === 'object' && stage.streams) {
      stage.heard();
      const { streams } = reception;
      const answer = event === 'resume' ? streams.resume(stage, args[0]) : streams.take(stage, args[0]);
      void acknowledge(answer, args.at(-1));
    } else if (stage !== 'over') {
      refuse(
        { kind: 'malformed', message: 'This message is not expected here.' },
        { event: String(event).slice(0, 64) },
      );
    }
  }

  async function judge(message: unknown): Promise<void> {
    try {
      const admission = await admit(message, challenge, reception);
      if (admission.kind === 'refused') {
        refuse(admission.refusal, claimed(message));
        return;
      }
      const { proof, protocol } = admission;
      const epoch = await reception.sessions.nextEpoch(proof.cluster, proof.role, proof.instance);
      // It may have left, or run out of time, while the store was asked.
      if (stage !== 'judging' || !socket.connected) return;
      enter(startSession({ socket, proof, protocol, epoch, challengedAt: challenge.botAt, clock, limits, log }));
    } catch (error) {
      log.error({ error, ...claimed(message) }, 'A proof could not be judged');
      refuse({
        kind: 'botTrouble',
        message: "The bot could not judge the proof: see the bot's log. Trying again is right.",
      });
    }
  }

  function enter(session: Session): void {
    const replaced = roster.at(session.place);
    if (replaced !== null && replaced.epoch > session.epoch) {
      stage = 'over';
      session.fence(fencedBy(replaced));
      return;
    }
    stage = session;
    clearTimeout(tooSlow);
    session.welcome();
    log.info({ ...about(session), version: session.info().version }, 'An agent is connected');
    roster.enter(session);
    if (replaced !== null) {
      log.warn({ ...about(replaced), by: session.info().peerAddress }, 'A newer session takes the place of an agent');
      replaced.fence(fencedBy(session));
    }
    void remember(session);
    reception.orders.tell(session);
  }

  async function keep({ session, message, acknowledge }: KnowledgeReceived): Promise<void> {
    const answer = await keepKnowledge(session, message);
    if (answer.kind === 'refused') log.warn({ ...about(session), why: answer.message }, 'Knowledge was refused');
    if (typeof acknowledge === 'function') acknowledge(answer);
  }

  async function keepKnowledge(session: Session, message: unknown): Promise<KnowledgeAnswer> {
    const knowledge = Knowledge.safeParse(message);
    if (!knowledge.success) {
      const where = knowledge.error.issues.map((issue) => issue.path.join('.')).join(', ');
      return {
        kind: 'refused',
        message: `The knowledge is wrong at ${where || 'the message as a whole'}.`.slice(0, 500),
      };
    }
    try {
      await reception.onKnowledge(session.place.cluster, knowledge.data, session.info());
      return { kind: 'kept' };
    } catch (error) {
      log.error({ error, ...about(session) }, 'Knowledge could not be kept');
      return { kind: 'refused', message: "The bot could not keep it: see the bot's log." };
    }
  }

  async function beat(): Promise<void> {
    if (typeof stage === 'string') return;
    const session = stage;
    try {
      const { keyId } = session.info();
      const key = await reception.keys.find(keyId);
      if (key === null || key.revokedAt !== null) {
        session.refuse(revoked(keyId, session.place.cluster));
        return;
      }
      const { addressesChanged } = await session.beat();
      // It ended meanwhile, and was remembered then.
      if (stage !== session) return;
      if (addressesChanged) roster.changed(session);
      await remember(session);
    } catch (error) {
      log.error({ error, ...about(session) }, 'A beat failed');
    }
  }

  async function remember(session: Session): Promise<void> {
    const { cluster, role, vantage, version, lastSeenAt } = session.info();
    try {
      await reception.sessions.seen(cluster, role, vantage, version, lastSeenAt);
    } catch (error) {
      log.error({ error, ...about(session) }, 'The store did not take when an agent was last seen');
    }
  }

  function refuse(refusal: Refusal, data: object = {}): void {
    if (stage === 'over') return;
    if (typeof stage === 'string') stage = 'over';
    log.warn({ peer: peerOf(socket), ...data, ...refusal }, 'A connection was refused');
    socket.emit('refusal', refusal);
    socket.disconnect(true);
  }
}

async function acknowledge(answer: Promise<StreamAnswer>, acknowledge: unknown): Promise<void> {
  const said = await answer;
  if (typeof acknowledge === 'function') acknowledge(said);
}

interface KnowledgeReceived {
  readonly session: Session;
  readonly message: unknown;
  readonly acknowledge: unknown;
}

function fencedBy(session: Session): string {
  const { instance } = session.place;
  return `A newer session of ${session.place.role} agent ${instance} connected from ${session.info().peerAddress}. If both run on purpose, give each an instance name of its own (on a node: either the DaemonSet or the static pod).`;
}

function about(session: Session): object {
  return { ...session.place, epoch: session.epoch, peer: session.info().peerAddress };
}

/** What an unproven connection says of itself, for the log; strings only, cut. */
function claimed(message: unknown): object {
  if (typeof message !== 'object' || message === null) return {};
  return Object.fromEntries(
    Object.entries(message).flatMap(([key, value]) =>
      ['keyId', 'cluster', 'role', 'instance', 'version'].includes(key) && typeof value === 'string'
        ? [[key, value.slice(0, 253)]]
        : [],
    ),
  );
}
