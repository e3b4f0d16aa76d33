import type { Clock } from '../ops/clock.ts';
import { shortId } from './configured.ts';
import { type GatherPorts, gatherHealth } from './gather.ts';
import type { HealthStore } from './ports.ts';
import type { HealthReport } from './report.ts';
import { type Schedule, type Slot, sameSchedule } from './schedule.ts';
import { slotsAfter } from './slots.ts';

/** What people ask about health, in whichever words they do. */
export interface HealthDesk {
  /** How these clusters fare now, looking back a day. @throws when the store can't be read */
  now(clusters: readonly string[]): Promise<HealthReport>;
  /** Those of the configuration first, then oldest first. */
  schedules(): Promise<readonly ListedSchedule[]>;
  find(id: string): Promise<Schedule | null>;
  /** `seed`: the same for the same request, however often it is delivered. */
  add(wanted: WantedSchedule, by: string, seed: string): Promise<Added>;
  pause(id: string, by: string): Promise<boolean>;
  resume(id: string): Promise<boolean>;
  remove(id: string): Promise<boolean>;
}

export interface WantedSchedule {
  /** null: all. */
  readonly clusters: readonly string[] | null;
  readonly channel: string;
  readonly cron: string;
  readonly said: string;
  readonly zone: string;
}

/** `known`: the same posts are due in the same channel already. */
type Added = {
  readonly kind: 'added' | 'known';
  readonly schedule: Schedule;
  readonly nextAt: readonly number[];
};

export interface ListedSchedule {
  readonly schedule: Schedule;
  /** The next three; none while it is paused. */
  readonly nextAt: readonly number[];
  /** The newest slot of which something is known. */
  readonly last: Slot | null;
}

const backMs = 24 * 3_600_000;
export const nextShown = 3;

export function healthDesk(ports: {
  readonly store: HealthStore;
  readonly configured: readonly Schedule[];
  readonly gather: GatherPorts;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): HealthDesk {
  const { store, configured, gather, clock, signal } = ports;

  async function all(): Promise<readonly Schedule[]> {
    return [...configured, ...(await store.list())];
  }

  const next = (schedule: Schedule) => slotsAfter(schedule, clock.now(), nextShown);

  return {
    now(clusters) {
      const toAt = clock.now();
      return gatherHealth(gather, clusters, { fromAt: toAt - backMs, toAt }, signal);
    },

    schedules: async () =>
      Promise.all(
        (await all()).map(async (schedule) => {
          const slots = await store.slots.newest(schedule.id, 5);
          const last = slots.find(({ settled }) => settled !== null) ?? null;
          return { schedule, nextAt: schedule.paused === null ? next(schedule) : [], last };
        }),
      ),

    find: async (id) => configured.find((one) => one.id === id) ?? store.find(id),

    async add(wanted, by, seed) {
      const createdAt = clock.now();
      const schedule: Schedule = {
        ...wanted,
        clusters: wanted.clusters === null ? null : [...wanted.clusters],
        id: `hp-${shortId(seed)}`,
        by,
        createdAt,
        sinceAt: createdAt,
        paused: null,
      };
      const same = (await all()).find((one) => one.id !== schedule.id && sameSchedule(one, schedule));
      if (same !== undefined) return { kind: 'known', schedule: same, nextAt: next(same) };
      await store.add(schedule);
      return { kind: 'added', schedule, nextAt: next(schedule) };
    },

    pause: (id, by) => store.pause(id, by, clock.now()),
    resume: (id) => store.resume(id, clock.now()),
    remove: (id) => store.remove(id, clock.now()),
  };
}
