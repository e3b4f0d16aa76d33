import type { Sample, SampleSeries } from '../words/onset.ts';
import type { ProbeResult } from '../words/probe.ts';

/** Who probes what: a series of samples without the address. */
export type Way = Omit<SampleSeries, 'address'>;

/** One probe of one way: a sample for each address that the name had then, all of them with the same `at`. */
export interface Round {
  readonly way: Way;
  /** When it began. Epoch ms. */
  readonly at: number;
  readonly tries: readonly Try[];
  /** What answered the vantage meanwhile and so speaks for its own network; null: nothing could be asked. */
  readonly answeredBy: string | null;
  /** Addresses that its packets leave by; empty: not known, or replaced on the way. */
  readonly leavesBy: readonly string[];
}

export interface Try extends Sample {
  /** null: the name did not resolve. */
  readonly address: string | null;
}

/** `at`: when the whole probe began, so that every address of it says the same; a lookup before the attempt is part of it. */
export function tryOf(result: ProbeResult, at: number): Try {
  const { address, good, failure, phases } = result;
  const tookMs = Math.max(0, Math.round((result.startedAt + result.tookMs - at) * 10) / 10);
  return {
    address,
    at,
    tookMs,
    good,
    // An answer under no certificate of the cluster's is another server's.
    failure: good ? null : { phase: failure?.phase ?? 'tls', kind: failure?.kind ?? 'certificate' },
    phases,
  };
}

export function wayKey({ vantage, path, host, port }: Way): string {
  return `${vantage.kind} ${vantage.instance} ${path} ${host} ${port}`;
}

export function seriesOf(way: Way, address: string | null): SampleSeries {
  return { ...way, address };
}

export function sampleOf({ address: _, ...sample }: Try): Sample {
  return sample;
}

/** Pieces of one round may be told a little apart, by clocks that are put right in between. */
const SAME_ROUND_MS = 50;

/** Puts samples of several series together to the rounds that they came from, in order of time. */
export function roundsOf(
  told: readonly { readonly series: SampleSeries; readonly samples: readonly Sample[] }[],
  about: (way: Way) => Pick<Round, 'answeredBy' | 'leavesBy'>,
): Round[] {
  const ways = new Map<string, { way: Way; tries: Try[] }>();
  for (const { series, samples } of told) {
    const { address, ...way } = series;
    const key = wayKey(way);
    const known = ways.get(key) ?? { way, tries: [] };
    known.tries.push(...samples.map((sample) => ({ ...sample, address })));
    ways.set(key, known);
  }
  const rounds = [...ways.values()].flatMap(({ way, tries }) => {
    const groups: Try[][] = [];
    for (const one of tries.toSorted((a, b) => a.at - b.at)) {
      const last = groups.at(-1);
      const isSame = last?.[0] !== undefined && one.at - last[0].at <= SAME_ROUND_MS;
      // A series has one sample a round: a second one is another round, however near.
      if (isSame && last.every(({ address }) => address !== one.address)) last.push(one);
      else groups.push([one]);
    }
    return groups.map((group): Round => ({ way, at: group[0]?.at ?? 0, tries: group, ...about(way) }));
  });
  return rounds.toSorted((a, b) => a.at - b.at);
}
