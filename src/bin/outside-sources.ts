import { expectedOf } from '../changes/sources/expected-of.ts';
import type { SourceState } from '../changes/sources/health.ts';
import { keepLooking } from '../changes/sources/keep-looking.ts';
import type { OutsideSource } from '../changes/sources/source.ts';
import type { ExpectedSource } from '../correlation/situation.ts';
import type { Investigation } from '../investigation/state.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import { counterOf, gaugeOf, type Metrics } from '../ops/metrics.ts';
import { furthest } from '../playbook/rules.ts';
import type { Store } from '../store/store.ts';

export interface OutsideSources {
  /** What may be waited for of this cluster's sources, as they fare now. */
  expected(cluster: string): readonly ExpectedSource[];
  /** Called after every change of an investigation: each onset that is new is looked around at once. */
  changed(investigation: Investigation): void;
  tell(metrics: Metrics): void;
  close(): Promise<void>;
}

/** Looks ahead with what is configured, and around every onset that comes to be known. */
export function outsideSources(
  sources: readonly OutsideSource[],
  needs: {
    readonly journal: Store['changes'];
    readonly clock: Clock;
    readonly log: Log;
    onLearned(cluster: string): void;
  },
): OutsideSources {
  const { clock, log } = needs;
  const looking = keepLooking(sources, needs);
  const asked = new Map<string, Set<string>>();
  return {
    expected: (cluster) =>
      looking
        .states()
        .filter(({ source }) => source.clusters.includes(cluster))
        .flatMap(expectedOf),
    changed({ id, cluster, onsets, conclusion }) {
      if (conclusion !== null) {
        asked.delete(id);
        return;
      }
      const known = asked.get(id) ?? new Set();
      asked.set(id, known);
      for (const { earliestAt, latestAt } of onsets) {
        const key = `${earliestAt}-${latestAt}`;
        if (known.has(key)) continue;
        known.add(key);
        const around = { fromAt: earliestAt - furthest.beforeMs, toAt: latestAt + furthest.afterMs };
        looking.lookAround(cluster, around).catch((error: unknown) => {
          log.error({ error, investigation: id }, 'sources could not be asked around an onset');
        });
      }
    },
    tell(metrics) {
      if (sources.length > 0) tellSources({ metrics, log }, looking.states, clock);
    },
    close: looking.close,
  };
}

function tellSources(
  to: { readonly metrics: Metrics; readonly log: Log },
  states: () => readonly SourceState[],
  clock: Clock,
): void {
  const labels = ['source', 'instance'] as const;
  const each = () => states().map((state) => ({ ...state, labels: labelsOf(state) }));
  gaugeOf(to, {
    name: 'apidown_source_up',
    help: 'Whether all that the source was asked in its last look was answered.',
    labels,
    read: () =>
      each().flatMap(({ labels, health }) =>
        health.kind === 'notYet' ? [] : [{ labels, value: health.kind === 'working' ? 1 : 0 }],
      ),
  });
  gaugeOf(to, {
    name: 'apidown_source_last_look_age_seconds',
    help: 'Time since the last look of the source was over, whatever came of it.',
    labels,
    read: () =>
      each().flatMap(({ labels, lastLookedAt }) =>
        lastLookedAt === null ? [] : [{ labels, value: (clock.now() - lastLookedAt) / 1_000 }],
      ),
  });
  counterOf(to, {
    name: 'apidown_source_looks_total',
    help: 'Looks of the source, by what came of them: whole, partly, failed.',
    labels: [...labels, 'outcome'],
    read: () =>
      each().flatMap(({ labels, looks }) =>
        Object.entries(looks).map(([outcome, value]) => ({ labels: { ...labels, outcome }, value })),
      ),
  });
  counterOf(to, {
    name: 'apidown_source_requests_total',
    help: 'Requests that the source has made, where it counts them.',
    labels,
    read: () =>
      each().flatMap(({ labels, source }) => {
        const value = source.requests?.();
        return value === undefined ? [] : [{ labels, value }];
      }),
  });
}

function labelsOf({ source }: SourceState) {
  return { source: source.name, instance: source.instance };
}
