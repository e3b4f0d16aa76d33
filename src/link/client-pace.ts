/** How long the client waits before it dials again, in ms: from `first`, doubling, up to `most`; half of it is chance. */
export interface Pace {
  /** The link broke or the bot can't be reached: quick, so that agents are back as soon as the network is. */
  readonly lost: Range;
  /** The bot said no: somebody has to do something first. */
  readonly refused: Range;
  /** Another agent has the same instance name: two that answer each other at once would never stop. */
  readonly fenced: Range;
  /** The bot did not take records: it is at the link, but its store is not well, or it is too old. */
  readonly notTaken: Range;
}

export interface Range {
  readonly first: number;
  readonly most: number;
}

export const PACE: Pace = {
  lost: { first: 250, most: 10_000 },
  refused: { first: 10_000, most: 60_000 },
  fenced: { first: 30_000, most: 300_000 },
  notTaken: { first: 250, most: 15_000 },
};

/** @param attempt from 0: how often in a row it ended this way. @param chance from 0 to 1. */
export function pauseMs(range: Range, attempt: number, chance: number): number {
  const full = Math.min(range.most, range.first * 2 ** attempt);
  return Math.round(full / 2 + (full / 2) * chance);
}
