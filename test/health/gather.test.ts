import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { plainPhrase } from '../../src/briefing/phrase.ts';
import { quantileOf } from '../../src/health/figures/histogram.ts';
import { unseenShare } from '../../src/health/figures/way-figures.ts';
import { type GatherPorts, gatherHealth } from '../../src/health/gather.ts';
import type { ClusterHealth } from '../../src/health/report.ts';
import type { Store } from '../../src/store/store.ts';
import type { Outage } from '../../src/words/onset.ts';
import { changeOf } from '../contracts/store-records.ts';
import { at, gatherFrom, memoryStore, probed } from './stage.ts';

let store: Store;
beforeEach(async () => {
  store = await memoryStore();
});
afterEach(() => store.close());

const day = { from: '2026-11-26T09:00Z', to: '2026-11-27T09:00Z' };
const period = { fromAt: at(day.from), toAt: at(day.to) };

async function gathered(more: Partial<GatherPorts> = {}): Promise<ClusterHealth> {
  const report = await gatherHealth(gatherFrom(store, more), ['prod'], period, AbortSignal.timeout(10_000));
  const [only] = report.clusters;
  if (only === undefined) throw new Error('nothing was gathered');
  return only;
}

const words = ({ problems }: ClusterHealth) => problems.map((problem) => plainPhrase(problem.words));

function outage(from: string, to: string | null): Outage {
  const onset = {
    id: `prober:${from}`,
    method: 'prober' as const,
    earliestAt: at(from),
    latestAt: at(from),
    words: 'seen',
    sources: [],
    scope: 'everywhere' as const,
    recovery: to === null ? null : { earliestAt: at(to), latestAt: at(to) },
  };
  return { id: onset.id, incident: onset.id, cluster: 'prod', onset, words: 'connect: timeout from the bot' };
}

test('a cluster on which nothing is to be seen is well', async () => {
  await probed(store, 'prod', day);
  const health = await gathered();
  expect(words(health)).toEqual([]);
  expect(health.ways).toMatchObject([{ probes: 1440, good: 1440 }]);
});

describe('figures', () => {
  test('quantiles of each phase are those of the samples, to two per cent', async () => {
    await probed(store, 'prod', day, (when) => {
      const n = ((when - period.fromAt) / 60_000) % 100;
      const phases = { resolve: 0.4, connect: 1 + n, tls: 10 * (1 + n), processing: 3, transfer: 0.1 };
      return { tookMs: 1 + n, phases };
    });
    const [way] = (await gathered()).ways;
    const [, connect, tls] = way?.phases ?? [];
    if (way === undefined || connect === undefined || tls === undefined) throw new Error('no figures');
    const sorted = Array.from({ length: 1440 }, (_, index) => 1 + (index % 100)).toSorted((a, b) => a - b);
    const p50 = sorted[719] ?? Number.NaN;
    const p99 = sorted[1425] ?? Number.NaN;
    for (const [histogram, times] of [
      [way.took, 1],
      [connect, 1],
      [tls, 10],
    ] as const) {
      expect(Math.abs((quantileOf(histogram, 0.5) ?? 0) / (times * p50) - 1)).toBeLessThan(0.02);
      expect(Math.abs((quantileOf(histogram, 0.99) ?? 0) / (times * p99) - 1)).toBeLessThan(0.02);
    }
  });

  test('one of two addresses that answers is enough, as for a client', async () => {
    const series = { cluster: 'prod', vantage: { kind: 'outside', instance: 'bot' }, path: 'endpoint' } as const;
    const where = { host: 'api.example', port: 6443 };
    const sample = (when: number, good: boolean) => ({
      at: when,
      tookMs: 5,
      good,
      failure: good ? null : ({ phase: 'connect', kind: 'refused' } as const),
      phases: {},
    });
    const times = [0, 1, 2, 3].map((minute) => period.fromAt + minute * 60_000);
    // One is down throughout; the other fails once. Told a little apart.
    await store.samples.add(
      { ...series, ...where, address: '203.0.113.1' },
      times.map((when) => sample(when, false)),
    );
    await store.samples.add(
      { ...series, ...where, address: '203.0.113.2' },
      times.map((when, index) => sample(when + 20, index !== 2)),
    );
    expect((await gathered()).ways).toMatchObject([{ probes: 4, good: 3 }]);
  });

  test('pods that replaced one another are one vantage', async () => {
    for (const [instance, from, to] of [
      ['apidown-1', '2026-11-26T09:00Z', '2026-11-26T20:00Z'],
      ['apidown-2', '2026-11-26T20:00Z', '2026-11-27T09:00Z'],
    ] as const) {
      const samples = [];
      for (let when = at(from); when < at(to); when += 60_000) {
        samples.push({ at: when, tookMs: 3, good: true, failure: null, phases: {} });
      }
      await store.samples.add(
        {
          cluster: 'prod',
          vantage: { kind: 'pod', instance },
          path: 'endpoint',
          host: 'api.example',
          port: 6443,
          address: '203.0.113.10',
        },
        samples,
      );
    }
    const { ways } = await gathered();
    expect(ways).toHaveLength(1);
    expect(ways[0]).toMatchObject({ probes: 1440, good: 1440 });
    expect(ways.map(unseenShare)).toEqual([0]);
  });
});

describe('what somebody should look at', () => {
  test('an outage that lasts stands first, one that is over with how long it was', async () => {
    await probed(store, 'prod', day);
    await store.outages.put(outage('2026-11-26T14:00Z', '2026-11-26T14:12Z'));
    await store.outages.put(outage('2026-11-27T08:50Z', null));
    expect(words(await gathered())).toEqual([
      'is down since 08:50:00 UTC: connect: timeout from the bot',
      'was down for 12 min, from 14:00:00 UTC',
    ]);
  });

  test('several outages are told together', async () => {
    await probed(store, 'prod', day);
    await store.outages.put(outage('2026-11-26T14:00Z', '2026-11-26T14:12Z'));
    await store.outages.put(outage('2026-11-26T20:00Z', '2026-11-26T20:03Z'));
    expect(words(await gathered())).toEqual([
      'was down 2 times, 15 min together; the longest time 12 min, from 14:00:00 UTC',
    ]);
  });

  test('nobody probed it, or not for long', async () => {
    expect(words(await gathered())).toEqual(['was not probed by anybody: nothing is known of its availability']);
    await probed(store, 'prod', { from: day.from, to: '2026-11-26T21:00Z' });
    expect(words(await gathered())).toEqual(['was not probed from the bot for 50 % of the period']);
  });

  test('probes that failed without being an outage', async () => {
    await probed(store, 'prod', day, (when) =>
      when % 600_000 === 0 ? { good: false, failure: { phase: 'tls', kind: 'reset' } } : {},
    );
    expect(words(await gathered())).toEqual(['144 probes of 1440 from the bot failed (10 %)']);
  });

  test.each([
    ['2026-12-10T09:00Z', 'its certificate ends in 13 days, at 09:00:00 UTC', 'note'],
    ['2026-11-28T09:00Z', 'its certificate ends in 24 h, at 09:00:00 UTC', 'grave'],
    ['2026-11-27T08:00Z', 'its certificate has expired, at 08:00:00 UTC', 'grave'],
  ])('a certificate that ends at %s', async (ends, said, gravity) => {
    await probed(store, 'prod', day);
    const health = await gathered({ certificateEnds: () => [at('2027-06-01T00:00Z'), at(ends)] });
    expect(words(health)).toEqual([said]);
    expect(health.problems[0]?.gravity).toBe(gravity);
  });

  test('restarts of the API server, each counted once however many tell of it', async () => {
    await probed(store, 'prod', day);
    const restart = (id: string, source: string, when: string, kind: string) => ({
      ...changeOf(id, at(when)),
      source,
      category: 'control-plane' as const,
      action: 'restart' as const,
      target: { kind, namespace: 'kube-system', name: 'kube-apiserver', node: 'cp-1', addresses: [], ports: [] },
    });
    await store.changes.add('prod', [
      restart('a', 'node-files', '2026-11-26T10:00:00Z', 'kube-apiserver container'),
      restart('b', 'kube', '2026-11-26T10:00:40Z', 'kube-apiserver container'),
      restart('c', 'kube', '2026-11-26T18:00:00Z', 'kube-apiserver container'),
    ]);
    expect(words(await gathered())).toEqual(['its API server was restarted 2 times on cp-1, last at 18:00:00 UTC']);
  });

  test('agents that are away, were never there, or are of another version', async () => {
    await probed(store, 'prod', day);
    const vantage = (kind: 'node' | 'pod', instance: string) => ({ kind, instance, leavesBy: [] });
    const health = await gathered({
      agents: () => [{ vantage: vantage('node', 'cp-1'), version: '0.0.9' }],
      absent: () => [{ vantage: vantage('node', 'cp-2'), lastSeenAt: at('2026-11-27T03:00Z') }],
      expected: async () => ({ nodes: ['cp-1', 'cp-2', 'cp-3'], sources: [] }),
    });
    expect(words(health)).toEqual([
      'node cp-2 is not connected, last seen 03:00:00 UTC',
      'no agent was ever seen on node cp-3',
      'node cp-1 (0.0.9) runs another version than the bot (0.1.0)',
    ]);
    expect(words(await gathered({ agents: () => [] }))).toEqual(['has no agent: the checks inside can not run']);
  });

  test('sources that tell nothing, with why, and for how long', async () => {
    await probed(store, 'prod', day);
    const source = (name: string, more: object) => ({
      source: name,
      instance: null,
      categories: ['firewall' as const],
      words: name,
      lateMs: 30_000,
      absent: null,
      trouble: null,
      ...more,
    });
    const span = { instance: 'x', categories: ['firewall' as const], fromAt: period.fromAt };
    await store.changes.cover('prod', { ...span, source: 'silent', toAt: at('2026-11-27T05:00Z') });
    await store.changes.cover('prod', { ...span, source: 'talks', toAt: period.toAt });
    const sources = [
      source('talks', {}),
      source('silent', {}),
      source('never', {}),
      source('absent', { absent: 'no cloud account is configured' }),
      source('cloud', { trouble: 'the credentials have expired' }),
    ];
    expect(words(await gathered({ expected: async () => ({ nodes: [], sources }) }))).toEqual([
      'changes are not seen of silent: no data for 4 h; never: no data; cloud: the credentials have expired',
    ]);
  });

  test('an investigation that is not concluded', async () => {
    await probed(store, 'prod', day);
    const open = { id: 'inv-a', cluster: 'prod', openedAt: at('2026-11-26T14:00Z') };
    const health = await gathered({ openInvestigations: async () => [open, { ...open, cluster: 'stage' }] });
    expect(words(health)).toEqual(['inv-a is not concluded, opened 14:00:00 UTC']);
  });
});

test('changes of the period are counted by what they are of, and the most notable are told', async () => {
  await probed(store, 'prod', day);
  const denies = {
    ...changeOf('deny', at('2026-11-26T12:00Z')),
    category: 'firewall' as const,
    effect: { kind: 'judged' as const, verdict: 'breaks' as const, words: 'clients are shut out' },
  };
  const others = Array.from({ length: 5 }, (_, index) => ({
    ...changeOf(`other-${index}`, at('2026-11-27T08:00Z') + index),
    category: 'control-plane' as const,
    effect: null,
  }));
  await store.changes.add('prod', [denies, ...others, { ...changeOf('old', at('2026-11-25T12:00Z')) }]);
  const { changes } = await gathered();
  expect(changes).toMatchObject({
    total: 6,
    byCategory: [
      { category: 'control-plane', amount: 5 },
      { category: 'firewall', amount: 1 },
    ],
  });
  expect(changes.notable.map(({ id }) => id)).toEqual([denies.id, others[4]?.id]);
});
