import { handCommands } from '../../briefing/hand-commands.ts';
import { verdictMarks } from '../../briefing/marks.ts';
import { shortenMiddle } from '../../briefing/tame.ts';
import type { Investigation } from '../../investigation/state.ts';
import { stepById } from '../../playbook/playbook.ts';
import { Verdict } from '../../words/verdict.ts';
import { prose } from '../escape.ts';
import { input, section, select, textInput } from './blocks.ts';
import { type Modal, modal } from './modal.ts';
import { commandBlocks } from './reading-modals.ts';
import { packRef, type StepRef, viewIds } from './refs.ts';

/** Names of what is asked for; block and element share one name. */
export const fields = {
  verdict: 'verdict',
  output: 'output',
  note: 'note',
  command: 'command',
  url: 'url',
} as const;

/** The value of the choice "another command". */
const otherCommand = 'other';

/** What a person found: the command to copy, what it printed, what to make of it. */
export function recordModal(investigation: Investigation, ref: StepRef): Modal {
  const step = stepById(ref.step);
  const commands = handCommands(investigation, ref.step);
  const verdicts = Verdict.options.map((verdict) => {
    const { symbol, words } = verdictMarks[verdict];
    return { plainText: `${symbol} ${words}`, value: verdict };
  });
  const ran = commands.map((hand, index) => ({
    plainText: `${index + 1}. ${shortenMiddle(hand.command, 65)}`,
    value: String(index),
  }));
  return modal({
    id: viewIds.record,
    title: `Step ${step.number} by hand`,
    submit: 'Record',
    metadata: packRef(ref),
    blocks: [
      section(`*${prose(step.asks, 300)}*\nRun one of these, and paste what it printed.`),
      ...commands.flatMap(commandBlocks),
      input(fields.verdict, 'What does it show?', select(fields.verdict, 'Choose', verdicts)),
      input(
        fields.command,
        'Which command was it?',
        select(fields.command, 'Choose', [...ran, { plainText: 'Another one', value: otherCommand }]),
        { optional: true },
      ),
      input(fields.output, 'What did it print?', textInput(fields.output, { multiline: true }), {
        optional: true,
        plainHint: 'Up to 3000 characters: the lines that matter.',
      }),
      input(fields.note, 'Note', textInput(fields.note, { multiline: true }), { optional: true }),
    ],
  });
}

/** Which URL clients use, where nothing knows it or what is known is wrong. */
export function endpointModal(investigation: Investigation, ref: StepRef): Modal {
  const [first] = handCommands(investigation, 'endpoint');
  return modal({
    id: viewIds.endpoint,
    title: 'API server endpoint',
    submit: 'Use it',
    metadata: packRef(ref),
    blocks: [
      input(
        fields.url,
        'Which URL do the failing clients use?',
        textInput(fields.url, { initial: investigation.endpoint, plainPlaceholder: 'https://api.example.com:6443' }),
        { plainHint: 'The steps run again with it.' },
      ),
      ...(first === undefined ? [] : commandBlocks(first)),
    ],
  });
}
