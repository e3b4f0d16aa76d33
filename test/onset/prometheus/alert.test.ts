import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AlertFacts,
  onsetOfActiveAt,
  onsetOfStartsAt,
  rulesOf,
  scrapeOf,
} from '../../../src/onset/prometheus/alert.ts';
import type { AlertRule } from '../../../src/onset/prometheus/api.ts';
import { Onset } from '../../../src/words/onset.ts';

const T = Date.parse('2026-11-22T17:39:58.900Z');
const rule: AlertRule = {
  name: 'KubeAPIDown',
  query: 'absent(up{job="apiserver"} == 1)',
  forMs: 30_000,
  labels: { severity: 'critical' },
  everyMs: 5_000,
};
const facts: AlertFacts = { rules: [rule], scrape: { everyMs: 5_000, timeoutMs: 5_000 }, assumed: [] };
const labels = { alertname: 'KubeAPIDown', severity: 'critical' };

describe('the times of an alert', () => {
  // Measured once with `for: 30s` and scrapes every 5 s: what failed at 17:39:58.9 was active at 17:40:07.5.
  it('hold what was measured once', () => {
    const activeAt = T + 8_600;
    expect(activeFrom(activeAt)).toMatchObject({ earliestAt: activeAt - 15_000, latestAt: activeAt });
    const starts = startsFrom(T + 38_600);
    expect(starts.earliestAt).toBeLessThanOrEqual(T);
    expect(starts.latestAt).toBe(T + 8_600);
  });

  it('hold the true moment for every scrape, evaluation and for', () => {
    const ms = (least: number, most: number) => fc.integer({ min: least, max: most });
    fc.assert(
      fc.property(
        fc.record({ scrape: ms(1_000, 60_000), every: ms(1_000, 60_000), held: ms(0, 900_000) }),
        fc.record({
          scrapeAt: ms(0, 59_999),
          evalAt: ms(0, 59_999),
          truth: ms(0, 600_000),
          took: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        ({ scrape, every, held }, given) => {
          const took = Math.floor(given.took * scrape);
          // The first scrape whose answer was not in when it failed; the first evaluation after it ended; the first that held.
          const firstBad = nextOn(given.scrapeAt % scrape, scrape, given.truth - took);
          const activeAt = nextOn(given.evalAt % every, every, firstBad + took);
          const startsAt = nextOn(given.evalAt % every, every, activeAt + held);
          const around: AlertFacts = {
            rules: [{ ...rule, forMs: held, everyMs: every }],
            scrape: { everyMs: scrape, timeoutMs: scrape },
            assumed: [],
          };
          for (const onset of [activeFrom(activeAt, around), startsFrom(startsAt, around)]) {
            expect(onset.earliestAt).toBeLessThanOrEqual(given.truth);
            expect(onset.latestAt).toBeGreaterThanOrEqual(given.truth);
          }
        },
      ),
    );
  });

  it('are wide, and say so, where no Prometheus tells the rule', () => {
    const onset = startsFrom(T, { ...facts, rules: [] });
    expect(onset).toMatchObject({ latestAt: T, words: expect.stringContaining('"for" is not known') });
    expect(T - onset.earliestAt).toBeGreaterThan(15 * 60_000);
  });

  it('are wide where rules of that name differ', () => {
    const onset = startsFrom(T, { ...facts, rules: [rule, { ...rule, forMs: 900_000 }] });
    expect(onset.latestAt).toBe(T - 30_000);
    expect(onset.earliestAt).toBeLessThan(T - 900_000);
  });

  it.each([
    ['KubeAPIErrorBudgetBurn', 'sum(apiserver_request:burnrate1h) > (14.40 * 0.01000)'],
    ['ApiErrors', 'sum(rate(apiserver_request_total{code=~"5.."}[5m])) > 1'],
    ['ApiFlaps', 'avg_over_time(up{job="apiserver"}[10m]) < 0.5'],
  ])('of %s say nothing of when it began', (alertname, query) => {
    const smoothed = { ...facts, rules: [{ ...rule, name: alertname, query }] };
    const at = { fromAt: T, toAt: T, lastActiveAt: null, beforeRestartAt: null, vanishedAt: null };
    for (const read of [
      onsetOfStartsAt({ alertname, labels, startsAt: T }, smoothed),
      onsetOfActiveAt({ alertname, labels, ...at }, smoothed),
    ]) {
      expect(read).toEqual({ kind: 'refused', why: expect.stringContaining('prometheus.samples') });
    }
  });

  it('of a burn rate say nothing even without its rule', () => {
    const read = onsetOfStartsAt({ alertname: 'KubeAPIErrorBudgetBurn', labels, startsAt: T }, { ...facts, rules: [] });
    expect(read.kind).toBe('refused');
  });

  it('go back to the last sample of a series that vanished', () => {
    expect(activeFrom(T, facts, T - 40_000)).toMatchObject({
      earliestAt: T - 40_000,
      words: expect.stringContaining('vanished'),
    });
  });

  it('tell when it was over', () => {
    const read = onsetOfActiveAt(
      {
        alertname: 'KubeAPIDown',
        labels,
        fromAt: T,
        toAt: T + 999,
        lastActiveAt: T + 60_000,
        beforeRestartAt: null,
        vanishedAt: null,
      },
      facts,
    );
    expect(read).toMatchObject({
      onset: { latestAt: T + 999, recovery: { earliestAt: T + 50_000, latestAt: T + 65_000 } },
    });
  });
});

describe('the rule of an alert', () => {
  it('is the one whose labels it carries', () => {
    const short = { ...rule, labels: { severity: 'critical', long: '1h' } };
    const long = { ...rule, labels: { severity: 'critical', long: '6h' } };
    const templated = { ...rule, labels: { team: '{{ $labels.team }}' } };
    expect(rulesOf([short, long, templated], { ...labels, long: '6h', team: 'x' })).toEqual([long, templated]);
  });

  it('names the job whose scrapes count', () => {
    const target = (job: string, everyMs: number) => ({ labels: { job }, everyMs, timeoutMs: everyMs / 2 });
    const targets = [target('apiserver', 30_000), target('node', 600_000)];
    expect(scrapeOf(targets, labels, [rule])).toEqual({ everyMs: 30_000, timeoutMs: 15_000 });
    expect(scrapeOf(targets, { ...labels, job: 'node' }, [])).toEqual({ everyMs: 600_000, timeoutMs: 300_000 });
    expect(scrapeOf(targets, labels, [{ ...rule, query: 'up{job=~"kube-apiserver|apiserver"} == 0' }])).toMatchObject({
      everyMs: 30_000,
    });
    expect(scrapeOf(targets, labels, [])).toBeNull();
  });
});

/** The first moment of the grid at or after `at`. */
function nextOn(phase: number, step: number, at: number): number {
  return phase + Math.ceil((at - phase) / step) * step;
}

function activeFrom(at: number, with_ = facts, vanishedAt: number | null = null): Onset {
  const read = onsetOfActiveAt(
    { alertname: 'KubeAPIDown', labels, fromAt: at, toAt: at, lastActiveAt: null, beforeRestartAt: null, vanishedAt },
    with_,
  );
  if (read.kind === 'refused') throw new Error(read.why);
  return Onset.parse(read.onset);
}

function startsFrom(startsAt: number, with_ = facts): Onset {
  const read = onsetOfStartsAt({ alertname: 'KubeAPIDown', labels, startsAt }, with_);
  if (read.kind === 'refused') throw new Error(read.why);
  return Onset.parse(read.onset);
}
