import type { Change } from '../../../src/words/change.ts';
import type { StreamRecord } from '../../../src/words/stream.ts';

export function change(id: string, at: number, overrides: Partial<Change> = {}): StreamRecord {
  return {
    kind: 'change',
    change: {
      id: `kube:${id}`,
      source: 'kube',
      instance: 'cp-1',
      category: 'network-policy',
      earliestAt: at,
      latestAt: at,
      observedAt: at,
      certainty: 'seen',
      actor: 'kubectl',
      action: 'update',
      target: { kind: 'NetworkPolicy', namespace: 'kube-system', name: id, node: null, addresses: [], ports: [] },
      summary: `NetworkPolicy ${id} was changed`,
      diff: [],
      effect: null,
      untilAt: null,
      link: null,
      ...overrides,
    },
  };
}

export function samples(at: number, cluster = 'prod'): StreamRecord {
  return {
    kind: 'samples',
    series: {
      cluster,
      vantage: { kind: 'node', instance: 'cp-1' },
      path: 'endpoint',
      host: 'api.example.com',
      port: 6443,
      address: '192.0.2.1',
    },
    samples: [{ at, tookMs: 12, good: true, failure: null, phases: { connect: 3 } }],
  };
}

/** Ids of the changes among them. */
export function idsIn(records: readonly StreamRecord[]): string[] {
  return records.flatMap((record) => (record.kind === 'change' ? [record.change.id.replace(/^kube:/, '')] : []));
}
