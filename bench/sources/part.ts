import { type Figure, ms, type Part } from '../figures.ts';
import { max, median } from '../spread.ts';
import { delaysMs, eventsInAll, oneRound, type Round, windowMs } from './rounds.ts';

export const sourcesTitle = 'All sources asked at once about an onset';
const rounds = 5;
const atMostMs = 500;

export async function measureSources(): Promise<Part> {
  const alone: Round[] = [];
  const besideOne: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    alone.push(await oneRound(false));
    besideOne.push(await oneRound(true));
  }
  const trouble = [...alone, ...besideOne].flatMap((round) => round.trouble);
  return {
    kind: 'measured',
    title: sourcesTitle,
    notes: [
      `${delaysMs.length} servers on loopback that answer after ${delaysMs.join(', ')} ms, with ${eventsInAll} events in all over ${windowMs / 3_600_000} h; nothing of them is in the journal when "/apidown investigate prod since …" is typed, in a channel whose investigation is open and quiet. The whole bot, its store on disk, the servers and the strict workspace share one process. ${rounds} times, and ${rounds} times beside a source that takes the question and never answers.`,
      "From the moment the slowest server's answer has left it until the diagnosis is kept that names the cause, which that server alone knows. The card follows at Slack's pace: one message a second and channel, of which the report's own have used some.",
      ...(trouble.length === 0 ? [] : [`${trouble.length} times something was not well, first: ${trouble[0]}`]),
    ],
    figures: [...figuresOf('all answer', alone), ...figuresOf('one hangs', besideOne)],
  };
}

function figuresOf(when: string, of: readonly Round[]): readonly Figure[] {
  const middle = (amountOf: (round: Round) => number) => ms(median(of.map(amountOf)));
  return [
    {
      what: `${when}: answer after the slowest source's, slowest round`,
      measured: ms(max(of.map(({ answerMs }) => answerMs))),
      reference: {
        what: "the slowest source's after the command, median",
        amount: middle(({ slowestMs }) => slowestMs),
      },
      limit: { kind: 'atMost', value: atMostMs },
    },
    {
      what: `${when}: the same, median`,
      measured: middle(({ answerMs }) => answerMs),
      reference: { what: 'processor time of it', amount: middle(({ answerCpuMs }) => answerCpuMs) },
      limit: null,
    },
    {
      what: `${when}: on the card, median`,
      measured: middle(({ cardMs }) => cardMs),
      reference: null,
      limit: null,
    },
  ];
}
