import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { agentClock } from '../../src/link/hub-clock.ts';

describe("the offset of an agent's clock", () => {
  test('is that of the shortest round trip of late, right to half of it', () => {
    const clock = agentClock();
    clock.measure(1_000, 1_000 + 5_000 + 90, 1_100);
    expect([clock.offsetMs(), clock.toleranceMs()]).toEqual([5_040, 50]);
    clock.measure(2_000, 2_000 + 5_000 + 3, 2_010);
    expect([clock.offsetMs(), clock.toleranceMs()]).toEqual([4_998, 5]);
    clock.measure(3_000, 3_000 + 5_000 + 180, 3_200);
    expect([clock.offsetMs(), clock.toleranceMs()]).toEqual([4_998, 5]);
  });

  test('forgets the surest one after a while, since clocks drift', () => {
    const clock = agentClock();
    clock.measure(0, 100, 0);
    for (let at = 1; at <= 7; at += 1) clock.measure(at * 10, at * 10 + 105 + 10, at * 10 + 20);
    expect(clock.toleranceMs()).toBe(0);
    clock.measure(80, 80 + 105 + 10, 100);
    expect([clock.offsetMs(), clock.toleranceMs()]).toEqual([105, 10]);
  });

  test('follows at once when a clock was set', () => {
    const clock = agentClock();
    clock.measure(0, 60_001, 2);
    clock.measure(10, 10 + 100, 210);
    expect([clock.offsetMs(), clock.toleranceMs()]).toEqual([0, 100]);
    clock.measure(300, 305, 310);
    expect([clock.offsetMs(), clock.toleranceMs()]).toEqual([0, 5]);
  });

  test('is never further from the truth than it says, as long as no clock is set', () => {
    const trip = fc.record({ there: fc.integer({ min: 0, max: 3_000 }), back: fc.integer({ min: 0, max: 3_000 }) });
    fc.assert(
      fc.property(fc.integer({ min: -300_000, max: 300_000 }), fc.array(trip, { minLength: 1 }), (offset, trips) => {
        const clock = agentClock();
        let at = 1_000_000;
        for (const { there, back } of trips) {
          clock.measure(at, at + there + offset, at + there + back);
          at += 10_000;
          // Rounded to whole ms.
          expect(Math.abs(clock.offsetMs() - offset)).toBeLessThanOrEqual(clock.toleranceMs() + 0.5);
        }
      }),
    );
  });
});
