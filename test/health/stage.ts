import type { GatherPorts } from '../../src/health/gather.ts';
import type { Schedule } from '../../src/health/schedule.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { Sample } from '../../src/words/onset.ts';

export const at = (iso: string) => Date.parse(iso);

/** A clock that stands where it is put. */
export function clockAt(iso: string) {
  let nowAt = at(iso);
  return {
    now: () => nowAt,
    set(to: string) {
      nowAt = at(to);
    },
  };
}

export async function memoryStore(): Promise<Store> {
  const opened = await openStore({ kind: 'sqlite', file: ':memory:' });
  if (opened.kind !== 'open') throw new Error(opened.message);
  return opened.store;
}

export function scheduleOf(more: Partial<Schedule> = {}): Schedule {
  return {
    id: 'hp-aaaaaa',
    clusters: null,
    channel: 'C1',
    cron: '0 9 * * *',
    said: 'daily at 9:00',
    zone: 'UTC',
    by: 'U1',
    createdAt: at('2026-11-26T12:00Z'),
    sinceAt: at('2026-11-26T12:00Z'),
    paused: null,
    ...more,
  };
}

const version = '0.1.0';

/** Gathers from a store, where agents, sources and certificates are all right. */
export function gatherFrom(store: Store, more: Partial<GatherPorts> = {}): GatherPorts {
  return {
    samples: store.samples,
    outages: store.outages,
    journal: store.changes,
    agents: () => [{ vantage: { kind: 'pod', instance: 'apidown-1', leavesBy: [] }, version }],
    absent: () => [],
    certificateEnds: () => [at('2027-06-01T00:00Z')],
    expected: async () => ({ nodes: [], sources: [] }),
    openInvestigations: async () => [],
    version,
    isOutside: true,
    ...more,
  };
}

/** Good probes of the bot, one a minute, each as slow as `tookMs` says. */
export async function probed(
  store: Store,
  cluster: string,
  span: { readonly from: string; readonly to: string; readonly everyMs?: number },
  sample: (at: number) => Partial<Sample> = () => ({}),
): Promise<void> {
  const samples: Sample[] = [];
  for (let when = at(span.from); when < at(span.to); when += span.everyMs ?? 60_000) {
    const phases = { resolve: 0.5, connect: 2, tls: 6, processing: 3, transfer: 0.5 };
    samples.push({ at: when, tookMs: 12, good: true, failure: null, phases, ...sample(when) });
  }
  const series = { cluster, vantage: { kind: 'outside', instance: 'bot' }, path: 'endpoint' } as const;
  await store.samples.add({ ...series, host: 'api.example', port: 6443, address: '203.0.113.10' }, samples);
}
