import { setTimeout as wait } from 'node:timers/promises';

/** One message a second and channel is what Slack allows in the long run; short bursts pass. */
export interface Pace {
  readonly burst: number;
  readonly everyMs: number;
}

export const slackPace: Pace = { burst: 4, everyMs: 1100 };

/** Jobs of one channel, one after the other, so that messages stand in the order they were asked for. */
export interface Lane {
  add(job: () => Promise<void>): void;
  /** Waits until another message may be sent; rejects when the signal aborts first. */
  turn(signal: AbortSignal): Promise<void>;
  /** Resolves when nothing is left to do. */
  idle(): Promise<void>;
}

export function createLane(pace: Pace): Lane {
  let last: Promise<void> = Promise.resolve();
  let left = pace.burst;
  let countedAt = performance.now();

  function refill(): void {
    const earned = Math.floor((performance.now() - countedAt) / pace.everyMs);
    left = Math.min(pace.burst, left + earned);
    countedAt = left === pace.burst ? performance.now() : countedAt + earned * pace.everyMs;
  }

  return {
    add(job) {
      last = last.then(job);
    },
    async turn(signal) {
      refill();
      while (left <= 0) {
        await wait(Math.max(1, countedAt + pace.everyMs - performance.now()), undefined, { signal });
        refill();
      }
      left -= 1;
    },
    async idle() {
      for (let seen = null as Promise<void> | null; seen !== last; ) {
        seen = last;
        await seen;
      }
    },
  };
}
