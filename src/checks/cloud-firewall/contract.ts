import { z } from 'zod';
import type { CheckContract } from '../contract.ts';
import { Entry } from './entry.ts';
import { judgeCloudFirewall } from './judge.ts';

export const CloudFirewallParams = z.object({
  /** Addresses or CIDRs that fail, or that clients come from; empty: everyone. */
  sources: z.array(z.string().max(100)).max(64),
  /** null: nobody knows yet what clients connect to. */
  entry: Entry.nullable(),
});
export type CloudFirewallParams = z.infer<typeof CloudFirewallParams>;

const Verdict = z.enum(['allow', 'deny', 'unknown']);

/** A source on one of the ways to the API server and back. */
const Walk = z.object({
  account: z.string(),
  verdict: Verdict,
  /** The way after the client: `→ nlb api-prod:443 allowed → cp-1 (i-0abc):6443 denied: …`; whole where it is split. */
  words: z.string(),
  /** Do parts of the source fare differently? */
  split: z.boolean(),
  /** Of what decides: its kind (`targets`: a balancer has none), the cloud's ids that it names, what was lately done to one of them. */
  by: z.enum(['rules', 'routes', 'targets']),
  ids: z.array(z.string()).max(16),
  changed: z.string().nullable(),
});
export type Walk = z.infer<typeof Walk>;

const Judged = z.object({
  /** As asked for. */
  source: z.string(),
  /** The worst first. */
  walks: z.array(Walk).max(8),
  /** How many there are in all. */
  ways: z.object({ allow: z.number().int(), deny: z.number().int(), unknown: z.number().int() }),
});
export type CloudJudged = z.infer<typeof Judged>;

const Step = z.object({
  at: z.string(),
  what: z.string(),
  verdict: Verdict,
  rule: z.string().nullable(),
  why: z.string().nullable(),
});

export const CloudFirewallFacts = z.object({
  judged: z.array(Judged).max(64),
  /** Sources of which it is not known as whom they arrive, each with what that hangs on. */
  leftOut: z.array(z.object({ source: z.string(), why: z.string() })).max(64),
  /** Every step of a few of the walks, the worst first. */
  walked: z.array(z.object({ source: z.string(), account: z.string(), steps: z.array(Step).max(64) })).max(8),
  /** What was read, and how many ways in it knows. Epoch ms. */
  accounts: z.array(z.object({ name: z.string(), ways: z.number().int(), readAt: z.number().nullable() })).max(32),
  /** How many ways begin where clients connect to, and how many elsewhere. */
  waysIn: z.number().int(),
  elsewhere: z.number().int(),
  /** What could not be read, each with its place. */
  troubles: z.array(z.string()).max(32),
});
export type CloudFirewallFacts = z.infer<typeof CloudFirewallFacts>;

/** Would the clouds' rules let clients reach the API server, and its replies out? */
export const cloudFirewall: CheckContract<CloudFirewallParams, CloudFirewallFacts> = {
  id: 'cloud-firewall',
  params: CloudFirewallParams,
  facts: CloudFirewallFacts,
  judge: judgeCloudFirewall,
};
