import { createHash } from 'node:crypto';
import type { Onset } from '../../words/onset.ts';
import type { Labels, Series } from './api.ts';
import { type Stretch, stretchIn } from './stretch.ts';

export interface FromSamples {
  /** By Prometheus' clock, in order of time: one, or several where series began to fail at different times. */
  readonly onsets: readonly Onset[];
  /** What these samples can't tell, and why. */
  readonly notes: readonly string[];
  /** Some are bad as far back as was looked: look further. */
  readonly older: boolean;
  /** The last sample of series that ended without a bad one; null when none did. */
  readonly vanishedAt: number | null;
}

interface Failing {
  readonly labels: Labels;
  readonly stretch: Stretch & { kind: 'failing' };
}

/** When the series of one selector began to fail. Pure. */
export function onsetsOfSamples(
  selector: string,
  series: readonly Series[],
  asked: { nearAt: number; untilAt: number; tookMs(labels: Labels, at: number): number | null },
): FromSamples {
  const { nearAt, untilAt, tookMs } = asked;
  const told = series.map((one) => ({
    labels: one.labels,
    stretch: stretchIn(one, { nearAt, untilAt, tookMs: (at) => tookMs(one.labels, at) }),
  }));
  const failing = told.flatMap(({ labels, stretch }) => (stretch.kind === 'failing' ? [{ labels, stretch }] : []));
  const ended = told.flatMap(({ stretch }) => (stretch.kind === 'vanished' ? [stretch.lastAt] : []));
  return {
    onsets: together(failing).map((group, index, groups) =>
      onsetOf(selector, group, groups.slice(0, index + 1).flat().length, series.length),
    ),
    notes: told.flatMap(({ labels, stretch }) => {
      const note = noteOf(stretch);
      return note === null ? [] : [`${nameOf(selector, labels)}: ${note}`];
    }),
    older: told.some(({ stretch }) => stretch.kind === 'bad throughout'),
    vanishedAt: ended.length === 0 ? null : Math.min(...ended),
  };
}

/** Those whose intervals have a moment in common began to fail at once; earliest group first. */
function together(failing: readonly Failing[]): readonly (readonly Failing[])[] {
  const groups: Failing[][] = [];
  for (const one of failing.toSorted((a, b) => a.stretch.latestAt - b.stretch.latestAt)) {
    const first = groups.at(-1)?.[0];
    if (first !== undefined && one.stretch.earliestAt <= first.stretch.latestAt) groups.at(-1)?.push(one);
    else groups.push([one]);
  }
  return groups;
}

/** @param sofar how many fail by then, of `all` */
function onsetOf(selector: string, group: readonly Failing[], sofar: number, all: number): Onset {
  const stretches = group.map(({ stretch }) => stretch);
  const firstBadAt = Math.min(...stretches.map((stretch) => stretch.firstBadAt));
  // The first that failed is among these, and a failure common to all lies in it too.
  const earliestAt = Math.min(...stretches.map((stretch) => stretch.earliestAt));
  const latestAt = Math.min(...stretches.map((stretch) => stretch.latestAt));
  const recoveries = stretches.map(({ recovery }) => recovery);
  const last = recoveries.reduce((a, b) => (a === null || b === null ? null : a.latestAt > b.latestAt ? a : b));
  const which = all === 1 ? '' : `; ${sofar} of ${all} series fail by then: ${namesOf(group)}`;
  const gap = stretches.some((stretch) => stretch.gap) ? '; scrapes are missing in between, so that it is wide' : '';
  return {
    id: `prometheus-samples:${createHash('sha256').update(selector).digest('hex').slice(0, 8)}:${firstBadAt}`,
    method: 'prometheus-samples',
    earliestAt,
    latestAt,
    words: `raw samples of ${short(selector)} in Prometheus, from the last good scrape to the first bad one${gap}${which}. ${surenessOf(selector)}`,
    sources: [],
    scope: sofar === 1 && all > 1 ? 'oneAddress' : 'unknown',
    recovery: last,
  };
}

function surenessOf(selector: string): string {
  return /^up\b/.test(selector.trim())
    ? 'Sure for what Prometheus scrapes; it keeps connections open, so that a failure of new ones alone shows late or not at all'
    : 'As sure as the probe behind it';
}

function noteOf(stretch: Stretch): string | null {
  switch (stretch.kind) {
    case 'failing':
      return null;
    case 'good':
      return `no bad sample up to ${iso(stretch.lastAt)}`;
    case 'vanished':
      return `its samples end at ${iso(stretch.lastAt)} with a good one, which is no data and not a failure`;
    case 'bad throughout':
      return `bad as far back as was looked, to ${iso(stretch.sinceAt)}: it began before, or this was never good`;
    case 'no data':
      return 'no samples';
    case 'no success':
      return `a value of ${stretch.value}, where 1 (good) and 0 (bad) are expected: configure a series such as probe_success or up`;
    default:
      return stretch satisfies never;
  }
}

function namesOf(group: readonly Failing[]): string {
  const names = group.map(({ labels }) => (labels.instance ?? JSON.stringify(labels)).slice(0, 60));
  return names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');
}

function nameOf(selector: string, { instance }: Labels): string {
  return instance === undefined ? short(selector) : `${short(selector)} of ${instance.slice(0, 60)}`;
}

function short(selector: string): string {
  return selector.length > 80 ? `${selector.slice(0, 79)}…` : selector;
}

function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z/, 'Z');
}
