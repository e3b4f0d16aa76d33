import { beforeEach, describe, expect, it } from 'vitest';
import { coverageTeller } from '../../../../src/agent/journal/kube/coverage.ts';
import { ALSO_FOLLOWED } from '../../../../src/agent/journal/kube/watched.ts';
import { NEVER_LISTED, type Standing } from '../../../../src/agent/kube/standing.ts';
import type { CoverageSpan } from '../../../../src/words/change.ts';

let now: number;
let spans: CoverageSpan[];
let teller: ReturnType<typeof coverageTeller>;
let standings: Map<string, Standing>;
let others: Standing[] | null;

const names = [
  'pods',
  'networkpolicies',
  'services',
  'nodes',
  'endpointslices',
  ...ALSO_FOLLOWED.map(({ name }) => name),
];

beforeEach(() => {
  now = 1_000_000;
  spans = [];
  others = [];
  standings = new Map(names.map((name) => [name, seen(now - 5_000, now)]));
  teller = coverageTeller({
    instance: 'agent-1',
    clock: () => now,
    sink: { put: (record) => void (record.kind === 'coverage' && spans.push(record.span)) },
  });
});

function seen(completeFromAt: number, provenAt: number, over: Partial<Standing> = {}): Standing {
  return { ...NEVER_LISTED, listed: true, connected: true, settled: true, completeFromAt, provenAt, ...over };
}

function all(change: (standing: Standing, name: string) => Standing) {
  standings = new Map([...standings].map(([name, standing]) => [name, change(standing, name)]));
}

function progressed(): CoverageSpan[] {
  spans.length = 0;
  teller.progressed(standings, others);
  return [...spans];
}

/** Of the category: from and to; null when nothing was told. */
function told(category: CoverageSpan['categories'][number]): [number, number] | null {
  const span = spans.find(({ categories }) => categories.includes(category));
  return span === undefined ? null : [span.fromAt, span.toAt];
}

describe('coverage', () => {
  it('is one span of everything, from the first proof on, as far as the least proven of them', () => {
    all((standing, name) => ({ ...standing, provenAt: name === 'pods' ? now - 100 : now }));
    expect(progressed()).toEqual([
      {
        source: 'kube',
        instance: 'agent-1',
        categories: ['network-policy', 'control-plane', 'load-balancer', 'maintenance', 'endpoint'],
        fromAt: now - 5_000,
        toAt: now - 100,
      },
    ]);
  });

  it('is told again every 10 s while it proves itself', () => {
    progressed();
    now += 9_999;
    all((standing) => ({ ...standing, confirmedAt: now }));
    expect(progressed()).toEqual([]);
    now += 1;
    expect(progressed()).toHaveLength(1);
    expect(told('endpoint')).toEqual([995_000, now - 1]);
    now += 10_000;
    expect(progressed()).toEqual([]);
  });

  it('is told at once, up to the last proof, when sight is lost; and no more while it is', () => {
    progressed();
    now += 3_000;
    all((standing) => ({ ...standing, confirmedAt: now }));
    now += 1_000;
    all((standing) => ({
      ...standing,
      connected: false,
      settled: false,
      trouble: { kind: 'unreachable', message: 'x' },
    }));
    progressed();
    expect(told('network-policy')).toEqual([995_000, now - 1_000]);
    now += 60_000;
    expect(progressed()).toEqual([]);
  });

  it('goes on over a gap in which every stream took up where it ended', () => {
    progressed();
    now += 60_000;
    all((standing) => ({ ...standing, provenAt: now }));
    progressed();
    expect(told('control-plane')).toEqual([995_000, now]);
  });

  it('begins anew with the list, where one had to be made', () => {
    progressed();
    now += 60_000;
    all((standing, name) => seen(name === 'networkpolicies' ? now - 1_000 : standing.completeFromAt, now));
    progressed();
    expect(told('network-policy')).toEqual([now - 1_000, now]);
    expect(told('control-plane')).toEqual([995_000, now]);
  });

  it('is none of a category of which something can not be read', () => {
    standings.set('deployments', { ...NEVER_LISTED, trouble: { kind: 'refused', status: 403, message: 'no' } });
    progressed();
    expect(told('control-plane')).toBeNull();
    expect(told('maintenance')).not.toBeNull();
  });

  it('does without Events, which only add to it', () => {
    standings.set('events of pods', { ...NEVER_LISTED, trouble: { kind: 'refused', status: 403, message: 'no' } });
    progressed();
    expect(told('control-plane')).not.toBeNull();
  });

  it('of policies needs every other kind that there is', () => {
    others = null;
    progressed();
    expect(told('network-policy')).toBeNull();
    now += 10_000;
    all((standing) => ({ ...standing, provenAt: now }));
    others = [NEVER_LISTED];
    progressed();
    expect(told('network-policy')).toBeNull();
    now += 10_000;
    all((standing) => ({ ...standing, provenAt: now }));
    others = [seen(now - 2_000, now)];
    progressed();
    expect(told('network-policy')).toEqual([now - 2_000, now]);
  });
});
