import type { Series } from './api.ts';

/** What a series of 1 (good) and 0 (bad) tells of the failure nearest before a moment. Times by Prometheus' clock, epoch ms. */
export type Stretch =
  | {
      readonly kind: 'failing';
      /** Start of the last good scrape, and end of the first bad one. */
      readonly earliestAt: number;
      readonly latestAt: number;
      readonly firstBadAt: number;
      readonly recovery: { readonly earliestAt: number; readonly latestAt: number } | null;
      /** Scrapes are missing between the two, or are no number. */
      readonly gap: boolean;
    }
  /** No bad sample; the last good one. */
  | { readonly kind: 'good'; readonly lastAt: number }
  /** No bad sample either, but they ended: the series vanished, which is no data, not a failure. */
  | { readonly kind: 'vanished'; readonly lastAt: number }
  /** Bad as far back as was looked. */
  | { readonly kind: 'bad throughout'; readonly sinceAt: number }
  | { readonly kind: 'no data' }
  /** Not a series of 1 and 0. */
  | { readonly kind: 'no success'; readonly value: number };

/** A scrape's time may be moved onto its grid by this much. Source: Prometheus' `--scrape.timestamp-tolerance`. */
const TOLERANCE_MS = 2;

/** This many intervals without a sample are a gap, and not a late scrape. */
const GAP = 2.5;

/**
 * Pure. `nearAt`: the stretch that began at or before it; `untilAt`: up to when samples were asked for.
 * `tookMs`: how long the scrape that began then took; null when not known, then it may have taken until the next.
 */
export function stretchIn(
  { points }: Series,
  asked: { nearAt: number; untilAt: number; tookMs(at: number): number | null },
): Stretch {
  const odd = points.find(({ value }) => !Number.isNaN(value) && value !== 0 && value !== 1);
  if (odd !== undefined) return { kind: 'no success', value: odd.value };
  // NaN is neither: as if there were no sample.
  const known = points.filter(({ value }) => !Number.isNaN(value));
  const last = known.at(-1);
  if (last === undefined) return { kind: 'no data' };

  const everyMs = spacing(known.map(({ at }) => at));
  const endOf = (at: number) => at + Math.min(asked.tookMs(at) ?? everyMs, asked.untilAt - at) + TOLERANCE_MS;
  const near = known.findLastIndex(({ at, value }) => value === 0 && at <= asked.nearAt);
  if (near === -1) {
    const lastGood = known.findLast(({ at }) => at <= asked.nearAt) ?? last;
    const vanished = asked.nearAt - lastGood.at > GAP * everyMs && lastGood === last;
    return { kind: vanished ? 'vanished' : 'good', lastAt: lastGood.at };
  }
  const lastGood = known.findLastIndex(({ value }, index) => value === 1 && index < near);
  const [before, first] = [known[lastGood], known[lastGood + 1]];
  if (first === undefined || before === undefined) return { kind: 'bad throughout', sinceAt: known[0]?.at ?? last.at };
  const goodAgain = known.findIndex(({ value }, index) => value === 1 && index > near);
  const [lastBad, good] = [known[goodAgain - 1], known[goodAgain]];
  return {
    kind: 'failing',
    earliestAt: before.at - TOLERANCE_MS,
    latestAt: endOf(first.at),
    firstBadAt: first.at,
    recovery:
      lastBad === undefined || good === undefined
        ? null
        : { earliestAt: lastBad.at - TOLERANCE_MS, latestAt: endOf(good.at) },
    gap: first.at - before.at > GAP * everyMs,
  };
}

/** The middle distance between samples; a minute, Prometheus' default, where it can't be told. */
function spacing(times: readonly number[]): number {
  const distances = times.slice(1).map((at, index) => at - (times[index] ?? at));
  return distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 60_000;
}
