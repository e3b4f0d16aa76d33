import type { Schedule } from './schedule.ts';
import { slotsAfter, slotsBetween } from './slots.ts';

/** What is due of one schedule. Slots are epoch ms. */
export interface Due {
  /** To post now; null: nothing. */
  readonly post: number | null;
  /** Too old to be posted, or followed by a newer one; oldest first, and of many the newest. */
  readonly missed: readonly number[];
}

const NOTHING: Due = { post: null, missed: [] };
/** Of a bot that was down for weeks: nobody reads more of them. */
const mostMissed = 48;
/** A post that comes later than this is no news any more. */
const latestMs = 60 * 60_000;

/** What is due at `nowAt`, where every slot up to `settledUpToAt` was taken care of. Pure. */
export function dueOf(schedule: Schedule, settledUpToAt: number, nowAt: number): Due {
  if (schedule.paused !== null) return NOTHING;
  const slots = slotsBetween(schedule, Math.max(schedule.sinceAt, settledUpToAt), nowAt, mostMissed);
  const newest = slots.at(-1);
  if (newest === undefined) return NOTHING;
  if (nowAt - newest <= lateLimitMs(schedule, newest)) return { post: newest, missed: slots.slice(0, -1) };
  return { post: null, missed: slots };
}

/** How long after its time a slot is still posted: for an hour, and never when the next one is nearer than it. */
export function lateLimitMs(schedule: Pick<Schedule, 'cron' | 'zone'>, slotAt: number): number {
  const [next] = slotsAfter(schedule, slotAt, 1);
  return next === undefined ? latestMs : Math.min(latestMs, (next - slotAt) / 2);
}
