import { investigationMark, type Mark } from '../../briefing/marks.ts';
import { stepRow } from '../../briefing/step-row.ts';
import { tameLine } from '../../briefing/tame.ts';
import { verdictLine } from '../../briefing/verdict-line.ts';
import { stepsInOrder } from '../../investigation/evolve.ts';
import { type Investigation, runningRun } from '../../investigation/state.ts';
import { stepAfter, stepById, steps } from '../../playbook/playbook.ts';
import type { StepId } from '../../playbook/step.ts';
import { sameVantage, type Vantage } from '../../words/vantage.ts';
import { code, prose } from '../escape.ts';
import { actions, type Block, type Button, button, context, header, section, select } from './blocks.ts';
import { causeLine, diagnosisBlocks, onsetLines, outsideLines } from './card-diagnosis.ts';
import { concludedBlocks } from './conclusion.ts';
import type { Content } from './content.ts';
import { actionIds, packRef } from './refs.ts';
import { dayAndTimeOf, personOf, timeNear, vantageOf } from './words.ts';

/** What the card shows beyond the investigation itself. */
export interface CardContext {
  readonly connected: readonly Vantage[];
  readonly absent: readonly { vantage: Vantage; lastSeenAt: number }[];
  /** Where issues are opened: `acme/operations`; left out: nowhere. */
  readonly issuesIn?: string;
}

/** The one message of an investigation, edited in place: what is known, and what can be done next. Pure. */
export function renderCard(investigation: Investigation, around: CardContext): Content {
  const verdict = verdictLine(investigation);
  const mark = investigationMark(investigation, verdict.verdict);
  const title = titleOf(investigation, mark);
  const cause = causeLine(investigation);
  return {
    text: `${prose(title, 150)}. ${prose(verdict.text, 600)} ${cause}`,
    blocks: [
      header(title),
      section(`${prose(verdict.text, 600)}\n${cause}`),
      context(...onsetLines(investigation), ...aboutLines(investigation, around), ...outsideLines(investigation)),
      ...(investigation.conclusion === null ? diagnosisBlocks(investigation) : []),
      section(steps.map((step) => rowLine(investigation, step.id)).join('\n')),
      ...(investigation.conclusion === null ? askingBlocks(investigation) : concludedBlocks(investigation)),
    ],
  };
}

function titleOf(investigation: Investigation, mark: Mark): string {
  const { cluster, conclusion, current } = investigation;
  const where = current === null ? 'all steps walked' : `step ${stepById(current).number} of ${steps.length}`;
  const state = conclusion === null ? `${mark.words}, ${where}` : mark.words;
  return `${mark.symbol} ${tameLine(cluster, 60)} API server: ${state}`;
}

function aboutLines(investigation: Investigation, around: CardContext): string[] {
  const { endpoint, id, openedAt, openedBy, conclusion } = investigation;
  // Once concluded it tells who looked; who comes and goes after that is no matter of this card.
  const looking = conclusion === null ? around.connected : askedVantages(investigation);
  const absent = conclusion === null ? around.absent : [];
  const [looks, nobody] = conclusion === null ? ['Looking', '*no vantage is connected*'] : ['Looked', 'nowhere'];
  const asked = looking.slice(0, 8).map(vantageOf);
  const more = looking.length - asked.length;
  const gone = absent
    .slice(0, 4)
    .map(({ vantage, lastSeenAt }) => `${vantageOf(vantage)}, last seen ${timeNear(lastSeenAt, openedAt)}`);
  const goneMore = absent.length - gone.length;
  return [
    `Endpoint ${endpoint === null ? '*not known*' : code(endpoint, 160)} · opened by ${personOf(openedBy)} ${dayAndTimeOf(openedAt)} · ${code(id)}`,
    `${looks} from: ${asked.join(' · ') || nobody}${more > 0 ? ` · and ${more} more` : ''}`,
    ...(gone.length > 0
      ? [`❔ Not connected: ${gone.join(' · ')}${goneMore > 0 ? ` · and ${goneMore} more` : ''}`]
      : []),
  ];
}

function askedVantages(investigation: Investigation): readonly Vantage[] {
  const asked = stepsInOrder(investigation).flatMap(({ id, runs }) =>
    runs.flatMap((run) => run.asked.filter(({ check }) => check === stepById(id).check).map(({ vantage }) => vantage)),
  );
  return asked.filter((one, index) => asked.findIndex((other) => sameVantage(other, one)) === index);
}

function rowLine(investigation: Investigation, id: StepId): string {
  const { mark, number, title, reason } = stepRow(investigation.steps[id]);
  const here = investigation.current === id ? '▸ ' : '';
  const why = reason === '' ? '' : ` · ${prose(reason, 150)}`;
  return `${mark.symbol} ${here}*${number} ${title}* ${mark.words}${why}`;
}

function askingBlocks(investigation: Investigation): Block[] {
  const { current } = investigation;
  const question = current === null ? 'All six steps are walked. Conclude, or look at a step again.' : askLine(current);
  return [
    section(question),
    actions(...walkButtons(investigation, current), anotherStep(investigation)),
    ...lastDone(investigation),
  ];
}

function askLine(id: StepId): string {
  const { number, asks } = stepById(id);
  return `*Step ${number}:* ${prose(asks, 300)}`;
}

function walkButtons(investigation: Investigation, current: StepId | null): Button[] {
  const conclude = button(actionIds.conclude, 'Conclude', refAt(investigation, current ?? 'endpoint'));
  const endpoint = button(actionIds.giveEndpoint, 'Give the endpoint', refAt(investigation, 'endpoint'), 'primary');
  const needsEndpoint = investigation.endpoint === null ? [endpoint] : [];
  if (current === null) return [...needsEndpoint, conclude];
  const value = refAt(investigation, current);
  const following = stepAfter(current);
  const next = following === null ? 'Finish the walk' : `Next: ${following.title}`;
  const runs = runningRun(investigation.steps[current]) !== null;
  return [
    ...needsEndpoint,
    button(actionIds.next, next, value, 'primary'),
    // While it runs there is nothing to run again.
    ...(runs ? [] : [button(actionIds.runAgain, 'Run again', value)]),
    button(actionIds.skip, 'Skip', value),
    button(actionIds.recordByHand, 'Record by hand', value),
    conclude,
  ];
}

function anotherStep(investigation: Investigation) {
  const choices = steps
    .filter((step) => step.id !== investigation.current)
    .map((step) => ({ plainText: `${step.number} ${step.title}`, value: refAt(investigation, step.id) }));
  return select(actionIds.goToStep, 'Another step…', choices);
}

function refAt(investigation: Investigation, step: StepId): string {
  return packRef({ investigation: investigation.id, step, run: investigation.steps[step].runs.length });
}

/** Stands where the used button was: who pressed it, and when. */
function lastDone({ timeline, openedAt }: Investigation): Block[] {
  // The first entry is the opening, which the card tells anyway.
  const last = timeline.slice(1).findLast(({ by }) => by.kind === 'person');
  if (last === undefined) return [];
  return [context(`Last: ${personOf(last.by)} ${prose(last.text, 160)} · ${timeNear(last.at, openedAt)}`)];
}
