import { z } from 'zod';
import type { CheckId } from '../words/check.ts';
import type { VantageKind } from '../words/vantage.ts';

export const StepId = z.enum(['endpoint', 'inside', 'listening', 'firewall', 'network-policies', 'control-plane-pods']);
export type StepId = z.infer<typeof StepId>;

/** One step of the playbook. Texts are plain words, not escaped for any medium. */
export interface Step {
  readonly id: StepId;
  /** Place in the playbook, from 1. */
  readonly number: number;
  /** A few words for a row of the card. */
  readonly title: string;
  /** The question the step answers. */
  readonly asks: string;
  readonly check: CheckId;
  /** Vantages whose evidence answers the step; every connected one of these kinds is asked. */
  readonly runsOn: readonly VantageKind[];
  /** Vantages that are asked as well, for comparison; their verdict does not decide the step. */
  readonly alsoFrom: readonly VantageKind[];
  /** Further checks, asked of vantages that offer them; that nobody does is no gap. */
  readonly beside: readonly BesideCheck[];
  /** Must every kind of `runsOn` (and every known control-plane node) have answered for an `ok`, or does any one do? */
  readonly needs: 'every' | 'any';
  /** Can state from before the outage still answer? `holds`: it only changes through the API server, so it can't have changed since. */
  readonly oldState: 'holds' | 'proves nothing';
  /** What to do when it can't run; shown with the commands. */
  readonly whenItCannotRun: string;
  /** Commands for a person. */
  readonly byHand: readonly HandCommand[];
}

export interface BesideCheck {
  readonly check: CheckId;
  readonly runsOn: readonly VantageKind[];
  /** Does its verdict count as that of the step's own check does? Else it is only told. */
  readonly counts: boolean;
  /** What speaks, for a person: the vantage only asked for it. */
  readonly words: string;
}

/** A command with placeholders `{url} {host} {port} {address} {node} {pod}`; `playbook/commands.ts` fills them in. */
export interface HandCommand {
  /** `always`: works either way. */
  readonly works: 'with the API alive' | 'with the API dead' | 'always';
  readonly where: 'anywhere' | 'in a pod' | 'on the control-plane node';
  readonly command: string;
  /** What to look for in its output. */
  readonly lookFor: string;
}
