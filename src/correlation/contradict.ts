import type { Placed } from './place.ts';
import { isWithin, readRange } from './ranges.ts';
import { treatsAfter } from './read-effect.ts';
import { rangesOf, type Scene, whereFrom } from './read-scene.ts';
import type { Relation } from './relate.ts';
import type { GoodStretch } from './situation.ts';
import type { Timed } from './stretches.ts';
import { howLong } from './words.ts';

/**
 * What works on every new connection from the moment it is made can't have begun a failure that good probes of the same
 * way lie before. In words; null: nothing contradicts it.
 */
export function contradiction(
  { change, stretch }: Timed,
  { side }: Placed,
  { worksWithinMs }: Relation,
  scene: Scene,
): string | null {
  if (worksWithinMs === null || side !== 'before') return null;
  const { onset, clockToleranceMs } = scene;
  // A DNS answer may be in force until then; everything else that works at once ended as it began.
  const madeAt = stretch.ended.latestAt;
  const atWorkAt = madeAt + worksWithinMs + clockToleranceMs;
  const witness = scene.good.find((good) => lastBefore(good, onset.earliestAt) > atWorkAt && wouldHaveFailed(good));
  if (witness === undefined) return null;
  const untilMs = onset.earliestAt - lastBefore(witness, onset.earliestAt);
  const until = untilMs === 0 ? 'the failures began' : `${howLong(untilMs)} before the first failures`;
  return `It had stood for ${howLong(lastBefore(witness, onset.earliestAt) - madeAt)} while probes from ${whereFrom(witness)} were good until ${until}.`;

  /** Probes by another address, or from a client that its rules let in, say nothing of it. */
  function wouldHaveFailed({ leavesBy, series }: GoodStretch): boolean {
    if (change.effect?.kind !== 'passages') return scene.controlPlaneNodes.length < 2 || change.target.node === null;
    const to = series.address === null ? null : readRange(series.address);
    const isItsOwn = to !== null && change.effect.after.some((passage) => passage.to === series.address);
    if (!isItsOwn && scene.controlPlaneNodes.length > 1) return false;
    const from = rangesOf(leavesBy);
    const treated = treatsAfter(change, from, isItsOwn ? to : null);
    // Where the rules can't be told, probes show what became of those who probe, and of nobody else.
    const isWhoFails = scene.clients.failing.every(({ range }) => from.some((one) => isWithin(range, one)));
    return treated === 'deny' || (treated === 'unknown' && isWhoFails);
  }
}

/** The start of the last good probe that began before the onset did; a stretch may go on beyond it. */
export function lastBefore({ fromAt, toAt }: GoodStretch, onsetAt: number): number {
  if (fromAt > onsetAt) return Number.NEGATIVE_INFINITY;
  return Math.min(toAt, onsetAt);
}
