import type { Outage, OutageScope } from '../words/onset.ts';

/** A time for which a cluster was down, whatever part of it: outages of one incident that overlap. Epoch ms. */
export interface Stretch {
  readonly since: { readonly earliestAt: number; readonly latestAt: number };
  /** null while it lasts. */
  readonly recovery: { readonly earliestAt: number; readonly latestAt: number } | null;
  readonly scope: OutageScope;
  /** What fails, in a person's words; not escaped. */
  readonly words: string;
}

/** Of the outages of one incident; oldest first. Pure. */
export function stretchesOf(outages: readonly Outage[]): readonly Stretch[] {
  const stretches: Outage[][] = [];
  for (const outage of outages.toSorted((a, b) => a.onset.earliestAt - b.onset.earliestAt)) {
    const last = stretches.at(-1);
    if (last !== undefined && outage.onset.earliestAt <= endOf(last)) last.push(outage);
    else stretches.push([outage]);
  }
  return stretches.map(together);
}

function endOf(outages: readonly Outage[]): number {
  return Math.max(...outages.map(({ onset }) => onset.recovery?.latestAt ?? Number.POSITIVE_INFINITY));
}

function together(outages: readonly Outage[]): Stretch {
  const [first] = outages;
  // What fails now says more than what has come back.
  const telling = outages.findLast(({ onset }) => onset.recovery === null) ?? outages.at(-1);
  if (first === undefined || telling === undefined) throw new Error('a stretch is made of at least one outage');
  const { earliestAt, latestAt } = first.onset;
  const ends = outages.map(({ onset }) => onset.recovery);
  const recovery = ends.some((end) => end === null)
    ? null
    : ends.reduce((last, end) => (last === null || (end?.latestAt ?? 0) > last.latestAt ? end : last), null);
  return { since: { earliestAt, latestAt }, recovery, scope: telling.onset.scope, words: telling.words };
}
