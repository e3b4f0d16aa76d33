import { expect, test } from 'vitest';
import { seenAs } from '../../src/probe/clients.ts';
import { goodStretches } from '../../src/probe/good-stretches.ts';
import { openStore } from '../../src/store/open.ts';
import type { SampleSeries } from '../../src/words/onset.ts';
import { bot, way } from './rounds.ts';

test('good probes one after the other are a stretch, which a bad one or a gap ends', async () => {
  const opened = await openStore({ kind: 'sqlite', file: ':memory:' });
  if (opened.kind === 'refused') throw new Error(opened.message);
  const { samples, close } = opened.store;
  const series: SampleSeries = { ...way(bot), address: '192.0.2.1' };
  const minute = (at: number, good: boolean) => ({
    at: at * 60_000,
    tookMs: 5,
    good,
    failure: good ? null : ({ phase: 'connect', kind: 'timeout' } as const),
    phases: {},
  });
  const story = [1, 2, 3, -4, 5, -6, 7, 8, 20, 21];
  await samples.add(
    series,
    story.map((at) => minute(Math.abs(at), at > 0)),
  );

  const found = await goodStretches(samples, {
    cluster: 'prod',
    fromAt: 2 * 60_000,
    toAt: 20 * 60_000,
    gapMs: 90_000,
    leavesBy: () => ['203.0.113.7'],
  });
  expect(found.map(({ fromAt, toAt }) => [fromAt / 60_000, toAt / 60_000])).toEqual([
    [2, 3],
    [5, 5],
    [7, 8],
    [20, 20],
  ]);
  expect(found[0]).toMatchObject({ series, leavesBy: ['203.0.113.7'] });
  await close();
});

test.each([
  [['10.0.0.5'], ['10.99.0.10'], ['10.0.0.5']],
  [['10.0.0.5'], ['203.0.113.10'], []],
  [['10.0.0.5', '198.51.100.7'], ['203.0.113.10'], ['198.51.100.7']],
  [['8.8.4.4', '10.0.0.5'], ['8.8.8.8'], ['8.8.4.4']],
  [['2600::1'], ['2600::2'], ['2600::1']],
  [['127.0.0.1'], ['127.0.0.1'], ['127.0.0.1']],
  [['nonsense'], [], []],
])('what leaves by %j is seen at %j as %j', (leavesBy, to, seen) => {
  expect(seenAs(leavesBy, to)).toEqual(seen);
});
