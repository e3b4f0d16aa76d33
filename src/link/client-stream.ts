import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../ops/log.ts';
import { pauseMs, type Range } from './client-pace.ts';
import type { StreamAnswer, StreamMessage } from './protocol.ts';

/** Records on their way to the bot, in order; kept until the bot has them. */
export interface Outgoing {
  /** What its records are, for the log. */
  readonly name: string;
  /** The stream that is to be sent now, as soon as there is something to send. Rejects with the signal's reason. */
  waiting(signal: AbortSignal): Promise<string>;
  /** The next records of this stream that the bot has not, at most that many and that large; null: there are none now. */
  batch(stream: string, most: BatchSize): Promise<StreamMessage | null>;
  /** The bot has all of this stream up to `last`. */
  taken(stream: string, last: number): void;
  /** The bot will never take this record. */
  spoilt(stream: string, seq: number, message: string): void;
}

export interface BatchSize {
  readonly records: number;
  readonly bytes: number;
}

/** How it gets to the bot; null: no word came back. */
export interface StreamWire {
  resume(stream: string): Promise<StreamAnswer | null>;
  send(batch: StreamMessage): Promise<StreamAnswer | null>;
}

/**
 * Sends all that waits, one batch at a time, until the signal aborts: what the bot has not acknowledged is under way or
 * still here. Before the first batch of a stream, and after every doubt, the bot is asked how far it has it.
 */
export async function sendAll(options: {
  readonly outgoing: Outgoing;
  readonly wire: StreamWire;
  readonly most: BatchSize;
  /** How long to wait after words that did not help. */
  readonly pace: Range;
  readonly signal: AbortSignal;
  readonly log: Log;
}): Promise<void> {
  const { outgoing, wire, most, pace, signal, log } = options;
  let agreed: string | null = null;
  let doubts = 0;
  let said = '';

  while (!signal.aborted) {
    const stream = await orAborted(outgoing.waiting(signal), signal);
    if (stream === null) return;
    if (stream === agreed) await sendNext(stream);
    else await agree(stream);
  }

  async function agree(stream: string): Promise<void> {
    const answer = await wire.resume(stream);
    if (answer?.kind !== 'taken') return await doubt(answer);
    agreed = stream;
    outgoing.taken(stream, answer.last);
  }

  async function sendNext(stream: string): Promise<void> {
    const batch = await outgoing.batch(stream, most);
    if (batch === null || signal.aborted) return;
    const answer = await wire.send(batch);
    if (answer?.kind === 'taken') {
      outgoing.taken(stream, answer.last);
      if (doubts > 0) log.info({ records: outgoing.name }, 'The bot takes records again');
      doubts = 0;
      said = '';
    } else if (answer?.kind === 'spoilt' && isIn(batch, answer.seq)) {
      log.error({ records: outgoing.name, ...answer }, 'The bot can not read a record: it is left out');
      outgoing.spoilt(stream, answer.seq, answer.message);
    } else {
      await doubt(answer);
    }
  }

  async function doubt(answer: Exclude<StreamAnswer, { kind: 'taken' }> | null): Promise<void> {
    agreed = null;
    if (signal.aborted) return;
    const message = answer?.message ?? 'No word came back.';
    // Each new reason once, not at every attempt.
    if (message !== said) log.warn({ records: outgoing.name, message }, 'The bot did not take records');
    said = message;
    await orAborted(sleep(pauseMs(pace, doubts, Math.random()), undefined, { signal }), signal);
    doubts += 1;
  }
}

function isIn({ firstSeq, records }: StreamMessage, seq: number): boolean {
  return seq >= firstSeq && seq < firstSeq + records.length;
}

/** null: aborted first. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}
