import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import type { Outage } from '../../src/words/onset.ts';

/** What every engine must do with outages, and with the times at which nobody looked. */
export function outagesContract(storeNow: () => Store): void {
  describe('outages', () => {
    let outages: Store['outages'];
    beforeEach(() => {
      outages = storeNow().outages;
    });
    const idsSince = async (at: number, cluster = 'prod') => (await outages.since(cluster, at)).map(({ id }) => id);

    it('gives an outage back as it was put last', async () => {
      await outages.put(outageOf('o1', 1_000));
      await outages.put(outageOf('o1', 1_000, 5_000));
      expect(await outages.since('prod', 0)).toEqual([outageOf('o1', 1_000, 5_000)]);
      await outages.put(outageOf('o1', 1_000));
      expect(await outages.since('prod', 0)).toEqual([outageOf('o1', 1_000)]);
    });

    it('lists the newest first: those that last, and those that ended since', async () => {
      await outages.put(outageOf('lasting', 1_000));
      await outages.put(outageOf('over', 2_000, 3_000));
      await outages.put(outageOf('newest', 4_000, 5_000));
      await outages.put({ ...outageOf('other', 4_500), cluster: 'stage' });
      expect(await idsSince(3_000)).toEqual(['newest', 'over', 'lasting']);
      expect(await idsSince(3_001)).toEqual(['newest', 'lasting']);
      expect(await idsSince(5_001)).toEqual(['lasting']);
      expect(await idsSince(0, 'elsewhere')).toEqual([]);
    });

    it('forgets those that ended before, and none that lasts', async () => {
      await outages.put(outageOf('lasting', 1_000));
      await outages.put(outageOf('over', 1_000, 2_999));
      await outages.put(outageOf('newer', 1_000, 3_000));
      await outages.prune(3_000);
      expect(await idsSince(0)).toEqual(['lasting', 'newer']);
    });

    it('refuses what it could not give back', async () => {
      await expect(outages.put(outageOf('o1', Number.NaN))).rejects.toThrow(/outage o1/);
      expect(await idsSince(0)).toEqual([]);
    });
  });

  describe('when the prober was running', () => {
    let outages: Store['outages'];
    beforeEach(() => {
      outages = storeNow().outages;
    });

    it('was never', async () => {
      expect(await outages.downBetween(1_000, 2_000)).toEqual([{ fromAt: 1_000, toAt: 2_000 }]);
    });

    it('was not before its first sign of life, in a longer silence, and after its last one', async () => {
      for (const at of [1_000, 1_010, 1_020, 1_050, 1_060]) await outages.alive(at, 10);
      expect(await outages.downBetween(900, 2_000)).toEqual([
        { fromAt: 900, toAt: 1_000 },
        { fromAt: 1_020, toAt: 1_050 },
        { fromAt: 1_060, toAt: 2_000 },
      ]);
      expect(await outages.downBetween(1_000, 1_020)).toEqual([]);
      expect(await outages.downBetween(1_030, 1_040)).toEqual([{ fromAt: 1_030, toAt: 1_040 }]);
      expect(await outages.downBetween(1_015, 1_035)).toEqual([{ fromAt: 1_020, toAt: 1_035 }]);
    });

    it('is no silence yet that is as long as it may be', async () => {
      await outages.alive(1_000, 10);
      expect(await outages.downBetween(1_000, 1_010)).toEqual([]);
      expect(await outages.downBetween(1_000, 1_011)).toEqual([{ fromAt: 1_000, toAt: 1_011 }]);
      await outages.alive(1_010, 10);
      expect(await outages.downBetween(1_000, 1_010)).toEqual([]);
      await outages.alive(1_021, 10);
      expect(await outages.downBetween(1_000, 1_021)).toEqual([{ fromAt: 1_010, toAt: 1_021 }]);
    });

    it('forgets', async () => {
      await outages.alive(1_000, 10);
      await outages.alive(2_000, 10);
      await outages.prune(1_500);
      expect(await outages.downBetween(900, 2_000)).toEqual([{ fromAt: 900, toAt: 2_000 }]);
    });

    it('is down where each silence between two signs is too long, whatever their order', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 80 }), { minLength: 1 }), async (signs) => {
          await outages.prune(1_000);
          for (const at of signs) await outages.alive(at, 5);
          const edges = signs.toSorted((a, b) => a - b);
          const silences = [[0, edges[0] ?? 0] as const, ...edges.slice(1).map((at, index) => [edges[index] ?? 0, at])];
          const down = silences.filter(([from = 0, to = 0], index) => to - from > (index === 0 ? 0 : 5));
          expect(await outages.downBetween(0, edges.at(-1) ?? 0)).toEqual(
            down.map(([fromAt, toAt]) => ({ fromAt, toAt })),
          );
        }),
        { numRuns: 60 },
      );
    });
  });
}

export function outageOf(id: string, beganAt: number, endedAt?: number): Outage {
  return {
    id,
    incident: id,
    cluster: 'prod',
    onset: {
      id: `prober:${id}`,
      method: 'prober',
      earliestAt: beganAt,
      latestAt: beganAt + 100,
      words: 'the probe from the bot began to fail',
      sources: [],
      scope: 'unknown',
      recovery: endedAt === undefined ? null : { earliestAt: endedAt - 100, latestAt: endedAt },
    },
    words: 'connect: timeout from the bot',
  };
}
