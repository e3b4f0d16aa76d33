import type { RecordPorts } from '../link/hub-stream.ts';
import type { Store } from '../store/store.ts';
import type { Sample, SampleSeries } from '../words/onset.ts';

/** Takes what agents tell unasked into the store, and tells those who wait for it. */
export function takeRecords(needs: {
  readonly streams: Store['streams'];
  /** Changes that were not known, or samples, of this cluster came in. */
  onLearned(cluster: string): void;
  onSamples(series: SampleSeries, samples: readonly Sample[]): void;
}): RecordPorts {
  return {
    lastSeq: ({ cluster, role, vantage }, stream) => needs.streams.last(cluster, role, vantage.instance, stream),
    async onRecords({ cluster, role, vantage }, stream, firstSeq, records) {
      const from = { cluster, role, instance: vantage.instance, stream };
      const { last, newChanges } = await needs.streams.take(from, firstSeq, records);
      for (const record of records) if (record.kind === 'samples') needs.onSamples(record.series, record.samples);
      if (newChanges.length > 0) needs.onLearned(cluster);
      return { last };
    },
  };
}
