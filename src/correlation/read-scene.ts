import type { Evidence } from '../words/evidence.ts';
import type { Onset } from '../words/onset.ts';
import type { ProbePath, ProbeResult } from '../words/probe.ts';
import { type Vantage, vantageName } from '../words/vantage.ts';
import { listeningOf, probesOf, restsOnAt } from './facts.ts';
import { isWithin, mayBeTranslated, type Range, readRange } from './ranges.ts';
import type { Client, Clients } from './read-effect.ts';
import type { GoodStretch, Situation } from './situation.ts';

/** One probe of a step, and from where. */
export interface Seen {
  readonly vantage: Vantage;
  readonly result: ProbeResult;
}

/** What a situation says of the failure itself, read once for all changes. */
export interface Scene {
  readonly onset: Onset;
  readonly clockToleranceMs: number;
  /** What the steps found while it failed, in order of time. */
  readonly looks: readonly Evidence[];
  /** From vantages outside, by the clients' way. */
  readonly failing: readonly Seen[];
  /** The same that answer, but for clients that are not said to fail. */
  readonly answering: readonly Seen[];
  /** From pods and nodes, by every way. */
  readonly insideFailing: readonly Seen[];
  readonly insideAnswering: readonly Seen[];
  readonly clients: Clients;
  /** Addresses that the failing clients connect to; empty: not known. */
  readonly reached: readonly Range[];
  /** Ports that the API is known to be served on. */
  readonly ports: ReadonlySet<number>;
  readonly addresses: readonly Range[];
  readonly controlPlaneNodes: readonly string[];
  /** Addresses of each control-plane node that told its own. */
  readonly nodeAddresses: ReadonlyMap<string, readonly Range[]>;
  /** Good probes by the way that fails, the last first. */
  readonly good: readonly GoodStretch[];
}

export function readScene(situation: Situation): Scene {
  const { onset, endpoint } = situation;
  const looks = inOutage(situation);
  const seen = looks.flatMap((look) => probesOf(look).map((result) => ({ vantage: look.vantage, result })));
  const told = rangesOf(onset.sources);
  const outside = seen.filter(({ vantage, result }) => vantage.kind === 'outside' && isEntry(result.target.path));
  const inside = seen.filter(({ vantage }) => vantage.kind !== 'outside');
  const failing = outside.filter(({ vantage, result }) => fails(result) && isAsked(vantage.leavesBy, told));
  const answering = outside.filter(({ result }) => !fails(result));
  const good = failingPath(situation, told, failing, answering);
  const addresses = rangesOf(endpoint.addresses);
  const reached = rangesOf([
    ...failing.map(({ result }) => result.address ?? ''),
    ...good.map(({ series }) => series.address ?? ''),
  ]);
  return {
    onset,
    clockToleranceMs: situation.clockToleranceMs,
    looks,
    failing,
    answering,
    insideFailing: inside.filter(({ result }) => fails(result)),
    insideAnswering: inside.filter(({ result }) => !fails(result)),
    clients: {
      ...clientsOf(situation, failing, good, [...addresses, ...reached]),
      servers: reached.length > 0 ? reached : addresses,
    },
    reached,
    ports: new Set([endpoint.port, ...seen.map(({ result }) => result.target.port)]),
    addresses: [...addresses, ...rangesOf(seen.map(({ result }) => result.address ?? ''))],
    controlPlaneNodes: nodesOf(situation, looks),
    nodeAddresses: new Map(
      looks.flatMap((look) => {
        const own = listeningOf(look)?.ownAddresses ?? [];
        return own.length === 0 ? [] : [[look.vantage.instance, rangesOf(own.map(({ address }) => address))] as const];
      }),
    ),
    good,
  };
}

/** Ways that clients come in by. */
function isEntry(path: ProbePath): boolean {
  return path === 'endpoint' || path === 'cluster-info' || path === 'kubeadm-config';
}

/** What was gathered before it began or after it was over tells of another state; what a step may remember, it says itself. */
function inOutage({ onset, steps }: Situation): readonly Evidence[] {
  const overAt = onset.recovery?.latestAt ?? Number.POSITIVE_INFINITY;
  const key = ({ check, vantage, reason }: Evidence) => JSON.stringify([check, vantage.kind, vantage.instance, reason]);
  return steps
    .flatMap(({ evidence }) => evidence)
    .filter(({ gatheredAt }) => gatheredAt >= onset.earliestAt && gatheredAt <= overAt)
    .filter((look) => look.check === 'network-policies' || restsOnAt(look) >= onset.earliestAt)
    .toSorted(
      (a, b) =>
        a.gatheredAt - b.gatheredAt ||
        compareText(key(a), key(b)) ||
        compareText(JSON.stringify(a.facts), JSON.stringify(b.facts)),
    );
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function fails({ failure }: ProbeResult): boolean {
  return failure !== null;
}

/** Is it one of those that are said to fail? Nobody said: then all outside are. */
function isAsked(leavesBy: readonly string[], told: readonly Range[]): boolean {
  return told.length === 0 || rangesOf(leavesBy).some((range) => told.some((one) => isWithin(range, one)));
}

export function rangesOf(texts: readonly string[]): readonly Range[] {
  return texts.flatMap((text) => readRange(text) ?? []);
}

/**
 * Good probes say something of the failure only when they went the way that fails: from the sources told; else from
 * outside vantages that do fail. A prober that never turned red is no witness against clients who did.
 */
function failingPath(
  { onset, good }: Situation,
  told: readonly Range[],
  failing: readonly Seen[],
  answering: readonly Seen[],
): readonly GoodStretch[] {
  const isAmong = (all: readonly Seen[], { series }: GoodStretch) =>
    all.some(({ vantage }) => vantage.kind === series.vantage.kind && vantage.instance === series.vantage.instance);
  const isOfPath = (stretch: GoodStretch): boolean => {
    if (!isEntry(stretch.series.path)) return false;
    if (told.length > 0) return isAsked(stretch.leavesBy, told);
    if (stretch.series.vantage.kind !== 'outside' || stretch.toAt > onset.latestAt) return false;
    if (isAmong(failing, stretch)) return true;
    return onset.method === 'prober' && onset.scope !== 'someVantages' && !isAmong(answering, stretch);
  };
  const key = ({ series }: GoodStretch) => JSON.stringify([series.vantage.instance, series.host, series.address]);
  return good.filter(isOfPath).toSorted((a, b) => b.toAt - a.toAt || compareText(key(a), key(b)));
}

function clientsOf(
  { onset }: Situation,
  failing: readonly Seen[],
  good: readonly GoodStretch[],
  addresses: readonly Range[],
): Omit<Clients, 'servers'> {
  // An address of a family that the server has none of is not the one they come by.
  const ofFamily = (clients: readonly Client[]) =>
    clients.filter(({ range }) => addresses.length === 0 || addresses.some(({ family }) => family === range.family));
  if (onset.sources.length > 0 && onset.method === 'prober') {
    // The failing vantages' own, as the server sees them.
    const seen = ofFamily(clientsFrom(onset.sources)).map((client) => ({ ...client, translated: false }));
    if (seen.length > 0) return { failing: seen, known: 'vantages' };
  }
  const told = clientsFrom(onset.sources);
  if (told.length > 0 && onset.method !== 'prober') return { failing: told, known: 'told' };
  const vantages = [
    ...failing.flatMap(({ vantage }) => vantage.leavesBy),
    ...(failing.length > 0 ? [] : good.flatMap(({ leavesBy }) => leavesBy)),
  ];
  const known = ofFamily(clientsFrom([...new Set(vantages)].sort()));
  return { failing: known, known: known.length > 0 ? 'vantages' : 'nobody' };
}

function clientsFrom(texts: readonly string[]): readonly Client[] {
  return texts.flatMap((text) => {
    const range = readRange(text);
    return range === null ? [] : [{ text, range, translated: mayBeTranslated(text) }];
  });
}

/** Those that something on them was expected to watch, or did. */
function nodesOf({ expected }: Situation, looks: readonly Evidence[]): readonly string[] {
  const watched = expected.flatMap(({ source, instance }) => (source.startsWith('node-') ? (instance ?? []) : []));
  const looked = looks.flatMap(({ vantage }) => (vantage.kind === 'node' ? vantage.instance : []));
  return [...new Set([...watched, ...looked])].sort();
}

/** `the bot (10.99.0.1)` */
export function whereFrom({ series, leavesBy }: GoodStretch): string {
  const name = vantageName({ ...series.vantage, leavesBy: [] });
  return leavesBy.length === 0 ? name : `${name} (${leavesBy.slice(0, 2).join(', ')})`;
}
