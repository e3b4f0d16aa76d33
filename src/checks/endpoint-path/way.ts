import { z } from 'zod';
import { Detail } from '../../words/evidence.ts';

export const PathHop = z.object({
  kind: z.enum(['load-balancer', 'node', 'managed-endpoint']),
  /** As people know it: `nlb api-prod`, `cp-1 (i-0abc)`. */
  name: z.string(),
  /** The port that it takes connections at. */
  port: z.number().int(),
  /** In the word of what sends to it: `healthy`, `unhealthy`, `DOWN`; null: not told. */
  health: z.string().nullable(),
  /** What it consists of: interfaces with their security groups, an access list, a backend. */
  parts: z.array(Detail).max(32),
});
export type PathHop = z.infer<typeof PathHop>;

/** One way from what clients connect to, hop by hop, to where the API server runs. */
export const PathWay = z.object({
  /** Who knows it: `AWS prod-eu`, `HAProxy lb-1`. */
  by: z.string(),
  /** What clients connect to. */
  addresses: z.array(z.string()).max(64),
  port: z.number().int(),
  hops: z.array(PathHop).max(16),
  /** What of it could not be learned. */
  unread: z.array(z.string()).max(16),
});
export type PathWay = z.infer<typeof PathWay>;
