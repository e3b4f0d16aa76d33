import type { Sample } from '../words/onset.ts';
import type { Round, Try, Way } from './round.ts';
import { wayKey } from './round.ts';

/** How one thing that can fail has fared: a way as a whole, or one address of it. */
export interface Track {
  /** Start of the newest round in which it did not fail; null: no such round is known. */
  readonly goodAt: number | null;
  /** It was itself seen good, not merely absent. */
  readonly wasGood: boolean;
  readonly run: BadRun | null;
}

/** Bad rounds one after the other. */
interface BadRun {
  readonly rounds: number;
  /** Start and end of the first. */
  readonly firstAt: number;
  readonly firstEndAt: number;
  /** Start of the newest. */
  readonly lastAt: number;
  readonly failure: NonNullable<Sample['failure']>;
}

/** What is known of one way: it fails as a whole when no address of it answers. */
export interface WayState {
  readonly way: Way;
  readonly key: string;
  readonly newestAt: number;
  readonly whole: Track;
  /** By address; those of the newest round, and no others. */
  readonly addresses: ReadonlyMap<string, Track>;
  readonly answeredBy: string | null;
  readonly leavesBy: readonly string[];
}

export interface Interval {
  readonly earliestAt: number;
  readonly latestAt: number;
}

/** A track that failed and does no more, by its name, with when that ended. */
export type Recoveries = ReadonlyMap<string, Interval>;

const UNKNOWN: Track = { goodAt: null, wasGood: false, run: null };

/** A clock that was set back further than this begins anew; what is late by less is left out. */
const SET_BACK_MS = 60_000;

/** Names of what can fail on a way: the whole, and an address. */
export function wholeName(way: WayState): string {
  return way.key;
}
export function addressName(way: WayState, address: string): string {
  return `${way.key} ${address}`;
}

/** Everything of the way that can fail, by name. */
export function tracksOf(way: WayState): ReadonlyMap<string, Track> {
  return new Map([
    [wholeName(way), way.whole],
    ...Array.from(way.addresses, ([address, track]) => [addressName(way, address), track] as const),
  ]);
}

/** Takes the next round in. `before`: null for the first one. A round that is older than the newest is left out. */
export function afterRound(before: WayState | null, round: Round): { way: WayState; recovered: Recoveries } {
  if (before !== null && round.at <= before.newestAt && before.newestAt - round.at <= SET_BACK_MS) {
    return { way: before, recovered: new Map() };
  }
  const known = before !== null && round.at > before.newestAt ? before : null;
  const way: WayState = {
    way: round.way,
    key: wayKey(round.way),
    newestAt: round.at,
    whole: next(known?.whole ?? UNKNOWN, wholeOf(round.tries)),
    addresses: addressesAfter(known, round),
    answeredBy: round.answeredBy,
    leavesBy: round.leavesBy,
  };
  return { way, recovered: known === null ? new Map() : recoveriesOf(known, way, round) };
}

interface Outcome {
  readonly at: number;
  readonly endAt: number;
  readonly failure: Sample['failure'];
}

function next(track: Track, { at, endAt, failure }: Outcome): Track {
  if (failure === null) return { goodAt: at, wasGood: true, run: null };
  const { run } = track;
  return {
    ...track,
    run:
      run === null
        ? { rounds: 1, firstAt: at, firstEndAt: endAt, lastAt: at, failure }
        : { ...run, rounds: run.rounds + 1, lastAt: at, failure },
  };
}

/**
 * Any address that answers is enough for a client. It failed for certain only at the end of the last attempt, and
 * worked for certain at the end of the first good one.
 */
function wholeOf(tries: readonly Try[]): Outcome {
  const at = Math.min(...tries.map((one) => one.at));
  const good = tries.filter((one) => one.good);
  if (good.length > 0) return { at, endAt: Math.min(...good.map(endOf)), failure: null };
  return { at, endAt: Math.max(...tries.map(endOf)), failure: failureOf(tries[0]) };
}

function failureOf(one: Try | undefined): Sample['failure'] {
  return one?.good ? null : (one?.failure ?? { phase: 'connect', kind: 'other' });
}

function endOf({ at, tookMs }: Try): number {
  return at + tookMs;
}

function addressesAfter(before: WayState | null, { tries }: Round): ReadonlyMap<string, Track> {
  // The name did not resolve: nothing is known of its addresses, neither good nor bad.
  if (tries.some(({ address }) => address === null)) return before?.addresses ?? new Map();
  return new Map(
    tries.flatMap((one) => {
      if (one.address === null) return [];
      // One that the name did not have before can't have failed then.
      const track = before?.addresses.get(one.address) ?? { ...UNKNOWN, goodAt: before?.newestAt ?? null };
      return [[one.address, next(track, { at: one.at, endAt: endOf(one), failure: failureOf(one) })] as const];
    }),
  );
}

function recoveriesOf(before: WayState, after: WayState, round: Round): Recoveries {
  const standing = tracksOf(after);
  const recovered = new Map<string, Interval>();
  for (const [name, { run }] of tracksOf(before)) {
    if (run === null) continue;
    const now = standing.get(name);
    if (now !== undefined && now.run !== null) continue;
    const own = round.tries.find(({ address }) => address !== null && addressName(after, address) === name);
    const latestAt = own === undefined ? wholeOf(round.tries).endAt : endOf(own);
    recovered.set(name, { earliestAt: run.lastAt, latestAt });
  }
  return recovered;
}
