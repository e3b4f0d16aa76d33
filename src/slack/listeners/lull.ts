import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';

/**
 * Requests come in bursts, and what they ask for takes longer than their acknowledgement. Work that waits for a
 * lull leaves the event loop to the acknowledgements of the requests behind it.
 */
export interface Lull {
  /** A request has come in. */
  noted(): void;
  /** Resolves once no request has come in for `quietMs`, after `longestMs` even if they never pause. */
  reached(): Promise<void>;
}

export interface Pacing {
  readonly quietMs: number;
  readonly longestMs: number;
  /** Monotonic, in ms. */
  now(): number;
  /** Resolves after so many ms, when the event loop has also read what came in meanwhile. */
  pause(ms: number): Promise<void>;
}

/** Nobody notices the wait; together it stays well below the three seconds that a trigger is good for. */
const pacing: Pacing = {
  quietMs: 30,
  longestMs: 500,
  now: () => performance.now(),
  pause: async (ms) => {
    await wait(ms);
    await turn();
  },
};

export function createLull({ quietMs, longestMs, now, pause }: Pacing = pacing): Lull {
  let lastAt = Number.NEGATIVE_INFINITY;
  let coming: Promise<void> | null = null;

  async function wait(): Promise<void> {
    const latestAt = now() + longestMs;
    for (;;) {
      const leftMs = Math.min(lastAt + quietMs, latestAt) - now();
      if (leftMs <= 0) return;
      await pause(leftMs);
    }
  }

  return {
    noted() {
      lastAt = now();
    },
    reached() {
      coming ??= wait().finally(() => {
        coming = null;
      });
      return coming;
    },
  };
}
