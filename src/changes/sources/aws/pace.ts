import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../../ops/clock.ts';
import { orAborted } from '../../../ops/or-aborted.ts';

/** How often one account is asked in one region, by all that ask it. */
export interface Pace {
  /** Runs one LookupEvents: never two at once, and none before the last was answered half a second ago, so that at no place on the way two are nearer than AWS allows. */
  lookup<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** To be called for every request but LookupEvents. */
  count(): void;
  /** Requests of the last hour, LookupEvents among them. */
  lastHour(): number;
  /** May rules be read again that were read at `lastReadAt` with so many requests, without exceeding what a steady hour may have? */
  mayRead(lastReadAt: number, requests: number): boolean;
}

/** Shared by all entries, since AWS counts by account and region. */
export interface AwsLimits {
  of(account: string, region: string): Pace;
}

/** Requests of a steady hour for one account and region. */
export const MOST_AN_HOUR = 60;

/** Source: quota of LookupEvents, 2 requests a second for each account and region. */
const LOOKUP_PAUSE_MS = 510;

const HOUR_MS = 3_600_000;
/** Never more often than this, however few requests it takes. */
const LEAST_READ_PAUSE_MS = 10 * 60_000;

/** @param pauseMs between two LookupEvents; shorter only where nothing counts them */
export function awsLimits(clock: Clock, pauseMs = LOOKUP_PAUSE_MS): AwsLimits {
  const paces = new Map<string, Pace>();
  return {
    of(account, region) {
      const key = `${account} ${region}`;
      const known = paces.get(key) ?? pace(clock, pauseMs);
      paces.set(key, known);
      return known;
    },
  };
}

function pace(clock: Clock, pauseMs: number): Pace {
  let last: Promise<unknown> = Promise.resolve();
  let lookups: number[] = [];
  let others: number[] = [];
  const recent = (times: readonly number[]) => times.filter((at) => at > clock.now() - HOUR_MS);

  return {
    async lookup(ask, signal) {
      const before = last;
      const turn = Promise.withResolvers<void>();
      last = turn.promise;
      let asked = false;
      try {
        await orAborted(before, signal);
        signal.throwIfAborted();
        asked = true;
        lookups = [...recent(lookups), clock.now()];
        return await ask();
      } finally {
        // Who left while waiting gives the turn on when it comes.
        if (asked) delay(pauseMs, undefined, { ref: false }).finally(turn.resolve);
        else before.finally(turn.resolve);
      }
    },
    count() {
      others = [...recent(others), clock.now()];
    },
    lastHour: () => recent(lookups).length + recent(others).length,
    mayRead(lastReadAt, requests) {
      lookups = recent(lookups);
      others = recent(others);
      const left = MOST_AN_HOUR - Math.max(lookups.length, LOOKUPS_AN_HOUR) - 2;
      if (others.length + requests > left) return false;
      const pause = Math.max(LEAST_READ_PAUSE_MS, (HOUR_MS * requests) / left);
      return clock.now() - lastReadAt >= pause;
    },
  };
}

/** By a look every five minutes. */
const LOOKUPS_AN_HOUR = 12;
