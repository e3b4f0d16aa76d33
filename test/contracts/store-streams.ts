import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import type { SampleSeries } from '../../src/words/onset.ts';
import type { StreamRecord } from '../../src/words/stream.ts';
import { changeOf, cp1, numbered, sampleAt, seriesOf, spanOf } from './store-records.ts';

/** What every engine must do with what agents stream. */
export function streamsContract(storeNow: () => Store): void {
  describe('streams', () => {
    let store: Store;
    beforeEach(() => {
      store = storeNow();
    });
    const kept = async (cluster = 'prod') =>
      (await store.changes.between(cluster, { fromAt: 0, toAt: 1e12, nearAt: 0, most: 1_000 })).changes.map(
        ({ id }) => id,
      );

    it('takes records of every kind, and moves the cursor past them', async () => {
      const change = changeOf('a', 1_000);
      expect(await store.streams.last('prod', 'node', 'cp-1', 's1')).toBe(0);
      expect(
        await store.streams.take(cp1, 1, [
          { kind: 'change', change },
          { kind: 'coverage', span: spanOf(500, 2_000) },
          { kind: 'samples', series, samples: [sampleAt(1_000), sampleAt(6_000)] },
          { kind: 'gap', fromAt: 600, toAt: 700, lost: 3, why: 'the disk bound' },
        ]),
      ).toEqual({ last: 4, newChanges: [change] });
      expect(await store.streams.last('prod', 'node', 'cp-1', 's1')).toBe(4);
      expect(await kept()).toEqual(['a']);
      expect(await store.samples.between(series, 0, 9_000)).toEqual([sampleAt(1_000), sampleAt(6_000)]);
      expect(await store.changes.coverage('prod', 0, 9_000)).toEqual([spanOf(500, 599), spanOf(701, 2_000)]);
    });

    it('counts each stream of each agent by itself', async () => {
      await store.streams.take(cp1, 1, numbered(1, 3));
      expect(await store.streams.last('prod', 'node', 'cp-1', 's2')).toBe(0);
      expect(await store.streams.last('prod', 'vantage', 'cp-1', 's1')).toBe(0);
      expect(await store.streams.last('stage', 'node', 'cp-1', 's1')).toBe(0);
      expect(await store.streams.take({ ...cp1, stream: 's2' }, 1, numbered(1, 2))).toEqual({
        last: 2,
        newChanges: [],
      });
      expect(await store.streams.last('prod', 'node', 'cp-1', 's1')).toBe(3);
    });

    it('leaves out what it took before', async () => {
      await store.streams.take(cp1, 1, numbered(1, 3));
      expect(await store.streams.take(cp1, 1, numbered(1, 3))).toEqual({ last: 3, newChanges: [] });
      const { last, newChanges } = await store.streams.take(cp1, 2, numbered(2, 5));
      expect(last).toBe(5);
      expect(newChanges.map(({ id }) => id)).toEqual(['n4', 'n5']);
      expect(await kept()).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
    });

    it('takes nothing from beyond a hole, and says where to go on', async () => {
      await store.streams.take(cp1, 1, numbered(1, 2));
      expect(await store.streams.take(cp1, 4, numbered(4, 6))).toEqual({ last: 2, newChanges: [] });
      expect(await store.streams.take({ ...cp1, stream: 's2' }, 2, numbered(2, 2))).toEqual({
        last: 0,
        newChanges: [],
      });
      expect(await kept()).toEqual(['n1', 'n2']);
    });

    it('takes nothing of nothing', async () => {
      expect(await store.streams.take(cp1, 1, [])).toEqual({ last: 0, newChanges: [] });
    });

    it('takes all of a batch or none of it', async () => {
      const broken: StreamRecord = { kind: 'samples', series, samples: [sampleAt(Number.POSITIVE_INFINITY)] };
      await expect(
        store.streams.take(cp1, 1, [...numbered(1, 2), { kind: 'coverage', span: spanOf(0, 9) }, broken]),
      ).rejects.toThrow(TypeError);
      expect(await store.streams.last('prod', 'node', 'cp-1', 's1')).toBe(0);
      expect(await kept()).toEqual([]);
      expect(await store.changes.coverage('prod', 0, 9)).toEqual([]);
      expect(await store.streams.take(cp1, 1, numbered(1, 2))).toMatchObject({ last: 2 });
    });

    it('lets no later span cover what was lost', async () => {
      const gap: StreamRecord = { kind: 'gap', fromAt: 300, toAt: 400, lost: 1, why: 'the disk bound' };
      await store.streams.take(cp1, 1, [gap, { kind: 'coverage', span: spanOf(0, 500) }]);
      await store.streams.take(cp1, 3, [{ kind: 'coverage', span: spanOf(0, 900) }]);
      const told = [spanOf(0, 299), spanOf(401, 900)];
      expect(await store.changes.coverage('prod', 0, 999)).toEqual(told);
      const other = { ...spanOf(0, 500), instance: 'cp-2' };
      await store.streams.take({ ...cp1, instance: 'cp-2' }, 1, [{ kind: 'coverage', span: other }]);
      expect(await store.changes.coverage('prod', 0, 999)).toEqual([...told, other]);
    });

    it("ends what all of the instance's sources cover, when something of it was lost", async () => {
      const files = { ...spanOf(0, 500), source: 'node-files', categories: ['control-plane' as const] };
      await store.streams.take(cp1, 1, [
        { kind: 'coverage', span: spanOf(0, 500) },
        { kind: 'coverage', span: files },
      ]);
      await store.streams.take(cp1, 3, [{ kind: 'gap', fromAt: 100, toAt: 500, lost: 9, why: 'the disk bound' }]);
      expect(await store.changes.coverage('prod', 0, 999)).toEqual([{ ...files, toAt: 99 }, spanOf(0, 99)]);
    });

    it('forgets how far a stream was taken that has told nothing since', async () => {
      await store.streams.take(cp1, 1, [{ kind: 'change', change: changeOf('old', 1_000) }]);
      await store.streams.take({ ...cp1, instance: 'cp-2' }, 1, [{ kind: 'coverage', span: spanOf(0, 2_000) }]);
      await store.changes.prune(2_000);
      expect(await store.streams.last('prod', 'node', 'cp-1', 's1')).toBe(0);
      expect(await store.streams.last('prod', 'node', 'cp-2', 's1')).toBe(1);
    });

    it('has each record once, however the batches overlap', async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(batch, { maxLength: 10 }), async (batches) => {
          const cluster = `c${++run}`;
          let reached = 0;
          const fresh: string[] = [];
          for (const [firstSeq, length] of batches) {
            const lastSeq = firstSeq + length - 1;
            const taken = await store.streams.take({ ...cp1, cluster }, firstSeq, numbered(firstSeq, lastSeq));
            if (firstSeq <= reached + 1) reached = Math.max(reached, lastSeq);
            expect(taken.last).toBe(reached);
            fresh.push(...taken.newChanges.map(({ id }) => id));
          }
          const all = numbered(1, reached).map(({ change }) => change.id);
          expect(fresh).toEqual(all);
          expect(await kept(cluster)).toEqual(all);
        }),
        { numRuns: 60 },
      );
    });
  });
}

const series: SampleSeries = seriesOf('cp-1');

const batch = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 8 }));
