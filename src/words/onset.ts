import { z } from 'zod';
import { Phase, ProbeFailureKind, ProbePath } from './probe.ts';
import { VantageKind } from './vantage.ts';

/** One probe's outcome as the prober keeps it. Epoch ms. */
export const Sample = z.object({
  /** When the probe began. */
  at: z.number(),
  tookMs: z.number(),
  good: z.boolean(),
  /** null when good. */
  failure: z.object({ phase: Phase, kind: ProbeFailureKind }).nullable(),
  /** Milliseconds per phase that was completed. */
  phases: z.partialRecord(Phase, z.number()),
});
export type Sample = z.infer<typeof Sample>;

/** Which stream of samples: who probes what. */
export const SampleSeries = z.object({
  cluster: z.string(),
  vantage: z.object({ kind: VantageKind, instance: z.string() }),
  path: ProbePath,
  host: z.string(),
  port: z.number().int(),
  /** The address tried; null: the name did not resolve. */
  address: z.string().nullable(),
});
export type SampleSeries = z.infer<typeof SampleSeries>;

/** How an onset was found, best first. `correction`: a person set it right, which stands before all others. */
export const OnsetMethod = z.enum(['prober', 'prometheus-samples', 'active-at', 'starts-at', 'report', 'correction']);
export type OnsetMethod = z.infer<typeof OnsetMethod>;

/** From where it fails. */
export const OutageScope = z.enum(['everywhere', 'outsideOnly', 'someVantages', 'oneAddress', 'unknown']);
export type OutageScope = z.infer<typeof OutageScope>;

/** When the failure began: within `[earliestAt, latestAt]`, the start of the last good probe and the end of the first bad one. Epoch ms. */
export const Onset = z.object({
  /** Stable: the same finding, told better later, has the same id. `prober:…`, `report:…`. */
  id: z.string().min(1).max(200),
  method: OnsetMethod,
  earliestAt: z.number(),
  latestAt: z.number(),
  /** How it was found and how sure that is, in a person's words. */
  words: z.string().max(1_000),
  /** Addresses or CIDRs of the clients that fail; empty: not told, everyone's. */
  sources: z.array(z.string().max(100)).max(64),
  scope: OutageScope,
  /** When it was over, as an interval like the onset's; null while it lasts or when not known. */
  recovery: z.object({ earliestAt: z.number(), latestAt: z.number() }).nullable(),
});
export type Onset = z.infer<typeof Onset>;

/** One down stretch as the prober saw it. Stretches that follow one another closely (flapping) share an incident. */
export const Outage = z.object({
  id: z.string().min(1).max(200),
  /** The first stretch's outage id. */
  incident: z.string(),
  cluster: z.string(),
  onset: Onset,
  /** What failed, in a person's words: `connect: timeout from the bot (10.99.0.1), since 14:03`. */
  words: z.string().max(1_000),
});
export type Outage = z.infer<typeof Outage>;
