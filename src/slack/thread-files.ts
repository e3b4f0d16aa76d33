import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { MessageRecord, MessageRecords } from '../store/store.ts';
import { findFile } from './lookup.ts';
import { cardKey } from './render/desired.ts';
import { upload } from './upload.ts';
import { type WebCall, whyFailed } from './web-call.ts';

/** A file that belongs into the thread of a card. */
interface ThreadFile {
  readonly investigation: string;
  /** The same for as long as it is the same file. */
  readonly key: string;
  readonly filename: string;
  readonly title: string;
  /** null: there is nothing to show. `alt`: the same in words, for a picture. */
  make(): Promise<{ readonly content: Buffer; readonly alt?: string } | null>;
}

export interface ThreadFilesPorts {
  readonly call: WebCall;
  readonly records: MessageRecords;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ThreadFiles {
  /** Puts it there, once, whatever happens between: a restart, a crash, a second call. Never rejects. */
  put(file: ThreadFile): Promise<void>;
  /** Begins no more; resolves when what is under way is sent, or given up. */
  close(): Promise<void>;
}

/** Over about a minute and a half; given up then until the investigation changes, or Slack is back. */
const mostAttempts = 5;
const firstBackoffMs = 1_000;

export function createThreadFiles(ports: ThreadFilesPorts): ThreadFiles {
  const { call, records, clock, log } = ports;
  const stand = new Set<string>();
  const underWay = new Map<string, Promise<void>>();
  const closing = new AbortController();

  async function send(file: ThreadFile): Promise<void> {
    const { key, filename, title } = file;
    const card = await records.find(cardKey(file.investigation));
    // Without its card there is no thread to put it into; the card brings it along when it stands.
    if (card === null || card.ts === null) return;
    const place = { channel: card.channel, thread: card.thread ?? card.ts };
    const { fresh, record } = await records.claim(key, { ...place, at: clock.now() });
    const standing = record.ts ?? (fresh ? null : await sentBefore(record, filename));
    if (standing === null) {
      const made = await file.make();
      if (made === null) return;
      const { content, alt } = made;
      const sent = await upload(call, content, { ...place, filename, title, ...(alt === undefined ? {} : { alt }) });
      if (sent.kind === 'failed') throw new Error(sent.why);
      await records.sent(key, sent.file, filename);
    }
    stand.add(key);
  }

  /** Somebody claimed it and wrote nothing down: it may stand all the same. Its id; null when it doesn't, as far as Slack tells. */
  async function sentBefore(
    { key, channel, thread, claimedAt }: MessageRecord,
    filename: string,
  ): Promise<string | null> {
    if (thread === null) return null;
    const looked = await findFile(call, filename, { channel, thread, sinceAt: claimedAt });
    if (looked.kind === 'failed') throw new Error(whyFailed(looked.result));
    if (looked.kind !== 'found') return null;
    await records.sent(key, looked.ts, filename);
    return looked.ts;
  }

  async function keepSending(file: ThreadFile): Promise<void> {
    for (let attempt = 1; !stand.has(file.key); attempt++) {
      try {
        return await send(file);
      } catch (error) {
        log.warn({ key: file.key, attempt, error }, 'a file could not be made or sent');
      }
      if (attempt === mostAttempts || closing.signal.aborted) return;
      await wait(firstBackoffMs * 4 ** (attempt - 1), undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  return {
    async put(file) {
      if (closing.signal.aborted) return;
      const mine = underWay.get(file.key) ?? keepSending(file).finally(() => underWay.delete(file.key));
      underWay.set(file.key, mine);
      await mine;
    },
    async close() {
      closing.abort();
      await Promise.all(underWay.values());
    },
  };
}
