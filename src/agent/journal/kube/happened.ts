import type { Note } from './note.ts';
import type { Told } from './told.ts';

export interface Interval {
  readonly earliestAt: number;
  readonly latestAt: number;
}

/** How far the clocks of the API server and of the agent may be apart after what was measured is taken away. */
const TOLERANCE_MS = 2_000;
const SECOND = 999;

/**
 * When a change happened: what the object says of itself where it does; else by when it was seen, made narrower by the
 * time that `managedFields` give to its last write, in so far as the two agree.
 */
export function happenedAt(told: Told, seen: Interval, after: Note | null, clockOffsetMs: number): Interval {
  if (told.happened !== undefined) {
    const latestAt = Math.min(told.happened.latestAt, seen.latestAt);
    return { earliestAt: Math.min(told.happened.earliestAt ?? seen.earliestAt, latestAt), latestAt };
  }
  const written = after?.modifiedAt ?? null;
  if (written === null) return seen;
  const earliestAt = Math.max(seen.earliestAt, written + clockOffsetMs - TOLERANCE_MS);
  const latestAt = Math.min(seen.latestAt, written + clockOffsetMs + SECOND + TOLERANCE_MS);
  return earliestAt <= latestAt ? { earliestAt, latestAt } : seen;
}

/** Of an object that is seen for the first time: when it was last written, by its own word; null: it does not say. */
export function lastWritten(note: Note, clockOffsetMs: number): Interval | null {
  const at = note.modifiedAt ?? note.createdAt;
  return at === null ? null : { earliestAt: at + clockOffsetMs, latestAt: at + clockOffsetMs + SECOND };
}
