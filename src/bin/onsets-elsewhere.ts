import type { InvestigationService } from '../investigation/service.ts';
import type { Investigation } from '../investigation/state.ts';
import type { ToldAlert } from '../onset/alerts/intake.ts';
import type { FiringAlert } from '../onset/prometheus/alert.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { Actor } from '../words/person.ts';
import type { AskPrometheus } from './ask-prometheus.ts';

interface Needs {
  readonly investigations: Pick<InvestigationService, 'open' | 'learn' | 'listOpen'>;
  readonly ask: AskPrometheus;
  readonly clock: Clock;
  readonly log: Log;
}

const itself: Actor = { kind: 'itself' };

/** Asks others than the prober when it began: once for each investigation, and for each alert that is told of. */
export function onsetsElsewhere({ investigations, ask, clock, log }: Needs) {
  const asked = new Set<string>();
  const closing = new AbortController();

  async function learnFrom(
    investigation: Pick<Investigation, 'id' | 'cluster'>,
    alert: FiringAlert | null,
  ): Promise<void> {
    const { id, cluster } = investigation;
    const onsets = await ask(cluster, alert, closing.signal);
    if (onsets.length === 0) return;
    const at = clock.now();
    await investigations.learn(id, (state) =>
      onsets
        .filter((onset) => !state.onsets.some((known) => known.id === onset.id))
        .map((onset) => ({ kind: 'onset-found', at, by: itself, onset })),
    );
  }

  return {
    /** Called after every change: a new one is asked about. */
    changed({ id, cluster, conclusion }: Investigation): void {
      if (conclusion !== null) asked.delete(id);
      else if (!asked.has(id)) {
        asked.add(id);
        learnFrom({ id, cluster }, null).catch((error: unknown) => {
          if (!closing.signal.aborted) log.warn({ error, investigation: id }, 'Prometheus could not be asked');
        });
      }
    },
    /** One that fires tells its onset to what is open, and opens an investigation where that is wished. */
    async alerted({ cluster, alertname, labels, startsAt, status, channel }: ToldAlert): Promise<void> {
      if (status !== 'firing') return;
      const alert = { alertname, labels, startsAt };
      if (channel !== null) {
        const opened = await investigations.open({
          cluster,
          by: itself,
          room: { channel, thread: null },
          endpoint: null,
        });
        if (opened.kind === 'refused')
          log.warn({ cluster, why: opened.message }, 'an alert could not open an investigation');
      }
      const open = await investigations.listOpen();
      await Promise.all(open.filter((one) => one.cluster === cluster).map((one) => learnFrom(one, alert)));
    },
    close: () => closing.abort(new Error('the bot stops')),
  };
}
