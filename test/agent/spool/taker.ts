import type { Outgoing } from '../../../src/link/client-stream.ts';
import type { StreamMessage } from '../../../src/link/protocol.ts';
import type { StreamRecord } from '../../../src/words/stream.ts';

/** The bot as a spool sees it: takes each stream in order and once. */
export interface Taker {
  /** What was taken, in the order it was. */
  readonly records: StreamRecord[];
  last(stream: string): number;
  take(batch: StreamMessage): void;
  /** Sends all that the queue has, or so many batches. */
  drain(outgoing: Outgoing, batches?: number): Promise<void>;
  /** Takes a batch, and the acknowledgement is lost. */
  takeSilently(outgoing: Outgoing): Promise<void>;
}

const MOST = { records: 7, bytes: 5_000 };

export function taker(): Taker {
  const cursors = new Map<string, number>();
  const records: StreamRecord[] = [];
  const last = (stream: string): number => cursors.get(stream) ?? 0;

  function take({ stream, firstSeq, records: sent }: StreamMessage): void {
    if (firstSeq > last(stream) + 1) throw new Error(`${firstSeq} does not follow on ${last(stream)}`);
    if (sent.length === 0) throw new Error('An empty batch');
    const fresh = sent.slice(last(stream) + 1 - firstSeq);
    records.push(...fresh);
    cursors.set(stream, last(stream) + fresh.length);
  }

  /** null: there is nothing to send. */
  async function batchOf(outgoing: Outgoing): Promise<StreamMessage | null> {
    // What it gives up on the way leads to another stream, or to nothing.
    for (;;) {
      const stream = await soon(outgoing);
      if (stream === null) return null;
      outgoing.taken(stream, last(stream));
      const batch = await outgoing.batch(stream, MOST);
      if (batch !== null) return batch;
    }
  }

  return {
    records,
    last,
    take,
    async drain(outgoing, batches = Number.POSITIVE_INFINITY) {
      for (let sent = 0; sent < batches; sent += 1) {
        const batch = await batchOf(outgoing);
        if (batch === null) return;
        take(batch);
        outgoing.taken(batch.stream, last(batch.stream));
      }
    },
    async takeSilently(outgoing) {
      const batch = await batchOf(outgoing);
      if (batch !== null) take(batch);
    },
  };
}

/** The stream that waits to be sent; null when there is none. */
async function soon(outgoing: Outgoing): Promise<string | null> {
  const now = new AbortController();
  const waiting = outgoing.waiting(now.signal).catch(() => null);
  now.abort();
  return await waiting;
}
