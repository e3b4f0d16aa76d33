import { mayPass, type Passing } from '../../../src/packet/network-policy/may-pass.ts';
import type { ExternalPeer, NodePeer, Peer, PodPeer } from '../../../src/packet/network-policy/peer.ts';
import { policySet } from '../../../src/packet/network-policy/policy-set.ts';

const namespaces = [
  { name: 'edge', labels: { 'kubernetes.io/metadata.name': 'edge', zone: 'dmz' } },
  { name: 'apps', labels: { 'kubernetes.io/metadata.name': 'apps', zone: 'inner' } },
  { name: 'kube-system', labels: { 'kubernetes.io/metadata.name': 'kube-system' } },
];

export function pod(name: string, given: Partial<PodPeer> = {}): PodPeer {
  return {
    kind: 'pod',
    namespace: 'edge',
    name,
    labels: { app: name },
    addresses: ['10.244.0.5'],
    hostNetwork: false,
    nodeName: 'cp-1',
    ports: [{ name: 'api', port: 8443, protocol: 'TCP' }],
    ...given,
  };
}

export function node(name: string, ...addresses: string[]): NodePeer {
  return { kind: 'node', name, addresses };
}

export function external(...addresses: string[]): ExternalPeer {
  return { kind: 'external', addresses };
}

export function policy(spec: unknown, name = 'p', namespace = 'edge') {
  return { namespace, name, spec };
}

export function passing(
  policies: readonly { namespace: string; name: string; spec: unknown }[],
  from: Peer,
  to: Peer,
  port = 8443,
  protocol: 'TCP' | 'UDP' | 'SCTP' = 'TCP',
): Passing {
  return mayPass(policySet({ policies, namespaces }), { from, to, port, protocol });
}
