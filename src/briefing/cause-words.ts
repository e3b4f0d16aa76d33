import type { Cause, Standing } from '../words/diagnosis.ts';
import type { Onset } from '../words/onset.ts';
import type { Mark } from './marks.ts';
import type { Phrase } from './phrase.ts';
import { distance } from './time.ts';

export const standingMarks: Readonly<Record<Standing, Mark>> = {
  explains: { symbol: '🎯', words: 'explains' },
  possible: { symbol: '🔶', words: 'possible' },
  coincides: { symbol: '▫️', words: 'coincides' },
  contradicted: { symbol: '🚫', words: 'contradicted' },
};

/** `nftables on cp-1: rule "tcp dport 6443 drop" added 14:03:12, 20 s before the first failures`. */
export function causeWords({ title, at }: Pick<Cause, 'title' | 'at'>, onset: Onset): Phrase {
  return at === null ? [title] : [title, ' ', ...momentWords(at), `, ${distanceWords(at, onset)}`];
}

/** `14:03:12`, or `between 14:01:00 and 14:03:00` for what is known less well. */
export function momentWords({ earliestAt, latestAt }: Interval): Phrase {
  if (latestAt - earliestAt < sameMomentMs) return [{ at: latestAt }];
  return ['between ', { at: earliestAt }, ' and ', { at: latestAt }];
}

interface Interval {
  readonly earliestAt: number;
  readonly latestAt: number;
}

/** Apart by less, two times read the same. */
const sameMomentMs = 1_000;

function distanceWords(at: Interval, onset: Onset): string {
  if (at.latestAt < onset.earliestAt) return `${distance(onset.earliestAt - at.latestAt)} before the first failures`;
  if (at.earliestAt > onset.latestAt) return `${distance(at.earliestAt - onset.latestAt)} after the first failures`;
  return 'as the failures began';
}
