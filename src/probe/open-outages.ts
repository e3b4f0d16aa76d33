import type { Onset, Outage } from '../words/onset.ts';
import { onsetWords, outageWords, type Unseen, withoutRecovery } from './outage-words.ts';
import { scopeOf } from './scope.ts';
import { addressName, type Interval, type Recoveries, type WayState, wholeName } from './tracks.ts';

/** An outage that lasts. */
export interface OpenOutage {
  readonly outage: Outage;
  /** Names of what fails: a way as a whole, or an address of it. It lasts until all of them work. */
  readonly members: ReadonlySet<string>;
  /** Of the members that work again. */
  readonly recovery: Interval | null;
}

/** `Onset.earliestAt` when no good probe from before is known: it can have begun at any time until `latestAt`. */
export const UNKNOWN_EARLIEST_AT = 0;

/** Something that fails often enough, and when that began. */
export interface Found {
  readonly name: string;
  readonly way: WayState;
  /** null: the way as a whole. */
  readonly address: string | null;
  readonly interval: Interval;
  readonly firstAt: number;
}

interface About {
  readonly cluster: string;
  readonly failuresInARow: number;
  readonly probeEveryMs: number;
  readonly unseen: readonly Unseen[];
  /** The incident that an outage with this onset belongs to; null: one of its own. */
  incidentAt(onsetAt: number): string | null;
}

/** Adds it to the outage that it is part of, or begins another; what already belongs to one changes nothing. */
export function withFound(open: readonly OpenOutage[], found: Found, about: About): readonly OpenOutage[] {
  const has = (name: string) => open.find(({ members }) => members.has(name));
  if (has(found.name) !== undefined) return open;
  // Which addresses a name has may change while all of them fail: that is no failure of its own.
  const ofWhole = found.address === null ? undefined : has(wholeName(found.way));
  const same = ofWhole ?? open.find(({ outage }) => overlap(outage.onset, found.interval, about.probeEveryMs));
  if (same === undefined) return [...open, begun(open, found, about)];
  const joined = {
    ...same,
    members: new Set([...same.members, found.name]),
    outage: narrowed(same.outage, found, about),
  };
  return open.map((one) => (one === same ? joined : one));
}

function begun(open: readonly OpenOutage[], found: Found, about: About): OpenOutage {
  const id = `prober:${about.cluster}:${Math.round(found.firstAt)}`;
  const onset: Onset = {
    id,
    method: 'prober',
    ...found.interval,
    words: wordsOf(found, about),
    sources: [],
    scope: 'unknown',
    recovery: null,
  };
  const incident = open[0]?.outage.incident ?? about.incidentAt(onset.latestAt) ?? id;
  const words = outageWords(found.way, found.address, null);
  return {
    outage: { id, incident, cluster: about.cluster, onset, words },
    members: new Set([found.name]),
    recovery: null,
  };
}

/** An onset that had to span a gap gives way to one that was seen better. */
function narrowed(outage: Outage, found: Found, about: About): Outage {
  const isWide = width(outage.onset) > 3 * about.probeEveryMs;
  if (!isWide || width(found.interval) >= width(outage.onset)) return outage;
  return { ...outage, onset: { ...outage.onset, ...found.interval, words: wordsOf(found, about) } };
}

function wordsOf({ interval, way }: Found, { failuresInARow, probeEveryMs, unseen }: About): string {
  const isUnknown = interval.earliestAt === UNKNOWN_EARLIEST_AT;
  return onsetWords({ onset: interval, way, failuresInARow, probeEveryMs, unseen, isUnknown });
}

function width({ earliestAt, latestAt }: Interval): number {
  return latestAt - earliestAt;
}

/** Two onsets nearer than a probe's interval can't be told apart. */
function overlap(a: Interval, b: Interval, slackMs: number): boolean {
  return a.earliestAt <= b.latestAt + slackMs && b.earliestAt <= a.latestAt + slackMs;
}

/** Takes away what fails no more; an outage of which nothing is left has ended. `why`: when nobody saw it work again. */
export function withoutRecovered(
  open: readonly OpenOutage[],
  recovered: Recoveries,
  why: string | null,
): { open: readonly OpenOutage[]; ended: readonly Outage[] } {
  const staying: OpenOutage[] = [];
  const ended: Outage[] = [];
  for (const one of open) {
    const back = [...recovered].filter(([name]) => one.members.has(name));
    const members = new Set([...one.members].filter((name) => !recovered.has(name)));
    const recovery = back.reduce((known, [, interval]) => later(known, interval), one.recovery);
    if (back.length === 0 || members.size > 0 || recovery === null) staying.push({ ...one, members, recovery });
    else ended.push(endedWithin(one.outage, recovery, why));
  }
  return { open: staying, ended };
}

export function endedWithin(outage: Outage, { earliestAt, latestAt }: Interval, why: string | null): Outage {
  const { onset } = outage;
  const recovery = { earliestAt: Math.floor(earliestAt), latestAt: Math.ceil(latestAt) };
  const words = why === null ? onset.words : withoutRecovery(onset.words, why);
  return { ...outage, onset: { ...onset, words, recovery } };
}

function later(a: Interval | null, b: Interval): Interval {
  if (a === null) return b;
  return { earliestAt: Math.max(a.earliestAt, b.earliestAt), latestAt: Math.max(a.latestAt, b.latestAt) };
}

/** With the scope, the words and the clients' addresses that all ways tell of now. */
export function rescoped(
  one: OpenOutage,
  ways: ReadonlyMap<string, WayState>,
  rules: { readonly failuresInARow: number; readonly probeEveryMs: number },
): OpenOutage {
  const { outage } = one;
  const scope = scopeOf(ways.values(), outage.onset.latestAt - rules.probeEveryMs, rules.failuresInARow);
  const failing = failingOf(one, ways);
  if (scope === null || failing === null) return one;
  const leaving = [...ways.values()].filter(({ key }) => tellsOf(one, key)).flatMap(({ leavesBy }) => leavesBy);
  const sources = [...new Set(leaving)].slice(0, MOST_SOURCES);
  const onset = { ...outage.onset, scope: scope.scope, sources };
  return { ...one, outage: { ...outage, words: outageWords(failing.way, failing.address, scope), onset } };
}

/** As `Onset.sources` is bounded. */
const MOST_SOURCES = 64;

/** Is the way, or an address of it, part of the outage? */
export function tellsOf({ members }: OpenOutage, wayName: string): boolean {
  return [...members].some((name) => name === wayName || name.startsWith(`${wayName} `));
}

/** What to speak of: a way that fails as a whole before one address. */
function failingOf({ members }: OpenOutage, ways: ReadonlyMap<string, WayState>) {
  for (const way of ways.values()) if (members.has(wholeName(way))) return { way, address: null };
  for (const way of ways.values()) {
    for (const address of way.addresses.keys()) if (members.has(addressName(way, address))) return { way, address };
  }
  return null;
}
