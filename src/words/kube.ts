import { z } from 'zod';

/** The newest state the cluster agent keeps of what the steps ask for: only the fields used, so that it can be kept on disk. */

const Labels = z.record(z.string(), z.string());

/** A terminated container, from the API (`terminated`) or from the node's files. Times are epoch ms. */
export const Termination = z.object({
  reason: z.string().nullable(),
  exitCode: z.number().int().nullable(),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
  message: z.string().nullable(),
});
export type Termination = z.infer<typeof Termination>;

export const ContainerRecord = z.object({
  name: z.string(),
  state: z.enum(['running', 'waiting', 'terminated', 'unknown']),
  /** `CrashLoopBackOff` and the like while waiting. */
  reason: z.string().nullable(),
  startedAt: z.number().nullable(),
  ready: z.boolean(),
  restarts: z.number().int(),
  last: Termination.nullable(),
});
export type ContainerRecord = z.infer<typeof ContainerRecord>;

export const PodRecord = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  labels: Labels,
  nodeName: z.string().nullable(),
  addresses: z.array(z.string()),
  hostNetwork: z.boolean(),
  phase: z.string(),
  startedAt: z.number().nullable(),
  deleting: z.boolean(),
  /** Named container ports, for policies that name a port. */
  ports: z.array(z.object({ name: z.string().nullable(), port: z.number().int(), protocol: z.string() })),
  /** Only for control-plane pods in kube-system; empty elsewhere. */
  containers: z.array(ContainerRecord),
});
export type PodRecord = z.infer<typeof PodRecord>;

export const NamespaceRecord = z.object({ name: z.string(), labels: Labels });
export type NamespaceRecord = z.infer<typeof NamespaceRecord>;

/** A NetworkPolicy of `networking.k8s.io/v1`: its spec as the API gave it, parsed by `packet/` when it is evaluated. */
export const PolicyRecord = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  /** `managedFields[].time`, newest without subresource; else the creation time. Epoch ms. */
  modifiedAt: z.number().nullable(),
  modifiedBy: z.string().nullable(),
  spec: z.unknown(),
});
export type PolicyRecord = z.infer<typeof PolicyRecord>;

/** A policy of another kind (AdminNetworkPolicy, Cilium, Calico): listed, not evaluated. */
export const OtherPolicyRecord = z.object({
  kind: z.string(),
  namespace: z.string().nullable(),
  name: z.string(),
  modifiedAt: z.number().nullable(),
});
export type OtherPolicyRecord = z.infer<typeof OtherPolicyRecord>;

/** What backs `default/kubernetes`, and Services that stand before it. */
export const ServiceRecord = z.object({
  namespace: z.string(),
  name: z.string(),
  type: z.string(),
  clusterIps: z.array(z.string()),
  selector: Labels.nullable(),
  ports: z.array(z.object({ port: z.number().int(), targetPort: z.union([z.number().int(), z.string()]).nullable() })),
});
export type ServiceRecord = z.infer<typeof ServiceRecord>;

export const NodeRecord = z.object({
  name: z.string(),
  addresses: z.array(z.string()),
  controlPlane: z.boolean(),
  ready: z.boolean().nullable(),
  podCidrs: z.array(z.string()),
});
export type NodeRecord = z.infer<typeof NodeRecord>;

export const KubeSnapshot = z.object({
  /** Epoch ms of the last proof (event, bookmark or list) that this is what the API server holds. */
  asOfAt: z.number(),
  /** Is the watch connected now? false: this is what was true at `asOfAt`. */
  live: z.boolean(),
  pods: z.array(PodRecord),
  namespaces: z.array(NamespaceRecord),
  policies: z.array(PolicyRecord),
  otherPolicies: z.array(OtherPolicyRecord),
  services: z.array(ServiceRecord),
  nodes: z.array(NodeRecord),
  /** Ready addresses of `default/kubernetes` EndpointSlices with their port. */
  apiServers: z.array(z.object({ address: z.string(), port: z.number().int() })),
  /** In words, each kind of resource that could not be read and why; none when everything was. */
  unseen: z.array(z.string()).optional(),
});
export type KubeSnapshot = z.infer<typeof KubeSnapshot>;
