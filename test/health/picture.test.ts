import { expect, test } from 'vitest';
import { gatherHealth } from '../../src/health/gather.ts';
import { healthPicture } from '../../src/health/picture.ts';
import { pngOf } from '../../src/ops/png.ts';
import { at, gatherFrom, memoryStore, probed } from './stage.ts';

const day = { from: '2026-11-26T09:00Z', to: '2026-11-27T09:00Z' };
const period = { fromAt: at(day.from), toAt: at(day.to) };

test('one row for each way of a single cluster, and the same in words', async () => {
  const store = await memoryStore();
  await probed(store, 'prod', day, (when) =>
    when >= at('2026-11-26T14:00Z') && when < at('2026-11-26T14:30Z')
      ? { good: false, failure: { phase: 'connect', kind: 'timeout' } }
      : {},
  );
  const report = await gatherHealth(gatherFrom(store), ['prod'], period, AbortSignal.timeout(10_000));
  const picture = healthPicture(report, 'Europe/Berlin');
  expect(picture?.alt).toBe(
    'prod, the last 24 h. from the bot: 97.92 % good · p99 12 ms, failed probes in 2.08 % of the time.',
  );
  expect((await pngOf(picture?.svg ?? '')).subarray(1, 4).toString()).toBe('PNG');
  await store.close();
});

test('of many clusters the worst have rows of their own, and the others share one', async () => {
  const store = await memoryStore();
  const names = Array.from({ length: 12 }, (_, index) => `c${index}`);
  for (const name of names) await probed(store, name, { ...day, everyMs: 600_000 });
  const report = await gatherHealth(
    gatherFrom(store, { agents: (cluster) => (cluster === 'c7' ? [] : gatherFrom(store).agents(cluster)) }),
    names,
    period,
    AbortSignal.timeout(10_000),
  );
  const picture = healthPicture(report, 'UTC');
  expect(picture?.alt).toContain('c7: 100 % good');
  expect(picture?.alt).toContain('the worst of the 11 others: no failed probe.');
  await store.close();
});

test('where nothing was probed there is nothing to draw', async () => {
  const store = await memoryStore();
  const report = await gatherHealth(gatherFrom(store), ['prod'], period, AbortSignal.timeout(10_000));
  expect(healthPicture(report, 'UTC')).toBeNull();
  await store.close();
});
