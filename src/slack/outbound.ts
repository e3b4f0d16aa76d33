import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { MessageRecords } from '../store/store.ts';
import { type Attempt, attemptDelivery, type Place } from './delivery.ts';
import { createLane, type Lane, type Paces, slackPaces, type Turn } from './lane.ts';
import type { Content } from './render/content.ts';
import type { Home } from './render/home.ts';
import type { Modal } from './render/modal.ts';
import { type CallResult, callTimeoutMs, type WebCall, whyFailed } from './web-call.ts';

export type SendOutcome =
  | { readonly kind: 'sent'; readonly channel: string; readonly ts: string }
  /** Slack said no: `not_in_channel`, `channel_not_found`, `is_archived`, … */
  | { readonly kind: 'refused'; readonly error: string }
  /** Given up; the next `upsert` of the same key tries again. */
  | { readonly kind: 'failed'; readonly message: string };

/** The only writer to Slack. */
export interface Outbound {
  /**
   * Makes the message with this key stand as `content` says: posted once, edited from then on. While it waits
   * for its turn, a newer content takes the place of an older one, and all callers learn what became of the newest.
   */
  upsert(key: string, place: Place, content: Content): Promise<SendOutcome>;
  /** Seen by one person only, until they reload. */
  ephemeral(to: { channel: string; user: string; thread: string | null }, content: Content): Promise<SendOutcome>;
  /** The same through the address that came with a command or click: good where the app is not a member. */
  respond(responseUrl: string, content: Content | 'delete the original'): Promise<SendOutcome>;
  openView(
    triggerId: string,
    view: Modal,
  ): Promise<{ kind: 'opened'; viewId: string } | { kind: 'refused'; error: string }>;
  updateView(viewId: string, view: Modal): Promise<SendOutcome>;
  /** The Home tab of one person. */
  publishHome(user: string, view: Home): Promise<SendOutcome>;
  /** Sends what waits, for at most `deadlineMs`; what is left then is sent after the next start. */
  close(deadlineMs: number): Promise<void>;
}

export interface OutboundPorts {
  readonly call: WebCall;
  readonly records: MessageRecords;
  readonly clock: Clock;
  readonly log: Log;
  readonly paces?: Paces;
  /** Beyond this a message is given up until the next `upsert` (default half an hour). */
  readonly giveUpAfterMs?: number;
}

interface Waiting {
  place: Place;
  content: Content;
  readonly waiters: ((outcome: SendOutcome) => void)[];
}

const firstBackoffMs = 500;
const longestBackoffMs = 30_000;

export function createOutbound(ports: OutboundPorts): Outbound {
  const { call, log, paces = slackPaces, giveUpAfterMs = 30 * 60_000 } = ports;
  const lanes = new Map<string, Lane>();
  const waiting = new Map<string, Waiting>();
  const closing = new AbortController();

  function laneOf(channel: string): Lane {
    const lane = lanes.get(channel) ?? createLane(paces);
    lanes.set(channel, lane);
    return lane;
  }

  function upsert(key: string, place: Place, content: Content): Promise<SendOutcome> {
    return new Promise((resolve) => {
      const older = waiting.get(key);
      if (older !== undefined) {
        older.place = place;
        older.content = content;
        older.waiters.push(resolve);
        return;
      }
      waiting.set(key, { place, content, waiters: [resolve] });
      // What stands in a thread can wait for the card above it, which people look at first.
      laneOf(place.channel).add(
        (turn) => deliver(key, turn),
        place.thread === null || typeof place.thread === 'string',
      );
    });
  }

  /** Until it stands, is refused, or is not worth another attempt. Never rejects: the lane goes on. */
  async function deliver(key: string, turn: Turn): Promise<void> {
    const startedAt = performance.now();
    let current: Waiting | undefined;
    const done = (outcome: SendOutcome) => {
      for (const tell of current?.waiters ?? []) tell(outcome);
    };
    for (let attempt = 0; ; attempt++) {
      current = newest(key, current);
      if (current === undefined) return;
      if (closing.signal.aborted) return done({ kind: 'failed', message: 'the bot is stopping' });
      const result = await attemptOnce(key, current, turn);
      if (result.kind !== 'later') {
        if (result.kind === 'refused') log.warn({ key, error: result.error }, 'Slack refused a message');
        return done(result);
      }
      const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** attempt) * (0.75 + Math.random() / 2);
      const afterMs = result.afterMs ?? backoffMs;
      if (performance.now() - startedAt + afterMs > giveUpAfterMs) {
        log.error({ key, why: result.why }, 'a message is given up until it changes');
        return done({ kind: 'failed', message: result.why });
      }
      log.info({ key, why: result.why, afterMs }, 'a message waits to be sent');
      try {
        await wait(afterMs, undefined, { signal: closing.signal });
      } catch {
        return done({ kind: 'failed', message: 'the bot is stopping' });
      }
    }
  }

  /** Takes what waits under the key, and with it everybody who waited for what it replaces. */
  function newest(key: string, current: Waiting | undefined): Waiting | undefined {
    const newer = waiting.get(key);
    if (newer === undefined) return current;
    waiting.delete(key);
    return { ...newer, waiters: [...(current?.waiters ?? []), ...newer.waiters] };
  }

  async function attemptOnce(key: string, { place, content }: Waiting, turn: Turn): Promise<Attempt> {
    try {
      return await attemptDelivery({ ...ports, turn: (what) => turn(what, closing.signal) }, key, place, content);
    } catch (error) {
      if (!closing.signal.aborted) log.error({ key, error }, 'a message could not be sent');
      return { kind: 'later', afterMs: null, why: error instanceof Error ? error.message : String(error) };
    }
  }

  /** One more attempt after a short wait, for what somebody is looking at now and nobody needs later. */
  async function soon(method: string, args: Record<string, unknown>): Promise<CallResult> {
    const first = await call(method, args);
    const retry =
      first.kind === 'rateLimited' ? first.retryAfterMs : first.kind === 'unreachable' ? firstBackoffMs : null;
    if (retry === null || retry > 5000) return first;
    await wait(retry, undefined, { ref: false });
    return call(method, args);
  }

  return {
    upsert,
    async ephemeral({ channel, user, thread }, { text, blocks }) {
      const args = { channel, user, text, blocks, ...(thread === null ? {} : { thread_ts: thread }) };
      return outcomeOf(await soon('chat.postEphemeral', args), channel);
    },
    respond: (responseUrl, content) => respondTo(responseUrl, content, log),
    async openView(triggerId, view) {
      const result = await call('views.open', { trigger_id: triggerId, view });
      if (result.kind === 'ok') return { kind: 'opened', viewId: Opened.parse(result.data).view.id };
      log.warn({ result }, 'a modal could not be opened');
      return { kind: 'refused', error: whyFailed(result) };
    },
    async updateView(viewId, view) {
      const result = await soon('views.update', { view_id: viewId, view });
      if (result.kind !== 'ok') log.warn({ result }, 'a modal could not be updated');
      return outcomeOf(result, '');
    },
    async publishHome(user, view) {
      const result = await soon('views.publish', { user_id: user, view });
      if (result.kind !== 'ok') log.warn({ result, user }, 'a Home tab could not be published');
      return outcomeOf(result, user);
    },
    async close(deadlineMs) {
      const deadline = setTimeout(() => closing.abort(new Error('the bot is stopping')), deadlineMs);
      await Promise.all([...lanes.values()].map((lane) => lane.idle()));
      clearTimeout(deadline);
      closing.abort(new Error('the bot has stopped'));
    },
  };
}

const Opened = z.object({ view: z.object({ id: z.string() }) });
const Sent = z.object({ ts: z.string().optional(), message_ts: z.string().optional() });

function outcomeOf(result: CallResult, channel: string): SendOutcome {
  if (result.kind === 'ok') {
    const { ts, message_ts: messageTs } = Sent.parse(result.data);
    return { kind: 'sent', channel, ts: ts ?? messageTs ?? '' };
  }
  // Somebody, or an earlier attempt, did it: that is what was wanted.
  if (result.kind === 'refused' && result.error.startsWith('already_')) return { kind: 'sent', channel, ts: '' };
  return result.kind === 'refused'
    ? { kind: 'refused', error: result.error }
    : { kind: 'failed', message: whyFailed(result) };
}

async function respondTo(
  responseUrl: string,
  content: Content | 'delete the original',
  log: Log,
): Promise<SendOutcome> {
  const body =
    content === 'delete the original'
      ? { delete_original: true }
      : { response_type: 'ephemeral', replace_original: false, text: content.text, blocks: content.blocks };
  try {
    const response = await fetch(responseUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(callTimeoutMs),
    });
    const said = (await response.text()).slice(0, 200);
    if (response.ok) return { kind: 'sent', channel: '', ts: '' };
    log.warn({ status: response.status, said }, 'an ephemeral answer was refused');
    return { kind: 'refused', error: said || `http_${response.status}` };
  } catch (error) {
    log.warn({ error }, 'an ephemeral answer could not be sent');
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
