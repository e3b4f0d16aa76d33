import type { Peer, PodPeer } from '../../packet/network-policy/peer.ts';
import { type PolicySet, policySet } from '../../packet/network-policy/policy-set.ts';
import { readRange } from '../../packet/network-policy/ranges.ts';
import type { KubeSnapshot, NodeRecord, PodRecord, ServiceRecord } from '../../words/kube.ts';

/** A snapshot made ready for the questions of this check. */
export interface Cluster {
  readonly snapshot: KubeSnapshot;
  readonly policies: PolicySet;
  /** Pods that run or soon will: neither finished nor on their way out. */
  readonly pods: readonly PodRecord[];
  /** API servers on their node's network, as kubeadm makes them. */
  readonly hostApiServers: readonly PodRecord[];
  readonly kubernetesService: ServiceRecord | null;
  podAt(address: string): PodRecord | null;
  /** Who has this address or range: a pod, a node, or somebody outside. */
  peerAt(address: string): Peer;
}

export function prepare(snapshot: KubeSnapshot): Cluster {
  const pods = snapshot.pods.filter(({ phase, deleting }) => !deleting && phase !== 'Succeeded' && phase !== 'Failed');
  const hostApiServers = pods.filter((pod) => pod.hostNetwork && isApiServer(pod));
  const podsByAddress = new Map<string, PodRecord>();
  // Pods on the host's network share its address: of those only an API server is somebody to ask for.
  for (const pod of [...pods.filter(({ hostNetwork }) => !hostNetwork), ...hostApiServers]) {
    for (const address of pod.addresses) podsByAddress.set(addressKey(address), pod);
  }
  const nodeAt = new Map<string, NodeRecord>();
  for (const node of snapshot.nodes) for (const address of node.addresses) nodeAt.set(addressKey(address), node);

  return {
    snapshot,
    policies: policySet(snapshot),
    pods,
    hostApiServers,
    kubernetesService:
      snapshot.services.find(({ namespace, name }) => namespace === 'default' && name === 'kubernetes') ?? null,
    podAt: (address) => podsByAddress.get(addressKey(address)) ?? null,
    peerAt(address) {
      const pod = podsByAddress.get(addressKey(address));
      if (pod !== undefined) return { ...podPeer(pod), addresses: [address] };
      const node = nodeAt.get(addressKey(address));
      if (node !== undefined) return { kind: 'node', name: node.name, addresses: [address] };
      return { kind: 'external', addresses: [address] };
    },
  };
}

export function podPeer(pod: PodRecord): PodPeer {
  return { kind: 'pod', ...pod, addresses: pod.addresses.filter((address) => readRange(address) !== null) };
}

/** By the labels that kubeadm, kops and OpenShift give it. */
export function isApiServer({ labels }: PodRecord): boolean {
  return ['component', 'k8s-app', 'app'].some((key) => labels[key]?.endsWith('kube-apiserver') === true);
}

/** One address may be written in several ways; null when it is none. */
function addressKey(text: string): string {
  const range = readRange(text);
  return range === null ? text : `${range.family} ${range.first}-${range.last}`;
}

export function sameAddress(a: string, b: string): boolean {
  return addressKey(a) === addressKey(b);
}
