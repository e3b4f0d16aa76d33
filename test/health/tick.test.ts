import { setTimeout as wait } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { startTicking } from '../../src/health/tick.ts';
import { createLog } from '../../src/ops/log.ts';

test('bree’s job says again and again that it is time to look, until it is stopped', async () => {
  let ticks = 0;
  const ticking = await startTicking({
    every: { ms: 200 },
    onTick: () => {
      ticks += 1;
    },
    log: createLog({ name: 'test', level: 'silent' }),
  });
  await vi.waitFor(() => expect(ticks).toBeGreaterThanOrEqual(2), { timeout: 10_000 });
  await ticking.stop();
  const stoppedAt = ticks;
  // As long as several would have taken.
  await wait(500);
  expect(ticks).toBe(stoppedAt);
});
