import type { SampleStore } from '../changes/ports.ts';
import type { SampleSeries } from '../words/onset.ts';

/** Probes that were good one after the other, from the start of the first to the start of the last. Epoch ms. */
export interface GoodProbes {
  readonly series: SampleSeries;
  /** Addresses that they leave by. */
  readonly leavesBy: readonly string[];
  readonly fromAt: number;
  readonly toAt: number;
}

/**
 * Stretches of good probes within `[fromAt, toAt]`. Where nothing was probed for longer than `gapMs` a stretch ends:
 * missing samples are no health. Oldest first.
 */
export async function goodStretches(
  samples: Pick<SampleStore, 'series' | 'between'>,
  asked: {
    readonly cluster: string;
    readonly fromAt: number;
    readonly toAt: number;
    /** A few intervals. */
    readonly gapMs: number;
    readonly leavesBy: (series: SampleSeries) => readonly string[];
  },
): Promise<GoodProbes[]> {
  const { cluster, fromAt, toAt, gapMs, leavesBy } = asked;
  const found: GoodProbes[] = [];
  for (const series of await samples.series(cluster)) {
    const stretches: { fromAt: number; toAt: number }[] = [];
    let goesOn = false;
    for (const { at, good } of await samples.between(series, fromAt, toAt)) {
      const last = stretches.at(-1);
      if (good && goesOn && last !== undefined && at - last.toAt <= gapMs) last.toAt = at;
      else if (good) stretches.push({ fromAt: at, toAt: at });
      goesOn = good;
    }
    found.push(...stretches.map((stretch) => ({ series, leavesBy: leavesBy(series), ...stretch })));
  }
  return found.toSorted((a, b) => a.fromAt - b.fromAt);
}
