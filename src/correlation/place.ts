import type { Window } from '../playbook/rules.ts';
import type { Hit } from '../words/diagnosis.ts';

/** A moment that is known only to lie between two. Epoch ms, both included. */
export interface Interval {
  readonly earliestAt: number;
  readonly latestAt: number;
}

/** Something that began and ended; both are the same for what happened at once. */
export interface Stretch {
  readonly begun: Interval;
  readonly ended: Interval;
}

export type Placed = Pick<Hit, 'placed' | 'side' | 'distanceMs'>;

/**
 * Where a stretch lies to the onset; null: outside the window, whenever either can have been. Edges are inside. A
 * clock's error may carry something in (possibly), never out: nobody should miss a change over half a second.
 */
export function place(what: Stretch, onset: Interval, window: Window, clockToleranceMs: number): Placed | null {
  const { begun, ended } = what;
  // From the onset to the beginning, and from the end to the onset, at the least and at the most.
  const soonest = begun.earliestAt - onset.latestAt;
  const latest = begun.latestAt - onset.earliestAt;
  const nearest = onset.earliestAt - ended.latestAt;
  const furthest = onset.latestAt - ended.earliestAt;
  const canBe = soonest <= window.afterMs + clockToleranceMs && nearest <= window.beforeMs + clockToleranceMs;
  if (!canBe) return null;
  return {
    placed: latest <= window.afterMs && furthest <= window.beforeMs ? 'certain' : 'possible',
    side: sideOf(begun, onset, clockToleranceMs),
    distanceMs: Math.max(0, soonest, nearest),
  };
}

/** Of when it began: what ends after the onset may still have caused it. `during`: which came first can't be told. */
function sideOf(begun: Interval, onset: Interval, clockToleranceMs: number): Hit['side'] {
  if (begun.latestAt + clockToleranceMs < onset.earliestAt) return 'before';
  return begun.earliestAt - clockToleranceMs > onset.latestAt ? 'after' : 'during';
}
