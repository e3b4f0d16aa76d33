import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Book } from './book.ts';
import type { Changes } from './changes.ts';
import { limits } from './limits.ts';

/** What became of an envelope, as the person who caused it sees it. */
export type Delivery =
  /** `payload` is what the app sent along; null when nothing. */
  | { readonly kind: 'acked'; readonly envelopeId: string; readonly afterMs: number; readonly payload: unknown }
  /** Slack says "apidown didn't respond". It may still be delivered again. */
  | { readonly kind: 'unanswered'; readonly envelopeId: string }
  /** Nobody was connected, or there was nothing to send; `why` says which. */
  | { readonly kind: 'undelivered'; readonly why: string };

/** Why an envelope was not delivered when the app is away; Slack's window shows `dispatch_failed` then. */
export const nobodyConnected = 'the app has no Socket Mode connection';

export type EnvelopeType = 'slash_commands' | 'interactive' | 'events_api';

/** What people do reaches the app by one of two ways: Socket Mode, or an address that the app listens at. */
export interface Deliveries {
  send(type: EnvelopeType, payload: Readonly<Record<string, unknown>>, acceptsPayload: boolean): Promise<Delivery>;
  /** Every envelope so far, delivered or not, in order. */
  sent(): readonly Sent[];
  /** Delivers an envelope once more, as Slack does now and then though it was acknowledged. */
  redeliver(envelopeId: string): void;
}

export interface SocketMode extends Deliveries {
  /** How many connections are ready to take envelopes. */
  readonly connections: number;
  issueUrl(origin: string): string;
  /** Asks connections to go: `refresh_requested` and `warning` as Slack does every few hours. They get nothing more. */
  disconnect(reason: 'warning' | 'refresh_requested' | 'link_disabled', which?: 'all' | 'oldest'): void;
  /** Cuts every connection without a word. */
  cut(): void;
  /** Connections stay open, but nothing comes through: no envelope, no pong. */
  freeze(isFrozen: boolean): void;
  /** Keeps what people do from the app until it is called with false: then everything is delivered at once. */
  hold(isHeld: boolean): void;
  attach(server: Server): void;
  close(): Promise<void>;
}

export interface Sent {
  readonly id: string;
  readonly type: EnvelopeType;
  readonly payload: Readonly<Record<string, unknown>>;
}

interface Options {
  readonly appId: string;
  readonly book: Book;
  readonly changes: Changes;
  readonly ackDeadlineMs: number;
  readonly redelivery: { readonly afterMs: number; readonly attempts: number };
}

interface Envelope extends Sent {
  readonly acceptsPayload: boolean;
  readonly settle: (delivery: Delivery) => void;
  deliveries: { readonly connection: Connection; readonly sentAt: number }[];
  acks: number;
}

interface Connection {
  readonly socket: WebSocket;
  isLeaving: boolean;
}

const Ack = z.strictObject({ envelope_id: z.string(), payload: z.record(z.string(), z.unknown()).optional() });

/** How often Slack looks whether a client is still there. */
const pingEveryMs = 10_000;

export function createSocketMode({ appId, book, changes, ackDeadlineMs, redelivery }: Options): SocketMode {
  const tickets = new Set<string>();
  const connections: Connection[] = [];
  const envelopes = new Map<string, Envelope>();
  /** Those that nobody was there to take. */
  const waiting = new Set<Envelope>();
  const timers = new Set<NodeJS.Timeout>();
  const sockets = new WebSocketServer({ noServer: true, autoPong: false });
  let turn = 0;
  const held = new Set<Envelope>();
  let isFrozen = false;
  let isHeld = false;

  const ready = () => connections.filter(({ socket, isLeaving }) => socket.readyState === WebSocket.OPEN && !isLeaving);

  function later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      // What came in while this process was busy is heard first.
      setImmediate(() => setImmediate(act));
    }, ms);
    timers.add(timer);
  }

  function deliver(envelope: Envelope, reason: string): boolean {
    const open = ready();
    const connection = open[turn++ % Math.max(1, open.length)];
    if (!connection) return false;
    const retries = envelope.deliveries.length;
    envelope.deliveries.push({ connection, sentAt: performance.now() });
    const retry =
      envelope.type === 'events_api' || retries > 0
        ? { retry_attempt: retries, retry_reason: retries > 0 ? reason : '' }
        : {};
    const { id, type, payload, acceptsPayload } = envelope;
    const frame = { envelope_id: id, payload, type, accepts_response_payload: acceptsPayload, ...retry };
    if (!isFrozen) connection.socket.send(JSON.stringify(frame));
    later(ackDeadlineMs, () => unacked(envelope, connection, retries));
    return true;
  }

  function deliverFirst(envelope: Envelope): void {
    if (deliver(envelope, '')) return;
    // Events are kept for later; a person who presses a button is told at once.
    if (envelope.type === 'events_api') waiting.add(envelope);
    envelope.settle({ kind: 'undelivered', why: nobodyConnected });
  }

  function unacked(envelope: Envelope, connection: Connection, delivery: number): void {
    const isOver = envelope.acks > 0 || delivery < envelope.deliveries.length - 1;
    if (isOver) return;
    // A connection that is gone couldn't acknowledge; one that stands should have.
    if (connection.socket.readyState === WebSocket.OPEN && !isFrozen) {
      book.violation('unacked', `${describe(envelope)} was not acknowledged within ${ackDeadlineMs} ms`);
    }
    envelope.settle({ kind: 'unanswered', envelopeId: envelope.id });
    if (delivery >= redelivery.attempts || waiting.has(envelope)) return;
    later(Math.max(0, redelivery.afterMs - ackDeadlineMs), () => {
      const isSame = envelope.acks === 0 && delivery === envelope.deliveries.length - 1;
      if (isSame) deliverOrKeep(envelope, 'timeout');
    });
  }

  function deliverOrKeep(envelope: Envelope, reason: string): void {
    if (deliver(envelope, reason)) waiting.delete(envelope);
    else waiting.add(envelope);
  }

  function onMessage(data: string): void {
    const parsed = Ack.safeParse(readJson(data));
    if (!parsed.success) {
      book.violation('badAck', `The app sent ${data.slice(0, 200)}`);
      return;
    }
    const envelope = envelopes.get(parsed.data.envelope_id);
    if (!envelope) {
      book.violation('unknownEnvelope', `${parsed.data.envelope_id} was acknowledged but never sent`);
      return;
    }
    acknowledge(envelope, parsed.data.payload ?? {});
  }

  function acknowledge(envelope: Envelope, payload: Readonly<Record<string, unknown>>): void {
    const last = envelope.deliveries.at(-1);
    const afterMs = performance.now() - (last?.sentAt ?? 0);
    envelope.acks += 1;
    if (envelope.acks > envelope.deliveries.length) {
      book.violation('doubleAck', `${describe(envelope)} was acknowledged ${envelope.acks} times`);
      return;
    }
    if (afterMs > ackDeadlineMs) {
      book.violation('lateAck', `${describe(envelope)} was acknowledged after ${Math.round(afterMs)} ms`);
    }
    const isEmpty = Object.keys(payload).length === 0;
    if (!isEmpty && !envelope.acceptsPayload) {
      book.violation('badAck', `${describe(envelope)} takes no payload, but was acknowledged with one`);
    }
    envelope.settle({ kind: 'acked', envelopeId: envelope.id, afterMs, payload: isEmpty ? null : payload });
    changes.happened();
  }

  function accept(socket: WebSocket): void {
    const connection: Connection = { socket, isLeaving: false };
    connections.push(connection);
    socket.on('message', (data) => {
      if (!isFrozen) onMessage(data.toString());
    });
    socket.on('ping', (data) => {
      if (!isFrozen) socket.pong(data);
    });
    socket.on('error', () => socket.terminate());
    const pings = setInterval(() => {
      if (!isFrozen) socket.ping();
    }, pingEveryMs);
    socket.on('close', () => {
      clearInterval(pings);
      connections.splice(connections.indexOf(connection), 1);
      redeliverLost(connection);
      changes.happened();
    });
    const hello = {
      type: 'hello',
      num_connections: connections.length,
      debug_info: { host: 'applink-1', build_number: 1, approximate_connection_time: 18_060 },
      connection_info: { app_id: appId },
    };
    socket.send(JSON.stringify(hello));
    for (const envelope of [...waiting]) deliverOrKeep(envelope, 'connection_lost');
    changes.happened();
  }

  /** What a connection took with it goes to another, or waits for one. */
  function redeliverLost(connection: Connection): void {
    for (const envelope of envelopes.values()) {
      const isLost = envelope.acks === 0 && envelope.deliveries.at(-1)?.connection === connection;
      if (!isLost || envelope.deliveries.length > redelivery.attempts) continue;
      deliverOrKeep(envelope, 'connection_lost');
    }
  }

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://workspace');
    const isKnown = pathname === '/link/' && tickets.delete(searchParams.get('ticket') ?? '');
    if (!isKnown || connections.length >= limits.socket.connections) {
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, accept);
  }

  return {
    get connections() {
      return ready().length;
    },
    issueUrl(origin) {
      const ticket = randomUUID();
      tickets.add(ticket);
      return `${origin.replace(/^http/, 'ws')}/link/?ticket=${ticket}&app_id=${appId}`;
    },
    send(type, payload, acceptsPayload) {
      return new Promise((resolve) => {
        const envelope: Envelope = {
          id: randomUUID(),
          type,
          payload,
          acceptsPayload,
          settle: resolve,
          deliveries: [],
          acks: 0,
        };
        envelopes.set(envelope.id, envelope);
        if (isHeld) held.add(envelope);
        else deliverFirst(envelope);
      });
    },
    sent: () => [...envelopes.values()],
    redeliver(envelopeId) {
      const envelope = envelopes.get(envelopeId);
      if (!envelope) throw new Error(`No envelope ${envelopeId} was ever sent`);
      if (!deliver(envelope, 'timeout')) throw new Error('The app has no Socket Mode connection');
    },
    disconnect(reason, which = 'all') {
      const leaving = which === 'all' ? ready() : ready().slice(0, 1);
      for (const connection of leaving) {
        connection.isLeaving = true;
        connection.socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-1' } }));
      }
      changes.happened();
    },
    cut() {
      for (const { socket } of [...connections]) socket.terminate();
    },
    freeze(frozen) {
      isFrozen = frozen;
    },
    hold(shallHold) {
      isHeld = shallHold;
      if (isHeld) return;
      for (const envelope of held) deliverFirst(envelope);
      held.clear();
    },
    attach: (server) => server.on('upgrade', onUpgrade),
    async close() {
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(connections.map(({ socket }) => leave(socket)));
      sockets.close();
    },
  };
}

/** With a closing handshake, or without one after half a second. */
async function leave(socket: WebSocket): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return;
  const closed = once(socket, 'close');
  const timer = setTimeout(() => socket.terminate(), 500);
  socket.close(1001);
  await closed;
  clearTimeout(timer);
}

function describe({ type, payload }: Envelope): string {
  const what = payload.command ?? payload.callback_id ?? payload.type ?? '';
  return `${type} ${String(what)}`.trim();
}

function readJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
