import { createHmac, randomUUID } from 'node:crypto';
import type { Book } from './book.ts';
import type { Changes } from './changes.ts';
import type { Clock } from './options.ts';
import type { Deliveries, Delivery, EnvelopeType, Sent } from './socket.ts';

/** Slack calling the app at the address of its manifest, instead of the app calling Slack. */
export interface HttpEvents extends Deliveries {
  /** Tells Slack the request URL, which it asks at once whether it is the app's; rejects when it is not. */
  pointAt(url: string): Promise<void>;
}

interface Options {
  readonly signingSecret: string;
  readonly book: Book;
  readonly changes: Changes;
  readonly clock: Clock;
  readonly ackDeadlineMs: number;
  readonly redelivery: { readonly afterMs: number; readonly attempts: number };
}

type Reply =
  | { readonly kind: 'reply'; readonly status: number; readonly text: string; readonly afterMs: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'unreachable'; readonly why: string };

/** Sources: docs.slack.dev/apis/events-api, docs.slack.dev/authentication/verifying-requests-from-slack. */
export function createHttpEvents(options: Options): HttpEvents & { close(): void } {
  const { signingSecret, book, changes, clock, ackDeadlineMs, redelivery } = options;
  const envelopes = new Map<string, Sent & { readonly acceptsPayload: boolean }>();
  const timers = new Set<NodeJS.Timeout>();
  const closing = new AbortController();
  let requestUrl: string | null = null;

  async function post(body: string, type: string, extra: Readonly<Record<string, string>> = {}): Promise<Reply> {
    if (requestUrl === null) return { kind: 'unreachable', why: 'the app has no request URL' };
    const startedAt = performance.now();
    const patience = AbortSignal.timeout(ackDeadlineMs);
    try {
      const response = await fetch(requestUrl, {
        method: 'POST',
        body,
        headers: { 'content-type': type, ...signed(body, signingSecret, clock.nowAt()), ...extra },
        signal: AbortSignal.any([patience, closing.signal]),
      });
      const text = await response.text();
      return { kind: 'reply', status: response.status, text, afterMs: performance.now() - startedAt };
    } catch (error) {
      if (patience.aborted) return { kind: 'silent' };
      return { kind: 'unreachable', why: error instanceof Error ? String(error.cause ?? error) : String(error) };
    }
  }

  async function deliver(envelope: Sent & { acceptsPayload: boolean }, retry: Retry | null): Promise<Delivery> {
    const { id, type, payload } = envelope;
    const reply = await post(...bodyOf(type, payload), retryHeaders(retry));
    const what = `${type} ${String(payload.command ?? payload.callback_id ?? payload.type ?? '')}`.trim();
    const again = (reason: string): void => retryLater(envelope, retry?.num ?? 0, reason);
    switch (reply.kind) {
      case 'unreachable':
        again('connection_failed');
        return { kind: 'undelivered', why: `dispatch_failed: ${reply.why}` };
      case 'silent':
        book.violation('unacked', `${what} was not acknowledged within ${ackDeadlineMs} ms`);
        again('http_timeout');
        return { kind: 'unanswered', envelopeId: id };
      case 'reply': {
        if (reply.status !== 200) {
          book.violation('badAck', `${what} was answered with HTTP ${reply.status}`);
          again('http_error');
          return { kind: 'unanswered', envelopeId: id };
        }
        const answered = payloadOf(reply.text);
        if (answered !== null && !envelope.acceptsPayload) {
          book.violation('badAck', `${what} takes no payload, but was acknowledged with one`);
        }
        return { kind: 'acked', envelopeId: id, afterMs: reply.afterMs, payload: answered };
      }
    }
  }

  /** Events are sent again; a person who presses a button is told at once. */
  function retryLater(envelope: Sent & { acceptsPayload: boolean }, num: number, reason: string): void {
    if (envelope.type !== 'events_api' || num >= redelivery.attempts || closing.signal.aborted) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void deliver(envelope, { num: num + 1, reason }).finally(changes.happened);
    }, redelivery.afterMs);
    timers.add(timer);
  }

  return {
    async pointAt(url) {
      requestUrl = url;
      const challenge = randomUUID();
      const reply = await post(JSON.stringify({ type: 'url_verification', challenge }), 'application/json');
      const isRight = reply.kind === 'reply' && reply.status === 200 && JSON.parse(reply.text).challenge === challenge;
      if (!isRight) throw new Error(`Slack would not take ${url}: ${JSON.stringify(reply)}`);
    },
    async send(type, payload, acceptsPayload) {
      const envelope = { id: randomUUID(), type, payload, acceptsPayload };
      envelopes.set(envelope.id, envelope);
      const delivery = await deliver(envelope, null);
      changes.happened();
      return delivery;
    },
    sent: () => [...envelopes.values()],
    redeliver(envelopeId) {
      const envelope = envelopes.get(envelopeId);
      if (!envelope) throw new Error(`No envelope ${envelopeId} was ever sent`);
      void deliver(envelope, { num: 1, reason: 'http_timeout' }).finally(changes.happened);
    },
    close() {
      closing.abort();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** The headers by which Slack proves that it is Slack. @param nowAt epoch ms */
export function signed(body: string, signingSecret: string, nowAt: number): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(nowAt / 1000));
  const hash = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${hash}` };
}

interface Retry {
  readonly num: number;
  readonly reason: string;
}

function retryHeaders(retry: Retry | null): Readonly<Record<string, string>> {
  return retry === null ? {} : { 'x-slack-retry-num': String(retry.num), 'x-slack-retry-reason': retry.reason };
}

/** Commands come as a form, interactions as a form with one field of JSON, events as JSON. */
function bodyOf(type: EnvelopeType, payload: Readonly<Record<string, unknown>>): [body: string, contentType: string] {
  if (type === 'events_api') return [JSON.stringify(payload), 'application/json'];
  const fields = type === 'interactive' ? { payload: JSON.stringify(payload) } : payload;
  const form = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  return [new URLSearchParams(form).toString(), 'application/x-www-form-urlencoded'];
}

/** Plain text is a command's answer in words. */
function payloadOf(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}
