import { z } from 'zod';
import { Change, CoverageSpan } from './change.ts';
import { Sample, SampleSeries } from './onset.ts';

/**
 * What an agent tells the bot before it is asked, each with the next number of its instance's stream. Times are on the
 * agent's clock; the hub puts them onto the bot's before it hands them on.
 */
export const StreamRecord = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('change'), change: Change }),
  /** Replaces what was told of the same source, instance and categories only in that it reaches further. */
  z.object({ kind: z.literal('coverage'), span: CoverageSpan }),
  z.object({ kind: z.literal('samples'), series: SampleSeries, samples: z.array(Sample).max(1_000) }),
  /** Records were lost because the agent's disk bound was hit: what lay between is not known. */
  z.object({
    kind: z.literal('gap'),
    fromAt: z.number(),
    toAt: z.number(),
    lost: z.number().int(),
    why: z.string().max(500),
  }),
]);
export type StreamRecord = z.infer<typeof StreamRecord>;

/** What the bot asks every agent of a cluster to watch by itself, told after each connect and whenever it changes; agents keep it. */
export const WatchOrder = z.object({
  /** What to probe; an agent adds what only it knows (loopback, the Service). */
  targets: z
    .array(
      z.object({
        path: z.enum(['endpoint', 'cluster-info', 'kubeadm-config']),
        host: z.string().max(253),
        port: z.number().int().min(1).max(65535),
      }),
    )
    .max(16),
  /** PEM of the cluster's CA; empty when not learned. */
  caPem: z.string().max(100_000),
  probeEveryMs: z.number().int().min(200),
  /** The port the API server itself listens on, and the addresses it is reached at: what firewall changes are judged for. */
  apiPort: z.number().int().min(1).max(65535),
  apiAddresses: z.array(z.string().max(64)).max(64),
  /** Clients by configuration: addresses or CIDRs; empty: anyone. */
  clients: z.array(z.string().max(100)).max(256),
  gateways: z.array(z.object({ namespace: z.string(), labels: z.record(z.string(), z.string()) })).max(256),
});
export type WatchOrder = z.infer<typeof WatchOrder>;
