import { z } from 'zod';
import type { ClusterKnowledge } from '../../words/endpoint.ts';
import type {
  ContainerRecord,
  NamespaceRecord,
  NodeRecord,
  PodRecord,
  PolicyRecord,
  ServiceRecord,
  Termination,
} from '../../words/kube.ts';
import type { Kind } from './follow.ts';
import { epochMs, lastModified, Metadata, Named, optional } from './metadata.ts';

/** What the cluster agent follows, and what it keeps of each. Only the fields used are read. */

/** A node, and what its labels tell of who runs the control plane. */
export interface FollowedNode {
  readonly record: NodeRecord;
  readonly provider: Exclude<ClusterKnowledge['provider'], 'self'>;
}

export interface ApiServerAddress {
  readonly address: string;
  readonly port: number;
}

export const PODS: Kind<PodRecord> = { name: 'pods', path: '/api/v1/pods', reduce: (raw) => podRecord(Pod.parse(raw)) };

export const NAMESPACES: Kind<NamespaceRecord> = {
  name: 'namespaces',
  path: '/api/v1/namespaces',
  reduce: (raw) => {
    const { metadata } = Named.parse(raw);
    return { name: metadata.name, labels: metadata.labels };
  },
};

export const POLICIES: Kind<PolicyRecord> = {
  name: 'networkpolicies',
  path: '/apis/networking.k8s.io/v1/networkpolicies',
  reduce: (raw) => {
    const { metadata, spec } = Policy.parse(raw);
    return {
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
      ...lastModified(metadata),
      spec,
    };
  },
};

export const SERVICES: Kind<ServiceRecord> = {
  name: 'services',
  path: '/api/v1/services',
  reduce: (raw) => {
    const { metadata, spec } = Service.parse(raw);
    return {
      namespace: metadata.namespace,
      name: metadata.name,
      type: spec.type,
      // A headless Service says "None" where others have an address.
      clusterIps: spec.clusterIPs.filter((ip) => ip !== '' && ip !== 'None'),
      selector: spec.selector,
      ports: spec.ports,
    };
  },
};

export const NODES: Kind<FollowedNode> = {
  name: 'nodes',
  path: '/api/v1/nodes',
  reduce: (raw) => node(Node.parse(raw)),
};

/** Of `default/kubernetes`: the addresses that API servers give themselves. */
export const API_SERVERS: Kind<readonly ApiServerAddress[]> = {
  name: 'endpointslices',
  path: '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
  query: { labelSelector: 'kubernetes.io/service-name=kubernetes' },
  reduce: (raw) => {
    const { endpoints, ports } = Slice.parse(raw);
    const ready = endpoints.filter((endpoint) => endpoint.conditions?.ready !== false);
    return ready.flatMap(({ addresses }) =>
      addresses.flatMap((address) => ports.flatMap(({ port }) => (port ? [{ address, port }] : []))),
    );
  },
};

const Policy = z.object({ metadata: Metadata, spec: z.unknown() });

const Service = z.object({
  metadata: Metadata,
  spec: z.object({
    type: optional(z.string(), 'ClusterIP'),
    clusterIPs: optional(z.array(z.string()), []),
    selector: z
      .record(z.string(), z.string())
      .nullish()
      .transform((selector) => selector ?? null),
    ports: optional(
      z.array(
        z.object({
          port: z.number().int(),
          targetPort: z
            .union([z.number().int(), z.string()])
            .nullish()
            .transform((port) => port ?? null),
        }),
      ),
      [],
    ),
  }),
});

const Slice = z.object({
  endpoints: optional(
    z.array(
      z.object({
        addresses: optional(z.array(z.string()), []),
        conditions: z.object({ ready: z.boolean().nullish() }).nullish(),
      }),
    ),
    [],
  ),
  ports: optional(z.array(z.object({ port: z.number().int().nullish() })), []),
});

const Node = z.object({
  metadata: Metadata,
  spec: z.object({ podCIDRs: optional(z.array(z.string()), []) }).nullish(),
  status: z
    .object({
      addresses: optional(z.array(z.object({ type: z.string(), address: z.string() })), []),
      conditions: optional(z.array(z.object({ type: z.string(), status: z.string() })), []),
    })
    .nullish(),
});

const Terminated = z.object({
  reason: z.string().nullish(),
  exitCode: z.number().int().nullish(),
  startedAt: z.string().nullish(),
  finishedAt: z.string().nullish(),
  message: z.string().nullish(),
});

const ContainerState = z.object({
  running: z.object({ startedAt: z.string().nullish() }).nullish(),
  waiting: z.object({ reason: z.string().nullish() }).nullish(),
  terminated: Terminated.nullish(),
});

const ContainerStatus = z.object({
  name: z.string(),
  ready: optional(z.boolean(), false),
  restartCount: optional(z.number().int(), 0),
  state: ContainerState.nullish(),
  lastState: ContainerState.nullish(),
});

const ContainerPort = z.object({
  name: z
    .string()
    .nullish()
    .transform((name) => name ?? null),
  containerPort: z.number().int(),
  protocol: optional(z.string(), 'TCP'),
});

const Pod = z.object({
  metadata: Metadata,
  spec: z.object({
    nodeName: z.string().nullish(),
    hostNetwork: optional(z.boolean(), false),
    containers: optional(z.array(z.object({ ports: optional(z.array(ContainerPort), []) })), []),
  }),
  status: z
    .object({
      phase: z.string().nullish(),
      startTime: z.string().nullish(),
      podIPs: optional(z.array(z.object({ ip: z.string() })), []),
      containerStatuses: optional(z.array(ContainerStatus), []),
    })
    .nullish(),
});

function podRecord({ metadata, spec, status }: z.infer<typeof Pod>): PodRecord {
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    labels: metadata.labels,
    nodeName: spec.nodeName ?? null,
    addresses: status?.podIPs.map(({ ip }) => ip) ?? [],
    hostNetwork: spec.hostNetwork,
    phase: status?.phase ?? 'Unknown',
    startedAt: epochMs(status?.startTime),
    deleting: Boolean(metadata.deletionTimestamp),
    ports: spec.containers.flatMap(({ ports }) =>
      ports.map(({ name, containerPort, protocol }) => ({ name, port: containerPort, protocol })),
    ),
    containers: isControlPlane(metadata) ? (status?.containerStatuses.map(containerRecord) ?? []) : [],
  };
}

/** The control plane's own pods, and those that stand beside it in kube-system: for all others the containers don't matter. */
function isControlPlane({ namespace, labels }: Metadata): boolean {
  return (
    namespace === 'kube-system' &&
    (labels.tier === 'control-plane' || labels['k8s-app'] === 'kube-proxy' || labels['k8s-app'] === 'kube-dns')
  );
}

function containerRecord(status: z.infer<typeof ContainerStatus>): ContainerRecord {
  const { running, waiting, terminated } = status.state ?? {};
  const before = status.lastState?.terminated;
  return {
    name: status.name,
    state: running ? 'running' : waiting ? 'waiting' : terminated ? 'terminated' : 'unknown',
    reason: waiting?.reason ?? terminated?.reason ?? null,
    startedAt: epochMs(running?.startedAt ?? terminated?.startedAt),
    ready: status.ready,
    restarts: status.restartCount,
    // One that stands ended right now is the newest ending there is.
    last: terminated ? termination(terminated) : before ? termination(before) : null,
  };
}

function termination(ended: z.infer<typeof Terminated>): Termination {
  return {
    reason: ended.reason ?? null,
    exitCode: ended.exitCode ?? null,
    startedAt: epochMs(ended.startedAt),
    finishedAt: epochMs(ended.finishedAt),
    message: ended.message ?? null,
  };
}

/** Source of the labels: https://kubernetes.io/docs/reference/labels-annotations-taints/ and the providers' own pages. */
function node({ metadata, spec, status }: z.infer<typeof Node>): FollowedNode {
  const labels = metadata.labels;
  const has = (start: string) => Object.keys(labels).some((label) => label.startsWith(start));
  const ready = status?.conditions.find(({ type }) => type === 'Ready')?.status;
  return {
    record: {
      name: metadata.name,
      addresses: status?.addresses.filter(({ type }) => type.endsWith('IP')).map(({ address }) => address) ?? [],
      controlPlane: 'node-role.kubernetes.io/control-plane' in labels || 'node-role.kubernetes.io/master' in labels,
      ready: ready === 'True' ? true : ready === 'False' ? false : null,
      podCidrs: spec?.podCIDRs ?? [],
    },
    provider: has('eks.amazonaws.com/')
      ? 'eks'
      : has('cloud.google.com/gke-')
        ? 'gke'
        : has('kubernetes.azure.com/')
          ? 'aks'
          : 'unknown',
  };
}
