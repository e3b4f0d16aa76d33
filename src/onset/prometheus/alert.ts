import type { Onset } from '../../words/onset.ts';
import type { AlertRule, Labels, Target } from './api.ts';

/** An alert as Alertmanager tells of it. */
export interface FiringAlert {
  readonly alertname: string;
  readonly labels: Labels;
  /** When it began to fire. Epoch ms. */
  readonly startsAt: number;
}

/** What the times of an alert have to be read with. */
export interface AlertFacts {
  /** The rules it may come from; empty when not known. */
  readonly rules: readonly AlertRule[];
  readonly scrape: { readonly everyMs: number; readonly timeoutMs: number };
  /** What had to be assumed, in words; empty when all is known. */
  readonly assumed: readonly string[];
}

export type FromAlert =
  | { readonly kind: 'onset'; readonly onset: Onset }
  /** Not to be had from this alert, and what to do. */
  | { readonly kind: 'refused'; readonly why: string };

/** Prometheus' default for scrapes and evaluations, and the `for` of the common KubeAPIDown. */
const USUAL_EVERY_MS = 60_000;
const USUAL_FOR_MS = 15 * 60_000;

/** Since when an alert's expression is true, by Prometheus' clock. */
export interface Active {
  readonly labels: Labels;
  /** The same, or a second apart where only seconds are kept. */
  readonly fromAt: number;
  readonly toAt: number;
  /** The last evaluation that found it true; null while it is. */
  readonly lastActiveAt: number | null;
  /** What it may have been before Prometheus restarted and put it later; null when it did not restart. */
  readonly beforeRestartAt: number | null;
}

/** The evaluation before it saw a good sample. `vanishedAt`: the last sample of a series that ended instead. */
export function onsetOfActiveAt(
  alert: Active & { readonly alertname: string; readonly vanishedAt: number | null },
  facts: AlertFacts,
): FromAlert {
  const why = notABeginning(alert.alertname, facts.rules);
  if (why !== null) return { kind: 'refused', why };
  const { lagMs, everyMs } = lagOf(facts);
  const activeAt = Math.min(alert.fromAt, alert.beforeRestartAt ?? alert.fromAt);
  const earliestAt = Math.min(activeAt - lagMs, alert.vanishedAt ?? activeAt);
  const restarted =
    alert.beforeRestartAt === null ? '' : '; Prometheus restarted meanwhile, which may have put it later than it was';
  const vanished = alert.vanishedAt === null ? '' : '; its series vanished rather than turned bad';
  const onset: Onset = {
    id: `active-at:${alert.alertname}:${Math.floor(alert.fromAt / 1000)}`.slice(0, 200),
    method: 'active-at',
    earliestAt,
    latestAt: alert.toAt,
    words: `the alert ${alert.alertname} in Prometheus: active since then, less one evaluation and one scrape${vanished}${restarted}${assumedWords(facts)}`,
    sources: [],
    scope: 'unknown',
    recovery:
      alert.lastActiveAt === null
        ? null
        : {
            earliestAt: alert.lastActiveAt - facts.scrape.everyMs - facts.scrape.timeoutMs,
            latestAt: alert.lastActiveAt + everyMs,
          },
  };
  return { kind: 'onset', onset };
}

/** `startsAt` comes a whole `for` after the expression was first true, and up to one evaluation more. */
export function onsetOfStartsAt({ alertname, startsAt }: FiringAlert, facts: AlertFacts): FromAlert {
  const why = notABeginning(alertname, facts.rules);
  if (why !== null) return { kind: 'refused', why };
  const { lagMs, everyMs } = lagOf(facts);
  const held = facts.rules.map(({ forMs }) => forMs);
  const [shortest, longest] = held.length === 0 ? [0, USUAL_FOR_MS] : [Math.min(...held), Math.max(...held)];
  const how =
    held.length === 0
      ? `startsAt, less at most ${seconds(longest)}: the rule's "for" is not known, since no Prometheus told it; 15 min is usual`
      : `startsAt less the rule's "for" of ${seconds(longest)}${shortest === longest ? '' : ` (or ${seconds(shortest)}: several rules have this name)`}, one evaluation and one scrape`;
  const onset: Onset = {
    id: `starts-at:${alertname}:${startsAt}`.slice(0, 200),
    method: 'starts-at',
    earliestAt: startsAt - longest - everyMs - lagMs,
    latestAt: startsAt - shortest,
    words: `the alert ${alertname}: ${how}${assumedWords(facts)}`,
    sources: [],
    scope: 'unknown',
    recovery: null,
  };
  return { kind: 'onset', onset };
}

/** Those of the rules whose own labels the alert carries; labels made by a template can't be compared. */
export function rulesOf(rules: readonly AlertRule[], labels: Labels): readonly AlertRule[] {
  return rules.filter((rule) =>
    Object.entries(rule.labels).every(([name, value]) => value.includes('{{') || labels[name] === value),
  );
}

/** How often what the alert is about is scraped: targets of the job that the alert or its expression names. */
export function scrapeOf(
  targets: readonly Target[],
  labels: Labels,
  rules: readonly AlertRule[],
): AlertFacts['scrape'] | null {
  const jobs = new Set([
    ...(labels.job === undefined ? [] : [labels.job]),
    ...rules.flatMap(({ query }) =>
      [...query.matchAll(/\bjob=~?"([^"]+)"/g)].flatMap(([, jobs = '']) => jobs.split('|')),
    ),
  ]);
  const own = targets.filter(({ labels: { job = '' } }) => jobs.has(job));
  if (own.length === 0) return null;
  return {
    everyMs: Math.max(...own.map(({ everyMs }) => everyMs)),
    timeoutMs: Math.max(...own.map(({ timeoutMs }) => timeoutMs)),
  };
}

export const usualScrape: AlertFacts['scrape'] = { everyMs: USUAL_EVERY_MS, timeoutMs: USUAL_EVERY_MS };

/**
 * From the start of the last good scrape to the first evaluation that saw a bad one: one evaluation before saw the good
 * one still, since the bad one had not ended yet.
 */
function lagOf({ rules, scrape }: AlertFacts): { lagMs: number; everyMs: number } {
  const everyMs = rules.length === 0 ? USUAL_EVERY_MS : Math.max(...rules.map((rule) => rule.everyMs));
  return { lagMs: everyMs + scrape.everyMs + scrape.timeoutMs, everyMs };
}

/** Rates and burn rates turn true when enough has failed, some time after the beginning. */
function notABeginning(alertname: string, rules: readonly AlertRule[]): string | null {
  const smoothed = rules.some(({ query }) => /\[\s*\d|burn_?rate|:(rate|increase)/i.test(query));
  if (!smoothed && !/burn/i.test(alertname)) return null;
  return `${alertname} looks over a stretch of time, so that it begins some time after the failure did, and subtracting its "for" says nothing of when; name a series of samples under prometheus.samples`;
}

function assumedWords({ assumed }: AlertFacts): string {
  return assumed.length === 0 ? '' : `. Assumed: ${assumed.join('; ')}`;
}

function seconds(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}
