import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { MessageRecord, MessageRecords } from '../store/store.ts';
import { cutMrkdwn } from './escape.ts';
import { limits } from './limits.ts';
import { findByKey, METADATA_TYPE } from './lookup.ts';
import { type Block, context } from './render/blocks.ts';
import type { Content } from './render/content.ts';
import { problemsOf } from './validate.ts';
import type { CallFailure, CallResult, WebCall } from './web-call.ts';

/** Where a message belongs. `thread`: a timestamp, or the message it stands under, by that one's key. */
export interface Place {
  readonly channel: string;
  readonly thread: string | null | { readonly under: string };
}

export type Attempt =
  | { readonly kind: 'sent'; readonly channel: string; readonly ts: string }
  | { readonly kind: 'refused'; readonly error: string }
  /** Worth another attempt; `afterMs` null: whenever the caller thinks best. */
  | { readonly kind: 'later'; readonly afterMs: number | null; readonly why: string };

export interface DeliveryPorts {
  readonly call: WebCall;
  readonly records: MessageRecords;
  readonly clock: Clock;
  readonly log: Log;
  /** Waits for this channel's turn to send, or to edit. */
  turn(what: 'post' | 'edit'): Promise<void>;
}

/** The message isn't there any more, or isn't ours to edit: it is posted anew. */
const lost = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);
/** Slack dislikes the blocks: the text alone says what matters. */
const dislikesBlocks = new Set(['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long']);

/**
 * One attempt to make a message stand in Slack as it should: posts it, edits it, finds it again after a
 * crash, or sees that nothing changed. Safe to repeat: a message is posted once, whatever happens between
 * the post and its record, as long as Slack can be asked for it.
 */
export async function attemptDelivery(
  ports: DeliveryPorts,
  key: string,
  place: Place,
  content: Content,
): Promise<Attempt> {
  const standing = await ports.records.find(key);
  if (standing !== null && standing.ts !== null) return edit(ports, { ...standing, ts: standing.ts }, place, content);

  const thread = await threadOf(ports.records, place);
  if (thread === undefined) return { kind: 'refused', error: 'parent_not_sent' };
  const claim = await ports.records.claim(key, { channel: place.channel, thread, at: ports.clock.now() });
  if (claim.fresh) return post(ports, claim.record, content, false);
  return findOrPost(ports, claim.record, place, content);
}

/** It was claimed and perhaps posted; nobody wrote down that it was. */
async function findOrPost(
  ports: DeliveryPorts,
  claimed: MessageRecord,
  place: Place,
  content: Content,
): Promise<Attempt> {
  const { key, channel, thread, claimedAt } = claimed;
  const looked = await findByKey(ports.call, key, { channel, thread, sinceAt: claimedAt });
  switch (looked.kind) {
    case 'found':
      await ports.records.sent(key, looked.ts, NOT_KNOWN);
      return edit(ports, { ...claimed, ts: looked.ts, hash: NOT_KNOWN }, place, content);
    case 'absent':
      return post(ports, claimed, content, false);
    case 'unknowable':
      ports.log.warn({ key }, 'no history scope: a message that may stand already is posted as a continuation');
      return post(ports, claimed, content, true);
    case 'failed':
      return failed(looked.result);
    default:
      return looked satisfies never;
  }
}

async function post(
  ports: DeliveryPorts,
  claimed: MessageRecord,
  content: Content,
  continues: boolean,
): Promise<Attempt> {
  const { key, channel, thread } = claimed;
  const args = {
    channel,
    ...(thread === null ? {} : { thread_ts: thread }),
    unfurl_links: false,
    unfurl_media: false,
    metadata: { event_type: METADATA_TYPE, event_payload: { key } },
  };
  const result = await send(ports, 'chat.postMessage', key, args, content, continues);
  if (result.kind === 'ok') {
    const { ts } = Posted.parse(result.data);
    await ports.records.sent(key, ts, hashOf(content, continues));
    return { kind: 'sent', channel, ts };
  }
  // What certainly was never posted need not be looked for the next time.
  const neverPosted = result.kind !== 'unreachable' || !result.mayHaveActed;
  if (neverPosted && !continues) await ports.records.forget(key);
  return failed(result);
}

async function edit(
  ports: DeliveryPorts,
  standing: MessageRecord & { ts: string },
  place: Place,
  content: Content,
): Promise<Attempt> {
  const { key, channel, ts } = standing;
  const continues = saysContinues(standing.hash);
  if (standing.hash === hashOf(content, continues)) return { kind: 'sent', channel, ts };
  const result = await send(ports, 'chat.update', key, { channel, ts }, content, continues);
  if (result.kind === 'ok') {
    await ports.records.sent(key, ts, hashOf(content, continues));
    return { kind: 'sent', channel, ts };
  }
  if (result.kind === 'refused' && lost.has(result.error)) {
    ports.log.info({ key, error: result.error }, 'a message is gone and is posted anew');
    await ports.records.forget(key);
    return attemptDelivery(ports, key, place, content);
  }
  return failed(result);
}

async function send(
  ports: DeliveryPorts,
  method: 'chat.postMessage' | 'chat.update',
  key: string,
  args: Record<string, unknown>,
  content: Content,
  continues: boolean,
): Promise<CallResult> {
  const text = cutMrkdwn(content.text, limits.sectionText);
  const what = method === 'chat.update' ? 'edit' : 'post';
  const plainer = () => ports.call(method, { ...args, text, blocks: [] });
  const problems = problemsOf(content);
  await ports.turn(what);
  if (problems.length > 0) {
    ports.log.error({ key, problems }, 'a message is beyond the limits of Slack and is sent as text');
    return plainer();
  }
  const result = await ports.call(method, {
    ...args,
    text,
    blocks: stamped(continues ? continuing(content) : content.blocks),
  });
  if (result.kind !== 'refused' || !dislikesBlocks.has(result.error)) return result;
  ports.log.error(
    { key, error: result.error, problems: result.messages },
    'Slack refused the blocks of a message: sent as text',
  );
  await ports.turn(what);
  return plainer();
}

function failed(result: CallFailure): Attempt {
  switch (result.kind) {
    case 'refused':
      return { kind: 'refused', error: result.error };
    case 'rateLimited':
      return { kind: 'later', afterMs: result.retryAfterMs, why: 'rate limited' };
    case 'unreachable':
      return { kind: 'later', afterMs: null, why: result.message };
    default:
      return result satisfies never;
  }
}

/** undefined: the message it should stand under has not been sent. */
async function threadOf(records: MessageRecords, { thread }: Place): Promise<string | null | undefined> {
  if (thread === null || typeof thread === 'string') return thread;
  const parent = await records.find(thread.under);
  return parent?.ts === null || parent === null ? undefined : (parent.thread ?? parent.ts);
}

function continuing(content: Content): readonly Block[] {
  return [context('This continues a message that may stand above.'), ...content.blocks];
}

/** Slack keeps showing a block's old content when a block with the same id changes; so its id changes with it. */
function stamped(blocks: readonly Block[]): readonly unknown[] {
  return blocks.map((block, index) => ({ ...block, block_id: `${index}-${digest(block).slice(0, 12)}` }));
}

/** Of a message that was found in Slack: what it said was never written down. */
const NOT_KNOWN = 'not-known';
const CONTINUES = '+continues';

/** A message that was posted as a continuation keeps saying so when it is edited: the mark stays with its hash. */
function hashOf({ text, blocks }: Content, continues: boolean): string {
  return digest({ text, blocks }) + (continues ? CONTINUES : '');
}

function saysContinues(hash: string | null): boolean {
  return hash?.endsWith(CONTINUES) ?? false;
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}

const Posted = z.object({ ts: z.string() });
