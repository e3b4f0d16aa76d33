import { StepId } from '../../src/playbook/step.ts';
import { type Figure, ms, type Part } from '../figures.ts';
import { median } from '../spread.ts';
import type { ByHand } from './by-hand.ts';
import type { Round } from './rounds.ts';

/** How much all six may take beyond the slowest of them. */
const beyondSlowestMs = 300;
const timesFaster = 5;

export const checksTitle = 'All six checks at once, on a healthy cluster';

/** One investigation, then the same six by hand. */
export interface Compared {
  readonly round: Round;
  readonly byHand: ByHand;
  /** Step 2 without a pod made for it. */
  readonly inStandingPodMs: number;
}

export function checksPart(compared: readonly Compared[]): Part {
  const rounds = compared.map(({ round }) => round);
  const allSix = rounds.map(({ allSixMs }) => allSixMs);
  const alone = rounds.map(({ slowestAloneMs }) => slowestAloneMs);
  const worst = rounds.toSorted((a, b) => beyond(b) - beyond(a))[0];
  if (worst === undefined) throw new Error('no rounds');
  const byHand = compared.map((one) => sum(StepId.options.map((step) => byHandMs(one, step))));
  const inStandingPod = compared.map((one) =>
    sum(StepId.options.map((step) => (step === 'inside' ? one.inStandingPodMs : byHandMs(one, step)))),
  );
  const faster = (hand: readonly number[]) => ({ value: median(hand) / median(allSix), unit: '×' as const });
  return {
    kind: 'measured',
    title: checksTitle,
    notes: [
      `${rounds.length} investigations, the first of them cold; each from the event that opened it to the last that finished a run, by the bot's own timeline. A check's time is what its slowest vantage measured; the slowest of each round is run again alone, and that is what all six are held to.`,
      'By hand: the commands one after the other through the testbed, in turn with the investigations; nobody types, reads or logs in to the node, and where curl would run, a line of Node asks.',
      'The card comes later than the last check, since edits of a message are held to the pace that Slack allows.',
    ],
    figures: [
      within('all six, median', median(allSix), 'slowest check alone, median', median(alone)),
      within('all six, worst round', worst.allSixMs, 'slowest check alone, same round', worst.slowestAloneMs),
      {
        what: 'times faster than by hand',
        measured: faster(byHand),
        reference: { what: 'by hand, median', amount: ms(median(byHand)) },
        limit: { kind: 'atLeast', value: timesFaster },
      },
      {
        what: '… than by hand in a pod that already stands',
        measured: faster(inStandingPod),
        reference: { what: 'kubectl exec in step 2', amount: ms(median(inStandingPod)) },
        limit: null,
      },
      explained('command typed to card with all six', median(rounds.map(({ onCardMs }) => onCardMs)), null, 0),
      ...StepId.options.map((step) =>
        explained(
          `check ${step}`,
          median(rounds.map(({ checks }) => checks.get(step) ?? 0)),
          compared[0]?.byHand.get(step)?.command ?? null,
          median(compared.map((one) => byHandMs(one, step))),
        ),
      ),
    ],
  };
}

function within(what: string, value: number, beside: string, slowestMs: number): Figure {
  return {
    ...explained(what, value, beside, slowestMs),
    limit: { kind: 'atMost', value: slowestMs + beyondSlowestMs },
  };
}

function explained(what: string, value: number, beside: string | null, besideMs: number): Figure {
  const reference = beside === null ? null : { what: beside, amount: ms(besideMs) };
  return { what, measured: ms(value), reference, limit: null };
}

function byHandMs({ byHand }: Compared, step: StepId): number {
  return byHand.get(step)?.tookMs ?? Number.NaN;
}

function beyond(round: Round): number {
  return round.allSixMs - round.slowestAloneMs;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
