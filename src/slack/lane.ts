import { setTimeout as wait } from 'node:timers/promises';

/** One message a second and channel is what Slack allows in the long run; short bursts pass. */
export interface Pace {
  readonly burst: number;
  readonly everyMs: number;
}

export const slackPace: Pace = { burst: 4, everyMs: 1100 };

/**
 * Jobs of one channel, one after the other, so that messages stand in the order they were asked for. One that is urgent
 * goes before all that wait, also before one that waits for its turn to send, but never twice in a row while others wait.
 */
export interface Lane {
  add(job: Job, urgent?: boolean): void;
  /** Resolves when nothing is left to do. */
  idle(): Promise<void>;
}

/** `turn`: waits until another message may be sent; rejects when the signal aborts first. */
type Job = (turn: Turn) => Promise<void>;
export type Turn = (signal: AbortSignal) => Promise<void>;

/** What others leave to what is urgent: a card that changes shows it at once, whatever its thread was told before. */
const keptForUrgent = 1;

export function createLane(pace: Pace): Lane {
  const urgent: Job[] = [];
  const others: Job[] = [];
  const kept = Math.min(keptForUrgent, pace.burst - 1);
  let working: Promise<void> | null = null;
  let left = pace.burst;
  let countedAt = performance.now();
  let wake: () => void = () => {};

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
      const isUrgent: boolean = urgent.length > 0 && !(wasUrgent && others.length > 0);
      const job = (isUrgent ? urgent : others).shift();
      if (job === undefined) break;
      const turn = isUrgent ? urgentTurn : otherTurn(wasUrgent ? 0 : kept);
      wasUrgent = isUrgent;
      await job(turn);
    }
    working = null;
  }

  async function urgentTurn(signal: AbortSignal): Promise<void> {
    for (refill(); left <= 0; refill()) await more(signal);
    left -= 1;
  }

  function otherTurn(keeps: number): Turn {
    let keptBack = keeps;
    return async (signal) => {
      for (refill(); left <= keptBack; refill()) {
        const job = left > 0 && keptBack > 0 ? urgent.shift() : undefined;
        if (job === undefined) {
          await more(signal);
          continue;
        }
        await job(urgentTurn);
        // It has had what was kept; the next one is for this.
        keptBack = 0;
      }
      left -= 1;
    };
  }

  /** Until there is one more to send, or something urgent to do. */
  async function more(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    wake = () => woken.abort();
    const ms = Math.max(1, countedAt + pace.everyMs - performance.now());
    try {
      await wait(ms, undefined, { signal: AbortSignal.any([signal, woken.signal]) });
    } catch (error) {
      if (!woken.signal.aborted || signal.aborted) throw error;
    } finally {
      wake = () => {};
    }
  }

  return {
    add(job, isUrgent = false) {
      (isUrgent ? urgent : others).push(job);
      if (isUrgent) wake();
      working ??= workOff();
    },
    async idle() {
      while (working !== null) await working;
    },
  };
}
