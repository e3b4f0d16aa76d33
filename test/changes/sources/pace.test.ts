import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deadlineMs, longestPauseMs, pauseAfterMs } from '../../../src/changes/sources/pace.ts';
import { minute } from '../../correlation/given.ts';

const chance = fc.double({ min: 0, max: 1, noNaN: true });

test('well, it looks once an interval, a tenth sooner or later', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 3_600_000 }), chance, (every, by) => {
      const pause = pauseAfterMs(every, 0, by);
      expect(pause).toBeGreaterThanOrEqual(every * 0.9 - 1);
      expect(pause).toBeLessThanOrEqual(longestPauseMs(every) + 1);
    }),
  );
});

test('failing, it never looks sooner than when it is well, each time later, and after 10 to 15 minutes at last', () => {
  const pauses = [1, 2, 3, 4, 5, 50].map((failures) => pauseAfterMs(minute, failures, 0) / minute);
  expect(pauses).toEqual([1, 2, 4, 8, 10, 10]);
  expect(pauseAfterMs(minute, 50, 1)).toBe(15 * minute);
  expect(pauseAfterMs(30 * minute, 3, 0)).toBe(30 * minute);
});

test('a long stretch has longer to answer', () => {
  expect(deadlineMs({ fromAt: 0, toAt: 0 })).toBe(30_000);
  expect(deadlineMs({ fromAt: 0, toAt: 120 * minute })).toBe(150_000);
});
