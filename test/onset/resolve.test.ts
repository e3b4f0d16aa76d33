import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correction, onsetOfReport } from '../../src/onset/onset-of-report.ts';
import { parseReport } from '../../src/onset/report.ts';
import { resolve } from '../../src/onset/resolve.ts';
import { Onset, OnsetMethod } from '../../src/words/onset.ts';

const T = Date.parse('2026-11-22T14:00:00Z');
const MINUTE = 60_000;

describe('of several onsets', () => {
  it('the better method leads, and where intervals have no moment in common it is said', () => {
    const prober = onset('prober', 5 * MINUTE, 5 * MINUTE + 3_000);
    const samples = onset('prometheus-samples', 2 * MINUTE, 2 * MINUTE + 15_000);
    const { ordered, leading, disagreements } = resolve([samples, prober]);
    expect(leading).toBe(prober);
    expect(ordered).toEqual([prober, samples]);
    expect(disagreements).toEqual([
      {
        leading: 'prober',
        other: 'prometheus-samples',
        apartMs: 3 * MINUTE - 15_000,
        words: 'the prober says 14:05:00–14:05:03, the record of samples in Prometheus 14:02:00–14:02:15: 3 min apart',
      },
    ]);
  });

  it('those that touch do not disagree', () => {
    const disagreements = (from: number) =>
      resolve([onset('prober', 0, 1_000), onset('active-at', from, from + 5_000)]).disagreements;
    expect(disagreements(1_000)).toEqual([]);
    expect(disagreements(1_001)).toHaveLength(1);
  });

  it('a correction stands before all, the last given before an earlier one, and what was measured stays', () => {
    const first = { ...onset('correction', 0, 1), id: 'correction:U1' };
    const second = { ...onset('correction', 9, 99), id: 'correction:U2' };
    const prober = onset('prober', 5, 6);
    expect(resolve([first, prober, second]).ordered).toEqual([second, first, prober]);
    expect(resolve([second, prober, first]).leading).toBe(first);
  });

  it('a report leads where nothing was measured, and over an outage that had ended before it', () => {
    const report = onset('report', 60 * MINUTE, 61 * MINUTE);
    const flap = { ...onset('prober', 0, 1_000), recovery: { earliestAt: T + MINUTE, latestAt: T + MINUTE + 1_000 } };
    expect(resolve([report]).leading).toBe(report);
    expect(resolve([flap, report])).toMatchObject({ ordered: [report, flap], disagreements: [] });
  });

  it('a report within the outage that a prober saw stands beside it', () => {
    const report = onset('report', 4 * MINUTE, 5 * MINUTE);
    const outage = {
      ...onset('prober', 0, 1_000),
      recovery: { earliestAt: T + 20 * MINUTE, latestAt: T + 21 * MINUTE },
    };
    const { ordered, disagreements } = resolve([report, outage]);
    expect(ordered).toEqual([outage, report]);
    expect(disagreements).toHaveLength(1);
  });

  it('of flapping, the stretch that lasts leads', () => {
    const flap = { ...onset('prober', 0, 1_000), id: 'a', recovery: { earliestAt: T + 5_000, latestAt: T + 6_000 } };
    const lasting = { ...onset('prober', MINUTE, MINUTE + 9_000), id: 'b' };
    expect(resolve([flap, lasting])).toMatchObject({ ordered: [lasting, flap], disagreements: [] });
  });

  it('the same one told better later replaces what was told', () => {
    const better = { ...onset('prober', 0, 1_000), words: 'better' };
    expect(resolve([onset('prober', 0, 9_000), better]).ordered).toEqual([better]);
  });

  it('nobody knows, when there is none', () => {
    expect(resolve([])).toEqual({ leading: null, ordered: [], disagreements: [] });
  });

  it('says times as it was told to', () => {
    const both = [onset('prober', 0, 1), onset('report', MINUTE, 2 * MINUTE)];
    expect(resolve(both, (at) => `T+${at - T}`).disagreements[0]?.words).toContain(
      'T+0–T+1, a report T+60000–T+120000',
    );
  });

  it('keeps every one, in the same order however they came, save corrections', () => {
    const any = fc
      .record({
        method: fc.constantFrom(...OnsetMethod.options.filter((method) => method !== 'correction')),
        from: fc.integer({ min: 0, max: 100 }),
        width: fc.integer({ min: 0, max: 20 }),
        lasted: fc.option(fc.integer({ min: 0, max: 50 }), { nil: null }),
      })
      .map(({ method, from, width, lasted }) => {
        const latestAt = T + from + width;
        const recovery = lasted === null ? null : { earliestAt: latestAt, latestAt: latestAt + lasted };
        return { ...onset(method, from, from + width), recovery };
      });
    const many = fc.array(any, { maxLength: 8 }).map((all) => all.map((one, index) => ({ ...one, id: `${index}` })));
    const shuffled = many.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([all, mixed]) => {
        const { ordered, leading, disagreements } = resolve(all);
        expect(resolve(mixed)).toEqual({ ordered, leading, disagreements });
        expect(new Set(ordered)).toEqual(new Set(all));
        for (const { other, apartMs } of disagreements) {
          const found = all.find(({ id }) => id === other);
          expect(apartMs).toBeGreaterThan(0);
          expect(found?.method).not.toBe(leading?.method);
        }
      }),
    );
  });
});

describe('a report as an onset', () => {
  const report = parseReport('prod since 14:05 from 203.0.113.0/24', { nowAt: T + 20 * MINUTE, zone: 'UTC' });
  if (report.kind === 'unclear') throw new Error(report.why);

  it('carries the interval, the sources and how sure it is', () => {
    expect(Onset.parse(onsetOfReport(report, { by: 'U1' }))).toMatchObject({
      id: 'report:U1:2026-11-22T14:05:00+00:00',
      method: 'report',
      earliestAt: T + 5 * MINUTE,
      latestAt: T + 6 * MINUTE - 1,
      sources: ['203.0.113.0/24'],
      words: expect.stringMatching(/clients from 203\.0\.113\.0\/24 began to fail.*Low confidence/),
    });
    expect(Onset.parse(correction(report, { by: 'U1' }))).toMatchObject({ method: 'correction', id: 'correction:U1' });
  });

  it('is none without a time', () => {
    expect(onsetOfReport({ ...report, since: null }, { by: 'U1' })).toBeNull();
    expect(correction({ ...report, since: null }, { by: 'U1' })).toBeNull();
  });
});

/** From and to: ms after T. */
function onset(method: OnsetMethod, from: number, to: number): Onset {
  return {
    id: method,
    method,
    earliestAt: T + from,
    latestAt: T + to,
    words: method,
    sources: [],
    scope: 'unknown',
    recovery: null,
  };
}
