import { type Figure, ms, type Part } from '../figures.ts';
import { leavingAfter } from '../leave.ts';
import { max, quantile } from '../spread.ts';
import { type Put, type Stage, startStage } from './stage.ts';
import { type Bare, storeAlone } from './store-alone.ts';

export const streamTitle = "From a change to the bot's journal";
const steadyRate = 100;
const atMostMs = 250;
const forMs = 60_000;
const trialMs = 5_000;
/** Of those found at a rate that is held, 99 of 100 are stored after as much at most, and so is the last: nothing piles up. */
const heldWithinMs = 1_000;
const firstTrial = 400;
const mostTrial = 25_600;
const halvings = 2;
const holds = 5;

export async function measureStream(): Promise<Part> {
  const stage = await startStage();
  return await leavingAfter(stage.close, async () => {
    const alone = await storeAlone(stage.store);
    const steady = await stage.put(steadyRate, forMs);
    const climbed = await climb(stage);
    return partOf({ alone, steady, ...climbed, gaps: stage.gaps() });
  });
}

interface Climbed {
  /** The highest rate that was held for as long as it takes; null: none was. */
  readonly held: Put | null;
  /** The lowest that was tried and not held. */
  readonly tooMuch: number | null;
  /** All that were tried and not held. */
  readonly failed: readonly Put[];
}

/** Doubles until it is too much, halves what lies between, then holds what is left: a little less each time that fails. */
async function climb(stage: Stage): Promise<Climbed> {
  const failed: Put[] = [];
  let low = 0;
  let high: number | null = null;
  const attempt = async (rate: number, duringMs: number): Promise<Put> => {
    const done = await stage.put(rate, duringMs);
    if (!isHeld(done)) {
      failed.push(done);
      high = Math.min(rate, high ?? rate);
    }
    return done;
  };
  for (let rate = firstTrial; rate <= mostTrial && isHeld(await attempt(rate, trialMs)); rate *= 2) low = rate;
  for (let halving = 0; halving < halvings && high !== null; halving++) {
    const rate = Math.round((low + high) / 2);
    if (isHeld(await attempt(rate, trialMs))) low = rate;
  }
  let rate = low === 0 ? firstTrial / 2 : low;
  for (let hold = 0; hold < holds; hold++) {
    const held = await attempt(rate, forMs);
    if (isHeld(held)) return { held, tooMuch: high, failed };
    rate = Math.round(rate * 0.8);
  }
  return { held: null, tooMuch: high, failed };
}

function isHeld({ drainedMs, tookMs, kept, count }: Put): boolean {
  return (
    tookMs.length === count && kept === count && drainedMs <= heldWithinMs && quantile(tookMs, 0.99) <= heldWithinMs
  );
}

function partOf(all: Climbed & { alone: Bare; steady: Put; gaps: number }): Part {
  const { alone, steady, held, tooMuch, failed, gaps } = all;
  const promised = held === null ? [steady] : [steady, held];
  const kept = (what: string, puts: readonly Put[]): Omit<Figure, 'limit'> => ({
    what,
    measured: { value: sum(puts.map((put) => put.kept)), unit: 'of', of: sum(puts.map(({ count }) => count)) },
    reference: null,
  });
  const highest: Figure = {
    what: 'highest rate held for 60 s',
    measured: { value: held?.rate ?? 0, unit: '/s' },
    reference: { what: 'the store alone, in batches of 500', amount: { value: alone.perSecond, unit: '/s' } },
    limit: { kind: 'atLeast', value: steadyRate },
  };
  const atHighest: readonly Figure[] =
    held === null
      ? []
      : [
          {
            what: 'stored after, at that rate, p99',
            measured: ms(quantile(held.tookMs, 0.99)),
            reference: { what: 'longest', amount: ms(max(held.tookMs)) },
            limit: null,
          },
        ];
  return {
    kind: 'measured',
    title: streamTitle,
    notes: [
      "From the agent's spool taking a change to the bot's commit: its disk, the link over TLS, the hub, SQLite, each on this machine's disk. The agent is a process of its own; what it finds is made up, as large as real ones.",
      `Held: ${heldWithinMs / 1000} s after the last was found all is stored, and p99 is no more than that. ${tooMuch === null ? 'No rate that was tried was too much.' : `${tooMuch} a second was too much.`}`,
      `Kept: rows in the journal. At rates that are too much the agent's spool comes to its bound and lets go of the oldest; it said so for ${gaps} stretches.`,
    ],
    figures: [
      {
        what: `stored after, at ${steadyRate} a second for 60 s, p99`,
        measured: ms(steady.tookMs.length === steady.count ? quantile(steady.tookMs, 0.99) : Number.POSITIVE_INFINITY),
        reference: { what: 'the store alone, one at a time, p99', amount: ms(alone.p99Ms) },
        limit: { kind: 'atMost', value: atMostMs },
      },
      {
        what: 'the same, p50',
        measured: ms(quantile(steady.tookMs, 0.5)),
        reference: { what: 'the same, p50', amount: ms(alone.p50Ms) },
        limit: null,
      },
      highest,
      ...atHighest,
      {
        ...kept('kept, of all that was found at these rates', promised),
        limit: { kind: 'atLeast', value: sum(promised.map(({ count }) => count)) },
      },
      { ...kept('kept, of what was found at rates that were too much', failed), limit: null },
    ],
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
