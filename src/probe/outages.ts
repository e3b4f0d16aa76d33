import type { Outage } from '../words/onset.ts';
import {
  endedWithin,
  type Found,
  type OpenOutage,
  rescoped,
  tellsOf,
  UNKNOWN_EARLIEST_AT,
  withFound,
  withoutRecovered,
} from './open-outages.ts';
import type { Unseen } from './outage-words.ts';
import { type Round, type Way, wayKey } from './round.ts';
import { failsFor } from './scope.ts';
import { addressName, afterRound, type Interval, type Track, tracksOf, type WayState, wholeName } from './tracks.ts';

export interface OutageRules {
  /** Bad rounds one after the other that make an outage. */
  readonly failuresInARow: number;
  readonly probeEveryMs: number;
  /** Outages that follow one another within this share an incident; each keeps its own onset. */
  readonly flappingMs: number;
}

/** What the machine is told. Epoch ms. */
export type OutageInput =
  | { readonly kind: 'round'; readonly round: Round }
  /** The bot could not probe: neither health nor failure, and a reason why an onset is known only roughly. */
  | { readonly kind: 'unseen'; readonly unseen: Unseen }
  | { readonly kind: 'tick'; readonly at: number }
  /** This way is probed no more: the endpoint is another one now. */
  | { readonly kind: 'leave'; readonly way: Way; readonly at: number };

export interface OutageEvent {
  /** `changed`: the same outage, of which more is known: its scope, a narrower onset. */
  readonly kind: 'began' | 'changed' | 'ended';
  readonly outage: Outage;
}

/** One cluster as its probes show it. */
export interface Watched {
  readonly cluster: string;
  readonly ways: ReadonlyMap<string, WayState>;
  readonly open: readonly OpenOutage[];
  readonly lastEnd: { readonly incident: string; readonly at: number } | null;
  readonly unseen: readonly Unseen[];
}

interface Step {
  readonly state: Watched;
  readonly events: readonly OutageEvent[];
}

/** A way that was silent for so long while others were probed is no longer waited for. */
const GONE_AFTER_MS = 15 * 60_000;
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;
const MOST_UNSEEN = 50;

/** Begins to watch. `known`: outages of before that last, or ended lately. */
export function watched(cluster: string, known: readonly Outage[]): Watched {
  const open = known.filter(({ onset }) => onset.recovery === null);
  return {
    cluster,
    ways: new Map(),
    open: open.map((outage) => ({ outage, members: new Set(), recovery: null })),
    lastEnd: lastEndOf(null, known),
    unseen: [],
  };
}

/**
 * From where rounds of before a restart are told again, so that what lasts is known with its beginning and what has
 * ended is not called anew: those that began after it. Epoch ms.
 */
export function replayFrom(known: readonly Outage[]): number {
  return Math.max(0, ...known.map(({ onset }) => onset.recovery?.earliestAt ?? 0));
}

/**
 * From samples to outages. Pure. A failing that began at another time than those that last is another outage, with an
 * onset of its own: so when one address is away and the others follow later, or a vantage joins another's failure late.
 */
export function watch(state: Watched, input: OutageInput, rules: OutageRules): Step {
  switch (input.kind) {
    case 'round':
      return afterOneRound(state, input.round, rules);
    case 'unseen':
      return { state: { ...state, unseen: [...state.unseen, input.unseen].slice(-MOST_UNSEEN) }, events: [] };
    case 'tick':
      return afterTick(state, input.at, rules);
    case 'leave': {
      const why = 'it is probed no more, so when it was over is not known';
      return withoutWays(state, [wayKey(input.way)], input.at, why);
    }
  }
}

function afterOneRound(state: Watched, round: Round, rules: OutageRules): Step {
  const key = wayKey(round.way);
  const { way, recovered } = afterRound(state.ways.get(key) ?? null, round);
  const ways = new Map(state.ways).set(key, way);
  const about = {
    ...rules,
    cluster: state.cluster,
    unseen: state.unseen,
    incidentAt: (at: number) =>
      state.lastEnd !== null && at - state.lastEnd.at <= rules.flappingMs ? state.lastEnd.incident : null,
  };
  const joined = foundOn(way, ways, rules).reduce((open, found) => withFound(open, found, about), state.open);
  const parted = withoutRecovered(joined, recovered, null);
  const endAt = Math.max(...round.tries.map(({ at, tookMs }) => at + tookMs));
  const settled = withoutForgotten(parted.open, way, endAt, rules);
  const open = settled.open.map((one) => rescoped(one, ways, rules));
  const ended = [...parted.ended, ...settled.ended];
  const lastEnd = lastEndOf(state.lastEnd, ended);
  return { state: { ...state, ways, open, lastEnd }, events: eventsOf(state.open, open, ended) };
}

/** What fails often enough on the way that a round was just made of. */
function foundOn(way: WayState, ways: ReadonlyMap<string, WayState>, rules: OutageRules): Found[] {
  if (way.way.path !== 'endpoint') return [];
  const isOutside = way.way.vantage.kind === 'outside';
  // Who sits inside is asked only where nobody is outside, and is believed only of a way that did work.
  if (!isOutside && [...ways.values()].some((one) => one.way.vantage.kind === 'outside')) return [];
  const found = (name: string, address: string | null, { run, goodAt }: Track): Found[] => {
    if (run === null || (goodAt === null && !isOutside)) return [];
    const earliestAt = goodAt === null ? UNKNOWN_EARLIEST_AT : Math.floor(goodAt);
    return [
      { name, way, address, interval: { earliestAt, latestAt: Math.ceil(run.firstEndAt) }, firstAt: run.firstAt },
    ];
  };
  const { whole } = way;
  return [
    ...(whole.run !== null && whole.run.rounds >= rules.failuresInARow ? found(wholeName(way), null, whole) : []),
    ...Array.from(way.addresses).flatMap(([address, track]) =>
      failsFor(track, rules.failuresInARow) ? found(addressName(way, address), address, track) : [],
    ),
  ];
}

/** One from before a restart whose samples are gone: nothing is left to wait for once the endpoint works. */
function withoutForgotten(open: readonly OpenOutage[], state: WayState, endAt: number, rules: OutageRules) {
  const { way, whole, addresses, newestAt } = state;
  const works =
    way.vantage.kind === 'outside' &&
    way.path === 'endpoint' &&
    whole.run === null &&
    ![...addresses.values()].some((track) => failsFor(track, rules.failuresInARow));
  const isOver = ({ members, outage }: OpenOutage) => works && members.size === 0 && newestAt > outage.onset.latestAt;
  const ended = open
    .filter(isOver)
    .map(({ outage }) => endedWithin(outage, { earliestAt: outage.onset.latestAt, latestAt: endAt }, null));
  return { open: open.filter((one) => !isOver(one)), ended };
}

function eventsOf(
  before: readonly OpenOutage[],
  after: readonly OpenOutage[],
  ended: readonly Outage[],
): OutageEvent[] {
  const known = new Map(before.map(({ outage }) => [outage.id, outage.onset]));
  const told = after.flatMap(({ outage }): OutageEvent[] => {
    const { onset } = outage;
    const was = known.get(outage.id);
    if (was === undefined) return [{ kind: 'began', outage }];
    const isSame = was.scope === onset.scope && was.earliestAt === onset.earliestAt && was.latestAt === onset.latestAt;
    return isSame ? [] : [{ kind: 'changed', outage }];
  });
  return [...told, ...ended.map((outage): OutageEvent => ({ kind: 'ended', outage }))];
}

function lastEndOf(known: Watched['lastEnd'], ended: readonly Outage[]): Watched['lastEnd'] {
  return ended.reduce((last, { incident, onset }) => {
    if (onset.recovery === null || (last !== null && last.at > onset.recovery.latestAt)) return last;
    return { incident, at: onset.recovery.latestAt };
  }, known);
}

function afterTick(state: Watched, at: number, rules: OutageRules): Step {
  const ways = [...state.ways.values()];
  // When nobody probes there is no reason to think that an outage is over.
  const someoneProbes = ways.some(
    ({ way, newestAt }) => way.vantage.kind === 'outside' && at - newestAt <= 3 * rules.probeEveryMs,
  );
  const silent = (ms: number) => ways.filter(({ newestAt }) => at - newestAt > ms).map(({ key }) => key);
  const gone = someoneProbes ? silent(GONE_AFTER_MS) : [];
  const step = withoutWays(state, gone, at, 'who saw it fails to probe since, so when it was over is not known');
  const stale = silent(FORGOTTEN_AFTER_MS).filter((key) => !step.state.open.some((one) => tellsOf(one, key)));
  if (gone.length + stale.length === 0) return { state, events: [] };
  return { ...step, state: { ...step.state, ways: without(step.state.ways, stale) } };
}

/** Forgets the ways; an outage that only they told of ends, its recovery somewhere between their last bad probe and now. */
function withoutWays(state: Watched, keys: readonly string[], at: number, why: string): Step {
  const left = keys.flatMap((key) => [...tracksOfKnown(state.ways.get(key))]);
  const lost = left.flatMap(([name, { run }]): [string, Interval][] =>
    run === null ? [] : [[name, { earliestAt: run.lastAt, latestAt: at }]],
  );
  const { open, ended } = withoutRecovered(state.open, new Map(lost), why);
  const events = ended.map((outage): OutageEvent => ({ kind: 'ended', outage }));
  const next = { ...state, ways: without(state.ways, keys), open, lastEnd: lastEndOf(state.lastEnd, ended) };
  return { state: next, events };
}

function tracksOfKnown(way: WayState | undefined): ReadonlyMap<string, Track> {
  return way === undefined ? new Map() : tracksOf(way);
}

function without(ways: ReadonlyMap<string, WayState>, keys: readonly string[]): ReadonlyMap<string, WayState> {
  return new Map([...ways].filter(([key]) => !keys.includes(key)));
}
