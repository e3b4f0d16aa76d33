import type { Socket } from 'socket.io';
import type { CheckAnswer } from '../investigation/ports.ts';
import type { Log } from '../ops/log.ts';
import type { CheckId } from '../words/check.ts';
import type { WatchOrder } from '../words/stream.ts';
import { type Role, VANTAGE_OF_ROLE, type Vantage } from '../words/vantage.ts';
import { agentClock } from './hub-clock.ts';
import type { HubLimits } from './hub-limits.ts';
import type { Place } from './hub-roster.ts';
import {
  type AgentToBot,
  Answer,
  BeatAnswer,
  type BotToAgent,
  type Proof,
  type Refusal,
  STREAM_SINCE,
  WatchAnswer,
} from './protocol.ts';
import { makeTurns } from './turns.ts';

export type AgentSocket = Socket<AgentToBot, BotToAgent>;

/** A connected agent, as it was when asked. */
export interface AgentInfo {
  readonly cluster: string;
  readonly role: Role;
  readonly vantage: Vantage;
  /** Of the agent program. */
  readonly version: string;
  readonly checks: readonly CheckId[];
  readonly keyId: string;
  readonly epoch: number;
  /** Epoch ms, like every time here on the bot's clock. */
  readonly connectedAt: number;
  readonly lastSeenAt: number;
  /** The agent's clock minus the bot's: positive when the agent's is ahead. */
  readonly clockOffsetMs: number;
  /** The true offset is at most this far from it: half of the shortest round trip of late. */
  readonly clockToleranceMs: number;
  /** Where the connection comes from as the bot sees it: the agent, its NAT or its proxy. */
  readonly peerAddress: string;
}

/** What the hub asks of an agent; the same id is the same run. */
export interface Command {
  readonly id: string;
  readonly check: CheckId;
  readonly params: unknown;
  /** Epoch ms on the bot's clock. */
  readonly deadlineAt: number;
}

/** One proven connection of one agent. */
export interface Session {
  readonly place: Place;
  readonly epoch: number;
  /** Does the agent speak of what it sees before it is asked? */
  readonly streams: boolean;
  info(): AgentInfo;
  welcome(): void;
  /** `gone`: the connection ended before the answer came. Rejects with the signal's reason. */
  ask(command: Command, signal: AbortSignal): Promise<CheckAnswer | { readonly kind: 'gone' }>;
  /** Tells what to watch. `lost`: no word came back. */
  order(order: WatchOrder): Promise<WatchAnswer | { readonly kind: 'lost' }>;
  /** Any word from the agent. */
  heard(): void;
  /** Measures the clock, learns addresses. Resolves when answered, or given up. */
  beat(): Promise<{ addressesChanged: boolean }>;
  /** Tells the agent why, and closes. */
  fence(message: string): void;
  refuse(refusal: Refusal): void;
}

export interface SessionStart {
  readonly socket: AgentSocket;
  readonly proof: Proof;
  /** The version that both sides speak. */
  readonly protocol: number;
  readonly epoch: number;
  /** When the challenge was sent, on the bot's clock. */
  readonly challengedAt: number;
  readonly clock: () => number;
  readonly limits: HubLimits;
  readonly log: Log;
}

export function startSession(start: SessionStart): Session {
  const { socket, proof, protocol, epoch, challengedAt, clock, limits, log } = start;
  const place: Place = { cluster: proof.cluster, role: proof.role, instance: proof.instance };
  const connectedAt = clock();
  const turns = makeTurns(limits.checksPerAgent);
  const gone = new AbortController();
  let leavesBy: readonly string[] = proof.leavesBy;
  const agents = agentClock();
  agents.measure(challengedAt, proof.agentAt, connectedAt);
  let lastSeenAt = connectedAt;

  socket.once('disconnect', () => gone.abort());
  if (!socket.connected) gone.abort();

  function heard(): void {
    lastSeenAt = clock();
  }

  async function ask(command: Command, signal: AbortSignal): Promise<CheckAnswer | { kind: 'gone' }> {
    if (!proof.checks.includes(command.check)) {
      return {
        kind: 'failed',
        message: `The agent ${place.instance} (${proof.version}) does not run the check ${command.check}.`,
      };
    }
    const until = AbortSignal.any([signal, gone.signal]);
    try {
      const giveBack = await turns.take(until);
      try {
        const reply = await deliver({ ...command, epoch }, until);
        heard();
        return onBotClock(Answer.safeParse(reply).data, place.instance, agents.offsetMs());
      } finally {
        giveBack();
      }
    } catch (error) {
      if (gone.signal.aborted && !signal.aborted) return { kind: 'gone' };
      throw error;
    }
  }

  /** Rejects when `until` aborts; the acknowledgement's own timer only frees its memory. */
  function deliver(command: Command & { epoch: number }, until: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(until.reason);
      if (until.aborted) {
        abort();
        return;
      }
      until.addEventListener('abort', abort, { once: true });
      const ms = Math.max(1, command.deadlineAt - clock());
      socket.timeout(ms).emit('check', command, (late, reply) => {
        if (late !== null) return;
        until.removeEventListener('abort', abort);
        resolve(reply);
      });
    });
  }

  return {
    place,
    epoch,
    streams: protocol >= STREAM_SINCE,
    heard,
    ask,
    info: () => ({
      cluster: place.cluster,
      role: place.role,
      vantage: { kind: VANTAGE_OF_ROLE[place.role], instance: place.instance, leavesBy: [...leavesBy] },
      version: proof.version,
      checks: proof.checks,
      keyId: proof.keyId,
      epoch,
      connectedAt,
      lastSeenAt,
      clockOffsetMs: agents.offsetMs(),
      clockToleranceMs: agents.toleranceMs(),
      peerAddress: peerOf(socket),
    }),
    welcome: () => {
      socket.emit('welcome', { epoch, protocol });
    },
    async order(order) {
      try {
        const reply = await socket.timeout(ORDER_WITHIN_MS).emitWithAck('watch', order);
        heard();
        return WatchAnswer.safeParse(reply).data ?? { kind: 'refused', message: 'Its reply is not understood.' };
      } catch {
        // Gone, or too busy: it is told again when it connects, and when the order changes.
        return { kind: 'lost' };
      }
    },
    async beat() {
      const botAt = clock();
      const reply = await socket
        .timeout(limits.beatEveryMs)
        .emitWithAck('beat', { botAt })
        // No answer in time: the connection's own pings decide whether it is dead.
        .catch(() => null);
      if (reply === null) return { addressesChanged: false };
      const answer = BeatAnswer.safeParse(reply);
      if (!answer.success) {
        log.warn({ ...place, epoch }, 'An agent answered a beat with something else');
        return { addressesChanged: false };
      }
      heard();
      agents.measure(botAt, answer.data.agentAt, lastSeenAt);
      const addressesChanged = leavesBy.join() !== answer.data.leavesBy.join();
      leavesBy = answer.data.leavesBy;
      return { addressesChanged };
    },
    fence(message) {
      socket.emit('fenced', { message });
      socket.disconnect(true);
    },
    refuse(refusal) {
      socket.emit('refusal', refusal);
      socket.disconnect(true);
    },
  };
}

/** An IPv4 peer of a socket that listens on both families is written as IPv4. */
export function peerOf(socket: AgentSocket): string {
  return socket.handshake.address.replace(/^::ffff:/, '');
}

const ORDER_WITHIN_MS = 10_000;

function onBotClock(answer: Answer | undefined, instance: string, clockOffsetMs: number): CheckAnswer {
  switch (answer?.kind) {
    case undefined:
      return { kind: 'failed', message: `The agent ${instance} answered with something the bot does not understand.` };
    case 'answered': {
      const { facts, tookMs } = answer;
      return {
        kind: 'answered',
        facts,
        asOfAt: answer.asOfAt - clockOffsetMs,
        gatheredAt: answer.gatheredAt - clockOffsetMs,
        tookMs,
      };
    }
    case 'failed':
    case 'timedOut':
      return answer;
    case 'refused':
      return { kind: 'failed', message: `The agent ${instance} refused: ${answer.message}` };
  }
}
