import { z } from 'zod';
import type { CheckContract } from '../contract.ts';
import { judgeHostFirewall } from './judge.ts';
import { RulesReader } from './port.ts';

export const HostFirewallParams = z.object({
  /** The port that the API server listens on. */
  port: z.number().int().min(1).max(65535),
  /** Addresses or CIDRs that fail, or that clients come from; empty: everyone. */
  sources: z.array(z.string().max(100)).max(64),
  /** Addresses that clients connect to on this node; empty: all the node's own. */
  addresses: z.array(z.string().max(253)).max(64),
  /** Are the firewalls of a cloud looked at beside this? */
  cloudToo: z.boolean().default(false),
});
export type HostFirewallParams = z.infer<typeof HostFirewallParams>;

const RuleInWords = z.object({ place: z.string(), text: z.string() });

const Answer = z.object({
  verdict: z.enum(['allow', 'deny', 'unknown']),
  how: z.enum(['drop', 'reject', 'unreadable']).nullable(),
  /** What a client sees of a denial. */
  seen: z.string().nullable(),
  rule: RuleInWords.nullable(),
  why: z.string(),
});
export type FirewallAnswer = z.infer<typeof Answer>;

/** A part of a source that the rules treat alike, on its way to one address of the node and back. */
const Passage = z.object({ source: z.string(), in: Answer, replies: Answer });
export type FirewallPassage = z.infer<typeof Passage>;

const Judged = z.object({
  /** As asked for. */
  source: z.string(),
  address: z.string(),
  /** One, unless the rules treat parts of the source differently; the first of them, denied ones leading. */
  passages: z.array(Passage),
  /** How many parts there are in all. */
  parts: z.number().int(),
});
export type FirewallJudged = z.infer<typeof Judged>;

const ReaderState = z.object({
  reader: RulesReader,
  state: z.enum(['read', 'notNeeded', 'failed']),
  /** What happened, unless it read. */
  why: z.string().nullable(),
});

export const HostFirewallFacts = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('judged'),
    judged: z.array(Judged),
    /** Sources and addresses that could not be judged, each with its reason. */
    leftOut: z.array(z.object({ what: z.string(), why: z.string() })),
    readers: z.array(ReaderState),
    rules: z.number().int(),
    chains: z.number().int(),
    /** What may drop packets without standing in any rule: eBPF programs; null when nothing hints at them. */
    unseen: z.string().nullable(),
    /** Epoch ms on the node's clock. */
    readAt: z.number(),
  }),
  /** The rules could not be read at all; `why` says what to do. */
  z.object({ kind: z.literal('unreadable'), why: z.string() }),
]);
export type HostFirewallFacts = z.infer<typeof HostFirewallFacts>;

/** Would the control-plane node's own firewall let clients reach the API port, and its replies out? */
export const hostFirewall: CheckContract<HostFirewallParams, HostFirewallFacts> = {
  id: 'host-firewall',
  params: HostFirewallParams,
  facts: HostFirewallFacts,
  judge: judgeHostFirewall,
};
