import { z } from 'zod';
import { readRange } from '../../packet/network-policy/ranges.ts';
import type { CheckContract } from '../contract.ts';
import { judgeNetworkPolicies } from './judge.ts';

export const GatewaySelector = z.object({ namespace: z.string(), labels: z.record(z.string(), z.string()) });
export type GatewaySelector = z.infer<typeof GatewaySelector>;

const Range = z.string().refine((text) => readRange(text) !== null, { error: 'expected an address or a CIDR' });

export const NetworkPoliciesParams = z.object({
  /** The port of the endpoint that clients use. */
  port: z.number().int().min(1).max(65535),
  /** Pods that front the API server, by configuration; those behind `default/kubernetes` are found without. */
  gateways: z.array(GatewaySelector).max(256),
  /** Addresses or CIDRs that clients come from; empty: from anywhere. */
  clients: z.array(Range).max(256),
  /** Addresses of API servers, as known to the bot; the agent's own state is asked too. */
  apiAddresses: z.array(Range).max(256),
});
export type NetworkPoliciesParams = z.infer<typeof NetworkPoliciesParams>;

const Passage = z.enum(['allowed', 'denied', 'partly', 'undefinedByStandard', 'unknown']);

const PolicyFact = z.object({
  namespace: z.string(),
  name: z.string(),
  /** Epoch ms. */
  modifiedAt: z.number().nullable(),
  modifiedBy: z.string().nullable(),
});
export type PolicyFact = z.infer<typeof PolicyFact>;

/** Why a flow passes or not; the last four are of flows that may take more than one form. */
const Why = z.enum([
  'notAPod',
  'itself',
  'notIsolated',
  'localNode',
  'allowedByRule',
  'noRuleAllows',
  'someAddressesOnly',
  'leftOpen',
  'unreadablePolicy',
  /** The client's address may have been replaced by a node's, and policies treat the two differently. */
  'rewritten',
  /** Policies treat the Service's address and the server's own differently. */
  'translated',
  /** Policies treat the gateway's ports differently, and which of them serves the API is not known. */
  'portsDiffer',
  /** Policies treat the API servers differently. */
  'serversDiffer',
]);
export type Why = z.infer<typeof Why>;

const Ruling = {
  passage: Passage,
  why: Why,
  /** Those that decide, last changed first; at most five. */
  policies: z.array(PolicyFact),
  morePolicies: z.number().int(),
  /** `ipBlock`s that let some of the addresses through; at most five. */
  blocks: z.array(z.string()),
};

export const FlowFact = z.object({
  kind: z.enum(['client-to-gateway', 'gateway-to-api', 'gateway-to-service']),
  from: z.string(),
  to: z.string(),
  ports: z.array(z.number().int()),
  /** How many gateway pods get this same answer; the named one is an example. */
  pods: z.number().int(),
  /** false: another flow of the same gateway answers in its stead, such as the direct one for the one by Service. */
  weighs: z.boolean(),
  ...Ruling,
});
export type FlowFact = z.infer<typeof FlowFact>;

/** Pods of one namespace that use the API from inside, with the same answer. */
export const InsideFact = z.object({
  namespace: z.string(),
  pods: z.number().int(),
  /** Names of up to three. */
  examples: z.array(z.string()),
  ...Ruling,
});
export type InsideFact = z.infer<typeof InsideFact>;

/** A policy that selects API server pods on the host's network. */
export const ApiServerPolicyFact = z.object({
  policy: PolicyFact,
  /** Every pod it selects is on the host's network. */
  onlyHostNetwork: z.boolean(),
  /** Where a plugin applied it, it would keep clients out. */
  wouldDeny: z.boolean(),
});
export type ApiServerPolicyFact = z.infer<typeof ApiServerPolicyFact>;

export const NetworkPoliciesFacts = z.object({
  /** false: the agent never got to list anything, and all else is empty. */
  known: z.boolean(),
  /** Epoch ms: what the cluster held then. */
  asOfAt: z.number(),
  policies: z.number().int(),
  pods: z.number().int(),
  /** How many addresses lead to the API servers, their Service's among them; 0: none is known. */
  targets: z.number().int(),
  gateways: z.array(
    z.object({
      namespace: z.string(),
      name: z.string(),
      pods: z.number().int(),
      ports: z.array(z.number().int()),
      found: z.enum(['behindKubernetes', 'configured']),
      hostNetwork: z.boolean(),
    }),
  ),
  /** Configured selectors that no running pod matches. */
  unmatchedGateways: z.array(GatewaySelector),
  /** Gravest first, at most 50. */
  flows: z.array(FlowFact),
  /** All flows that weigh, also those left out above. */
  flowCounts: z.record(Passage, z.number().int()),
  inside: z.array(InsideFact),
  apiServerPolicies: z.array(ApiServerPolicyFact),
  /** Policies of kinds that are not evaluated. */
  otherPolicies: z.array(z.object({ kind: z.string(), count: z.number().int(), examples: z.array(z.string()) })),
  /** How many entries of the lists above were left out. */
  leftOut: z.object({
    gateways: z.number().int(),
    flows: z.number().int(),
    inside: z.number().int(),
    apiServerPolicies: z.number().int(),
  }),
});
export type NetworkPoliciesFacts = z.infer<typeof NetworkPoliciesFacts>;

/** Does any NetworkPolicy keep external clients or gateways from the API server? */
export const networkPolicies: CheckContract<NetworkPoliciesParams, NetworkPoliciesFacts> = {
  id: 'network-policies',
  params: NetworkPoliciesParams,
  facts: NetworkPoliciesFacts,
  judge: ({ facts }) => judgeNetworkPolicies(facts),
};
