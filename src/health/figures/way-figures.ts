import { setImmediate as turn } from 'node:timers/promises';
import type { SampleStore } from '../../changes/ports.ts';
import type { SampleSeries } from '../../words/onset.ts';
import { Phase } from '../../words/probe.ts';
import { count, type Histogram, histogram } from './histogram.ts';

/** A stretch of time, cut into `bins` equal parts. Epoch ms. */
export interface Period {
  readonly fromAt: number;
  readonly toAt: number;
}

/** How one way to the API server fared: one vantage, one path. */
export interface WayFigures {
  readonly vantage: Pick<SampleSeries['vantage'], 'kind' | 'instance'>;
  readonly path: SampleSeries['path'];
  readonly host: string;
  readonly port: number;
  /** Probes; one of several addresses that answers makes it good, as for a client. */
  readonly probes: number;
  readonly good: number;
  /** Of good ones, from the start to the answer. */
  readonly took: Histogram;
  /** Of good ones, in the order of `Phase`. */
  readonly phases: readonly Histogram[];
  readonly bins: Bins;
}

/** The same, over the period in equal parts. */
export interface Bins {
  readonly probes: Uint32Array;
  readonly bad: Uint32Array;
  /** The slowest good one in ms; 0: none. */
  readonly slowestMs: Float32Array;
}

/** As many as a picture shows. */
export const BINS = 96;

/** Addresses of one round may be told a little apart, by clocks that are put right in between. */
const SAME_ROUND_MS = 50;

/** Goes through all samples of the period, a series at a time, so that the event loop is never kept for long. */
export async function wayFigures(
  samples: Pick<SampleStore, 'series' | 'visit'>,
  cluster: string,
  period: Period,
): Promise<readonly WayFigures[]> {
  const ways = Map.groupBy(await samples.series(cluster), wayOf);
  const figures: WayFigures[] = [];
  for (const several of ways.values()) {
    const [first] = several;
    if (first === undefined) continue;
    const found = emptyFigures(first);
    const rounds = roundsInto(found, period, several.length > 1);
    for (const series of several) {
      await samples.visit(series, period.fromAt, period.toAt, (at, tookMs, good, phases) => {
        rounds.add(at, good);
        if (!good) return;
        count(found.took, tookMs);
        for (let index = 0; index < phases.length; index++) {
          const ms = phases[index] ?? Number.NaN;
          const into = found.phases[index];
          if (into !== undefined && !Number.isNaN(ms)) count(into, ms);
        }
        const bin = binOf(period, at);
        if (tookMs > (found.bins.slowestMs[bin] ?? 0)) found.bins.slowestMs[bin] = tookMs;
      });
      await turn();
    }
    const { probes, good } = rounds.end();
    if (probes > 0) figures.push({ ...found, probes, good });
  }
  return figures.toSorted((a, b) => rankOf(a) - rankOf(b));
}

/** Bins in which nobody probed, as a share of the period. */
export function unseenShare({ bins }: Pick<WayFigures, 'bins'>): number {
  return bins.probes.filter((probes) => probes === 0).length / bins.probes.length;
}

/** Pods are replaced under new names, and are one vantage all the same; so is an endpoint that moved. */
function wayOf({ vantage, path, host, port }: SampleSeries): string {
  const who = vantage.kind === 'pod' ? 'pod' : `${vantage.kind} ${vantage.instance}`;
  return path === 'endpoint' || path === 'loopback' ? `${who} ${path}` : `${who} ${path} ${host} ${port}`;
}

/** What clients see first: from outside, then from a pod, then from a node; the endpoint before other ways. */
function rankOf({ vantage, path }: WayFigures): number {
  const where = { outside: 0, pod: 1, node: 2 }[vantage.kind];
  return (path === 'endpoint' ? 0 : 10) + where;
}

function emptyFigures({ vantage, path, host, port }: SampleSeries): WayFigures {
  return {
    vantage,
    path,
    host,
    port,
    probes: 0,
    good: 0,
    took: histogram(),
    phases: Phase.options.map(histogram),
    bins: { probes: new Uint32Array(BINS), bad: new Uint32Array(BINS), slowestMs: new Float32Array(BINS) },
  };
}

function binOf({ fromAt, toAt }: Period, at: number): number {
  return Math.min(BINS - 1, Math.max(0, Math.floor(((at - fromAt) / Math.max(1, toAt - fromAt)) * BINS)));
}

/** Counts rounds; with several addresses they are put together once all were seen. */
function roundsInto({ bins }: WayFigures, period: Period, together: boolean) {
  let probes = 0;
  let good = 0;
  const seen: number[] = [];
  function round(at: number, isGood: boolean): void {
    probes += 1;
    if (isGood) good += 1;
    const bin = binOf(period, at);
    bins.probes[bin] = (bins.probes[bin] ?? 0) + 1;
    if (!isGood) bins.bad[bin] = (bins.bad[bin] ?? 0) + 1;
  }
  return {
    add(at: number, isGood: boolean): void {
      if (!together) round(at, isGood);
      else seen.push(at * 2 + (isGood ? 1 : 0));
    },
    end(): { probes: number; good: number } {
      const inOrder = Float64Array.from(seen).sort();
      let startedAt = Number.NEGATIVE_INFINITY;
      let isGood = false;
      for (const each of inOrder) {
        const at = Math.floor(each / 2);
        if (at - startedAt > SAME_ROUND_MS) {
          if (startedAt > 0) round(startedAt, isGood);
          startedAt = at;
          isGood = false;
        }
        isGood ||= each % 2 === 1;
      }
      if (startedAt > 0) round(startedAt, isGood);
      return { probes, good };
    },
  };
}
