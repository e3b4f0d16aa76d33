import type { StepId } from '../playbook/step.ts';
import type { Onset } from '../words/onset.ts';
import type { Actor } from '../words/person.ts';
import type { RuleId } from '../words/rule.ts';
import type { Verdict } from '../words/verdict.ts';
import type { HandRecord, Investigation, Room } from './state.ts';

/** What a person can ask of an open investigation. `from` is the step the button stood on: a press on an old card does nothing twice. */
export type WalkCommand =
  | { readonly kind: 'next'; readonly from: StepId }
  | { readonly kind: 'skip'; readonly step: StepId }
  | { readonly kind: 'go'; readonly to: StepId }
  /** `afterRun`: how many runs the step had when the button was drawn. */
  | { readonly kind: 'run-again'; readonly step: StepId; readonly afterRun: number }
  | {
      readonly kind: 'record';
      readonly step: StepId;
      readonly afterRun: number;
      readonly verdict: Verdict;
      readonly record: HandRecord;
    }
  | { readonly kind: 'set-endpoint'; readonly url: string }
  /** Look through the widened windows of these rules. */
  | { readonly kind: 'widen'; readonly rules: readonly RuleId[] }
  /** A report of when it began, or a correction of what was found; everything is judged anew. */
  | { readonly kind: 'tell-onset'; readonly onset: Onset }
  /** `afterPicture`: how many there were when the button was drawn. */
  | { readonly kind: 'draw-picture'; readonly afterPicture?: number }
  | {
      readonly kind: 'conclude';
      readonly summary: string;
      /** The key of a cause that is ranked. */
      readonly cause?: string;
      readonly impact?: string;
      readonly actions?: readonly string[];
    }
  /** The postmortem as an issue; only once it is concluded. */
  | { readonly kind: 'open-issue' };

/** `already`: somebody did this before; `by` and `at` tell who and when. */
export type WalkOutcome =
  | { readonly kind: 'done'; readonly investigation: Investigation }
  | { readonly kind: 'already'; readonly by: Actor; readonly at: number; readonly investigation: Investigation }
  | { readonly kind: 'refused'; readonly message: string };

export interface OpenRequest {
  readonly cluster: string;
  readonly by: Actor;
  /** null: from a terminal, which joins whatever is open of this cluster. */
  readonly room: Room | null;
  readonly endpoint: string | null;
  /** What the one who opens it says of when it began; null: nothing. */
  readonly report?: Onset | null;
}

export type Opened =
  | { readonly kind: 'opened' | 'joined'; readonly investigation: Investigation }
  | { readonly kind: 'refused'; readonly message: string };

/** The service around the state machine, as listeners and the terminal use it. */
export interface Investigations {
  /** Opens one and starts all six steps; joins the open one of the same cluster in the same room, or of the same outage in any. */
  open(request: OpenRequest): Promise<Opened>;
  act(id: string, by: Actor, command: WalkCommand): Promise<WalkOutcome>;
  find(id: string): Promise<Investigation | null>;
  /** All that are not concluded, or those of one cluster, newest first. */
  listOpen(cluster?: string): Promise<readonly Investigation[]>;
  /** All that were concluded not long ago: what was to be shown of them may not stand everywhere yet. */
  listJustConcluded(): Promise<readonly Investigation[]>;
}
