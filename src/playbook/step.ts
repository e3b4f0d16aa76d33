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
  /** Vantages the check runs from; every connected one of these kinds is asked. */
  readonly runsOn: readonly VantageKind[];
  /** Vantages without which the answer is incomplete, so at best `unknown`. */
  readonly needs: readonly VantageKind[];
  /** What to do when it can't run; shown with the commands. */
  readonly whenItCannotRun: string;
  /** Commands for a person. */
  readonly byHand: readonly HandCommand[];
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
