import type { Log } from '../ops/log.ts';
import type { WatchOrder } from '../words/stream.ts';

/** What the bot last told this agent to watch. Kept: an agent that restarts into an outage knows it. */
export interface StandingOrder {
  /** null: none was told yet, in this life or an earlier one. */
  current(): WatchOrder | null;
  /** Called when it differs from before. Returns the function that stops it. */
  onChange(listener: (order: WatchOrder) => void): () => void;
}

/** An order that is told again and again, and mostly is the same. */
export function standingOrder(kept: WatchOrder | null, log: Log): StandingOrder & { take(order: WatchOrder): void } {
  let current = kept;
  const listeners = new Set<(order: WatchOrder) => void>();
  return {
    current: () => current,
    onChange(listener) {
      // Wrapped, so that the same function may listen twice.
      const own = (order: WatchOrder): void => listener(order);
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
    take(order) {
      if (JSON.stringify(order) === JSON.stringify(current)) return;
      current = order;
      for (const listener of [...listeners]) {
        try {
          listener(order);
        } catch (error) {
          // One who can't follow must keep neither the others nor the link from it.
          log.error({ error }, 'A part of the agent could not follow what it shall watch');
        }
      }
    },
  };
}
