import { DatabaseSync } from 'node:sqlite';
import { gatherHealth } from '../../src/health/gather.ts';
import type { HealthReport } from '../../src/health/report.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { Sample, SampleSeries } from '../../src/words/onset.ts';
import { Phase } from '../../src/words/probe.ts';
import { quantile } from '../spread.ts';

export const clusters = 200;
export const everyMs = 5_000;
export const hours = 24;
const toAt = Date.UTC(2026, 10, 27, 9);
const fromAt = toAt - hours * 3_600_000;
const perCluster = (hours * 3_600_000) / everyMs;
export const filled = clusters * perCluster;

const names = Array.from({ length: clusters }, (_, index) => `fleet-${String(index).padStart(3, '0')}`);

/** One cluster is filled as the prober does it; the others get its chunks, since writing each takes minutes. */
export async function fill(file: string): Promise<Store> {
  const [first = '', ...others] = names;
  const store = await opened(file);
  await store.samples.add(
    seriesOf(first),
    Array.from({ length: perCluster }, (_, index) => sampleAt(index)),
  );
  for (const other of others) await store.samples.add(seriesOf(other), [sampleAt(0)]);
  await store.close();
  const db = new DatabaseSync(file);
  db.exec('delete from sample_chunks where series_id <> (select min(id) from sample_series)');
  db.exec(`insert into sample_chunks (series_id, chunk, packed)
    select series.id, chunks.chunk, chunks.packed from sample_series series, sample_chunks chunks
    where series.id <> (select min(id) from sample_series)`);
  db.close();
  return opened(file);
}

export function gather(store: Store): Promise<HealthReport> {
  const ports = {
    samples: store.samples,
    outages: store.outages,
    journal: store.changes,
    agents: () => [],
    absent: () => [],
    certificateEnds: () => [],
    expected: async () => ({ nodes: [], sources: [] }),
    openInvestigations: async () => [],
    version: '0',
    isOutside: true,
  };
  return gatherHealth(ports, names, { fromAt, toAt }, new AbortController().signal);
}

/** What one would write first. */
export async function gatherByObjects(store: Store): Promise<void> {
  for (const cluster of names) {
    for (const series of await store.samples.series(cluster)) {
      const samples = await store.samples.between(series, fromAt, toAt);
      const good = samples.filter((sample) => sample.good);
      const each = [
        good.map(({ tookMs }) => tookMs),
        ...Phase.options.map((phase) => good.map((one) => one.phases[phase] ?? 0)),
      ];
      for (const values of each) for (const share of [0.5, 0.99]) quantile(values, share);
    }
  }
}

async function opened(file: string): Promise<Store> {
  const found = await openStore({ kind: 'sqlite', file });
  if (found.kind !== 'open') throw new Error(found.message);
  return found.store;
}

function seriesOf(cluster: string): SampleSeries {
  const vantage = { kind: 'outside', instance: 'bot' } as const;
  return { cluster, vantage, path: 'endpoint', host: 'api.example', port: 6443, address: '203.0.113.10' };
}

function sampleAt(index: number): Sample {
  // No two alike for long, and tenths as the prober measures them.
  const ms = (of: number) => Math.round((of + ((index * 7919) % 97) / 10) * 10) / 10;
  return {
    at: fromAt + index * everyMs,
    tookMs: ms(12),
    good: true,
    failure: null,
    phases: { resolve: ms(0.4), connect: ms(1.5), tls: ms(6), processing: ms(3), transfer: ms(0.2) },
  };
}
