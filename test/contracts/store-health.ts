import { beforeEach, describe, expect, it } from 'vitest';
import type { Schedule } from '../../src/health/schedule.ts';
import type { Store } from '../../src/store/store.ts';

/** What every engine must do with schedules of health posts, and with their slots. */
export function healthContract(storeNow: () => Store): void {
  describe('health posts', () => {
    let health: Store['health'];
    beforeEach(() => {
      health = storeNow().health;
    });

    it('gives schedules back as they were, oldest first', async () => {
      const later = scheduleOf('hp-b', 2_000);
      const earlier = { ...scheduleOf('hp-c', 1_000), clusters: null };
      expect(await health.add(later)).toBe(true);
      expect(await health.add(earlier)).toBe(true);
      expect(await health.list()).toEqual([earlier, later]);
      expect(await health.find('hp-b')).toEqual(later);
      expect(await health.find('hp-x')).toBeNull();
    });

    it('adds one once, and never again what was removed', async () => {
      expect(await health.add(scheduleOf('hp-a'))).toBe(true);
      expect(await health.add(scheduleOf('hp-a'))).toBe(false);
      expect(await health.remove('hp-a', 5_000)).toBe(true);
      expect(await health.remove('hp-a', 5_000)).toBe(false);
      expect(await health.add(scheduleOf('hp-a'))).toBe(false);
      expect(await health.list()).toEqual([]);
      expect(await health.find('hp-a')).toBeNull();
    });

    it('pauses and resumes, each once; what was before is nobody’s then', async () => {
      await health.add(scheduleOf('hp-a'));
      expect(await health.resume('hp-a', 4_000)).toBe(false);
      expect(await health.pause('hp-a', 'U1', 5_000)).toBe(true);
      expect(await health.pause('hp-a', 'U2', 6_000)).toBe(false);
      expect(await health.find('hp-a')).toEqual({ ...scheduleOf('hp-a'), paused: { at: 5_000, by: 'U1' } });
      expect(await health.resume('hp-a', 7_000)).toBe(true);
      expect(await health.find('hp-a')).toEqual({ ...scheduleOf('hp-a'), sinceAt: 7_000 });
      expect(await health.pause('hp-x', 'U1', 5_000)).toBe(false);
    });

    it('gives a slot to one of those who claim it', async () => {
      const claims = await Promise.all([1, 2, 3].map((at) => health.slots.claim('hp-a', 9_000, at)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(await health.slots.claim('hp-a', 10_000, 1)).toBe(true);
      expect(await health.slots.claim('hp-b', 9_000, 1)).toBe(true);
    });

    it('lets one take a claim over that was not renewed, and nobody one that is settled', async () => {
      await health.slots.claim('hp-a', 9_000, 100);
      const slot = { schedule: 'hp-a', slotAt: 9_000, claimedAt: 100 };
      const taken = await Promise.all([200, 300].map((at) => health.slots.takeOver(slot, at)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      const [now] = await health.slots.unsettled();
      await health.slots.settle('hp-a', 9_000, { outcome: 'posted', why: '', at: 400 });
      expect(await health.slots.takeOver(now ?? slot, 500)).toBe(false);
      expect(await health.slots.unsettled()).toEqual([]);
    });

    it('keeps what was said first of a slot, claimed or not', async () => {
      await health.slots.settle('hp-a', 9_000, { outcome: 'missed', why: 'the bot was not running', at: 400 });
      await health.slots.settle('hp-a', 9_000, { outcome: 'posted', why: '', at: 500 });
      expect(await health.slots.claim('hp-a', 9_000, 600)).toBe(false);
      expect(await health.slots.newest('hp-a', 5)).toEqual([
        {
          schedule: 'hp-a',
          slotAt: 9_000,
          claimedAt: 400,
          settled: { outcome: 'missed', why: 'the bot was not running', at: 400 },
        },
      ]);
    });

    it('tells the newest slots first, and forgets old ones save the newest of each', async () => {
      for (const slotAt of [1_000, 2_000, 3_000]) await health.slots.claim('hp-a', slotAt, 1);
      await health.slots.claim('hp-b', 500, 1);
      expect((await health.slots.newest('hp-a', 2)).map(({ slotAt }) => slotAt)).toEqual([3_000, 2_000]);
      await health.slots.prune(10_000);
      expect((await health.slots.unsettled()).map(({ schedule, slotAt }) => [schedule, slotAt])).toEqual([
        ['hp-b', 500],
        ['hp-a', 3_000],
      ]);
    });
  });
}

function scheduleOf(id: string, createdAt = 1_000): Schedule {
  return {
    id,
    clusters: ['prod'],
    channel: 'C1',
    cron: '0 9 * * 1-5',
    said: 'weekdays at 9:00',
    zone: 'Europe/Berlin',
    by: 'U1',
    createdAt,
    sinceAt: createdAt,
    paused: null,
  };
}
