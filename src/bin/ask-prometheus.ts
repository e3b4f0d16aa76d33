import { chooseEndpoint } from '../checks/endpoint/choose.ts';
import type { Config } from '../config/load.ts';
import type { ClusterBook } from '../investigation/ports.ts';
import { type FiringAlert, onsetOfStartsAt } from '../onset/prometheus/alert.ts';
import { prometheusAt } from '../onset/prometheus/api.ts';
import { findOnsets, usualSelectors } from '../onset/prometheus/find.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { Onset } from '../words/onset.ts';

/** What the Prometheus of a cluster, and the alert that was told of, say of when it began. Never rejects, save with the signal's reason. */
export type AskPrometheus = (
  cluster: string,
  alert: FiringAlert | null,
  signal: AbortSignal,
) => Promise<readonly Onset[]>;

/** What is assumed of an alert of which only the webhook is known. */
const nothingKnown = { rules: [], scrape: { everyMs: 60_000, timeoutMs: 10_000 }, assumed: [] };

export function askPrometheus(needs: {
  readonly config: Pick<Config, 'clusters' | 'alerts'>;
  readonly clusters: ClusterBook;
  readonly clock: Clock;
  readonly log: Log;
}): AskPrometheus {
  const { config, clock, log } = needs;
  return async (cluster, alert, signal) => {
    const settings = config.clusters[cluster]?.prometheus ?? null;
    if (settings === null) {
      if (alert === null) return [];
      const found = onsetOfStartsAt(alert, nothingKnown);
      return found.kind === 'onset' ? [found.onset] : [];
    }
    const profile = await needs.clusters.profile(cluster);
    const endpoint = profile === null ? null : chooseEndpoint(null, profile.knowledge.endpoints);
    const { onsets, notes } = await findOnsets(
      prometheusAt(settings),
      {
        cluster,
        clusterLabel: config.alerts.clusterLabel,
        samples: settings.samples.length > 0 ? settings.samples : usualSelectors(endpoint),
        alertname: settings.alert,
        alert,
        // A later flap must not be taken for the failure that the alert is about.
        nearAt: alert?.startsAt ?? clock.now(),
        clock,
      },
      signal,
    );
    if (notes.length > 0) log.info({ cluster, notes }, 'what Prometheus could not tell of the onset');
    return onsets;
  };
}
