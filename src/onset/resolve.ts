import { type Onset, OnsetMethod } from '../words/onset.ts';

/** What all methods together say of when it began. */
export interface Resolved {
  /** The one to begin with; null when nobody knows. All of them are judged. */
  readonly leading: Onset | null;
  /** Leading one first. */
  readonly ordered: readonly Onset[];
  readonly disagreements: readonly Disagreement[];
}

/** Another method's interval that has no moment in common with the leading one's. */
interface Disagreement {
  /** Ids. */
  readonly leading: string;
  readonly other: string;
  /** Between the two intervals. */
  readonly apartMs: number;
  /** `the prober says 14:05:00–14:05:03, Prometheus' samples 14:02:00–14:02:15: 3 min apart` */
  readonly words: string;
}

/**
 * Orders onsets: a person's correction before all (of several, the one given last); what was over before another began
 * after all; else by method, best first; then what lasts, what is known more closely, what began earlier. A report stays
 * beside whatever was measured: probes that are good say nothing of the clients that fail. Pure.
 * @param onsets in the order they became known; one with an id that comes again replaces the earlier
 * @param time how a person reads a moment; UTC unless told
 */
export function resolve(onsets: readonly Onset[], time: (at: number) => string = utcTime): Resolved {
  const newest = [...new Map(onsets.map((onset) => [onset.id, onset])).values()];
  const given = new Map(onsets.map(({ id }, index) => [id, index]));
  const over = new Set(newest.filter((onset) => newest.some((other) => wasOverBefore(onset, other))));
  const keys = new Map(newest.map((onset) => [onset, keyOf(onset, over.has(onset), given.get(onset.id) ?? 0)]));
  const ordered = newest.toSorted((a, b) => compare(keys.get(a) ?? [], keys.get(b) ?? []) || (a.id < b.id ? -1 : 1));
  const [leading = null, ...others] = ordered;
  if (leading === null) return { leading, ordered, disagreements: [] };
  const disagreements = others
    .filter((other) => other.method !== leading.method && !over.has(other))
    .flatMap((other) => disagreement(leading, other, time));
  return { leading, ordered, disagreements };
}

/** Smaller comes first, the first difference decides. */
function keyOf(onset: Onset, over: boolean, index: number): readonly number[] {
  const corrected = onset.method === 'correction';
  return [
    corrected ? 0 : 1,
    corrected ? -index : 0,
    over ? 1 : 0,
    OnsetMethod.options.indexOf(onset.method),
    onset.recovery === null ? 0 : 1,
    onset.latestAt - onset.earliestAt,
    onset.earliestAt,
  ];
}

/** Then they are two failures: a flap and what came after it, or an old outage and today's report. */
function wasOverBefore(onset: Onset, other: Onset): boolean {
  return onset.recovery !== null && onset.recovery.latestAt < other.earliestAt;
}

function disagreement(leading: Onset, other: Onset, time: (at: number) => string): readonly Disagreement[] {
  const apartMs = Math.max(other.earliestAt - leading.latestAt, leading.earliestAt - other.latestAt);
  if (apartMs <= 0) return [];
  const said = (onset: Onset) => `${time(onset.earliestAt)}–${time(onset.latestAt)}`;
  const words = `${NAMES[leading.method]} says ${said(leading)}, ${NAMES[other.method]} ${said(other)}: ${about(apartMs)} apart`;
  return [{ leading: leading.id, other: other.id, apartMs, words }];
}

const NAMES: Readonly<Record<OnsetMethod, string>> = {
  prober: 'the prober',
  'prometheus-samples': 'the record of samples in Prometheus',
  'active-at': "the alert's activeAt",
  'starts-at': "the alert's startsAt",
  report: 'a report',
  correction: 'a correction',
};

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

function utcTime(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

function about(ms: number): string {
  if (ms < 90_000) return `${Math.max(1, Math.round(ms / 1000))} s`;
  return ms < 90 * 60_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
