import type { PodRecord, ServiceRecord } from '../../words/kube.ts';
import { type Cluster, isApiServer, sameAddress } from './cluster.ts';
import type { GatewaySelector, NetworkPoliciesParams } from './contract.ts';

/** Pods in front of the API server that policies can't tell apart: one is asked for all. */
export interface Gateway {
  readonly example: PodRecord;
  readonly pods: number;
  /** Ports on the pod that may serve the API; several when it can't be told which. */
  readonly ports: readonly number[];
  readonly found: 'behindKubernetes' | 'configured';
  /** An API server on the pod network: nothing stands behind it. */
  readonly isApiServer: boolean;
  /** It is behind a Service that may replace the client's address by a node's. */
  readonly rewritten: boolean;
}

export interface Gateways {
  readonly gateways: readonly Gateway[];
  /** Every pod of every gateway. */
  readonly pods: ReadonlySet<PodRecord>;
  readonly unmatched: readonly GatewaySelector[];
}

/** Gateways are pods that stand behind `default/kubernetes` on the pod network, and those that the configuration selects. */
export function findGateways(cluster: Cluster, params: NetworkPoliciesParams): Gateways {
  const found = new Map<PodRecord, Gateway['found']>();
  const matched = new Set<GatewaySelector>();
  const hostApiServers = new Set(cluster.hostApiServers);
  const podsOf = Map.groupBy(cluster.pods, ({ namespace }) => namespace);
  for (const selector of params.gateways) {
    for (const pod of podsOf.get(selector.namespace) ?? []) {
      if (!carries(pod, selector.labels)) continue;
      matched.add(selector);
      if (!hostApiServers.has(pod)) found.set(pod, 'configured');
    }
  }
  for (const pod of cluster.pods) {
    if (!pod.hostNetwork && !found.has(pod) && isBehindKubernetes(cluster, pod)) found.set(pod, 'behindKubernetes');
  }
  return {
    gateways: groups(cluster, found, params),
    pods: new Set(found.keys()),
    unmatched: params.gateways.filter((selector) => !matched.has(selector)),
  };
}

function isBehindKubernetes({ snapshot, kubernetesService }: Cluster, pod: PodRecord): boolean {
  const selector = kubernetesService?.selector ?? null;
  return (
    snapshot.apiServers.some((server) => pod.addresses.some((address) => sameAddress(address, server.address))) ||
    (selector !== null && pod.namespace === 'default' && carries(pod, selector))
  );
}

function groups(
  cluster: Cluster,
  found: ReadonlyMap<PodRecord, Gateway['found']>,
  params: NetworkPoliciesParams,
): Gateway[] {
  const servicesOf = Map.groupBy(cluster.snapshot.services, ({ namespace }) => namespace);
  const nodeMatters = params.clients.some((client) => cluster.peerAt(client).kind === 'node');
  const byKey = new Map<string, Gateway>();
  for (const [pod, how] of found) {
    const services = (servicesOf.get(pod.namespace) ?? []).filter(
      ({ selector }) => selector !== null && Object.keys(selector).length > 0 && carries(pod, selector),
    );
    const gateway: Gateway = {
      example: pod,
      pods: 1,
      ports: servedPorts(cluster, pod, services, params.port),
      found: how,
      isApiServer: isApiServer(pod),
      rewritten: services.some(({ type }) => type === 'NodePort' || type === 'LoadBalancer'),
    };
    const key = JSON.stringify([
      pod.namespace,
      pod.hostNetwork,
      pod.ports,
      gateway.ports,
      how,
      gateway.isApiServer,
      gateway.rewritten,
      nodeMatters ? pod.nodeName : null,
      cluster.policies.isolation(pod, 'ingress').id,
      cluster.policies.isolation(pod, 'egress').id,
    ]);
    const same = byKey.get(key);
    byKey.set(key, same === undefined ? gateway : { ...same, pods: same.pods + 1 });
  }
  return [...byKey.values()];
}

/** The surest sign that there is, in this order: what leads from the endpoint's port, then what else is known to serve. */
function servedPorts(
  cluster: Cluster,
  pod: PodRecord,
  services: readonly ServiceRecord[],
  endpointPort: number,
): number[] {
  const targets = services.flatMap(({ ports }) =>
    ports.map(({ port, targetPort }) => ({ port, target: resolveTarget(pod, targetPort ?? port) })),
  );
  const declared = pod.ports.filter(({ protocol }) => protocol === 'TCP').map(({ port }) => port);
  const signs: readonly (number | null)[][] = [
    targets.filter(({ port }) => port === endpointPort).map(({ target }) => target),
    cluster.snapshot.apiServers
      .filter((server) => !pod.hostNetwork && pod.addresses.some((address) => sameAddress(address, server.address)))
      .map(({ port }) => port),
    declared.filter((port) => port === endpointPort),
    targets.map(({ target }) => target),
    declared,
  ];
  for (const sign of signs) {
    const ports = sign.filter((port) => port !== null);
    if (ports.length > 0) return [...new Set(ports)].sort((a, b) => a - b);
  }
  return [endpointPort];
}

function resolveTarget(pod: PodRecord, target: number | string): number | null {
  if (typeof target === 'number') return target;
  return pod.ports.find(({ name }) => name === target)?.port ?? null;
}

function carries({ labels }: PodRecord, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}
