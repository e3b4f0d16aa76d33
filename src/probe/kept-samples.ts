import type { SampleStore } from '../changes/ports.ts';
import type { Log } from '../ops/log.ts';
import type { Sample, SampleSeries } from '../words/onset.ts';
import { type Round, sampleOf, seriesOf, wayKey } from './round.ts';

/** Writes rounds down: a few at a time while all is as before, at once when it turns. */
export interface KeptSamples {
  keep(round: Round): void;
  /** Resolves when all that was told is written, or was found to be unwritable for now. */
  close(): Promise<void>;
}

/** What a crash may lose of an uneventful stretch. */
const HOLD_MS = 10_000;
/** Of a series, while the store takes nothing. */
const MOST_HELD = 1_000;

interface Held {
  readonly series: SampleSeries;
  samples: Sample[];
  wasGood: boolean | null;
  writing: Promise<void>;
}

export function keptSamples(store: Pick<SampleStore, 'add'>, log: Log): KeptSamples {
  const all = new Map<string, Held>();

  async function write(held: Held): Promise<void> {
    const { series, samples } = held;
    if (samples.length === 0) return;
    held.samples = [];
    try {
      await store.add(series, samples);
    } catch (error) {
      log.error(
        { error, cluster: series.cluster },
        'samples could not be written; they are tried again with the next ones',
      );
      held.samples = [...samples, ...held.samples].slice(-MOST_HELD);
    }
  }

  function writeSoon(held: Held): void {
    held.writing = held.writing.then(() => write(held));
  }

  return {
    keep(round) {
      let turned = false;
      for (const one of round.tries) {
        const series = seriesOf(round.way, one.address);
        const key = JSON.stringify(series);
        const held = all.get(key) ?? { series, samples: [], wasGood: null, writing: Promise.resolve() };
        all.set(key, held);
        held.samples.push(sampleOf(one));
        turned ||= held.wasGood !== one.good;
        held.wasGood = one.good;
      }
      // All of the way: a name that leads elsewhere since brings no more samples of the address where all was well.
      for (const held of all.values()) {
        if (held.series.cluster !== round.way.cluster || wayKey(held.series) !== wayKey(round.way)) continue;
        if (turned || round.at - (held.samples[0]?.at ?? round.at) >= HOLD_MS) writeSoon(held);
      }
    },
    async close() {
      for (const held of all.values()) writeSoon(held);
      await Promise.all([...all.values()].map(({ writing }) => writing));
    },
  };
}
