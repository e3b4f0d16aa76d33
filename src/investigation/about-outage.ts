import type { Outage } from '../words/onset.ts';
import type { Investigation } from './state.ts';

/** Longer before an outage began, an investigation was opened for something else, and was only never concluded. */
const aheadMs = 60 * 60_000;

/** Is it about one of these outages: opened by itself for it, or one that knows its onset? Pure. */
export function isAboutOutage(
  { incident, onsets, openedAt }: Pick<Investigation, 'incident' | 'onsets' | 'openedAt'>,
  outages: readonly Outage[],
): boolean {
  return outages.some(
    (outage) =>
      outage.incident === incident ||
      (onsets.some(({ id }) => id === outage.onset.id) && openedAt >= outage.onset.earliestAt - aheadMs),
  );
}
