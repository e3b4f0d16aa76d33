import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { countStore } from '../../src/bin/count-store.ts';
import { createMetrics, type Metrics } from '../../src/ops/metrics.ts';
import type { Store } from '../../src/store/store.ts';
import type { StreamRecord } from '../../src/words/stream.ts';
import { opened } from '../contracts/store.ts';
import { changeOf, cp1, numbered, sampleAt, seriesOf } from '../contracts/store-records.ts';

let metrics: Metrics;
let kept: Store;
let store: Store;
beforeEach(async () => {
  metrics = createMetrics();
  kept = await opened({ kind: 'sqlite', file: ':memory:' });
  store = countStore(kept, metrics, ['prod']);
});

async function lines(): Promise<readonly string[]> {
  return (await metrics.metrics()).split('\n').filter((line) => line.startsWith('apidown_'));
}

const gap: StreamRecord = { kind: 'gap', fromAt: 1, toAt: 2, lost: 7, why: 'the spool was full' };

test('what an agent tells twice is counted once', async () => {
  onTestFinished(() => store.close());
  const records: readonly StreamRecord[] = [
    ...numbered(1, 2),
    { kind: 'samples', series: seriesOf('office'), samples: [sampleAt(1_000), sampleAt(2_000)] },
    gap,
  ];
  await store.streams.take(cp1, 1, records);
  await store.streams.take(cp1, 1, records);
  await store.streams.take(cp1, 4, [gap, gap]);
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'apidown_changes_total{cluster="prod",source="node-firewall"} 2',
      'apidown_probes_total{cluster="prod",vantage="outside",path="endpoint",outcome="good"} 2',
      'apidown_probe_phase_seconds_count{cluster="prod",vantage="outside",phase="connect"} 2',
      'apidown_journal_gaps_total{cluster="prod"} 2',
      'apidown_journal_lost_records_total{cluster="prod"} 14',
    ]),
  );
});

test('a change that is known already is not counted again, whoever tells it', async () => {
  onTestFinished(() => store.close());
  await store.changes.add('prod', [changeOf('c1', 1_000)]);
  await store.changes.add('prod', [changeOf('c1', 1_000), changeOf('c2', 2_000)]);
  expect(await lines()).toContain('apidown_changes_total{cluster="prod",source="node-firewall"} 2');
});

test('calls that fail are told by what was asked for, and fail as before', async () => {
  await kept.close();
  await expect(store.sessions.list('prod')).rejects.toThrow();
  await expect(store.samples.add(seriesOf('office'), [sampleAt(1_000)])).rejects.toThrow();
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'apidown_store_calls_total{shelf="sessions",outcome="failed"} 1',
      'apidown_store_calls_total{shelf="samples",outcome="failed"} 1',
    ]),
  );
  expect(await lines()).not.toContainEqual(expect.stringMatching(/^apidown_probes_total/));
});

test('what an alert waits for is told as 0 before it first happens', async () => {
  onTestFinished(() => store.close());
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'apidown_journal_gaps_total{cluster="prod"} 0',
      'apidown_store_calls_total{shelf="changes",outcome="failed"} 0',
    ]),
  );
});
