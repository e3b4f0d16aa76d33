import type { Change } from '../../words/change.ts';

/** What one event says of a change, before it is decided whether it can be taken. Texts may be of any length. */
export interface Draft extends Pick<Change, 'category' | 'action' | 'effect'> {
  /** Where it came from, and its id there: together the same for the same change. */
  readonly source: string;
  readonly id: string;
  /** What it is about at its source; rules of the settings compare it. */
  readonly subject: string | null;
  /** It happened between the two, or began to. Epoch ms. */
  readonly earliestAt: number;
  readonly latestAt: number;
  /** Of work that lasts: when it ends. */
  readonly untilAt: number | null;
  /** Clusters that the event itself names; null: none. */
  readonly clusters: readonly string[] | null;
  readonly actor: string | null;
  readonly target: {
    readonly kind: string;
    readonly namespace?: string | null;
    readonly name: string;
    readonly node?: string | null;
    readonly addresses: readonly string[];
    readonly ports: readonly number[];
  };
  readonly summary: string;
  readonly diff: readonly string[];
  readonly link: string | null;
  /** When it is known already: the first word stands, unless this one tells more. */
  readonly known: 'leave' | 'replace';
  /** For the sender: what was left out or put right. */
  readonly notes: readonly string[];
}

/** `ignored`: nothing was changed, or nothing that matters here. `refused`: it can't be taken as it is. Both with why. */
export type Drafted =
  | { readonly kind: 'draft'; readonly draft: Draft }
  | { readonly kind: 'ignored' | 'refused'; readonly why: string };
