import { z } from 'zod';
import { ProbeResult, ProbeTarget } from '../../words/probe.ts';
import type { CheckContract } from '../contract.ts';
import { judgeReachability } from './judge.ts';

export const ReachabilityParams = z.object({
  /** What to try besides what the agent learned itself. */
  targets: z.array(ProbeTarget).max(64),
  /** PEM of the cluster's CA; empty: the one that the agent learned is used. */
  caPem: z.string().max(256 * 1024),
  /** For each probe. */
  deadlineMs: z.number().int().min(50).max(60_000),
});
export type ReachabilityParams = z.infer<typeof ReachabilityParams>;

export const ReachabilityFacts = z.object({
  /** One for each address of each target. */
  results: z.array(ProbeResult),
});
export type ReachabilityFacts = z.infer<typeof ReachabilityFacts>;

/** Do TCP, TLS and HTTP work from here to every known address of the API server? */
export const reachability: CheckContract<ReachabilityParams, ReachabilityFacts> = {
  id: 'reachability',
  params: ReachabilityParams,
  facts: ReachabilityFacts,
  judge: judgeReachability,
};
