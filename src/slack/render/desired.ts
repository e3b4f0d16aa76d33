import { stepsInOrder } from '../../investigation/evolve.ts';
import { leadingOnset } from '../../investigation/leading.ts';
import type { Investigation } from '../../investigation/state.ts';
import { stepById } from '../../playbook/playbook.ts';
import { type CardContext, renderCard } from './card.ts';
import { causeReplies } from './cause-replies.ts';
import { conclusionReply } from './conclusion.ts';
import type { DesiredMessage } from './content.ts';
import { renderDiagnosis } from './diagnosis-message.ts';
import { renderStep } from './step-message.ts';

/**
 * Every message that should stand in Slack for this investigation, the card first: one reply for each onset that was
 * judged, one for each cause that came to lead, one for each run of each step that the walk came to, and one for the
 * conclusion. Pure; the same state gives the same messages.
 */
export function desiredMessages(investigation: Investigation, around: CardContext): readonly DesiredMessage[] {
  const runs = stepsInOrder(investigation)
    .filter((step) => step.reached)
    .flatMap((step) => step.runs.map((run) => ({ step: step.id, run })))
    .toSorted((a, b) => a.run.startedAt - b.run.startedAt || stepById(a.step).number - stepById(b.step).number);
  return [
    { key: cardKey(investigation.id), thread: 'root', ...renderCard(investigation, around) },
    ...diagnosesOf(investigation),
    ...causeReplies(investigation),
    ...runs.map(({ step, run }) => ({
      key: `${investigation.id}/${step}/${run.run}`,
      thread: 'card' as const,
      ...renderStep(investigation, step, run),
    })),
    ...conclusionReply(investigation, around.issuesIn ?? null),
  ];
}

export function cardKey(investigationId: string): string {
  return `${investigationId}/card`;
}

/** A cluster that flaps has many onsets: more than these are judged, and only the card names them. */
const mostDiagnoses = 6;

/** In the order in which the onsets were found, so that the first of them stay the same; the one that leads always. */
function diagnosesOf(investigation: Investigation): DesiredMessage[] {
  const { id, onsets, diagnoses } = investigation;
  const leads = leadingOnset(investigation);
  const judged = onsets.flatMap((onset) => diagnoses.filter((diagnosis) => diagnosis.onset.id === onset.id));
  return judged
    .filter(({ onset }, index) => index < mostDiagnoses || onset.id === leads?.id)
    .map((diagnosis) => ({
      key: `${id}/diagnosis/${diagnosis.onset.id}`,
      thread: 'card' as const,
      ...renderDiagnosis(investigation, diagnosis),
    }));
}
