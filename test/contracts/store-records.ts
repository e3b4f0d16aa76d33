import type { Change, ChangeCategory, CoverageSpan } from '../../src/words/change.ts';
import type { Sample, SampleSeries } from '../../src/words/onset.ts';

/** The stream of one agent. */
export const cp1 = { cluster: 'prod', role: 'node', instance: 'cp-1', stream: 's1' } as const;

export function changeOf(id: string, at: number, category: ChangeCategory = 'firewall'): Change {
  return {
    id,
    source: 'node-firewall',
    instance: 'cp-1',
    category,
    earliestAt: at,
    latestAt: at,
    observedAt: at,
    certainty: 'seen',
    actor: null,
    action: 'update',
    target: { kind: 'nftables', namespace: null, name: 'inet filter', node: 'cp-1', addresses: [], ports: [] },
    summary: 'a rule was added',
    diff: [],
    effect: null,
    untilAt: null,
    link: null,
  };
}

export function spanOf(fromAt: number, toAt: number): CoverageSpan {
  return { source: 'node-firewall', instance: 'cp-1', categories: ['firewall'], fromAt, toAt };
}

/** Changes `n<seq>`, one each millisecond. */
export function numbered(firstSeq: number, lastSeq: number) {
  return Array.from({ length: Math.max(0, lastSeq - firstSeq + 1) }, (_, index) => ({
    kind: 'change' as const,
    change: changeOf(`n${firstSeq + index}`, 1_000 + firstSeq + index),
  }));
}

export function seriesOf(instance: string): SampleSeries {
  return {
    cluster: 'prod',
    vantage: { kind: 'outside', instance },
    path: 'endpoint',
    host: 'api.example.com',
    port: 6443,
    address: '10.0.0.10',
  };
}

export function sampleAt(at: number): Sample {
  return {
    at,
    tookMs: 12.3,
    good: true,
    failure: null,
    phases: { resolve: 0.4, connect: 1.25, tls: 6.125, processing: 4, transfer: 0 },
  };
}
