import type { Placed, Stretch } from './place.ts';
import type { Scene } from './read-scene.ts';
import type { Timed } from './stretches.ts';
import { howLong } from './words.ts';

/** How it lies to the onset, in a sentence. Relative, so that it needs no clock to be read. */
export function whenWords(
  timed: Timed,
  { placed, side, distanceMs }: Placed,
  { onset, clockToleranceMs }: Scene,
): string {
  const { begun, ended } = timed.stretch;
  if (timed.change.category === 'dns' && ended.latestAt > begun.latestAt) {
    const stayed = `the answer before it was in force for up to ${howLong(ended.latestAt - begun.latestAt)} more (its TTL)`;
    return `${relativeWords({ begun, ended: begun }, side, onset)}; ${stayed}.`;
  }
  const certain = placed === 'certain' ? '' : ', so whether it is in the window is not certain';
  if (ended.latestAt > begun.latestAt) return `${lastingWords(timed, onset)}.`;
  if (side === 'during') {
    const wide = Math.max(onset.latestAt - onset.earliestAt, begun.latestAt - begun.earliestAt);
    return distanceMs > 0
      ? `It was ${howLong(distanceMs)} from the first failures, less than the clocks may differ (${howLong(clockToleranceMs)}): which came first can't be told.`
      : `It was as the failures began: both are known to within ${howLong(wide)}, and which came first can't be told from time alone.`;
  }
  return `${relativeWords(timed.stretch, side, onset)}${certain}.`;
}

function relativeWords({ begun }: Stretch, side: Placed['side'], onset: Scene['onset']): string {
  if (side === 'during') return 'It was as the failures began';
  const [least, most] =
    side === 'before'
      ? [onset.earliestAt - begun.latestAt, onset.latestAt - begun.earliestAt]
      : [begun.earliestAt - onset.latestAt, begun.latestAt - onset.earliestAt];
  return `It was ${between(least, most)} ${side} the first failures`;
}

/** The nearest where the two hardly differ: `2 min 10 s`; else `2 min to 9 min`. */
function between(least: number, most: number): string {
  const isNear = most - least <= Math.max(5_000, least / 10);
  return isNear || howLong(least) === howLong(most) ? howLong(least) : `${howLong(least)} to ${howLong(most)}`;
}

function lastingWords({ stretch: { begun, ended }, open }: Timed, onset: Scene['onset']): string {
  const end = open ? 'was to end' : 'ended';
  if (begun.earliestAt > onset.latestAt) {
    return `It was to begin ${howLong(begun.earliestAt - onset.latestAt)} after the first failures`;
  }
  const began =
    begun.latestAt < onset.earliestAt
      ? `begun ${howLong(onset.earliestAt - begun.latestAt)} before`
      : 'begun at the time of';
  if (ended.latestAt < onset.earliestAt) {
    return `It ${end} ${howLong(onset.earliestAt - ended.latestAt)} before the first failures`;
  }
  return `It was under way, ${began} the first failures`;
}
