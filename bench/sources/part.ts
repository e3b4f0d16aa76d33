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
      "From the moment the slowest server's answer has left it to the card that names the cause, which that server alone knows.",
      ...(trouble.length === 0 ? [] : [`${trouble.length} times something was not well, first: ${trouble[0]}`]),
    ],
    figures: [...figuresOf('all answer', alone), ...figuresOf('one hangs', besideOne)],
  };
}

function figuresOf(when: string, of: readonly Round[]): readonly Figure[] {
  return [
    {
      what: `${when}: cause on the card after the slowest answer, slowest round`,
      measured: ms(max(of.map(({ afterwardsMs }) => afterwardsMs))),
      reference: {
        what: 'the slowest answer after the command, median',
        amount: ms(median(of.map((one) => one.slowestMs))),
      },
      limit: { kind: 'atMost', value: atMostMs },
    },
    {
      what: `${when}: the same, median`,
      measured: ms(median(of.map(({ afterwardsMs }) => afterwardsMs))),
      reference: {
        what: 'processor time of the process meanwhile, median',
        amount: ms(median(of.map(({ afterwardsCpuMs }) => afterwardsCpuMs))),
      },
      limit: null,
    },
    {
      what: `${when}: changes of the quickest in the diagnosis after its answer, median`,
      measured: ms(median(of.map(({ quickestMs }) => quickestMs))),
      reference: null,
      limit: null,
    },
  ];
}
