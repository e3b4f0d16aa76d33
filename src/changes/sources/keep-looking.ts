import { setTimeout as wait } from 'node:timers/promises';
import type { SourceState } from './health.ts';
import { type Looker, type LookingPorts, lookAgainAndAgain } from './look-again-and-again.ts';
import type { OutsideSource, Stretch } from './source.ts';

export interface KeepLooking {
  /**
   * Asks every source of the cluster at once for what is not covered of the stretch yet, and goes on asking until it is.
   * Resolves when each has answered or failed; what one answers is written and told at once.
   */
  lookAround(cluster: string, stretch: Stretch): Promise<void>;
  states(): readonly SourceState[];
  close(): Promise<void>;
}

/** A source that does not stop when it is told to is left behind. */
const closeWithinMs = 2_000;

/** Looks ahead with every source, each by itself: one that hangs or fails delays no other. */
export function keepLooking(sources: readonly OutsideSource[], ports: LookingPorts): KeepLooking {
  const lookers = sources.map((source): Looker => lookAgainAndAgain(source, ports));
  return {
    async lookAround(cluster, stretch) {
      const own = lookers.filter(({ state }) => state().source.clusters.includes(cluster));
      await Promise.all(own.map((looker) => looker.lookAround(cluster, stretch)));
    },
    states: () => lookers.map(({ state }) => state()),
    async close() {
      const patience = new AbortController();
      const closed = Promise.allSettled(lookers.map((looker) => looker.close()));
      await Promise.race([closed, wait(closeWithinMs, undefined, { signal: patience.signal })]);
      patience.abort();
    },
  };
}
