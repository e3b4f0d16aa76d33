import type { WatchOrder } from '../words/stream.ts';

/** What the bot last told this agent to watch. Kept: an agent that restarts into an outage knows it. */
export interface StandingOrder {
  /** null: none was told yet, in this life or an earlier one. */
  current(): WatchOrder | null;
  /** Called when it differs from before. Returns the function that stops it. */
  onChange(listener: (order: WatchOrder) => void): () => void;
}
