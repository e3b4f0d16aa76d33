import { chooseEndpoint } from '../checks/endpoint/choose.ts';
import type { WatchOrder } from '../words/stream.ts';
import { addressesOf, serverPort, targetsOf } from './params.ts';
import type { ClusterProfile } from './ports.ts';

/** As many as an order holds. */
const most = { targets: 16, addresses: 64, clients: 256, gateways: 256 } as const;

/** What the agents of this cluster shall watch by themselves; null while not even an endpoint is known. Pure. */
export function watchOrderOf(profile: ClusterProfile, probeEveryMs: number): WatchOrder | null {
  const { knowledge, sources, gateways } = profile;
  const endpoint = chooseEndpoint(null, knowledge.endpoints);
  if (endpoint === null) return null;
  const targets = targetsOf(endpoint, knowledge.endpoints).flatMap(({ path, host, port }) =>
    path === 'endpoint' || path === 'cluster-info' || path === 'kubeadm-config' ? [{ path, host, port }] : [],
  );
  return {
    targets: targets.slice(0, most.targets),
    caPem: knowledge.caPem,
    probeEveryMs,
    apiPort: serverPort(endpoint.port, knowledge.endpoints),
    apiAddresses: addressesOf(endpoint, knowledge.endpoints).slice(0, most.addresses),
    clients: sources.slice(0, most.clients),
    gateways: gateways.slice(0, most.gateways).map(({ namespace, labels }) => ({ namespace, labels: { ...labels } })),
  };
}
