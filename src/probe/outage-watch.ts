import type { OutageStore, SampleStore } from '../changes/ports.ts';
import type { Log } from '../ops/log.ts';
import { type OutageEvent, type OutageInput, type OutageRules, type Watched, watch, watched } from './outages.ts';
import { roundsBefore } from './resume.ts';
import type { Round } from './round.ts';

/** The outages of all clusters, stored as they come. */
export interface OutageWatch {
  tell(cluster: string, input: OutageInput): void;
  /** Resolves when what was found so far is stored and told. */
  settled(): Promise<void>;
}

const WEEK_MS = 7 * 24 * 3_600_000;

/** Takes up what the store knows of before: outages that last go on, and a time in which the bot was down is no data. */
export async function resumeOutageWatch(options: {
  readonly clusters: readonly string[];
  readonly rules: OutageRules;
  readonly samples: Pick<SampleStore, 'series' | 'between'>;
  readonly outages: Pick<OutageStore, 'put' | 'since' | 'downBetween'>;
  /** Completes a round of before with what the store does not keep. */
  readonly about: (round: Round) => Round;
  /** Called in order, after the outage was stored. */
  readonly onOutage: (event: OutageEvent) => void;
  readonly nowAt: number;
  readonly log: Log;
}): Promise<OutageWatch> {
  const { clusters, rules, samples, outages, about, onOutage, nowAt, log } = options;
  const states = new Map<string, Watched>();
  let puts: Promise<void> = Promise.resolve();

  function tell(cluster: string, input: OutageInput): void {
    const state = states.get(cluster);
    if (state === undefined) return;
    const next = watch(state, input, rules);
    states.set(cluster, next.state);
    for (const event of next.events) puts = puts.then(() => put(event));
  }

  async function put(event: OutageEvent): Promise<void> {
    const { kind, outage } = event;
    const { id, cluster, words } = outage;
    try {
      await outages.put(outage);
    } catch (error) {
      log.error({ error, cluster, outage: id }, 'an outage could not be stored; it is told all the same');
    }
    log.info({ kind, cluster, outage: id, words, scope: outage.onset.scope }, 'probes tell of an outage');
    try {
      onOutage(event);
    } catch (error) {
      log.error({ error, cluster, outage: id }, 'an outage was told and something broke over it');
    }
  }

  const down = await outages.downBetween(nowAt - WEEK_MS, nowAt);
  for (const cluster of clusters) {
    const known = await outages.since(cluster, nowAt - rules.flappingMs);
    states.set(cluster, watched(cluster, known));
    for (const { fromAt, toAt } of down) tell(cluster, { kind: 'unseen', unseen: { fromAt, toAt, why: 'notRunning' } });
    for (const round of await roundsBefore(samples, { cluster, nowAt, known })) {
      tell(cluster, { kind: 'round', round: about(round) });
    }
  }
  return { tell, settled: () => puts };
}
