import { setTimeout as wait } from 'node:timers/promises';

interface Pace {
  readonly burst: number;
  readonly everyMs: number;
}

/** Slack counts new messages and edits apart. */
export interface Paces {
  readonly post: Pace;
  readonly edit: Pace;
}

/**
 * One new message a second and channel is what Slack allows in the long run, and 50 edits a minute; short bursts pass.
 * Source: https://docs.slack.dev/apis/web-api/rate-limits
 */
export const slackPaces: Paces = { post: { burst: 4, everyMs: 1100 }, edit: { burst: 8, everyMs: 1300 } };

/**
 * Jobs of one channel, one after the other, so that messages stand in the order they were asked for. One that is urgent
 * goes before all that wait, also before one that waits for its turn to send, but never twice in a row while others wait.
 */
export interface Lane {
  add(job: Job, urgent?: boolean): void;
  /** Resolves when nothing is left to do. */
  idle(): Promise<void>;
}

type Job = (turn: Turn) => Promise<void>;
/** Waits until another message may be sent, or edited; rejects when the signal aborts first. */
export type Turn = (what: keyof Paces, signal: AbortSignal) => Promise<void>;

/** What others leave to what is urgent: a card that changes shows it at once, whatever its thread was told before. */
const kept = { post: 0, edit: 1 } as const satisfies Record<keyof Paces, number>;

export function createLane(paces: Paces): Lane {
  const urgent: Job[] = [];
  const others: Job[] = [];
  const buckets = { post: bucketOf(paces.post), edit: bucketOf(paces.edit) };
  let working: Promise<void> | null = null;
  let wake: () => void = () => {};

  async function workOff(): Promise<void> {
    // Behind whoever added it, as every job.
    await null;
    let wasUrgent = false;
    for (;;) {
      const isUrgent: boolean = urgent.length > 0 && !(wasUrgent && others.length > 0);
      const job = (isUrgent ? urgent : others).shift();
      if (job === undefined) break;
      const turn = isUrgent ? urgentTurn : otherTurn(!wasUrgent);
      wasUrgent = isUrgent;
      await job(turn);
    }
    working = null;
  }

  async function urgentTurn(what: keyof Paces, signal: AbortSignal): Promise<void> {
    const bucket = buckets[what];
    while (!bucket.take(0)) await more(bucket, signal);
  }

  /** `yields`: one that is urgent may still go before it. */
  function otherTurn(yields: boolean): Turn {
    let mayYield = yields;
    return async (what, signal) => {
      const bucket = buckets[what];
      while (!bucket.take(mayYield ? kept[what] : 0)) {
        const job = mayYield ? urgent.shift() : undefined;
        if (job === undefined) {
          await more(bucket, signal);
          continue;
        }
        await job(urgentTurn);
        mayYield = false;
      }
    };
  }

  /** Until there is one more to send, or something urgent to do. */
  async function more(bucket: Bucket, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    wake = () => woken.abort();
    try {
      await wait(bucket.nextInMs(), undefined, { signal: AbortSignal.any([signal, woken.signal]) });
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

interface Bucket {
  /** Takes one, if more than `leave` are left. */
  take(leave: number): boolean;
  nextInMs(): number;
}

function bucketOf({ burst, everyMs }: Pace): Bucket {
  let left = burst;
  let countedAt = performance.now();
  return {
    take(leave) {
      const earned = Math.floor((performance.now() - countedAt) / everyMs);
      left = Math.min(burst, left + earned);
      countedAt = left === burst ? performance.now() : countedAt + earned * everyMs;
      if (left <= Math.min(leave, burst - 1)) return false;
      left -= 1;
      return true;
    },
    nextInMs: () => Math.max(1, countedAt + everyMs - performance.now()),
  };
}
