import type { Change, Entry, FollowOptions, Kind } from './follow.ts';

/**
 * Somebody who keeps something of its own of objects that are followed: taken from the whole object, the moment it comes,
 * since only what is reduced is held.
 */
export interface NoteTaker<N> {
  /** null: of no interest. Never throws. */
  note(resource: string, raw: unknown): N | null;
  /** All that a first list held, true at some moment of `[askedAt, answeredAt]`. */
  first(resource: string, entries: Iterable<Entry<N>>, askedAt: number, answeredAt: number): void;
  changed(resource: string, change: Change<N>): void;
}

/** What is kept of an object, and what somebody noted of it. */
export interface Noted<R, N> {
  readonly record: R;
  readonly note: N | null;
}

export function noting<R, N>(kind: Kind<R>, taker: NoteTaker<N> | null): Kind<Noted<R, N>> {
  return {
    ...kind,
    reduce(raw) {
      const record = kind.reduce(raw);
      return record === null ? null : { record, note: taker?.note(kind.name, raw) ?? null };
    },
  };
}

/** What tells the note taker of objects that are followed so. */
export function toldTo<R, N>(
  taker: NoteTaker<N> | null,
  resource: string,
): Pick<FollowOptions<Noted<R, N>>, 'onFirst' | 'onChange'> {
  if (taker === null) return {};
  return {
    onFirst: (entries, askedAt, answeredAt) => taker.first(resource, notesOf(entries), askedAt, answeredAt),
    onChange(change) {
      const before = change.before?.note ?? null;
      const after = change.after?.note ?? null;
      if (before !== null || after !== null) taker.changed(resource, { ...change, before, after });
    },
  };
}

function* notesOf<R, N>(entries: Iterable<Entry<Noted<R, N>>>): Generator<Entry<N>> {
  for (const { uid, version, record } of entries) {
    if (record.note !== null) yield { uid, version, record: record.note };
  }
}
