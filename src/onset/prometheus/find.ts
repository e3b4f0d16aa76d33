import type { Onset } from '../../words/onset.ts';
import {
  type Active,
  type AlertFacts,
  type FiringAlert,
  type FromAlert,
  onsetOfActiveAt,
  onsetOfStartsAt,
  rulesOf,
  scrapeOf,
  usualScrape,
} from './alert.ts';
import type { AlertRule, Labels, Prometheus, Series, Target } from './api.ts';
import type { Asked } from './ask.ts';
import { type PrometheusClock, readClock } from './clock.ts';
import { type FromSamples, onsetsOfSamples } from './samples.ts';

export interface Found {
  /** On the bot's clock, best method first. */
  readonly onsets: readonly Onset[];
  /** What could not be known, and why: for the one who wonders why a method is missing. */
  readonly notes: readonly string[];
}

export interface Wanted {
  readonly cluster: string;
  /** The label that names the cluster where a Prometheus knows several; what names another is left out. */
  readonly clusterLabel: string;
  /** PromQL selectors of series that are 1 while the API server can be reached, best first. */
  readonly samples: readonly string[];
  /** Name of the alert that tells of it. */
  readonly alertname: string;
  /** The alert that Alertmanager told of; null when none did. */
  readonly alert: FiringAlert | null;
  /** The failure nearest before this is wanted. Epoch ms on the bot's clock. */
  readonly nearAt: number;
  readonly clock: { now(): number };
}

const HOUR_MS = 3_600_000;
/** Looked at one after the other while all samples are bad. */
const RANGES_MS = [HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS];

/** Asks Prometheus when it began: raw samples, then the alert's activeAt, then startsAt less the rule's `for`. */
export async function findOnsets(prometheus: Prometheus, wanted: Wanted, signal: AbortSignal): Promise<Found> {
  const clock = await readClock(prometheus, wanted.clock, signal);
  if (clock.kind === 'failed') return alone(wanted, clock.why);
  const there = clock.value;
  const nearAt = wanted.nearAt + there.aheadMost;
  const ask = { ...wanted, nearAt, untilAt: Math.max(nearAt, wanted.clock.now() + there.aheadMost) };
  const alertname = wanted.alert?.alertname ?? wanted.alertname;
  const [samples, rules, targets] = await Promise.all([
    Promise.all(wanted.samples.map((selector) => fromSelector(prometheus, selector, ask, signal))),
    prometheus.rules(alertname, signal),
    prometheus.targets(signal),
  ]);
  const vanished = samples.flatMap(({ vanishedAt }) => (vanishedAt === null ? [] : [vanishedAt]));
  const vanishedAt =
    samples.every(({ onsets }) => onsets.length === 0) && vanished.length > 0 ? Math.min(...vanished) : null;
  const facts = { rules, targets };
  const active = await fromActive(prometheus, alertname, { ...ask, vanishedAt }, facts, signal);
  const starts = active.onsets.length === 0 && wanted.alert !== null ? fromStarts(wanted.alert, facts) : NOTHING;
  const onsets = [...samples.flatMap((one) => one.onsets), ...active.onsets, ...starts.onsets];
  return {
    onsets: onsets.map((onset) => onBotsClock(onset, there, wanted.clock.now())),
    notes: [...samples.flatMap(({ notes }) => notes), ...active.notes, ...starts.notes],
  };
}

/** Series that a Prometheus with the usual jobs has. `endpoint`: of the cluster; null when not known. */
export function usualSelectors(endpoint: { host: string; port: number } | null): readonly string[] {
  const up = 'up{job=~"apiserver|kube-apiserver|kubernetes-apiservers"}';
  if (endpoint === null) return [up];
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  const target = `(https?://)?${host.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(:${endpoint.port})?(/.*)?`;
  return [`probe_success{instance=~${JSON.stringify(target)}}`, up];
}

const NOTHING: Found = { onsets: [], notes: [] };

/** Without Prometheus the webhook's word is all there is. */
function alone({ alert }: Wanted, why: string): Found {
  const starts =
    alert === null ? NOTHING : readings([onsetOfStartsAt(alert, { rules: [], scrape: usualScrape, assumed: [] })]);
  return { ...starts, notes: [why, ...starts.notes] };
}

type Ask = Wanted & { readonly untilAt: number };

async function fromSelector(
  prometheus: Prometheus,
  selector: string,
  ask: Ask,
  signal: AbortSignal,
): Promise<FromSamples> {
  let found: FromSamples = { onsets: [], notes: [], older: false, vanishedAt: null };
  for (const rangeMs of RANGES_MS) {
    const range = ask.untilAt - ask.nearAt + rangeMs;
    const asked = await prometheus.samples(selector, range, ask.untilAt, signal);
    if (asked.kind === 'failed') return { ...found, notes: [asked.why] };
    const series = asked.value.filter(({ labels }) => isOurs(labels, ask));
    if (series.length === 0) return { ...found, notes: [`Prometheus has no series ${selector}`] };
    const took = await scrapeDurations(prometheus, series, range, ask.untilAt, signal);
    found = onsetsOfSamples(selector, series, { nearAt: ask.nearAt, untilAt: ask.untilAt, tookMs: took });
    if (!found.older) return found;
  }
  return found;
}

/** How long each scrape took, as Prometheus keeps it beside the samples; not asked for where there are many. */
async function scrapeDurations(
  prometheus: Prometheus,
  series: readonly Series[],
  rangeMs: number,
  untilAt: number,
  signal: AbortSignal,
): Promise<(labels: Labels, at: number) => number | null> {
  const failing = series.filter(({ points }) => points.some(({ value }) => value === 0)).slice(0, 10);
  const took = new Map<string, number>();
  const keyOf = ({ job = '', instance = '' }: Labels, at: number) => JSON.stringify([job, instance, at]);
  await Promise.all(
    failing.map(async ({ labels: { job = '', instance = '' } }) => {
      const selector = `scrape_duration_seconds{job=${JSON.stringify(job)},instance=${JSON.stringify(instance)}}`;
      const asked = await prometheus.samples(selector, rangeMs, untilAt, signal);
      if (asked.kind === 'failed') return;
      for (const { labels, points } of asked.value) {
        for (const { at, value } of points) took.set(keyOf(labels, at), Math.ceil(value * 1000));
      }
    }),
  );
  return (labels, at) => took.get(keyOf(labels, at)) ?? null;
}

interface Known {
  readonly rules: Asked<readonly AlertRule[]>;
  readonly targets: Asked<readonly Target[]>;
}

async function fromActive(
  prometheus: Prometheus,
  alertname: string,
  ask: Ask & { vanishedAt: number | null },
  known: Known,
  signal: AbortSignal,
): Promise<Found> {
  const asked = await prometheus.alerts(signal);
  if (asked.kind === 'failed') return { onsets: [], notes: [asked.why] };
  const active = asked.value
    .filter(({ labels, activeAt }) => labels.alertname === alertname && isOurs(labels, ask) && activeAt <= ask.nearAt)
    .map(({ labels, activeAt }) => ({ labels, fromAt: activeAt, toAt: activeAt, lastActiveAt: null }));
  const started = await prometheus.startedAt(signal);
  const startedAt = started.kind === 'answer' ? started.value : 0;
  const restarted = startedAt > ask.nearAt - HOUR_MS;
  const kept = active.length === 0 || restarted ? await fromState(prometheus, alertname, ask, signal) : [];
  const before = kept.filter(({ toAt }) => toAt < startedAt).map(({ fromAt }) => fromAt);
  const beforeRestartAt = before.length === 0 ? null : Math.min(...before);
  const seen = active.length > 0 ? active : kept.filter(({ newest }) => newest);
  if (seen.length === 0) return { onsets: [], notes: [`${alertname} was not active in Prometheus in the hour before`] };
  return readings(
    seen.map((alert) =>
      onsetOfActiveAt(
        { ...alert, alertname, beforeRestartAt, vanishedAt: ask.vanishedAt },
        factsOf(known, alert.labels),
      ),
    ),
  );
}

type Kept = Omit<Active, 'beforeRestartAt'> & { readonly newest: boolean };

/**
 * An alert that is over is in no list any more, but its `ALERTS_FOR_STATE` is: activeAt in whole seconds. All of the
 * last hour, the newest of each alert marked.
 */
async function fromState(
  prometheus: Prometheus,
  alertname: string,
  ask: Ask,
  signal: AbortSignal,
): Promise<readonly Kept[]> {
  const selector = `ALERTS_FOR_STATE{alertname=${JSON.stringify(alertname)}}`;
  const asked = await prometheus.samples(selector, ask.untilAt - ask.nearAt + HOUR_MS, ask.untilAt, signal);
  if (asked.kind === 'failed') return [];
  return asked.value
    .filter(({ labels }) => isOurs(labels, ask))
    .flatMap(({ labels, points }) => {
      const lasts = new Map(points.map(({ at, value }) => [value * 1000, at]));
      const near = [...lasts].filter(([activeAt]) => activeAt <= ask.nearAt);
      return near.map(([fromAt, lastActiveAt], index) => ({
        labels,
        fromAt,
        toAt: fromAt + 999,
        lastActiveAt,
        newest: index === near.length - 1,
      }));
    });
}

function fromStarts(alert: FiringAlert, known: Known): Found {
  return readings([onsetOfStartsAt(alert, factsOf(known, alert.labels))]);
}

function factsOf({ rules, targets }: Known, labels: Labels): AlertFacts {
  const named = rules.kind === 'answer' ? rules.value : [];
  const carried = rulesOf(named, labels);
  // Labels may be taken away on the way to Alertmanager.
  const own = carried.length > 0 ? carried : named;
  const scrape = targets.kind === 'answer' ? scrapeOf(targets.value, labels, own) : null;
  const assumed = [
    ...(own.length === 0 ? ['evaluated every 60 s, since Prometheus did not tell its rule'] : []),
    ...(scrape === null ? ['scraped every 60 s, since Prometheus did not tell its targets'] : []),
  ];
  return { rules: own, scrape: scrape ?? usualScrape, assumed };
}

function readings(read: readonly FromAlert[]): Found {
  return {
    onsets: read.flatMap((one) => (one.kind === 'onset' ? [one.onset] : [])),
    notes: [...new Set(read.flatMap((one) => (one.kind === 'refused' ? [one.why] : [])))],
  };
}

function isOurs(labels: Labels, { cluster, clusterLabel }: Wanted): boolean {
  return (labels[clusterLabel] ?? cluster) === cluster;
}

/** Moves it by what Prometheus' clock is ahead, which is known as an interval of its own. */
function onBotsClock(onset: Onset, { aheadLeast, aheadMost }: PrometheusClock, nowAt: number): Onset {
  const moved = ({ earliestAt, latestAt }: { earliestAt: number; latestAt: number }) => ({
    earliestAt: earliestAt - aheadMost,
    latestAt: Math.min(latestAt - aheadLeast, nowAt),
  });
  const off =
    Math.abs(aheadLeast) < 1_000
      ? ''
      : `. Prometheus' clock is ${aheadLeast} ms ahead of the bot's, which is taken away`;
  return {
    ...onset,
    ...moved(onset),
    words: `${onset.words}${off}`,
    recovery: onset.recovery === null ? null : moved(onset.recovery),
  };
}
