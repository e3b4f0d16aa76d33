import { type Round, sampleOf, seriesOf, type Way } from '../../probe/round.ts';
import type { Sample, SampleSeries } from '../../words/onset.ts';
import type { StreamRecord } from '../../words/stream.ts';

/** Samples on their way to the bot: a few together while all is as before, at once when it turns. */
export interface Batches {
  add(way: Way, round: Pick<Round, 'tries'>): void;
  /** Hands on what is held. */
  flush(): void;
}

/** The rounds after a turn that are told at once, so that the bot needs not wait to call it an outage. */
const TOLD_AT_ONCE = 3;
/** As a record is bounded. */
const MOST = 1_000;

interface Held {
  readonly series: SampleSeries;
  samples: Sample[];
  lastGood: boolean | null;
  sinceTurn: number;
}

export function batches(put: (record: StreamRecord) => void): Batches {
  const all = new Map<string, Held>();

  /** All series together: a round is of one piece when it comes to the bot. */
  function flush(): void {
    for (const held of all.values()) {
      if (held.samples.length > 0) put({ kind: 'samples', series: held.series, samples: held.samples });
      held.samples = [];
    }
  }

  return {
    flush,
    add(way, { tries }) {
      let isUrgent = false;
      for (const one of tries) {
        const series = seriesOf(way, one.address);
        const key = JSON.stringify(series);
        const held = all.get(key) ?? { series, samples: [], lastGood: null, sinceTurn: 0 };
        all.set(key, held);
        held.sinceTurn = held.lastGood === one.good ? held.sinceTurn + 1 : 0;
        held.lastGood = one.good;
        held.samples.push(sampleOf(one));
        if (held.sinceTurn < TOLD_AT_ONCE || held.samples.length >= MOST) isUrgent = true;
      }
      if (isUrgent) flush();
    },
  };
}
