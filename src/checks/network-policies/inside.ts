import type { PodRecord } from '../../words/kube.ts';
import { type Cluster, podPeer } from './cluster.ts';
import { serviceRuling } from './flows.ts';
import type { Gateways } from './gateways.ts';
import type { Ruling } from './ruling.ts';
import type { ApiTargets } from './targets.ts';

export interface Inside {
  readonly namespace: string;
  readonly pods: readonly PodRecord[];
  readonly ruling: Ruling;
}

/**
 * Whether pods that use the API from inside get out to it: those of kube-system and of the gateways' namespaces.
 * Pods that the same policies isolate are asked about once.
 */
export function insideClients(cluster: Cluster, gateways: Gateways, targets: ApiTargets): Inside[] {
  const namespaces = new Set(['kube-system', ...gateways.gateways.map(({ example }) => example.namespace)]);
  const asked = cluster.pods.filter(
    (pod) => namespaces.has(pod.namespace) && !pod.hostNetwork && !gateways.pods.has(pod),
  );
  const alike = Map.groupBy(asked, (pod) => cluster.policies.isolation(pod, 'egress').id);
  return [...alike.values()].flatMap((pods) => {
    const [example] = pods;
    const ruling = example === undefined ? null : serviceRuling(cluster, podPeer(example), targets);
    return example === undefined || ruling === null ? [] : [{ namespace: example.namespace, pods, ruling }];
  });
}
