import { diagnosisOf, leadingCause, leadingOnset } from '../investigation/leading.ts';
import type { Investigation } from '../investigation/state.ts';
import { ruleById } from '../playbook/rules.ts';
import type { Diagnosis, RuleAnswer } from '../words/diagnosis.ts';
import { causeWords, standingMarks } from './cause-words.ts';
import { count } from './count.ts';
import type { Mark } from './marks.ts';
import type { Phrase } from './phrase.ts';
import { inTheWindows } from './windows.ts';

/** What the diagnosis comes to, in one line: the cause that leads, or why none does. Not escaped for any medium. */
export interface LeadingLine {
  readonly kind: 'cause' | 'none' | 'comparing' | 'no onset';
  readonly mark: Mark;
  /** Stands out: `Leading cause (explains)`. */
  readonly label: string;
  readonly said: Phrase;
}

export function leadingLine(investigation: Investigation): LeadingLine {
  const onset = leadingOnset(investigation);
  if (onset === null) {
    return {
      kind: 'no onset',
      mark: { symbol: '❔', words: 'unknown' },
      label: 'Since when is not known',
      said: ['no probe saw it begin'],
    };
  }
  const leads = leadingCause(investigation);
  if (leads !== null) {
    const { cause } = leads;
    const judged = diagnosisOf(investigation, leads.onsetId)?.onset ?? onset;
    const other: Phrase = leads.onsetId === onset.id ? [] : [', judged by the failure of ', { at: judged.earliestAt }];
    const mark = standingMarks[cause.standing];
    return {
      kind: 'cause',
      mark,
      label: `Leading cause (${mark.words})`,
      said: [...causeWords(cause, judged), ...other],
    };
  }
  const diagnosis = diagnosisOf(investigation, onset.id);
  if (diagnosis === null) {
    return {
      kind: 'comparing',
      mark: { symbol: '⏳', words: 'running' },
      label: 'Comparing',
      said: ['what changed around it is looked at'],
    };
  }
  return {
    kind: 'none',
    mark: { symbol: '❔', words: 'unknown' },
    label: 'No cause found',
    said: noCauseWords(diagnosis),
  };
}

function noCauseWords(diagnosis: Diagnosis): Phrase {
  const { answers, causes } = diagnosis;
  const inside = inTheWindows(diagnosis);
  const blind = answers.filter(({ rule, kind }) => kind === 'noData' && ruleById(rule).kind === 'rule');
  const pendingUntilAt = Math.max(...answers.map((answer) => answer.pendingUntilAt ?? Number.NEGATIVE_INFINITY));
  const contradicted = causes.filter(({ standing }) => standing === 'contradicted').length;
  return [
    inside === 0 ? nothingWords(answers) : explainsNothing(inside),
    contradicted === 0 ? '' : `, ${contradicted} spoken against by what was seen`,
    blind.length === 0 ? '' : `. No data for ${blind.map(({ rule }) => ruleById(rule).title).join(', ')}`,
    ...(Number.isFinite(pendingUntilAt)
      ? ['. Some sources report late and are asked again until ', { at: pendingUntilAt }]
      : []),
    '.',
  ];
}

function nothingWords(answers: readonly RuleAnswer[]): string {
  const all = answers.every(({ kind }) => kind === 'nothing' || kind === 'notApplicable');
  return all ? 'nothing changed in the windows' : 'nothing changed in the windows, as far as was seen';
}

function explainsNothing(inside: number): string {
  if (inside === 1) return '1 change lies in the windows and does not explain it';
  return `${count(inside, 'change')} lie in the windows and none explains it`;
}
