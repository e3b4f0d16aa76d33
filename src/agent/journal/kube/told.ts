import type { ChangeAction, ChangeCategory } from '../../../words/change.ts';

/** What differs between two looks at an object, in words; when it was and who it was is known by who looked. */
export interface Told {
  /**
   * Takes the version's place in the change's id where that is not what makes it the same change: a restart is the same
   * one in whichever version it is seen first.
   */
  readonly part?: string;
  readonly category: ChangeCategory;
  readonly action: ChangeAction;
  /** What kind of thing it is, for a person; the object's own kind unless told. */
  readonly kind?: string;
  /** One line. */
  readonly summary: string;
  /** A line each. */
  readonly diff: readonly string[];
  readonly node?: string | null;
  readonly addresses?: readonly string[];
  readonly ports?: readonly number[];
  /** null: nobody is named. Left out: whoever `managedFields` name. */
  readonly actor?: string | null;
  /** When it happened, where the object itself says so; left out: by when it was seen, and by `managedFields`. Epoch ms. */
  readonly happened?: { readonly earliestAt: number | null; readonly latestAt: number };
}

const MOST_IN_SUMMARY = 2;

/** `NetworkPolicy edge/allow changed: port 6443 removed from ingress rule 2; and 3 more`. */
export function summaryOf(what: string, diff: readonly string[]): string {
  if (diff.length === 0) return what;
  const more = diff.length > MOST_IN_SUMMARY ? `; and ${diff.length - MOST_IN_SUMMARY} more` : '';
  return `${what}: ${diff.slice(0, MOST_IN_SUMMARY).join('; ')}${more}`;
}

export function nameOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** Times in objects are cut to whole seconds: it happened within that one. */
export function withinSecond(at: number): { readonly earliestAt: number; readonly latestAt: number } {
  return { earliestAt: at, latestAt: at + 999 };
}
