import { answeringRun, type Investigation, runningRun, type StepRun, type StepState } from '../investigation/state.ts';
import type { Verdict } from '../words/verdict.ts';

/** A symbol and the same in words: never one without the other, since a screen reader reads symbols badly. */
export interface Mark {
  readonly symbol: string;
  readonly words: string;
}

export const verdictMarks: Readonly<Record<Verdict, Mark>> = {
  ok: { symbol: '✅', words: 'ok' },
  problem: { symbol: '❌', words: 'problem' },
  unknown: { symbol: '❔', words: 'unknown' },
  notApplicable: { symbol: '➖', words: 'not applicable' },
};

const running: Mark = { symbol: '⏳', words: 'running' };
const waiting: Mark = { symbol: '▫️', words: 'waiting' };
const skipped: Mark = { symbol: '⏭️', words: 'skipped' };
const concluded: Mark = { symbol: '🏁', words: 'concluded' };

export function runMark(run: StepRun): Mark {
  switch (run.status) {
    case 'running':
      return running;
    case 'failed':
      return { symbol: verdictMarks.unknown.symbol, words: 'could not run' };
    case 'interrupted':
      return { symbol: verdictMarks.unknown.symbol, words: 'interrupted' };
    case 'done':
      return verdictMarks[run.verdict ?? 'unknown'];
    case 'recorded': {
      const mark = verdictMarks[run.verdict ?? 'unknown'];
      return { ...mark, words: `${mark.words}, by hand` };
    }
    default:
      return run.status satisfies never;
  }
}

export function stepMark(step: StepState): Mark {
  const now = runningRun(step);
  if (now !== null) return now.run === 1 ? running : { ...running, words: 'running again' };
  if (step.status === 'skipped') return skipped;
  const run = answeringRun(step);
  return run === null ? waiting : runMark(run);
}

/** What stands at the head of the card: finished or not, and how it looks so far. */
export function investigationMark(investigation: Investigation, verdict: Verdict): Mark {
  if (investigation.conclusion !== null) return concluded;
  const states = Object.values(investigation.steps);
  if (verdict !== 'problem' && states.some((step) => runningRun(step) !== null)) return running;
  return verdictMarks[verdict];
}
