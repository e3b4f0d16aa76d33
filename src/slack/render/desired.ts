import { stepsInOrder } from '../../investigation/evolve.ts';
import { leadingOnset } from '../../investigation/leading.ts';
import type { Investigation } from '../../investigation/state.ts';
import { stepById } from '../../playbook/playbook.ts';
import { prose, proseLines } from '../escape.ts';
import { section } from './blocks.ts';
import { type CardContext, renderCard } from './card.ts';
import { causeReplies } from './cause-replies.ts';
import type { Content, DesiredMessage } from './content.ts';
import { renderDiagnosis } from './diagnosis-message.ts';
import { renderStep } from './step-message.ts';
import { personOf } from './words.ts';

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
    ...conclusionOf(investigation),
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

/** An edited card notifies nobody, so those who follow the thread get the conclusion as a reply. */
function conclusionOf({ id, cluster, conclusion }: Investigation): DesiredMessage[] {
  if (conclusion === null) return [];
  const summary = conclusion.summary.trim();
  const title = `🏁 Concluded: ${prose(cluster, 60)} API server`;
  const content: Content = {
    text: summary === '' ? title : `${title}. ${prose(summary, 600)}`,
    blocks: [
      section(
        `🏁 *Concluded* by ${personOf(conclusion.by)}: ${prose(cluster, 60)} API server\n${proseLines(summary, 2500) || 'No summary was written.'}`,
      ),
    ],
  };
  return [{ key: `${id}/conclusion`, thread: 'card', ...content }];
}
