import type { Hit, Standing } from '../words/diagnosis.ts';
import { compareText } from './read-scene.ts';
import type { Agreement } from './weigh.ts';

/** What decides the order, the first that differs alone. */
export interface Rank {
  readonly standing: Standing;
  readonly agreement: Agreement;
  readonly side: Hit['side'];
  /** Infinite for what rests on evidence alone: a change that says as much stands before it. */
  readonly distanceMs: number;
  /** Decides nothing but that the order is always the same. */
  readonly key: string;
}

/** Lexically, so that a person can follow it. Negative: `a` stands before `b`. */
export function compareRanks(a: Rank, b: Rank): number {
  return (
    standings[a.standing] - standings[b.standing] ||
    agreements[a.agreement] - agreements[b.agreement] ||
    sides[a.side] - sides[b.side] ||
    compareNumbers(a.distanceMs, b.distanceMs) ||
    compareText(a.key, b.key)
  );
}

export function compareStandings(a: Standing, b: Standing): number {
  return standings[a] - standings[b];
}

const standings: Readonly<Record<Standing, number>> = { explains: 0, possible: 1, coincides: 2, contradicted: 3 };
const agreements: Readonly<Record<Agreement, number>> = { agrees: 0, open: 1, disagrees: 2 };
/** What may have come first counts as that. */
const sides: Readonly<Record<Hit['side'], number>> = { before: 0, during: 0, after: 1 };

/** Two infinities are equal, and their difference is no number. */
function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
