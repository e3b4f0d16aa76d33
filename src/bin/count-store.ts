import { Counter, Histogram } from 'prom-client';
import type { InvestigationEvent } from '../investigation/events.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Store } from '../store/store.ts';
import type { Change } from '../words/change.ts';
import type { Sample, SampleSeries } from '../words/onset.ts';
import type { StreamRecord } from '../words/stream.ts';

/** The same store, which counts what goes through it: all that the bot learns is kept there. */
export function countStore(store: Store, metrics: Metrics, clusters: readonly string[]): Store {
  const learned = learnedCounters(metrics, clusters);
  const { calls, seconds } = callCounters(metrics);

  /** A shelf whose every call is timed. What it answers is left as it is. */
  function timed<Shelf extends object>(name: string, shelf: Shelf): Shelf {
    // From the start, so that the first failure counts as an increase.
    calls.inc({ shelf: name, outcome: 'failed' }, 0);
    return new Proxy(shelf, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          const startedAt = performance.now();
          const answer: unknown = Reflect.apply(member, target, args);
          if (!(answer instanceof Promise)) return answer;
          const done = (outcome: 'ok' | 'failed') => () => {
            seconds.observe({ shelf: name }, (performance.now() - startedAt) / 1_000);
            calls.inc({ shelf: name, outcome });
          };
          answer.then(done('ok'), done('failed'));
          return answer;
        };
      },
    });
  }

  const changes = timed('changes', store.changes);
  const streams = timed('streams', store.streams);
  const samples = timed('samples', store.samples);
  const investigations = timed('investigations', store.investigations);
  const newest = new Map<string, number>();
  return {
    ...store,
    keys: timed('keys', store.keys),
    sessions: timed('sessions', store.sessions),
    knowledge: timed('knowledge', store.knowledge),
    messages: timed('messages', store.messages),
    outages: timed('outages', store.outages),
    ping: () => store.ping(),
    close: () => store.close(),
    changes: {
      ...changes,
      async add(cluster, told, known) {
        const fresh = await changes.add(cluster, told, known);
        learned.changes(cluster, fresh);
        return fresh;
      },
    },
    streams: {
      ...streams,
      async take(from, firstSeq, records) {
        const taken = await streams.take(from, firstSeq, records);
        learned.changes(from.cluster, taken.newChanges);
        // An agent that heard no acknowledgement tells the same again.
        const key = JSON.stringify([from.cluster, from.role, from.instance, from.stream]);
        const after = newest.get(key) ?? 0;
        newest.set(key, Math.max(after, firstSeq + records.length - 1));
        for (const record of records.slice(Math.max(0, after - firstSeq + 1))) learned.record(from.cluster, record);
        return taken;
      },
    },
    samples: {
      ...samples,
      async add(series, taken) {
        await samples.add(series, taken);
        learned.samples(series, taken);
      },
    },
    investigations: {
      ...investigations,
      async append(id, expectedSeq, events) {
        const appended = await investigations.append(id, expectedSeq, events);
        if (appended) for (const event of events) learned.event(event);
        return appended;
      },
    },
  };
}

function callCounters(metrics: Metrics) {
  const registers = [metrics];
  return {
    calls: new Counter({
      name: 'apidown_store_calls_total',
      help: 'Calls of the store, by what was asked for and what came of it: ok, failed.',
      labelNames: ['shelf', 'outcome'],
      registers,
    }),
    seconds: new Histogram({
      name: 'apidown_store_call_seconds',
      help: 'How long calls of the store took.',
      labelNames: ['shelf'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 5],
      registers,
    }),
  };
}

function learnedCounters(metrics: Metrics, clusters: readonly string[]) {
  const registers = [metrics];
  const changes = new Counter({
    name: 'apidown_changes_total',
    help: 'Changes that were new to the journal, by the source that told them.',
    labelNames: ['cluster', 'source'],
    registers,
  });
  const gaps = new Counter({
    name: 'apidown_journal_gaps_total',
    help: 'Stretches of time of which an agent lost what it had seen, because its spool was full.',
    labelNames: ['cluster'],
    registers,
  });
  const lost = new Counter({
    name: 'apidown_journal_lost_records_total',
    help: 'Records that agents lost in those stretches.',
    labelNames: ['cluster'],
    registers,
  });
  const probes = new Counter({
    name: 'apidown_probes_total',
    help: 'Probes of the bot and of agents, by kind of vantage, way, and outcome: good, or what failed.',
    labelNames: ['cluster', 'vantage', 'path', 'outcome'],
    registers,
  });
  const phases = new Histogram({
    name: 'apidown_probe_phase_seconds',
    help: 'How long each phase of a probe of the endpoint took, where it was completed.',
    labelNames: ['cluster', 'vantage', 'phase'],
    buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 4],
    registers,
  });
  const opened = new Counter({
    name: 'apidown_investigations_opened_total',
    help: 'Investigations that were opened: by a person or an alert (asked), or by the prober at the onset (byItself).',
    labelNames: ['cluster', 'how'],
    registers,
  });
  const concluded = new Counter({
    name: 'apidown_investigations_concluded_total',
    help: 'Investigations that were concluded.',
    registers,
  });

  for (const cluster of clusters) {
    gaps.inc({ cluster }, 0);
    lost.inc({ cluster }, 0);
  }

  function addSamples({ cluster, vantage, path }: SampleSeries, taken: readonly Sample[]): void {
    for (const { failure, phases: took } of taken) {
      probes.inc({ cluster, vantage: vantage.kind, path, outcome: failure?.kind ?? 'good' });
      if (path !== 'endpoint') continue;
      for (const [phase, ms] of Object.entries(took)) {
        phases.observe({ cluster, vantage: vantage.kind, phase }, ms / 1_000);
      }
    }
  }

  return {
    changes(cluster: string, fresh: readonly Change[]) {
      for (const { source } of fresh) changes.inc({ cluster, source });
    },
    samples: addSamples,
    record(cluster: string, record: StreamRecord) {
      if (record.kind === 'samples') addSamples(record.series, record.samples);
      if (record.kind !== 'gap') return;
      gaps.inc({ cluster });
      lost.inc({ cluster }, record.lost);
    },
    event(event: InvestigationEvent) {
      if (event.kind === 'opened') {
        opened.inc({ cluster: event.cluster, how: event.incident === undefined ? 'asked' : 'byItself' });
      }
      if (event.kind === 'concluded') concluded.inc();
    },
  };
}
