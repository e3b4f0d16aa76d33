import { Cron } from 'croner';

/** When a cron expression is due in a time zone. */
interface Times {
  readonly cron: string;
  /** IANA name. */
  readonly zone: string;
}

/**
 * Slots after `afterAt` (epoch ms), at most `most`. A time that a daylight-saving day leaves out is due when the gap
 * ends; one that comes twice is due the first time, unless every hour is. Pure.
 * @throws when the expression or the zone is none
 */
export function slotsAfter(times: Times, afterAt: number, most: number): readonly number[] {
  const cron = cronOf(times);
  const found: number[] = [];
  let from = new Date(afterAt);
  while (found.length < most) {
    const next = cron.nextRun(from);
    if (next === null) break;
    if (!isSecondTime(times, next.getTime())) found.push(next.getTime());
    from = next;
  }
  return found;
}

/** Slots in `(afterAt, upToAt]`, the newest `most` of them, oldest first. Pure. */
export function slotsBetween(times: Times, afterAt: number, upToAt: number, most: number): readonly number[] {
  // What is asked for is what comes before: a slot at `upToAt` itself is one of them.
  const before = cronOf(times).previousRuns(most * 2, new Date(upToAt + 1));
  return before
    .map((date) => date.getTime())
    .filter((at) => at > afterAt && at <= upToAt && !isSecondTime(times, at))
    .slice(0, most)
    .sort((a, b) => a - b);
}

export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone !== '';
  } catch {
    return false;
  }
}

function cronOf({ cron, zone }: Times): Cron {
  return new Cron(cron, { timezone: zone, paused: true, mode: '5-part' });
}

/** Clocks are set back by half an hour or an hour, where they are. */
const setBackMs = [1_800_000, 3_600_000];

/** The clock showed the same once before on that day, and it was due then. */
function isSecondTime({ cron, zone }: Times, at: number): boolean {
  const hours = cron.trim().split(/\s+/)[1];
  // Every hour means every hour that passes.
  if (hours === '*' || hours === '*/1') return false;
  const shown = wallClock(zone, at);
  return setBackMs.some((ms) => wallClock(zone, at - ms) === shown);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function wallClock(zone: string, at: number): string {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en', { timeZone: zone, dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' });
    clocks.set(zone, clock);
  }
  return clock.format(at);
}
