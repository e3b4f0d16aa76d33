import { z } from 'zod';
import { type Asked, ask, type PrometheusAccess } from './ask.ts';
import { goDurationMs } from './duration.ts';

/** What is used of Prometheus' HTTP API. Source: https://prometheus.io/docs/prometheus/latest/querying/api/ */
export interface Prometheus {
  /** Raw samples of each series in `(untilAt - rangeMs, untilAt]`: an instant query with a range selector, so that no step moves them. */
  samples(selector: string, rangeMs: number, untilAt: number, signal: AbortSignal): Promise<Asked<readonly Series[]>>;
  /** By its own clock. Epoch ms. */
  time(signal: AbortSignal): Promise<Asked<number>>;
  /** When its program started. Epoch ms. */
  startedAt(signal: AbortSignal): Promise<Asked<number>>;
  alerts(signal: AbortSignal): Promise<Asked<readonly ActiveAlert[]>>;
  rules(alertname: string, signal: AbortSignal): Promise<Asked<readonly AlertRule[]>>;
  targets(signal: AbortSignal): Promise<Asked<readonly Target[]>>;
}

export type Labels = Readonly<Record<string, string>>;

export interface Series {
  readonly labels: Labels;
  /** In order of time, epoch ms by Prometheus' clock. Stale markers are left out by Prometheus. */
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

interface ActiveAlert {
  readonly labels: Labels;
  readonly state: string;
  readonly activeAt: number;
}

export interface AlertRule {
  readonly name: string;
  readonly query: string;
  /** Its `for`. */
  readonly forMs: number;
  readonly labels: Labels;
  /** How often its group is evaluated. */
  readonly everyMs: number;
}

export interface Target {
  readonly labels: Labels;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

export function prometheusAt(access: PrometheusAccess): Prometheus {
  return {
    samples: (selector, rangeMs, untilAt, signal) => {
      const query = `${selector}[${Math.ceil(rangeMs / 1000)}s]`;
      return ask(access, 'query', { query, time: (untilAt / 1000).toFixed(3) }, Matrix, signal);
    },
    time: (signal) => ask(access, 'query', { query: 'time()' }, Scalar, signal),
    startedAt: (signal) => ask(access, 'status/runtimeinfo', {}, RuntimeInfo, signal),
    alerts: (signal) => ask(access, 'alerts', {}, Alerts, signal),
    rules: async (alertname, signal) => {
      const asked = await ask(access, 'rules', { type: 'alert', 'rule_name[]': alertname }, Groups, signal);
      // Older ones don't know `rule_name[]` and tell of all.
      return asked.kind === 'failed'
        ? asked
        : { ...asked, value: asked.value.filter(({ name }) => name === alertname) };
    },
    targets: (signal) => ask(access, 'targets', { state: 'active' }, Targets, signal),
  };
}

const Labels = z.record(z.string(), z.string());
const Value = z.tuple([z.number(), z.string()]);
const Time = z.string().transform((text, context) => {
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return at;
  context.addIssue({ code: 'custom', message: 'no time', input: text });
  return z.NEVER;
});
const Duration = z.string().transform((text, context) => {
  const ms = goDurationMs(text);
  if (ms !== null) return ms;
  context.addIssue({ code: 'custom', message: 'no duration', input: text });
  return z.NEVER;
});

const Matrix = z
  .object({
    resultType: z.literal('matrix'),
    // A series of native histograms has no values.
    result: z.array(z.object({ metric: Labels, values: z.array(Value).default([]) })),
  })
  .transform(({ result }): readonly Series[] =>
    result.map(({ metric, values }) => ({
      labels: metric,
      points: values.map(([seconds, value]) => ({ at: Math.round(seconds * 1000), value: Number(value) })),
    })),
  );

const Scalar = z
  .object({ resultType: z.literal('scalar'), result: Value })
  .transform(({ result }) => Math.round(result[0] * 1000));

const RuntimeInfo = z.object({ startTime: Time }).transform(({ startTime }) => startTime);

const Alerts = z
  .object({ alerts: z.array(z.object({ labels: Labels, state: z.string(), activeAt: Time })) })
  .transform(({ alerts }): readonly ActiveAlert[] => alerts);

const AlertingRule = z.object({
  type: z.literal('alerting'),
  name: z.string(),
  query: z.string(),
  duration: z.number(),
  labels: Labels.default({}),
});

const Groups = z
  .object({ groups: z.array(z.object({ interval: z.number(), rules: z.array(z.unknown()) })) })
  .transform(({ groups }): readonly AlertRule[] =>
    groups.flatMap(({ interval, rules }) =>
      rules.flatMap((rule) => {
        const read = AlertingRule.safeParse(rule);
        if (!read.success) return [];
        const { name, query, duration, labels } = read.data;
        return [{ name, query, labels, forMs: duration * 1000, everyMs: interval * 1000 }];
      }),
    ),
  );

const Targets = z
  .object({ activeTargets: z.array(z.object({ labels: Labels, scrapeInterval: Duration, scrapeTimeout: Duration })) })
  .transform(({ activeTargets }): readonly Target[] =>
    activeTargets.map(({ labels, scrapeInterval, scrapeTimeout }) => ({
      labels,
      everyMs: scrapeInterval,
      timeoutMs: scrapeTimeout,
    })),
  );
