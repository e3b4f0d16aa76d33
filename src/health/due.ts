import { isConfigured, type Schedule } from './schedule.ts';
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

/** What is due at `nowAt`. `newestAt`: the newest slot that was taken care of; null: none was. Pure. */
export function dueOf(schedule: Schedule, newestAt: number | null, nowAt: number): Due {
  if (schedule.paused !== null) return NOTHING;
  const slots = slotsBetween(schedule, beganAt(schedule, newestAt), nowAt, mostMissed);
  const newest = slots.at(-1);
  if (newest === undefined) return NOTHING;
  if (nowAt - newest <= lateLimitMs(schedule, newest)) return { post: newest, missed: slots.slice(0, -1) };
  return { post: null, missed: slots };
}

/** The configuration doesn't say since when it holds: of one that was seen before, the bot's start is not its begin. */
function beganAt(schedule: Schedule, newestAt: number | null): number {
  if (newestAt === null) return schedule.sinceAt;
  return isConfigured(schedule) ? newestAt : Math.max(schedule.sinceAt, newestAt);
}

/** How long after its time a slot is still posted: for an hour, and never when the next one is nearer than it. */
export function lateLimitMs(schedule: Pick<Schedule, 'cron' | 'zone'>, slotAt: number): number {
  const [next] = slotsAfter(schedule, slotAt, 1);
  return next === undefined ? latestMs : Math.min(latestMs, (next - slotAt) / 2);
}
