import { correction, onsetOfReport } from '../onset/onset-of-report.ts';
import { parseReport, type Report } from '../onset/report.ts';
import type { Onset } from '../words/onset.ts';

/** What a person told of when it began, or why it was not understood. */
export type ReportReading =
  | {
      readonly kind: 'report';
      readonly report: Report;
      readonly onset: Onset;
      /** In which the time was read. */
      readonly zone: string;
      /** What was taken in one of several ways. */
      readonly notes: readonly string[];
    }
  /** `part`: the words that were not understood; `why`: and what to say instead. */
  | { readonly kind: 'unclear'; readonly part: string; readonly why: string };

/** Reads `since 14:05 from 203.0.113.0/24`. Pure. `by`: who said it; `zone`: theirs. */
export function readReport(text: string, by: string, told: { nowAt: number; zone: string }): ReportReading {
  const report = parseReport(text, told);
  if (report.kind === 'unclear') return report;
  const onset = onsetOfReport(report, { by });
  const { zone, notes } = report.understood;
  if (onset !== null) return { kind: 'report', report, onset, zone, notes };
  return { kind: 'unclear', part: text, why: 'say since when as well, such as since 14:05' };
}

/**
 * The same told to set right what is known. A person may do so more than once, and the last one counts: `id` tells this
 * correction from their others.
 */
export function readCorrection({ report, onset }: { report: Report; onset: Onset }, by: string, id: string): Onset {
  return { ...(correction(report, { by }) ?? onset), id: `correction:${id}` };
}
