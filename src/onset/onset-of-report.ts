import type { Onset } from '../words/onset.ts';
import type { Report } from './report.ts';

interface Told {
  /** Who said it: a Slack user id or a login name. */
  readonly by: string;
}

/** A person's word as an onset of its own; null when no time was said. The same person saying the same again says it better. */
export function onsetOfReport(report: Report, { by }: Told): Onset | null {
  const { since, sources } = report;
  if (since === null) return null;
  const from = sources.length === 0 ? '' : ` from ${named(sources)}`;
  return {
    ...base(report),
    id: `report:${by}:${since.said}`,
    method: 'report',
    earliestAt: since.earliestAt,
    latestAt: since.latestAt,
    words: `a person's word: clients${from} began to fail at ${since.said}. Low confidence: as sure as their watch and memory`,
  };
}

/** A person sets the onset right, which stands before all that was measured; null when no time was said. */
export function correction(report: Report, { by }: Told): Onset | null {
  const { since } = report;
  if (since === null) return null;
  return {
    ...base(report),
    id: `correction:${by}`,
    method: 'correction',
    earliestAt: since.earliestAt,
    latestAt: since.latestAt,
    words: `set right by a person: it began at ${since.said}`,
  };
}

function base({ sources }: Report): Pick<Onset, 'sources' | 'scope' | 'recovery'> {
  return { sources: [...sources], scope: 'unknown', recovery: null };
}

function named(sources: readonly string[]): string {
  const shown = sources.slice(0, 3).join(', ');
  return sources.length > 3 ? `${shown} and ${sources.length - 3} more` : shown;
}
