import type { StepId } from '../playbook/step.ts';
import type { CheckId } from '../words/check.ts';
import type { Cause, Diagnosis, Standing } from '../words/diagnosis.ts';
import type { Evidence } from '../words/evidence.ts';
import type { Onset } from '../words/onset.ts';
import type { Actor } from '../words/person.ts';
import type { RuleId } from '../words/rule.ts';
import type { Vantage } from '../words/vantage.ts';
import type { Verdict } from '../words/verdict.ts';

/** Where an investigation lives in Slack; null for one opened in a terminal, or by itself at an onset. */
export interface Room {
  readonly channel: string;
  /** Set when it was opened from inside a thread: the card is then a reply there. */
  readonly thread: string | null;
}

export type StepStatus = 'waiting' | 'running' | 'done' | 'skipped' | 'recorded' | 'failed';

export interface Asked {
  readonly vantage: Vantage;
  readonly check: CheckId;
}

/** One run of a step's checks, or one record by hand. A later run stands beside the earlier one. */
export interface StepRun {
  /** From 1, within the step. */
  readonly run: number;
  readonly status: 'running' | 'done' | 'failed' | 'interrupted' | 'recorded';
  readonly by: Actor;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** Who was asked for what so far. */
  readonly asked: readonly Asked[];
  /** One for each of them that answered. */
  readonly evidence: readonly Evidence[];
  /** Plain words for each vantage that was needed and gave no answer, and why. */
  readonly missing: readonly string[];
  /** Of all evidence together; null while running. */
  readonly verdict: Verdict | null;
  /** One or two sentences; null while running. */
  readonly reason: string | null;
  /** Only for `recorded`. */
  readonly record: HandRecord | null;
}

export interface HandRecord {
  readonly command: string;
  /** What the command printed, as pasted. */
  readonly output: string;
  readonly note: string;
}

export interface StepState {
  readonly id: StepId;
  readonly status: StepStatus;
  readonly runs: readonly StepRun[];
  /** Did the walk come to it yet? Its evidence is in the thread from then on. */
  readonly reached: boolean;
  /** Who skipped it; null when nobody did. */
  readonly skippedBy: Actor | null;
}

export interface Conclusion {
  readonly at: number;
  readonly by: Actor;
  /** The cause that was chosen of those that were ranked, as it stood there; null: none of them. */
  readonly cause: { readonly key: string; readonly title: string; readonly standing: Standing } | null;
  /** The cause, and more, in the person's own words; may be empty. */
  readonly summary: string;
  /** What it meant to those who needed it; may be empty. */
  readonly impact: string;
  /** What is to be done now, one thing each. */
  readonly actions: readonly string[];
}

/** The postmortem as an issue in somebody's tracker. */
type Issue =
  /** `attempt`: from 1; before another one somebody may have opened it unheard. */
  | { readonly kind: 'asked'; readonly by: Actor; readonly at: number; readonly attempt: number }
  /** `name`: `acme/operations#12` */
  | { readonly kind: 'opened'; readonly by: Actor; readonly at: number; readonly name: string; readonly url: string }
  | {
      readonly kind: 'failed';
      readonly by: Actor;
      readonly at: number;
      readonly attempt: number;
      readonly why: string;
    };

/** A cause that came to lead, and when. */
export interface CauseFound {
  readonly at: number;
  readonly onsetId: string;
  readonly cause: Cause;
}

export interface Picture {
  /** From 1. */
  readonly number: number;
  readonly at: number;
  readonly why: 'first diagnosis' | 'asked' | 'concluded';
  readonly by: Actor;
}

export interface Investigation {
  /** Short, typeable, unique: `inv-k3f9x2`. */
  readonly id: string;
  readonly cluster: string;
  readonly room: Room | null;
  readonly openedBy: Actor;
  readonly openedAt: number;
  /** Count of events so far: the optimistic lock. */
  readonly seq: number;
  /** The step whose buttons are on the card; null once the walk is through. */
  readonly current: StepId | null;
  /** Who moved the walk last, and when. */
  readonly moved: { readonly by: Actor; readonly at: number };
  readonly steps: Readonly<Record<StepId, StepState>>;
  /** The endpoint as the steps use it; changed by step 1 or by a person. */
  readonly endpoint: string | null;
  /** The incident that it was opened for by itself; null when somebody opened it. */
  readonly incident: string | null;
  /** In the order they were found; each is judged. */
  readonly onsets: readonly Onset[];
  /** The newest for each onset that was judged. */
  readonly diagnoses: readonly Diagnosis[];
  /** Rules that look through their widened window. */
  readonly widened: readonly RuleId[];
  /** Each leading cause as it was found or changed, oldest first: what those who follow are told of. */
  readonly causesFound: readonly CauseFound[];
  /** Timeline pictures that are due in the thread, oldest first. */
  readonly pictures: readonly Picture[];
  readonly conclusion: Conclusion | null;
  /** null: nobody asked for one. */
  readonly issue: Issue | null;
  readonly timeline: readonly TimelineEntry[];
}

/** One thing that happened, in words, for people. */
export interface TimelineEntry {
  readonly at: number;
  readonly by: Actor;
  readonly text: string;
}

/** The run whose answer counts now: the newest that is not running, else the newest. */
export function answeringRun(step: StepState): StepRun | null {
  return step.runs.findLast((run) => run.status !== 'running') ?? step.runs.at(-1) ?? null;
}

export function runningRun(step: StepState): StepRun | null {
  return step.runs.findLast((run) => run.status === 'running') ?? null;
}
