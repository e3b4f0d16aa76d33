import { besideOf } from '../playbook/asked.ts';
import { stepById } from '../playbook/playbook.ts';
import type { StepId } from '../playbook/step.ts';
import type { Evidence } from '../words/evidence.ts';
import { type Vantage, vantageName } from '../words/vantage.ts';
import { tameLine } from './tame.ts';

/** `node cp-1`, tamed and short enough for a line that holds several. */
export function shortVantage(vantage: Vantage): string {
  return tameLine(vantageName(vantage), 60);
}

/** Whose word it is: the vantage's, or that of what it was asked for beside the step's own check. */
export function speakerOf(step: StepId, { check, vantage }: Pick<Evidence, 'check' | 'vantage'>): string {
  return besideOf(stepById(step), check)?.words ?? shortVantage(vantage);
}

/** The first addresses its packets leave by: `10.0.0.5, 10.0.0.6 and 2 more`; null when it could not tell. */
export function leavesByWords(vantage: Vantage, most = 2): string | null {
  if (vantage.leavesBy.length === 0) return null;
  const shown = vantage.leavesBy.slice(0, most).map((address) => tameLine(address, 45));
  const more = vantage.leavesBy.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
