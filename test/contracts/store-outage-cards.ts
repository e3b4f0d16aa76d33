import { beforeEach, describe, expect, it } from 'vitest';
import type { Hush } from '../../src/outages/ports.ts';
import type { Store } from '../../src/store/store.ts';

/** What every engine must do with the cards of outages, and with the cluster of a channel. */
export function outageCardsContract(storeNow: () => Store): void {
  describe('cards of outages', () => {
    let cards: Store['outageCards'];
    beforeEach(() => {
      cards = storeNow().outageCards;
    });
    const claimed = { incident: 'o1', cluster: 'prod', channel: 'C1', postedAt: 1_000, mentions: true };
    const hush = (reminder: number, kind: Hush['kind'], by = 'U1'): Hush => ({
      ...{ kind, reminder, by, at: 2_000 },
      untilAt: kind === 'snoozed' ? 3_000 : null,
    });

    it('is claimed by one of many, and all get the same', async () => {
      const asked = await Promise.all(
        Array.from({ length: 10 }, (_, index) => cards.claim({ ...claimed, postedAt: 1_000 + index })),
      );
      expect(asked.filter(({ fresh }) => fresh)).toHaveLength(1);
      const [first] = asked.filter(({ fresh }) => fresh);
      expect(asked.every(({ card }) => card.postedAt === first?.card.postedAt)).toBe(true);
      expect(await cards.find('o1')).toEqual(first?.card);
      expect(await cards.find('o2')).toBe(null);
    });

    it('keeps reminders in order, each number once', async () => {
      await cards.claim(claimed);
      expect(await cards.remind('o1', { number: 1, at: 5_000, mentions: true })).toBe(true);
      expect(await cards.remind('o1', { number: 1, at: 5_001, mentions: false })).toBe(false);
      expect(await cards.remind('o1', { number: 2, at: 6_000, mentions: false })).toBe(true);
      expect((await cards.find('o1'))?.reminders).toEqual([
        { number: 1, at: 5_000, mentions: true },
        { number: 2, at: 6_000, mentions: false },
      ]);
    });

    it('is snoozed once for each reminder, by whoever is first', async () => {
      await cards.claim(claimed);
      expect(await cards.hush('o1', hush(1, 'snoozed'))).toEqual({ fresh: true, hush: hush(1, 'snoozed') });
      expect(await cards.hush('o1', hush(1, 'snoozed', 'U2'))).toEqual({ fresh: false, hush: hush(1, 'snoozed') });
      expect(await cards.hush('o1', hush(2, 'snoozed', 'U2'))).toMatchObject({ fresh: true });
      expect(await cards.hush('o1', hush(1, 'snoozed'))).toMatchObject({ fresh: false });
      expect((await cards.find('o1'))?.hush).toEqual(hush(2, 'snoozed', 'U2'));
    });

    it('is stopped once, also after a snooze, and not snoozed any more', async () => {
      await cards.claim(claimed);
      await cards.hush('o1', hush(1, 'snoozed'));
      expect(await cards.hush('o1', hush(1, 'stopped', 'U2'))).toMatchObject({ fresh: true });
      expect(await cards.hush('o1', hush(2, 'stopped'))).toEqual({ fresh: false, hush: hush(1, 'stopped', 'U2') });
      expect(await cards.hush('o1', hush(3, 'snoozed'))).toMatchObject({ fresh: false });
      expect(await cards.hush('o9', hush(1, 'stopped'))).toBe(null);
    });

    it('is open until it is closed, and forgotten only then', async () => {
      await cards.claim(claimed);
      await cards.claim({ ...claimed, incident: 'o0', postedAt: 500 });
      await cards.remind('o1', { number: 1, at: 5_000, mentions: true });
      await cards.lead('o1', 'inv-abc');
      expect((await cards.open()).map(({ incident, investigation }) => [incident, investigation])).toEqual([
        ['o0', null],
        ['o1', 'inv-abc'],
      ]);
      await cards.close('o1');
      expect((await cards.open()).map(({ incident }) => incident)).toEqual(['o0']);
      await cards.reopen('o1');
      expect(await cards.open()).toHaveLength(2);
      await cards.close('o1');
      await cards.prune(1_000);
      expect(await cards.find('o1')).not.toBe(null);
      await cards.prune(1_001);
      expect(await cards.find('o1')).toBe(null);
      expect(await cards.find('o0')).not.toBe(null);
      await cards.claim(claimed);
      expect((await cards.find('o1'))?.reminders).toEqual([]);
    });
  });

  describe('the cluster of a channel', () => {
    it('is the last one, each channel for itself', async () => {
      const { channelClusters } = storeNow();
      expect(await channelClusters.last('C1')).toBe(null);
      await channelClusters.remember('C1', 'prod');
      await channelClusters.remember('C2', 'lab');
      await channelClusters.remember('C1', 'staging');
      expect(await channelClusters.last('C1')).toBe('staging');
      expect(await channelClusters.last('C2')).toBe('lab');
    });
  });
}
