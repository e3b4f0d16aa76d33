import type { ChangeCategory } from '../words/change.ts';

/** Who learns of changes: a new source is a folder and a line. */
export interface ChangeSource {
  /** As in `Change.source` and `CoverageSpan.source`; of one that is not there yet, what it will be. */
  readonly name: string;
  readonly categories: readonly ChangeCategory[];
  /** `anyInstance`: one of them does, such as whichever cluster agent runs. `eachNode`: on every control-plane node. */
  readonly where: 'anyInstance' | 'eachNode';
  /** For a person; the node's name is put after it. */
  readonly words: string;
  /** It reports up to this much later than things happen. */
  readonly lateMs: number;
  /** Why it can't tell anything in this setup, as long as no source outside of the cluster tells of it; null: it should. */
  readonly absent: string | null;
}

/** Agents tell every 10 s how far they saw, and are not always prompt. */
const agentsLateMs = 30_000;

const inCluster = { name: 'kube', where: 'anyInstance', lateMs: agentsLateMs, absent: null } as const;
const onNodes = { where: 'eachNode', lateMs: agentsLateMs, absent: null } as const;
const notThere = { where: 'anyInstance', lateMs: 0 } as const;

/** A line for each thing that a person would look at; one source may be several of them. */
export const changeSources: readonly ChangeSource[] = [
  { ...onNodes, name: 'node-firewall', categories: ['firewall'], words: 'host firewall' },
  { ...inCluster, categories: ['network-policy'], words: "the cluster's NetworkPolicies" },
  { ...inCluster, categories: ['control-plane'], words: 'kube-system and the control-plane pods, by the API' },
  { ...onNodes, name: 'node-files', categories: ['control-plane'], words: 'manifests and containers' },
  { ...onNodes, name: 'node-network', categories: ['control-plane'], words: 'listening sockets' },
  { ...inCluster, categories: ['load-balancer'], words: 'Services of type LoadBalancer' },
  {
    ...notThere,
    name: 'load-balancer',
    categories: ['load-balancer'],
    words: "the load balancer's own configuration and targets",
    absent: 'no load balancer source is configured',
  },
  {
    ...notThere,
    name: 'cloud',
    categories: ['security-group'],
    words: 'security groups and network ACLs',
    absent: 'no cloud account is configured',
  },
  { ...notThere, name: 'cloud', categories: ['cloud'], words: 'cloud logs', absent: 'no cloud account is configured' },
  { ...inCluster, categories: ['maintenance'], words: 'the nodes, by the API' },
  {
    ...notThere,
    name: 'change-management',
    categories: ['maintenance'],
    words: 'planned changes',
    absent: 'no change management is configured',
  },
  { ...onNodes, name: 'node-network', categories: ['routing'], words: 'routes and addresses' },
  { ...inCluster, name: 'prober', categories: ['dns'], words: "the endpoint's DNS answers" },
  { ...inCluster, name: 'prober', categories: ['endpoint'], words: 'the served certificate' },
  { ...inCluster, categories: ['endpoint'], words: 'EndpointSlices of default/kubernetes' },
];
