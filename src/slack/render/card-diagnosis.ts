import { leadingLine } from '../../briefing/leading-line.ts';
import { foundWords, otherOnsets, scopeWords, sinceWords } from '../../briefing/onset-words.ts';
import { outsideWords } from '../../briefing/windows.ts';
import { diagnosisOf, leadingOnset } from '../../investigation/leading.ts';
import type { Investigation } from '../../investigation/state.ts';
import { rules } from '../../playbook/rules.ts';
import { prose } from '../escape.ts';
import { actions, type Block, type Button, button } from './blocks.ts';
import { actionIds, packPictureRef, packWidenRef } from './refs.ts';
import { phraseOf } from './words.ts';

/** Stands with the verdict at the very top: the cause that leads, or why none does. mrkdwn. */
export function causeLine(investigation: Investigation): string {
  const { mark, label, said } = leadingLine(investigation);
  return `${mark.symbol} *${label}:* ${phraseOf(said, investigation.openedAt, 300)}`;
}

const mostOthers = 3;

/** Since when, how that was found, and what other methods say. mrkdwn; none while no onset is known. */
export function onsetLines(investigation: Investigation): string[] {
  const onset = leadingOnset(investigation);
  if (onset === null) return [];
  const { openedAt } = investigation;
  const scope = scopeWords(onset);
  const others = otherOnsets(investigation);
  const shown = others.slice(0, mostOthers).map((phrase) => phraseOf(phrase, openedAt));
  const more = others.length > mostOthers ? [`and ${others.length - mostOthers} more`] : [];
  return [
    [
      phraseOf(sinceWords(onset), openedAt),
      ...(scope === '' ? [] : [prose(scope, 200)]),
      prose(foundWords(onset), 240),
    ].join(' · '),
    ...(shown.length === 0 ? [] : [[...shown, ...more].join(' · ')]),
  ];
}

/** Stands just above the button that widens them: what lies just outside the windows. mrkdwn; none when nothing does. */
export function outsideLines(investigation: Investigation): string[] {
  const onset = leadingOnset(investigation);
  if (onset === null || !canWiden(investigation)) return [];
  const outside = outsideWords(diagnosisOf(investigation, onset.id)?.answers ?? []);
  return outside === null ? [] : [`👉 ${outside}`];
}

/** What can be asked of the diagnosis. */
export function diagnosisBlocks(investigation: Investigation): Block[] {
  const onset = leadingOnset(investigation);
  const { id, pictures } = investigation;
  if (onset === null) {
    return [actions(button(actionIds.tellOnset, 'Say since when', id, 'primary'))];
  }
  const buttons: Button[] = [
    ...(canWiden(investigation) ? [button(actionIds.widen, 'Widen all windows', packWidenRef(id, 'all'))] : []),
    button(actionIds.tellOnset, 'Correct the time', id),
    button(actionIds.drawPicture, 'Draw the timeline', packPictureRef(id, pictures.length)),
  ];
  return [actions(...buttons)];
}

/** Is any window still narrow that something could be judged by? */
export function canWiden({ widened, diagnoses }: Investigation): boolean {
  return diagnoses.length > 0 && widened.length < rules.length;
}
