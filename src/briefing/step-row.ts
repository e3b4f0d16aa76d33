import { byHand } from '../investigation/evolve.ts';
import { answeringRun, runningRun, type StepRun, type StepState } from '../investigation/state.ts';
import { stepById } from '../playbook/playbook.ts';
import { sameVantage, type Vantage, vantageName } from '../words/vantage.ts';
import { count } from './count.ts';
import { type Mark, stepMark } from './marks.ts';

/** One line of the six: the state of a step, and why in a few words. Not escaped. */
export interface StepRow {
  readonly mark: Mark;
  readonly number: number;
  readonly title: string;
  /** May be empty. */
  readonly reason: string;
}

export function stepRow(step: StepState): StepRow {
  const { number, title } = stepById(step.id);
  return { mark: stepMark(step), number, title, reason: shortReason(step) };
}

function shortReason(step: StepState): string {
  const now = runningRun(step);
  if (now !== null) return progressWords(now);
  if (step.status === 'skipped') return '';
  const reason = answeringRun(step)?.reason ?? '';
  // The mark says by whom already.
  return firstSentence(reason.startsWith(byHand) ? reason.slice(byHand.length) : reason);
}

/** `asked 3 vantages, 2 answered, waiting for node cp-1`. */
export function progressWords(run: StepRun): string {
  if (run.asked.length === 0) return 'about to ask';
  const unanswered = run.asked.filter(
    ({ vantage, check }) => !run.evidence.some((one) => one.check === check && sameVantage(one.vantage, vantage)),
  );
  // One may be asked for several things.
  const everyone = eachOnce(run.asked);
  const unheard = eachOnce(unanswered);
  const waitsFor = unheard.length === 1 ? unheard.map(vantageName).join('') : String(unheard.length);
  const asked = `asked ${count(everyone.length, 'vantage')}, ${everyone.length - unheard.length} answered`;
  return unheard.length === 0 ? asked : `${asked}, waiting for ${waitsFor}`;
}

function eachOnce(asked: StepRun['asked']): readonly Vantage[] {
  const vantages = asked.map(({ vantage }) => vantage);
  return vantages.filter((one, index) => vantages.findIndex((other) => sameVantage(other, one)) === index);
}

/** Up to the first full stop that ends a sentence: one followed by a blank and a capital letter or a digit. */
export function firstSentence(text: string): string {
  const end = /[.!?](?=\s+[\p{Lu}\d])/u.exec(text);
  return end === null ? text : text.slice(0, end.index + 1);
}
