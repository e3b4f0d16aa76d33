import type { StreamRecord } from '../../words/stream.ts';

/** Where producers put what the bot shall know before it asks. */
export interface RecordSink {
  /** Takes it at once, durable soon after. Never throws, never waits. */
  put(record: StreamRecord): void;
}
