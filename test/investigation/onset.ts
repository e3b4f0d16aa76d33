import type { Onset, Outage } from '../../src/words/onset.ts';

/** An onset as the prober tells it; `over` at this time, or lasting. */
export function proberOnset(beganAt: number, over: number | null = null): Onset {
  return {
    id: `prober:${beganAt}`,
    method: 'prober',
    earliestAt: beganAt,
    latestAt: beganAt + 5_000,
    words: 'the bot saw the first bad probe',
    sources: ['192.0.2.1'],
    scope: 'everywhere',
    recovery: over === null ? null : { earliestAt: over, latestAt: over + 5_000 },
  };
}

export function reportOnset(at: number, sources: readonly string[] = []): Onset {
  return {
    id: `report:${at}`,
    method: 'report',
    earliestAt: at,
    latestAt: at + 60_000,
    words: 'reported',
    sources: [...sources],
    scope: 'unknown',
    recovery: null,
  };
}

export function outageOf(onset: Onset, incident = onset.id): Outage {
  return { id: onset.id, incident, cluster: 'prod', onset, words: 'connect: timeout from the bot' };
}
