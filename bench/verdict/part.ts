import { type Figure, ms, type Part } from '../figures.ts';
import { median, quantile } from '../spread.ts';
import { everyMs, type Round, severalCommands } from './rounds.ts';

export const verdictTitle = 'From the command to verdict and leading cause, with the API server dead';
const count = { outages: 50, anew: 50 };
const atMostMs = 3_000;

export async function measureVerdict(): Promise<Part> {
  const { stoodBy, anew, trouble } = await severalCommands(count);
  return {
    kind: 'measured',
    title: verdictTitle,
    notes: [
      `The real bot and its agents, each a process of its own, beside the stand-in cluster and the strict workspace with Slack's rate limits: nothing of it crosses a network. ${stoodBy.length} outages by a wrong flag in the API server's manifest, each asked for as soon as the prober calls it down; and ${anew.length} times more in other channels while the first one lasts. Each in a channel of its own, each concluded before the next, at most one in ${everyMs / 1000} s.`,
      'From "/apidown investigate" typed to the card that says that it can not be reached and names the cause that leads.',
      ...(trouble.length === 0 ? [] : [`${trouble.length} times something was not well, first: ${trouble[0]}`]),
    ],
    figures: [
      ...figuresOf('as soon as it is seen', stoodBy),
      ...figuresOf('while it lasts, elsewhere', anew),
      {
        what: 'the leading cause is the true one, and explains it',
        measured: {
          value: [...stoodBy, ...anew].filter(({ isTrueCause }) => isTrueCause).length,
          unit: 'of',
          of: stoodBy.length + anew.length,
        },
        reference: null,
        limit: { kind: 'atLeast', value: stoodBy.length + anew.length },
      },
    ],
  };
}

function figuresOf(when: string, rounds: readonly Round[]): readonly Figure[] {
  const p99 = (of: (round: Round) => number) => ms(quantile(rounds.map(of), 0.99));
  return [
    {
      what: `${when}: verdict and cause, p99`,
      measured: p99(({ answerMs }) => answerMs),
      reference: { what: 'the card with whatever it says, p99', amount: p99(({ cardMs }) => cardMs) },
      limit: { kind: 'atMost', value: atMostMs },
    },
    {
      what: `${when}: the same, p50`,
      measured: ms(median(rounds.map(({ answerMs }) => answerMs))),
      reference: { what: 'the same, p50', amount: ms(median(rounds.map(({ cardMs }) => cardMs))) },
      limit: null,
    },
    {
      what: `${when}: with all six steps through, p99`,
      measured: p99(({ allStepsMs }) => allStepsMs),
      reference: null,
      limit: null,
    },
  ];
}
