import type { Peer } from '../../packet/network-policy/peer.ts';
import { readRange } from '../../packet/network-policy/ranges.ts';
import { type Cluster, isApiServer, sameAddress } from './cluster.ts';
import type { NetworkPoliciesParams } from './contract.ts';
import type { Gateways } from './gateways.ts';

export interface Target {
  /** Who has the address. */
  readonly peer: Peer;
  readonly address: string;
  readonly port: number;
}

/** What a gateway or a pod has to reach. */
export interface ApiTargets {
  /** The API servers themselves, never a gateway before them. */
  readonly servers: readonly Target[];
  /** The Service `default/kubernetes`. */
  readonly services: readonly Target[];
}

/** Where kubeadm lets an API server listen unless told otherwise. */
const usualPort = 6443;

export function apiTargets(cluster: Cluster, gateways: Gateways, params: NetworkPoliciesParams): ApiTargets {
  const { snapshot, hostApiServers, kubernetesService } = cluster;
  const isServer = (address: string) => {
    const pod = cluster.podAt(address);
    return readRange(address) !== null && (pod === null || isApiServer(pod) || !gateways.pods.has(pod));
  };
  const target = (address: string, port: number): Target => ({ address, port, peer: cluster.peerAt(address) });
  const servers = snapshot.apiServers
    .filter(({ address }) => isServer(address))
    .map((one) => target(one.address, one.port));
  const declared = hostApiServers.flatMap(({ ports }) => ports).find(({ protocol }) => protocol === 'TCP');
  const port = servers[0]?.port ?? declared?.port ?? usualPort;
  const known = params.apiAddresses.filter(isServer);
  // With gateways behind `default/kubernetes` the servers' own addresses stand nowhere but on their pods.
  if (servers.length + known.length === 0) known.push(...hostApiServers.flatMap(({ addresses }) => addresses));
  for (const address of known) {
    if (!servers.some((server) => sameAddress(server.address, address))) servers.push(target(address, port));
  }
  const services = (kubernetesService?.clusterIps ?? []).flatMap((address) =>
    (kubernetesService?.ports ?? []).map(({ port }) => target(address, port)),
  );
  return { servers, services };
}
