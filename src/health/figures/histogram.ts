/**
 * Durations counted in buckets, each about 2 % wide: millions of them take a few kilobytes, and those of several
 * series add up. From a hundredth of a millisecond to a little over eleven minutes.
 */
export interface Histogram {
  readonly counts: Uint32Array;
  total: number;
}

/** Buckets for each doubling. */
const STEPS = 32;
const LEAST_MS = 0.01;
const DOUBLINGS = 26;

export function histogram(): Histogram {
  return { counts: new Uint32Array(STEPS * DOUBLINGS), total: 0 };
}

export function count(into: Histogram, ms: number): void {
  const index = ms <= LEAST_MS ? 0 : Math.floor(Math.log2(ms / LEAST_MS) * STEPS);
  const bucket = Math.min(index, into.counts.length - 1);
  into.counts[bucket] = (into.counts[bucket] ?? 0) + 1;
  into.total += 1;
}

export function addTo(into: Histogram, from: Histogram): void {
  for (let index = 0; index < into.counts.length; index++) {
    into.counts[index] = (into.counts[index] ?? 0) + (from.counts[index] ?? 0);
  }
  into.total += from.total;
}

/** The duration below which `share` of them lie, by the nearest rank; null when none was counted. In ms, true to about 1 %. */
export function quantileOf({ counts, total }: Histogram, share: number): number | null {
  const rank = Math.max(1, Math.ceil(share * total));
  let before = 0;
  for (const [index, each] of counts.entries()) {
    before += each;
    if (each > 0 && before >= rank) return LEAST_MS * 2 ** ((index + 0.5) / STEPS);
  }
  return null;
}
