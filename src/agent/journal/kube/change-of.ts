import type { Change, ChangeEffect } from '../../../words/change.ts';
import type { Interval } from './happened.ts';
import type { Note } from './note.ts';
import { writerOf } from './note-base.ts';
import type { Told } from './told.ts';

/** Puts a told difference into the form in which the bot takes changes, within that form's bounds. */
export function changeOf(parts: {
  readonly told: Told;
  /** The object after the change; of one that is gone, as it last was. */
  readonly note: Note;
  /** What it was before; null: it was not there, or that is not known. */
  readonly before: Note | null;
  readonly uid: string;
  /** null: it is gone. */
  readonly version: string | null;
  readonly instance: string;
  readonly when: Interval;
  readonly observedAt: number;
  readonly certainty: Change['certainty'];
  readonly effect: ChangeEffect | null;
}): Change {
  const { told, note, before, uid, version, instance, when, observedAt, certainty, effect } = parts;
  // Nobody is named as the one who deleted: who last wrote is not who that was.
  const actor = told.actor === undefined ? (version === null ? null : writerOf(before, note)) : told.actor;
  return {
    id: `kube:${uid}:${told.part ?? version ?? 'deleted'}`.slice(0, 500),
    source: 'kube',
    instance,
    category: told.category,
    earliestAt: when.earliestAt,
    latestAt: when.latestAt,
    observedAt,
    certainty,
    actor: actor === null ? null : cut(actor, 253),
    action: told.action,
    target: {
      kind: cut(told.kind ?? note.kind, 100),
      namespace: note.namespace === '' ? null : note.namespace,
      name: note.name,
      node: told.node ?? null,
      addresses: (told.addresses ?? []).slice(0, 64).map((one) => cut(one, 100)),
      ports: (told.ports ?? []).slice(0, 64),
    },
    summary: cut(told.summary, 500),
    diff: shortened(told.diff),
    effect,
    untilAt: null,
    link: null,
  };
}

const MOST_LINES = 40;

function shortened(diff: readonly string[]): string[] {
  const lines = diff.slice(0, MOST_LINES).map((line) => cut(line, 500));
  return diff.length <= MOST_LINES ? lines : [...lines.slice(0, -1), `and ${diff.length - MOST_LINES + 1} more`];
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
