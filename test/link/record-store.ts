import type { RecordPorts } from '../../src/link/hub-stream.ts';
import type { StreamRecord } from '../../src/words/stream.ts';

/** Takes records as the bot's store does: in order and once for each agent's stream. */
export interface MemoryRecords extends RecordPorts {
  readonly taken: StreamRecord[];
  /** Numbers of the batches that it was given, as `[firstSeq, how many]`. */
  readonly given: (readonly [number, number])[];
  /** As if it was begun anew. */
  forget(): void;
}

export function memoryRecords(): MemoryRecords {
  const cursors = new Map<string, number>();
  const taken: StreamRecord[] = [];
  const given: (readonly [number, number])[] = [];
  const keyOf: (...names: Parameters<RecordPorts['lastSeq']>) => string = ({ cluster, role, vantage }, stream) =>
    JSON.stringify([cluster, role, vantage.instance, stream]);
  return {
    taken,
    given,
    forget() {
      cursors.clear();
      taken.length = 0;
    },
    lastSeq: async (from, stream) => cursors.get(keyOf(from, stream)) ?? 0,
    async onRecords(from, stream, firstSeq, records) {
      given.push([firstSeq, records.length]);
      const last = cursors.get(keyOf(from, stream)) ?? 0;
      const fresh = records.slice(last + 1 - firstSeq);
      taken.push(...fresh);
      cursors.set(keyOf(from, stream), last + fresh.length);
      return { last: last + fresh.length };
    },
  };
}
