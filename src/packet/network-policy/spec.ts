import { z } from 'zod';
import { readRange } from './ranges.ts';

/*
 * The spec of a NetworkPolicy (`networking.k8s.io/v1`). Strict throughout: a field that this evaluator does not know
 * could turn an answer round, so such a policy is unreadable rather than read in part.
 * Source: k8s.io/api/networking/v1/types.go; the API server has validated what arrives here.
 */

const Requirement = z.strictObject({
  key: z.string(),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: z.array(z.string()).nullish(),
});

export const LabelSelector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).nullish(),
  matchExpressions: z.array(Requirement).nullish(),
});
export type LabelSelector = z.infer<typeof LabelSelector>;

const Cidr = z.string().transform((text, context) => {
  const range = readRange(text);
  if (range !== null) return { text, range };
  context.addIssue({ code: 'custom', message: 'not a CIDR' });
  return z.NEVER;
});

const IpBlock = z.strictObject({ cidr: Cidr, except: z.array(Cidr).nullish() });

export const PolicyPeer = z
  .strictObject({
    podSelector: LabelSelector.nullish(),
    namespaceSelector: LabelSelector.nullish(),
    ipBlock: IpBlock.nullish(),
  })
  .refine(
    ({ podSelector, namespaceSelector, ipBlock }) =>
      (ipBlock == null) !== (podSelector == null && namespaceSelector == null),
    { error: 'a peer is either an ipBlock or selectors' },
  );
export type PolicyPeer = z.infer<typeof PolicyPeer>;

export const Protocol = z.enum(['TCP', 'UDP', 'SCTP']);
export type Protocol = z.infer<typeof Protocol>;

const PortNumber = z.number().int().min(1).max(65535);

export const PolicyPort = z
  .strictObject({
    protocol: Protocol.nullish(),
    port: z.union([PortNumber, z.string().min(1)]).nullish(),
    endPort: PortNumber.nullish(),
  })
  .refine(({ port, endPort }) => endPort == null || (typeof port === 'number' && port <= endPort), {
    error: 'endPort needs a numbered port not above it',
  });
export type PolicyPort = z.infer<typeof PolicyPort>;

const Ports = z.array(PolicyPort).nullish();
const Peers = z.array(PolicyPeer).nullish();

export const NetworkPolicySpec = z.strictObject({
  podSelector: LabelSelector.nullish(),
  policyTypes: z.array(z.enum(['Ingress', 'Egress'])).nullish(),
  ingress: z.array(z.strictObject({ ports: Ports, from: Peers })).nullish(),
  egress: z.array(z.strictObject({ ports: Ports, to: Peers })).nullish(),
});
export type NetworkPolicySpec = z.infer<typeof NetworkPolicySpec>;
