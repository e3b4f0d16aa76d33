import type { RecordSink } from '../../../../src/agent/spool/spool.ts';
import type { Change, CoverageSpan } from '../../../../src/words/change.ts';
import { StreamRecord } from '../../../../src/words/stream.ts';

/** A sink that takes only what the bot would take too. */
export interface Records extends RecordSink {
  readonly changes: Change[];
  readonly spans: CoverageSpan[];
}

export function records(): Records {
  const changes: Change[] = [];
  const spans: CoverageSpan[] = [];
  return {
    changes,
    spans,
    put(record) {
      const told = StreamRecord.parse(record);
      if (told.kind === 'change') changes.push(told.change);
      if (told.kind === 'coverage') spans.push(told.span);
    },
  };
}
