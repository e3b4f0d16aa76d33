import { standingMarks } from '../../briefing/cause-words.ts';
import { shortenMiddle } from '../../briefing/tame.ts';
import { leadingCause, rankedCauses } from '../../investigation/leading.ts';
import type { Investigation } from '../../investigation/state.ts';
import type { Cause } from '../../words/diagnosis.ts';
import { prose } from '../escape.ts';
import { limits } from '../limits.ts';
import { input, section, select, textInput } from './blocks.ts';
import { type Modal, modal } from './modal.ts';
import { packRef, type StepRef, viewIds } from './refs.ts';

/** Names of what is asked for; block and element share one name. */
export const concludeFields = {
  cause: 'cause',
  summary: 'summary',
  impact: 'impact',
  actions: 'actions',
} as const;

/** The value of the choice "none of these". */
const noneOfThese = 'none';

/** Cause, impact, and what is to be done. What leads is chosen already; without causes only words are asked for. */
export function concludeModal(investigation: Investigation, ref: StepRef): Modal {
  const causes = rankedCauses(investigation);
  const leads = leadingCause(investigation)?.cause;
  const choices = causes.slice(0, limits.options - 1).map((cause, index) => {
    const { symbol, words } = standingMarks[cause.standing];
    const title = shortenMiddle(cause.title, limits.optionText - words.length - 12);
    return { plainText: `${symbol} ${index + 1} ${words}: ${title}`, value: optionOf(cause) };
  });
  const none = { plainText: 'None of these: in my own words', value: noneOfThese };
  const picked = leads === undefined ? undefined : optionOf(leads);
  const question = 'What was the cause?';
  const list = select(concludeFields.cause, 'Choose', [...choices, none], picked);
  return modal({
    id: viewIds.conclude,
    title: 'Conclude',
    submit: 'Conclude',
    metadata: packRef(ref),
    blocks: [
      section(
        `${prose(investigation.cluster, 60)}: the buttons go, the card and its thread stay, and a postmortem is put beside them.`,
      ),
      ...(causes.length === 0 ? [] : [input(concludeFields.cause, question, list, { optional: true })]),
      input(
        concludeFields.summary,
        causes.length === 0 ? question : 'In your own words',
        textInput(concludeFields.summary, { multiline: true }),
        { optional: true, plainHint: 'What it was, and what was done.' },
      ),
      input(
        concludeFields.impact,
        'What did it mean, and for whom?',
        textInput(concludeFields.impact, { multiline: true }),
        {
          optional: true,
        },
      ),
      input(concludeFields.actions, 'What is to be done now?', textInput(concludeFields.actions, { multiline: true }), {
        optional: true,
        plainHint: 'One action a line.',
      }),
    ],
  });
}

/** null: none was chosen. `gone`: what was chosen is not ranked any more. */
export function chosenCause(investigation: Investigation, value: string | undefined): Cause | null | 'gone' {
  if (value === undefined || value === noneOfThese) return null;
  return rankedCauses(investigation).find((cause) => optionOf(cause) === value) ?? 'gone';
}

/** What stands in the lines, without the dashes that some put before them. */
export function readActions(text: string): readonly string[] {
  return text
    .split(/\r\n?|\n/)
    .map((line) => line.replace(/^\s*(?:[-*•]\s+)?(?:\[[ xX]?\]\s*)?/, '').trim())
    .filter((line) => line !== '');
}

/** Keys may be longer than Slack takes: their FNV-1a hash tells the few that are ranked apart. */
function optionOf({ key }: Cause): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return `cause-${(hash >>> 0).toString(36)}`;
}
