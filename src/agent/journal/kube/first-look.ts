import type { Entry } from '../../kube/follow.ts';
import { type Interval, lastWritten } from './happened.ts';
import { type Note, tell } from './note.ts';
import { nameOf, type Told } from './told.ts';

/** A change that was there to be found at the first look. */
export interface Found {
  readonly uid: string;
  readonly version: string;
  readonly note: Note;
  readonly told: Told;
  readonly when: Interval;
  /** Made then; false: changed then, and what it was before is not known. */
  readonly isCreation: boolean;
}

/** Of what happened before the first look only this much is told, the newest of each kind: a stream has to begin somewhere. */
const WITHIN_MS = 3 * 3_600_000;
const MOST = 200;
/** Who makes an object may write to it once more at once. */
const SAME_ACT_MS = 1_000;

/** The newest thing that each object says of itself, in so far as it is of late; oldest first. */
export function foundAtFirstLook(entries: Iterable<Entry<Note>>, nowAt: number, clockOffsetMs: number): Found[] {
  const found: Found[] = [];
  for (const { uid, version, record: note } of entries) {
    // A container's or an Event's times are its own; of all else the last write tells.
    const written = lastWritten(note, clockOffsetMs);
    const ownTimes = note.kind === 'Pod' || note.kind === 'Event';
    if (!ownTimes && (written === null || written.latestAt < nowAt - WITHIN_MS)) continue;
    for (const told of tell(null, note, null)) {
      const { happened } = told;
      const when = happened === undefined ? written : { ...happened, earliestAt: happened.earliestAt ?? 0 };
      if (when === null || when.latestAt < nowAt - WITHIN_MS) continue;
      const isCreation = happened !== undefined || isNew(note);
      found.push({ uid, version, note, told: isCreation ? told : changedBefore(told, note), when, isCreation });
    }
  }
  return found.sort((a, b) => a.when.latestAt - b.when.latestAt).slice(-MOST);
}

function isNew({ createdAt, modifiedAt }: Note): boolean {
  return createdAt === null || modifiedAt === null || modifiedAt - createdAt <= SAME_ACT_MS;
}

function changedBefore(told: Told, note: Note): Told {
  const summary = `${told.kind ?? note.kind} ${nameOf(note)} was changed; what differed is not known`;
  return { ...told, action: 'update', summary, diff: [] };
}
