import { type Figure, ms, type Part } from '../figures.ts';
import { max, median } from '../spread.ts';
import { type Round, severalOutages } from './rounds.ts';

export const onsetTitle = 'When it began, by the own prober';
const count = 20;
const everyMs = 1_000;
/** The last good probe and the first bad one, and what a busy machine adds. */
const widestMs = 2 * everyMs;

/** Needs the testbed, and breaks its API server again and again. `missing`: why it can't be had; null when it can. */
export async function onsetPart(missing: string | null): Promise<Part> {
  if (missing !== null) return { kind: 'skipped', title: onsetTitle, why: missing };
  return partOf(await severalOutages(count, everyMs));
}

function partOf(rounds: readonly Round[]): Part {
  const uncertain = (how: Round['how']) =>
    Math.ceil(max(rounds.filter((round) => round.how === how).map(({ uncertainMs }) => uncertainMs)));
  return {
    kind: 'measured',
    title: onsetTitle,
    notes: [
      `${rounds.length} outages of a real API server, probed every ${everyMs / 1000} s: by turns its process is stopped (the moment known to ${uncertain('frozen')} ms) and the node's firewall drops (to ${uncertain('dropped')} ms, as long as nft took).`,
      'Told: from the true moment until the second bad probe in a row was judged; the onset itself is of the first.',
    ],
    figures: [
      inside('the onset holds the true moment', rounds, ({ isInside }) => isInside),
      {
        what: 'widest onset',
        measured: ms(max(rounds.map(({ widthMs }) => widthMs))),
        reference: { what: 'median', amount: ms(median(rounds.map(({ widthMs }) => widthMs))) },
        limit: { kind: 'atMost', value: widestMs },
      },
      inside('the recovery holds the moment it worked again', rounds, ({ isRecoveryInside }) => isRecoveryInside),
      {
        what: 'told after, worst',
        measured: ms(max(rounds.map(({ toldAfterMs }) => toldAfterMs))),
        reference: { what: 'median', amount: ms(median(rounds.map(({ toldAfterMs }) => toldAfterMs))) },
        limit: null,
      },
    ],
  };
}

function inside(what: string, rounds: readonly Round[], holds: (round: Round) => boolean): Figure {
  return {
    what,
    measured: { value: rounds.filter(holds).length, unit: 'of', of: rounds.length },
    reference: null,
    limit: { kind: 'atLeast', value: rounds.length },
  };
}
