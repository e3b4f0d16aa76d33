import type { OutageStore, SampleStore } from '../changes/ports.ts';
import type { Log } from '../ops/log.ts';
import type { Sample, SampleSeries } from '../words/onset.ts';
import type { ChangeWatch } from './changes/watch-changes.ts';
import { seenAs } from './clients.ts';
import { type Finished, keepProbing, type Probed } from './keep-probing.ts';
import { keptSamples } from './kept-samples.ts';
import type { Lookup } from './lookup.ts';
import { boundedLookups } from './lookups.ts';
import { resumeOutageWatch } from './outage-watch.ts';
import type { OutageEvent } from './outages.ts';
import type { Probe } from './probe.ts';
import { type Place, references } from './references.ts';
import { type Round, roundsOf, type Way, wayKey } from './round.ts';

/** Where a cluster is probed, and by whose certificate an answer is its own. */
interface ProbedEndpoint {
  readonly host: string;
  readonly port: number;
  /** PEM; empty when no CA was learned: then nobody can tell who answers, and it is not probed. */
  readonly caPem: string;
}

export interface ProberOptions {
  readonly clusters: readonly string[];
  /** null: not known. Asked again every few seconds. */
  endpointOf(cluster: string): Promise<ProbedEndpoint | null>;
  readonly outside: {
    /** false: the bot sits inside, and only judges what agents saw. */
    readonly vantage: boolean;
    readonly probeEveryMs: number;
    readonly failuresInARow: number;
    readonly reference: readonly Place[];
  };
  /** What serves as a reference when none is configured, such as Slack's API. */
  readonly assumed: readonly Place[];
  /** Addresses that a vantage's packets leave by; empty: not known. */
  leavesBy(cluster: string, vantage: Way['vantage']): readonly string[];
  readonly probe: Probe;
  readonly lookup?: Lookup;
  readonly samples: SampleStore;
  readonly outages: OutageStore;
  /** What is told the endpoints that are probed and what they answered, to keep what changes of it; closed with the prober. */
  readonly changes?: ChangeWatch;
  /** Called in order, after the outage was stored. */
  readonly onOutage: (event: OutageEvent) => void;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
  /** How long outages that follow one another are one incident. */
  readonly flappingMs?: number;
  /** How long samples and outages are kept. */
  readonly keepMs?: number;
}

/** How a cluster is watched now. */
type Watching =
  | { readonly kind: 'probed'; readonly lastAt: number; readonly isGood: boolean }
  | { readonly kind: 'notYet' }
  | { readonly kind: 'noEndpoint' }
  | { readonly kind: 'noAuthority' }
  /** Neither it nor any reference answers the bot. */
  | { readonly kind: 'cutOff'; readonly sinceAt: number }
  | { readonly kind: 'notOutside' };

export interface Prober {
  /** What an agent saw, on the bot's clock; it is already stored. Gives outages their scope, or begins them. */
  take(series: SampleSeries, samples: readonly Sample[]): void;
  watching(cluster: string): Watching;
  /** Stops, with all that was seen written down. */
  close(): Promise<void>;
}

const REFRESH_MS = 10_000;
const TICK_MS = 60_000;
/** The pieces of one round come in one message after the other. */
const TOGETHER_MS = 500;
const ALIVE_EVERY_MS = 10_000;
const ALIVE_GAP_MS = 30_000;
const PRUNE_EVERY_MS = 3_600_000;
/** Of the interval, for a connection to a reference. */
const REFERENCE_SHARE = 0.4;
const DAY_MS = 24 * 3_600_000;

/** Probes every cluster from where the bot stands, and tells outages from that and from what agents saw. */
export async function startProber(options: ProberOptions): Promise<Prober> {
  const { clusters, outside, samples, outages, clock, log } = options;
  const keepMs = options.keepMs ?? 14 * DAY_MS;
  const stopped = new AbortController();
  const standing = new Map<string, Watching>();
  const probed = new Map<string, ProbedWay>();
  const kept = keptSamples(samples, log);
  let told: { series: SampleSeries; samples: readonly Sample[] }[] = [];
  let together: NodeJS.Timeout | null = null;
  let cutOffSinceAt: number | null = null;

  await outages.alive(clock(), ALIVE_GAP_MS);
  const watch = await resumeOutageWatch({
    clusters,
    rules: { ...outside, flappingMs: options.flappingMs ?? 10 * 60_000 },
    samples,
    outages,
    about: withSources,
    onOutage: options.onOutage,
    nowAt: clock(),
    log,
  });
  const lookups = boundedLookups(options.lookup === undefined ? {} : { lookup: options.lookup });
  const probing = keepProbing<ProbedWay>({
    everyMs: outside.probeEveryMs,
    probe: options.probe,
    lookups,
    references: references({
      configured: outside.reference,
      assumed: options.assumed,
      deadlineMs: REFERENCE_SHARE * outside.probeEveryMs,
      lookups,
      signal: stopped.signal,
    }),
    clock,
    onRound,
    log,
  });

  function onRound({ way }: ProbedWay, finished: Finished): void {
    const { cluster } = way;
    if (finished.kind === 'cutOff') {
      if (cutOffSinceAt === null) log.warn({ cluster }, 'the bot is cut off: no reference answers it either');
      cutOffSinceAt ??= finished.at;
      standing.set(cluster, { kind: 'cutOff', sinceAt: cutOffSinceAt });
      return;
    }
    const { at, tries, results, answeredBy } = finished;
    options.changes?.probed(cluster, way, results);
    if (cutOffSinceAt !== null) {
      const unseen = { fromAt: cutOffSinceAt, toAt: at, why: 'cutOff' } as const;
      log.info(unseen, 'the bot is cut off no more');
      for (const each of clusters) watch.tell(each, { kind: 'unseen', unseen });
      cutOffSinceAt = null;
    }
    standing.set(cluster, { kind: 'probed', lastAt: at, isGood: tries.every(({ good }) => good) });
    const round = withSources({ way, at, tries, answeredBy, leavesBy: [] });
    kept.keep(round);
    watch.tell(cluster, { kind: 'round', round });
  }

  function withSources(round: Round): Round {
    const to = round.tries.flatMap(({ address }) => (address === null ? [] : [address]));
    return { ...round, leavesBy: seenAs(options.leavesBy(round.way.cluster, round.way.vantage), to) };
  }

  async function refresh(): Promise<void> {
    for (const cluster of clusters) {
      const found = await options.endpointOf(cluster);
      const before = probed.get(cluster);
      if (found === null || found.caPem === '') {
        if (before === undefined) standing.set(cluster, { kind: found === null ? 'noEndpoint' : 'noAuthority' });
        continue;
      }
      const next = probedWay(cluster, found);
      if (next.key === before?.key) continue;
      if (before !== undefined && wayKey(before.way) !== wayKey(next.way)) {
        watch.tell(cluster, { kind: 'leave', way: before.way, at: clock() });
      }
      probed.set(cluster, next);
    }
    if (stopped.signal.aborted) return;
    probing.set([...probed.values()]);
    options.changes?.watch([...probed.values()].map(({ way }) => way));
  }

  function takeTold(): void {
    together = null;
    const pieces = told;
    told = [];
    for (const round of roundsOf(pieces, () => ({ answeredBy: 'the bot', leavesBy: [] }))) {
      watch.tell(round.way.cluster, { kind: 'round', round: withSources(round) });
    }
  }

  async function forget(): Promise<void> {
    const before = clock() - keepMs;
    await samples.prune(before);
    await outages.prune(before);
  }

  /** `failing`: what to say when it does; it is tried again in its time. */
  async function attempt(work: () => Promise<void> | void, failing: string): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.error({ error }, failing);
    }
  }

  const every = (ms: number, work: () => Promise<void> | void, failing: string): NodeJS.Timeout =>
    setInterval(() => void attempt(work, failing), ms).unref();
  const unread = 'the endpoints to probe could not be read';
  if (outside.vantage) await attempt(refresh, unread);
  const timers = [
    every(ALIVE_EVERY_MS, () => outages.alive(clock(), ALIVE_GAP_MS), 'that the prober runs could not be noted'),
    every(
      TICK_MS,
      () => {
        for (const cluster of clusters) watch.tell(cluster, { kind: 'tick', at: clock() });
      },
      'outages could not be looked through',
    ),
    every(PRUNE_EVERY_MS, forget, 'old samples could not be forgotten'),
    ...(outside.vantage ? [every(REFRESH_MS, refresh, unread)] : []),
  ];

  return {
    take(series, taken) {
      told.push({ series, samples: taken });
      together ??= setTimeout(takeTold, TOGETHER_MS);
    },
    watching: (cluster) => standing.get(cluster) ?? { kind: outside.vantage ? 'notYet' : 'notOutside' },
    async close() {
      for (const timer of timers) clearInterval(timer);
      stopped.abort();
      await probing.close();
      await options.changes?.close();
      if (together !== null) {
        clearTimeout(together);
        takeTold();
      }
      await kept.close();
      await watch.settled();
      await attempt(() => outages.alive(clock(), ALIVE_GAP_MS), 'that the prober ran until now could not be noted');
    },
  };
}

interface ProbedWay extends Probed {
  readonly way: Way;
}

function probedWay(cluster: string, { host, port, caPem }: ProbedEndpoint): ProbedWay {
  const vantage = { kind: 'outside', instance: 'bot' } as const;
  return {
    key: `${cluster} ${host} ${port} ${caPem}`,
    target: { path: 'endpoint', host, port },
    caPem,
    way: { cluster, vantage, path: 'endpoint', host, port },
  };
}
