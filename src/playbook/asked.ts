import type { CheckId } from '../words/check.ts';
import type { VantageKind } from '../words/vantage.ts';
import { steps } from './playbook.ts';
import type { BesideCheck, Step } from './step.ts';

/** What a step asks of a vantage of this kind, its own check first. */
export function checksAsked(step: Step, kind: VantageKind): readonly CheckId[] {
  const own = step.runsOn.includes(kind) || step.alsoFrom.includes(kind) ? [step.check] : [];
  return [...own, ...step.beside.filter(({ runsOn }) => runsOn.includes(kind)).map(({ check }) => check)];
}

/** The further check of the step that this is; null: it is the step's own. */
export function besideOf(step: Step, check: CheckId): BesideCheck | null {
  return step.beside.find((one) => one.check === check) ?? null;
}

/** Does what this check finds from there decide the step, or is it only told? */
export function decides(step: Step, check: CheckId, kind: VantageKind): boolean {
  return besideOf(step, check)?.counts ?? step.runsOn.includes(kind);
}

/** Is one who offers these checks a place that is looked from, or does it only know of something elsewhere? */
export function isPlace(checks: readonly CheckId[]): boolean {
  return steps.some(({ check }) => checks.includes(check));
}
