import type { Change, CoverageSpan } from '../words/change.ts';
import type { Outage, Sample, SampleSeries } from '../words/onset.ts';
import type { StreamRecord } from '../words/stream.ts';
import type { Role } from '../words/vantage.ts';

/** All changes that were learned of any cluster, kept durably. */
export interface ChangeJournal {
  /** Durable when it resolves. One with a known id is added once; told again, it replaces what was known of it, or leaves that as it is. Returns those that are new. */
  add(cluster: string, changes: readonly Change[], known?: 'replace' | 'leave'): Promise<readonly Change[]>;
  /** Those that can have happened within `[fromAt, toAt]`, or last into it (`untilAt`), oldest first. Epoch ms, inclusive. At most `most` per category, the nearest to `nearAt`, with how many there are of each in all. */
  between(
    cluster: string,
    asked: { readonly fromAt: number; readonly toAt: number; readonly nearAt: number; readonly most: number },
  ): Promise<{ readonly changes: readonly Change[]; readonly total: number }>;
  /** Joins the span with those that it touches (same source, instance and category). */
  cover(cluster: string, span: CoverageSpan): Promise<void>;
  /** Ends what is covered: nothing is known of `[fromAt, toAt]` after all. */
  uncover(cluster: string, span: CoverageSpan): Promise<void>;
  coverage(cluster: string, fromAt: number, toAt: number): Promise<readonly CoverageSpan[]>;
  /** Forgets what happened before `at`. */
  prune(at: number): Promise<void>;
}

/** How far each agent's stream was taken. */
interface StreamCursors {
  /** The last sequence number that is durable here; 0 before the first. `stream`: chosen by the agent when it began counting anew. */
  last(cluster: string, role: Role, instance: string, stream: string): Promise<number>;
}

/** Takes records into the store and moves the cursor in the one transaction; those at or below the cursor are left out. Returns the changes that are new. */
export interface StreamStore extends StreamCursors {
  take(
    from: { readonly cluster: string; readonly role: Role; readonly instance: string; readonly stream: string },
    firstSeq: number,
    records: readonly StreamRecord[],
  ): Promise<{ readonly last: number; readonly newChanges: readonly Change[] }>;
}

/** What probers saw, kept compactly and for a set time. */
export interface SampleStore {
  add(series: SampleSeries, samples: readonly Sample[]): Promise<void>;
  series(cluster: string): Promise<readonly SampleSeries[]>;
  /** In order of time; `[fromAt, toAt]` inclusive. */
  between(series: SampleSeries, fromAt: number, toAt: number): Promise<readonly Sample[]>;
  /** The same samples, without an object for each: for going through millions of them. */
  visit(series: SampleSeries, fromAt: number, toAt: number, see: SeeSample): Promise<void>;
  prune(at: number): Promise<void>;
}

/** `phases`: ms of each phase in the order of `Phase`, NaN where it was not completed; used again for the next sample. */
export type SeeSample = (at: number, tookMs: number, good: boolean, phases: Float64Array) => void;

export interface OutageStore {
  /** Adds it, or replaces the one with the same id. */
  put(outage: Outage): Promise<void>;
  /** Newest first: those that last now, or ended (at the latest) at `sinceAt` or later. */
  since(cluster: string, sinceAt: number): Promise<readonly Outage[]>;
  /** Times at which this prober was running: `alive` extends the newest stretch, or begins one after a silence longer than `gapMs`. */
  alive(at: number, gapMs: number): Promise<void>;
  /** Stretches in `[fromAt, toAt]` in which the prober was not running. */
  downBetween(fromAt: number, toAt: number): Promise<readonly { readonly fromAt: number; readonly toAt: number }[]>;
  /** Forgets outages that ended before `at`, and when the prober was running before it. */
  prune(at: number): Promise<void>;
}
