import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deadlineMs, longestPauseMs, pauseAfterMs } from '../../../src/changes/sources/pace.ts';
import { minute } from '../../correlation/given.ts';

const chance = fc.double({ min: 0, max: 1, noNaN: true });

test('well, it looks once an interval, a tenth sooner or later', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 3_600_000 }), chance, (every, by) => {
      const pause = pauseAfterMs({ lookEveryMs: every, failures: 0, isWaitedFor: false }, by);
      expect(pause).toBeGreaterThanOrEqual(every * 0.9 - 1);
      expect(pause).toBeLessThanOrEqual(longestPauseMs(every) + 1);
    }),
  );
});

test('while an onset is new it looks once a minute, or as often as it would anyway', () => {
  const waitedFor = (lookEveryMs: number) => pauseAfterMs({ lookEveryMs, failures: 0, isWaitedFor: true }, 0.5) / 1_000;
  expect([waitedFor(5 * minute), waitedFor(20_000)]).toEqual([60, 20]);
});

test('failing, it never looks sooner than when it is well, each time later, and after 10 to 15 minutes at last', () => {
  const after = (failures: number, lookEveryMs = minute, by = 0) =>
    pauseAfterMs({ lookEveryMs, failures, isWaitedFor: true }, by) / minute;
  expect([1, 2, 3, 4, 5, 50].map((failures) => after(failures))).toEqual([1, 2, 4, 8, 10, 10]);
  expect(after(50, minute, 1)).toBe(15);
  expect(after(3, 30 * minute)).toBe(30);
});

test('a long stretch has longer to answer', () => {
  expect(deadlineMs({ fromAt: 0, toAt: 0 })).toBe(30_000);
  expect(deadlineMs({ fromAt: 0, toAt: 120 * minute })).toBe(150_000);
});
