import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stretchIn } from '../../../src/onset/prometheus/stretch.ts';

const S = 15_000;
/** A scrape's time may have been moved by so much. */
const TOLERANCE = 2;

describe('the failure in a series of samples', () => {
  it('began between the start of the last good scrape and the end of the first bad one', () => {
    expect(look('11100')).toEqual({
      kind: 'failing',
      earliestAt: 2 * S - TOLERANCE,
      latestAt: 3 * S + 300 + TOLERANCE,
      firstBadAt: 3 * S,
      recovery: null,
      gap: false,
    });
  });

  it('took as long as a scrape may take, when how long it took is not known', () => {
    expect(look('1110000', { took: null })).toMatchObject({ latestAt: 3 * S + S + TOLERANCE });
    // But no longer than until now.
    expect(look('1110', { took: null, until: 3 * S + 200 })).toMatchObject({ latestAt: 3 * S + 200 + TOLERANCE });
  });

  it('is over when a scrape is good again', () => {
    expect(look('1100110')).toMatchObject({ firstBadAt: 6 * S, recovery: null });
    expect(look('110011')).toMatchObject({
      firstBadAt: 2 * S,
      recovery: { earliestAt: 3 * S - TOLERANCE, latestAt: 4 * S + 300 + TOLERANCE },
    });
  });

  it('is the one nearest before the moment that is asked about', () => {
    expect(look('1011011', { near: 3.5 * S })).toMatchObject({ firstBadAt: S });
    expect(look('1011011', { near: 4 * S })).toMatchObject({ firstBadAt: 4 * S });
  });

  it('has a wide beginning where scrapes are missing or were no number, and says so', () => {
    expect(look('111..NN0')).toMatchObject({ earliestAt: 2 * S - TOLERANCE, firstBadAt: 7 * S, gap: true });
    expect(look('111.0')).toMatchObject({ gap: false });
  });

  it.each([
    ['1111', { kind: 'good', lastAt: 3 * S }],
    ['1111....', { kind: 'vanished', lastAt: 3 * S }],
    ['0000', { kind: 'bad throughout', sinceAt: 0 }],
    ['NNN', { kind: 'no data' }],
    ['', { kind: 'no data' }],
    ['1127', { kind: 'no success', value: 2 }],
  ])('%j is no failure that began here', (series, told) => {
    expect(look(series, { until: Math.max(0, series.length - 1) * S })).toEqual(told);
  });

  it('holds the true moment, whenever scrapes begin and however long they take', () => {
    const scrapes = fc.array(
      fc.record({ wait: fc.integer({ min: 1, max: 900 }), took: fc.integer({ min: 0, max: 800 }) }),
      {
        minLength: 3,
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(scrapes, fc.double({ min: 0, max: 1, noNaN: true }), (waits, share) => {
        let at = 0;
        const all = waits.map(({ wait, took }) => {
          at += wait + took;
          return { at, took };
        });
        const end = (all.at(-1)?.at ?? 0) + (all.at(-1)?.took ?? 0);
        const truthAt = Math.round(share * end);
        // One under way when it fails may go either way: the one that sees it latest decides here.
        const points = all.map(({ at, took }) => ({ at, value: at + took < truthAt ? 1 : 0 }));
        const took = new Map(all.map((one) => [one.at, one.took]));
        const found = stretchIn(
          { labels: {}, points },
          { nearAt: end, untilAt: end, tookMs: (at) => took.get(at) ?? null },
        );
        if (found.kind !== 'failing') return;
        expect(found.earliestAt).toBeLessThanOrEqual(truthAt);
        expect(found.latestAt).toBeGreaterThanOrEqual(truthAt);
      }),
    );
  });
});

/** One letter a scrape, `.` where none was stored, `N` for NaN; each took 300 ms. */
function look(series: string, asked: { near?: number; until?: number; took?: number | null } = {}) {
  const points = [...series].flatMap((letter, index) =>
    letter === '.' ? [] : [{ at: index * S, value: letter === 'N' ? Number.NaN : Number(letter) }],
  );
  const untilAt = asked.until ?? series.length * S;
  const took = asked.took === undefined ? 300 : asked.took;
  return stretchIn({ labels: {}, points }, { nearAt: asked.near ?? untilAt, untilAt, tookMs: () => took });
}
