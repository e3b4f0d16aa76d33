import { afterAll, beforeAll, expect, test } from 'vitest';
import { findOnsets, usualSelectors } from '../../src/onset/prometheus/find.ts';
import { resolve } from '../../src/onset/resolve.ts';
import { until } from './harness/until.ts';
import { cluster, firingSince, resolvedOf, type Stack, startStack, watched } from './prometheus/stack.ts';
import { onsetByStartsAt } from './prometheus/starts-at.ts';

/** A real Prometheus, Alertmanager and blackbox exporter; needs Debian's packages of them. All on loopback. */

const everyMs = 1_000;
const forMs = 4_000;
const clock = { now: Date.now };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ everyMs, forMs });
});
afterAll(() => stack?.close());

test('an API server that stops is told by webhook, and every method finds the moment', async () => {
  const stopped = await stack.stopApi();
  await until(60_000, async () => (firingSince(stack, stopped.toAt) ? null : 'no alert came'));
  const alert = firingSince(stack, stopped.toAt);
  if (alert === undefined) throw new Error('no alert');
  expect(alert).toMatchObject({ cluster, alertname: 'KubeAPIDown', status: 'firing', endsAt: null, channel: 'C0123' });
  expect(alert.generatorURL).toContain('absent');
  // What the alert itself says is late by its `for`.
  expect(alert.startsAt).toBeGreaterThan(stopped.toAt + forMs - 1);

  const found = await findOnsets(stack.prometheus, wanted(alert), AbortSignal.timeout(20_000));
  expect(found.onsets.map(({ method }) => method)).toEqual(['prometheus-samples', 'prometheus-samples', 'active-at']);
  expect(found.notes).toEqual([]);
  for (const onset of found.onsets) expect(holds(onset, stopped)).toBe('holds it');
  const [probe, up, active] = found.onsets.map(({ earliestAt, latestAt }) => latestAt - earliestAt);
  expect(Math.max(probe ?? 0, up ?? 0)).toBeLessThanOrEqual(3 * everyMs);
  expect(active).toBeLessThanOrEqual(5 * everyMs);
  expect(resolve(found.onsets).disagreements).toEqual([]);

  const starts = await onsetByStartsAt(stack.prometheus, alert);
  expect(holds(starts, stopped)).toBe('holds it');
  expect(starts.latestAt - starts.earliestAt).toBeLessThanOrEqual(6 * everyMs);

  const started = await stack.startApi();
  await until(60_000, async () => (resolvedOf(stack, alert) ? null : 'it was not told to be resolved'));
  const resolved = resolvedOf(stack, alert);
  expect(resolved).toMatchObject({ fingerprint: alert.fingerprint, cluster, alertname: 'KubeAPIDown' });
  expect(resolved?.endsAt).toBeGreaterThanOrEqual(started.fromAt);
  await until(60_000, () => watched(stack.prometheus));

  // Afterwards no list has the alert any more.
  const later = await findOnsets(stack.prometheus, wanted(alert), AbortSignal.timeout(20_000));
  expect(later.onsets.map(({ id }) => id)).toEqual(found.onsets.map(({ id }) => id));
  for (const onset of later.onsets) {
    expect(holds(onset, stopped)).toBe('holds it');
    if (onset.recovery === null) throw new Error(`${onset.id} knows of no recovery`);
    expect(holds(onset.recovery, started)).toBe('holds it');
  }
});

test('while all is well nothing is found, and why is said', async () => {
  const found = await findOnsets(
    stack.prometheus,
    { ...wanted(null), samples: ['up{job="prometheus"}', 'no_such_series'], alertname: 'Other' },
    AbortSignal.timeout(20_000),
  );
  expect(found).toEqual({
    onsets: [],
    notes: [
      expect.stringContaining('has no series up{job="prometheus"}'),
      expect.stringContaining('has no series no_such_series'),
      expect.stringContaining('Other was not active'),
    ],
  });
});

function wanted(alert: Stack['alerts'][number] | null): Parameters<typeof findOnsets>[1] {
  return {
    cluster,
    clusterLabel: 'cluster',
    samples: usualSelectors(stack.endpoint),
    alertname: 'KubeAPIDown',
    alert,
    nearAt: alert?.startsAt ?? Date.now(),
    clock,
  };
}

/** In words, so that a failure shows by how much it missed. */
function holds(interval: { earliestAt: number; latestAt: number }, moment: { fromAt: number; toAt: number }): string {
  if (interval.earliestAt > moment.toAt) return `begins ${interval.earliestAt - moment.toAt} ms after it`;
  if (interval.latestAt < moment.fromAt) return `ends ${moment.fromAt - interval.latestAt} ms before it`;
  return 'holds it';
}
