import type { Change } from '../../words/change.ts';
import { type Span, wholeAround } from '../spans.ts';

/** When the change can have happened, or how long what it began lasts: what is compared with a window. */
export function stretchOf(change: Change): Span {
  return wholeAround({
    fromAt: Math.min(change.earliestAt, change.latestAt),
    toAt: Math.max(change.earliestAt, change.latestAt, change.untilAt ?? change.latestAt),
  });
}

/**
 * Which of the widths has room for it. Changes of one level are found by an index on one of their ends, read no further
 * than the level's width beyond the window: a few that last for months don't make all others be read.
 */
export function levelOf({ fromAt, toAt }: Span): number {
  let level = 0;
  while (toAt - fromAt > widthOf(level)) level += 1;
  return level;
}

/** The widest stretch of the level, in ms: 4 s, 65 s, 17 min, 4.7 h, 3 days, 50 days, … */
export function widthOf(level: number): number {
  return 4_096 * 16 ** level;
}
