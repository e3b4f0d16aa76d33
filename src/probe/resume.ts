import type { SampleStore } from '../changes/ports.ts';
import type { Outage, Sample, SampleSeries } from '../words/onset.ts';
import { replayFrom } from './outages.ts';
import { type Round, roundsOf, wayKey } from './round.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How far back to look for a good probe, one after the other: mostly the first is enough. */
const LOOK_BACK_MS = [10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS];

/**
 * What the store knows of a cluster's probes from before a restart, as far back as is needed to know the last good ones.
 * `known`: outages that last or ended lately.
 */
export async function roundsBefore(
  store: Pick<SampleStore, 'series' | 'between'>,
  about: { readonly cluster: string; readonly nowAt: number; readonly known: readonly Outage[] },
): Promise<Round[]> {
  const { cluster, nowAt, known } = about;
  const notBefore = replayFrom(known) + 1;
  const ways = Map.groupBy(await store.series(cluster), ({ address: _, ...way }) => wayKey(way));
  const told = await Promise.all([...ways.values()].map((series) => enoughOf(series)));
  return roundsOf(told.flat(), ({ vantage }) => ({
    answeredBy: vantage.instance === 'bot' ? 'a reference' : 'the bot',
    leavesBy: [],
  }));

  async function enoughOf(series: readonly SampleSeries[]): Promise<Told[]> {
    const decides = series.some(({ vantage, path }) => vantage.kind === 'outside' && path === 'endpoint');
    let found: Told[] = [];
    for (const backMs of decides ? LOOK_BACK_MS : LOOK_BACK_MS.slice(0, 1)) {
      const fromAt = Math.max(nowAt - backMs, notBefore);
      found = await Promise.all(
        series.map(async (one) => ({ series: one, samples: await store.between(one, fromAt, nowAt) })),
      );
      const seen = found.filter(({ samples }) => samples.length > 0);
      const isEnough = seen.length > 0 && seen.every(({ samples }) => samples.some(({ good }) => good));
      if (isEnough || fromAt === notBefore) break;
    }
    return found;
  }
}

interface Told {
  readonly series: SampleSeries;
  readonly samples: readonly Sample[];
}
