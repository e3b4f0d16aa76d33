import { setTimeout as wait } from 'node:timers/promises';
import { findOnsets, usualSelectors } from '../../src/onset/prometheus/find.ts';
import type { Onset } from '../../src/words/onset.ts';
import { until } from '../../test/e2e/harness/until.ts';
import {
  cluster,
  firingSince,
  type Pace,
  resolvedOf,
  type Stack,
  startStack,
  watched,
} from '../../test/e2e/prometheus/stack.ts';
import { onsetByStartsAt } from '../../test/e2e/prometheus/starts-at.ts';

/** One failure of an API server. All in ms after it stopped. */
export interface Round {
  readonly firstBadProbe: number;
  readonly firstBadUp: number;
  readonly activeAt: number;
  readonly startsAt: number;
  readonly webhook: number;
  /** What is made of each; the true moment is 0. */
  readonly intervals: Readonly<Record<Method, { readonly from: number; readonly to: number }>>;
  /** How long it took to ask Prometheus. */
  readonly askedMs: number;
}

export const methods = ['probe_success', 'up', 'activeAt', 'startsAt − for'] as const;
export type Method = (typeof methods)[number];

export async function severalRounds(count: number, pace: Pace): Promise<readonly Round[]> {
  const stack = await startStack(pace);
  try {
    const rounds: Round[] = [];
    // Spread over the time between two scrapes.
    while (rounds.length < count) rounds.push(await oneRound(stack, pace, (pace.everyMs * rounds.length) / count));
    return rounds;
  } finally {
    await stack.close();
  }
}

async function oneRound(stack: Stack, { everyMs, forMs }: Pace, laterMs: number): Promise<Round> {
  const longest = forMs + 20 * everyMs;
  await until(longest, () => watched(stack.prometheus));
  await wait(laterMs);
  const { toAt: failedAt } = await stack.stopApi();
  await until(longest, async () => (firingSince(stack, failedAt) ? null : 'no alert came'));
  const alert = firingSince(stack, failedAt);
  if (alert === undefined) throw new Error('no alert');

  const began = performance.now();
  const wanted = {
    cluster,
    clusterLabel: 'cluster',
    samples: usualSelectors(stack.endpoint),
    alertname: alert.alertname,
    alert,
    nearAt: alert.startsAt,
    clock: { now: Date.now },
  };
  const { onsets, notes } = await findOnsets(stack.prometheus, wanted, AbortSignal.timeout(30_000));
  const askedMs = performance.now() - began;
  const [probe, up, active] = onsets;
  if (probe === undefined || up === undefined || active === undefined)
    throw new Error(`not found: ${notes.join('; ')}`);
  const starts = await onsetByStartsAt(stack.prometheus, alert);
  const signal = AbortSignal.timeout(10_000);
  const alerts = await stack.prometheus.alerts(signal);
  const activeAt = alerts.kind === 'answer' ? alerts.value[0]?.activeAt : undefined;

  const interval = ({ earliestAt, latestAt }: Onset) => ({ from: earliestAt - failedAt, to: latestAt - failedAt });
  const round: Round = {
    firstBadProbe: (await firstBad(stack, 'probe_success', failedAt)) - failedAt,
    firstBadUp: (await firstBad(stack, 'up{job="apiserver"}', failedAt)) - failedAt,
    activeAt: (activeAt ?? Number.NaN) - failedAt,
    startsAt: alert.startsAt - failedAt,
    webhook: alert.receivedAt - failedAt,
    intervals: {
      probe_success: interval(probe),
      up: interval(up),
      activeAt: interval(active),
      'startsAt − for': interval(starts),
    },
    askedMs,
  };
  await stack.startApi();
  await until(longest, async () => (resolvedOf(stack, alert) ? null : 'it was not told to be resolved'));
  return round;
}

async function firstBad(stack: Stack, selector: string, failedAt: number): Promise<number> {
  const rangeMs = Date.now() - failedAt + 60_000;
  const asked = await stack.prometheus.samples(selector, rangeMs, Date.now(), AbortSignal.timeout(10_000));
  if (asked.kind === 'failed') throw new Error(asked.why);
  return asked.value[0]?.points.find(({ at, value }) => value === 0 && at >= failedAt - 1_000)?.at ?? Number.NaN;
}
