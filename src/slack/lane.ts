import { setTimeout as wait } from 'node:timers/promises';

/** One message a second and channel is what Slack allows in the long run; short bursts pass. */
export interface Pace {
  readonly burst: number;
  readonly everyMs: number;
}

export const slackPace: Pace = { burst: 4, everyMs: 1100 };

/**
 * Jobs of one channel, one after the other, so that messages stand in the order they were asked for. One that is urgent
 * goes before all that wait, but never twice in a row while others wait.
 */
export interface Lane {
  add(job: Job, urgent?: boolean): void;
  /** Waits until another message may be sent; rejects when the signal aborts first. */
  turn(signal: AbortSignal): Promise<void>;
  /** Resolves when nothing is left to do. */
  idle(): Promise<void>;
}

type Job = () => Promise<void>;

export function createLane(pace: Pace): Lane {
  const urgent: Job[] = [];
  const others: Job[] = [];
  let working: Promise<void> | null = null;
  let left = pace.burst;
  let countedAt = performance.now();

  function refill(): void {
    const earned = Math.floor((performance.now() - countedAt) / pace.everyMs);
    left = Math.min(pace.burst, left + earned);
    countedAt = left === pace.burst ? performance.now() : countedAt + earned * pace.everyMs;
  }

  async function workOff(): Promise<void> {
    // Behind whoever added it, as every job.
    await null;
    let wasUrgent = false;
    for (;;) {
      const urgentNext: boolean = urgent.length > 0 && !(wasUrgent && others.length > 0);
      const job = (urgentNext ? urgent : others).shift();
      if (job === undefined) break;
      wasUrgent = urgentNext;
      await job();
    }
    working = null;
  }

  return {
    add(job, isUrgent = false) {
      (isUrgent ? urgent : others).push(job);
      working ??= workOff();
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
      while (working !== null) await working;
    },
  };
}
