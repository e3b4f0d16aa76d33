import { expect, test } from 'vitest';
import { nodeTelling } from '../../../../src/agent/journal/node/tell.ts';
import { records } from './records.ts';

function telling() {
  const sink = records();
  const told = nodeTelling({
    node: 'cp-1',
    source: 'node-files',
    categories: ['control-plane'],
    sink,
    clock: () => 99,
  });
  return { sink, ...told };
}

test('whatever a source says fits the bounds of what the bot takes', () => {
  const { sink, change } = telling();
  change({
    key: 'k'.repeat(2_000),
    category: 'control-plane',
    earliestAt: 1.5,
    latestAt: 2.5,
    actor: 'a'.repeat(1_000),
    action: 'update',
    target: { kind: 'x', name: 'n'.repeat(1_000), addresses: Array(100).fill('10.0.0.1'), ports: Array(100).fill(1) },
    summary: 's'.repeat(1_000),
    diff: Array.from({ length: 100 }, (_, at) => `${at} ${'d'.repeat(1_000)}`),
    effect: null,
  });
  expect(sink.changes).toHaveLength(1);
  expect(sink.changes[0]).toMatchObject({
    source: 'node-files',
    instance: 'cp-1',
    earliestAt: 1,
    latestAt: 3,
    observedAt: 99,
    certainty: 'seen',
    target: { node: 'cp-1', namespace: null },
  });
  expect(sink.changes[0]?.diff).toHaveLength(40);
  expect(sink.changes[0]?.diff.at(-1)).toBe('… and 61 more');
});

test('coverage is told every ten seconds at most, and grows from where it began', () => {
  const { sink, coverage } = telling();
  for (let at = 1_000; at <= 25_000; at += 1_000) coverage.reach(at);
  expect(sink.spans.map(({ fromAt, toAt }) => [fromAt, toAt])).toEqual([
    [1_000, 11_000],
    [1_000, 21_000],
  ]);
  coverage.end();
  expect(sink.spans.at(-1)).toEqual({
    source: 'node-files',
    instance: 'cp-1',
    categories: ['control-plane'],
    fromAt: 1_000,
    toAt: 25_000,
  });
});

test('after an end another stretch begins, and no time between is claimed', () => {
  const { sink, coverage } = telling();
  coverage.end();
  coverage.reach(1_000);
  coverage.reach(5_000);
  coverage.end();
  coverage.end();
  coverage.reach(60_000);
  coverage.reach(70_000);
  expect(sink.spans.map(({ fromAt, toAt }) => [fromAt, toAt])).toEqual([
    [1_000, 5_000],
    [60_000, 70_000],
  ]);
});
