import { mayPass } from '../../packet/network-policy/may-pass.ts';
import type { PolicyName } from '../../packet/network-policy/peer.ts';
import type { ReadPolicy } from '../../packet/network-policy/policy-set.ts';
import { selects } from '../../packet/network-policy/selector.ts';
import { type Cluster, podPeer } from './cluster.ts';
import type { NetworkPoliciesParams } from './contract.ts';
import { clientsOf } from './flows.ts';
import type { ApiTargets } from './targets.ts';

export interface ApiServerPolicy {
  readonly policy: PolicyName;
  readonly onlyHostNetwork: boolean;
  readonly wouldDeny: boolean;
}

/**
 * Policies that select API server pods on the host's network: they look like the culprit, and seldom are one,
 * since the standard leaves undefined what they do and most plugins ignore them.
 */
export function apiServerPolicies(
  cluster: Cluster,
  targets: ApiTargets,
  clients: NetworkPoliciesParams['clients'],
): ApiServerPolicy[] {
  const selecting = new Map<ReadPolicy, { denies: boolean }>();
  for (const record of cluster.hostApiServers) {
    const pod = podPeer(record);
    const [first] = targets.servers;
    const port = targets.servers.find(({ address }) => pod.addresses.includes(address))?.port ?? first?.port;
    const kept = clientsOf(pod, clients).some((client) => {
      const traffic = { from: cluster.peerAt(client), to: pod, port: port ?? 6443, protocol: 'TCP' } as const;
      return mayPass(cluster.policies, traffic).ingress.passage === 'undefinedByStandard';
    });
    for (const direction of ['egress', 'ingress'] as const) {
      for (const policy of cluster.policies.isolation(pod, direction).policies) {
        const denies = kept && direction === 'ingress';
        selecting.set(policy, { denies: denies || selecting.get(policy)?.denies === true });
      }
    }
  }
  const podsOf = Map.groupBy(cluster.pods, ({ namespace }) => namespace);
  return [...selecting].map(([policy, { denies }]) => ({
    policy: policy.name,
    onlyHostNetwork: (podsOf.get(policy.name.namespace) ?? []).every(
      (pod) => pod.hostNetwork || !selects(policy.selector, pod.labels),
    ),
    wouldDeny: denies,
  }));
}
