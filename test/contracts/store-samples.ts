import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import type { Sample, SampleSeries } from '../../src/words/onset.ts';
import { Phase, ProbeFailureKind } from '../../src/words/probe.ts';
import { sampleAt, seriesOf } from './store-records.ts';

/** What every engine must do with samples. */
export function samplesContract(storeNow: () => Store): void {
  describe('samples', () => {
    let samples: Store['samples'];
    beforeEach(() => {
      samples = storeNow().samples;
    });
    const prober = seriesOf('bot');

    it('gives samples back as they were, in order of time', async () => {
      const bad: Sample = {
        at: 1_700_000_005_001,
        tookMs: 4_000.123456789,
        good: false,
        failure: { phase: 'connect', kind: 'timeout' },
        phases: { resolve: 0.1 },
      };
      await samples.add(prober, [bad]);
      await samples.add(prober, [sampleAt(1_700_000_000_000)]);
      await samples.add(prober, [sampleAt(1_700_000_010_000)]);
      expect(await samples.between(prober, 1_700_000_000_000, 1_700_000_010_000)).toEqual([
        sampleAt(1_700_000_000_000),
        bad,
        sampleAt(1_700_000_010_000),
      ]);
    });

    it('shows the same samples without objects', async () => {
      const bad: Sample = {
        at: 1_700_000_005_001,
        tookMs: 4_000.5,
        good: false,
        failure: { phase: 'connect', kind: 'timeout' },
        phases: { resolve: 0.1 },
      };
      await samples.add(prober, [sampleAt(1_700_000_000_000), bad, sampleAt(1_700_000_600_000)]);
      const seen: Omit<Sample, 'failure'>[] = [];
      await samples.visit(prober, 1_700_000_000_001, 1_700_000_600_000, (at, tookMs, good, phases) => {
        const done = Phase.options.flatMap((phase, index) => {
          const ms = phases[index];
          return ms === undefined || Number.isNaN(ms) ? [] : [[phase, ms] as const];
        });
        seen.push({ at, tookMs, good, phases: Object.fromEntries(done) });
      });
      const wanted = await samples.between(prober, 1_700_000_000_001, 1_700_000_600_000);
      expect(seen).toEqual(wanted.map(({ failure: _, ...sample }) => sample));
      expect(seen).toHaveLength(2);
    });

    it('answers to the millisecond, both edges included', async () => {
      await samples.add(prober, [sampleAt(1_000), sampleAt(2_000), sampleAt(3_000)]);
      expect(await samples.between(prober, 1_000, 2_000)).toEqual([sampleAt(1_000), sampleAt(2_000)]);
      expect(await samples.between(prober, 1_001, 1_999)).toEqual([]);
      expect(await samples.between(prober, 3_000, 9_000)).toEqual([sampleAt(3_000)]);
    });

    it('tells series apart by all that they are', async () => {
      const others: SampleSeries[] = [
        { ...prober, cluster: 'stage' },
        { ...prober, vantage: { kind: 'node', instance: 'bot' } },
        { ...prober, path: 'loopback' },
        { ...prober, port: 443 },
        { ...prober, address: '10.0.0.11' },
        { ...prober, address: null },
      ];
      for (const [index, series] of others.entries()) await samples.add(series, [sampleAt(index)]);
      await samples.add({ ...prober, address: null }, [sampleAt(50)]);
      for (const [index, series] of others.slice(0, 5).entries()) {
        expect(await samples.between(series, 0, 99)).toEqual([sampleAt(index)]);
      }
      expect(await samples.between({ ...prober, address: null }, 0, 99)).toEqual([sampleAt(5), sampleAt(50)]);
      expect(await samples.between(prober, 0, 99)).toEqual([]);
      expect(await samples.series('prod')).toEqual(others.slice(1));
      expect(await samples.series('stage')).toEqual(others.slice(0, 1));
      expect(await samples.series('elsewhere')).toEqual([]);
    });

    it('keeps a series of no samples out of the list', async () => {
      await samples.add(prober, []);
      expect(await samples.series('prod')).toEqual([]);
    });

    it('has a sample that is told twice once, as it was told last', async () => {
      const better: Sample = { ...sampleAt(2_000), tookMs: 9 };
      await samples.add(prober, [sampleAt(1_000), sampleAt(2_000)]);
      await samples.add(prober, [better, sampleAt(3_000)]);
      expect(await samples.between(prober, 0, 9_000)).toEqual([sampleAt(1_000), better, sampleAt(3_000)]);
    });

    it('loses nothing when many are added at once', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, index) => samples.add(prober, [sampleAt(index * 100)])));
      expect(await samples.between(prober, 0, 9_000)).toHaveLength(20);
    });

    it('refuses what it could not give back', async () => {
      await expect(samples.add(prober, [sampleAt(1_000), sampleAt(Number.NaN)])).rejects.toThrow(TypeError);
      expect(await samples.between(prober, 0, 9_000)).toEqual([]);
    });

    it('forgets the old ones, and a series that has no others', async () => {
      const hour = 3_600_000;
      await samples.add(prober, [sampleAt(0), sampleAt(hour), sampleAt(2 * hour), sampleAt(2 * hour + 5_000)]);
      await samples.add(seriesOf('cp-1'), [sampleAt(0)]);
      await samples.prune(2 * hour);
      expect(await samples.between(prober, 0, 9 * hour)).toEqual([sampleAt(2 * hour), sampleAt(2 * hour + 5_000)]);
      expect(await samples.series('prod')).toEqual([prober]);
      await samples.add(seriesOf('cp-1'), [sampleAt(3 * hour)]);
      expect(await samples.between(seriesOf('cp-1'), 0, 9 * hour)).toEqual([sampleAt(3 * hour)]);
    });

    it('gives back whatever a prober may have seen', async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(anySample, { maxLength: 20 }), { maxLength: 4 }), async (batches) => {
          const series = seriesOf(`run-${++run}`);
          for (const batch of batches) await samples.add(series, batch);
          const told = new Map(batches.flat().map((sample) => [sample.at, sample]));
          const inOrder = [...told.values()].toSorted((a, b) => a.at - b.at);
          expect(await samples.between(series, -1e15, 1e15)).toEqual(inOrder);
        }),
        { numRuns: 60 },
      );
    });
  });
}

const duration = fc.oneof(
  fc.integer({ min: 0, max: 60_000 }),
  fc.integer({ min: 0, max: 600_000 }).map((tenths) => tenths / 10),
  fc.integer({ min: 0, max: 60_000_000 }).map((thousandths) => thousandths / 1_000),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
);

const anySample: fc.Arbitrary<Sample> = fc.record({
  at: fc.oneof(
    fc.integer({ min: 0, max: 2_000_000 }),
    fc.integer({ min: -400_000, max: 0 }),
    fc.integer({ min: 1_700_000_000_000, max: 1_700_000_900_000 }),
  ),
  tookMs: duration,
  good: fc.boolean(),
  failure: fc.option(
    fc.record({ phase: fc.constantFrom(...Phase.options), kind: fc.constantFrom(...ProbeFailureKind.options) }),
  ),
  phases: fc.dictionary(fc.constantFrom(...Phase.options), duration),
});
