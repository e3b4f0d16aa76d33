import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Log } from './log.ts';

/** What one program counts, and how Prometheus is told of it. */
export type Metrics = Registry;

/** With what is told of every Node program: memory, processor time, file descriptors, the lag of the event loop. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** A number that is read when somebody asks for it. */
export interface ReadMetric<Label extends string> {
  /** With its unit, such as `apidown_source_last_look_age_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
  read(): readonly Reading<Label>[] | Promise<readonly Reading<Label>[]>;
}

export interface Reading<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  readonly value: number;
}

interface To {
  readonly metrics: Metrics;
  readonly log: Log;
}

/** No answer to `/metrics` waits longer than this for one of them. */
const readWithinMs = 5_000;

/** One that can't be read has no samples then, which alerts can see; the others are told all the same. */
export function gaugeOf<Label extends string>({ metrics, log }: To, metric: ReadMetric<Label>): void {
  new Gauge({
    ...optionsOf(metrics, metric),
    async collect() {
      const readings = await readOrNone(metric, log);
      this.reset();
      for (const { labels, value } of readings) this.set(labels, value);
    },
  });
}

/** The same for what somebody else counts up. */
export function counterOf<Label extends string>({ metrics, log }: To, metric: ReadMetric<Label>): void {
  new Counter({
    ...optionsOf(metrics, metric),
    async collect() {
      const readings = await readOrNone(metric, log);
      this.reset();
      for (const { labels, value } of readings) this.inc(labels, value);
    },
  });
}

function optionsOf<Label extends string>(metrics: Metrics, { name, help, labels }: ReadMetric<Label>) {
  return { name, help, labelNames: [...labels], registers: [metrics] };
}

async function readOrNone<Label extends string>(
  { name, read }: ReadMetric<Label>,
  log: Log,
): Promise<readonly Reading<Label>[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${readWithinMs / 1000} s`)), readWithinMs);
  });
  try {
    return await Promise.race([(async () => read())(), late]);
  } catch (error) {
    log.error({ error, metric: name }, 'a metric could not be read');
    return [];
  } finally {
    clearTimeout(timer);
  }
}
