import { mayPass, type Passing } from '../../packet/network-policy/may-pass.ts';
import type { Peer, PodPeer } from '../../packet/network-policy/peer.ts';
import { readRange } from '../../packet/network-policy/ranges.ts';
import { type Cluster, podPeer } from './cluster.ts';
import type { FlowFact, NetworkPoliciesParams } from './contract.ts';
import type { Gateway } from './gateways.ts';
import { agree, type Ruling, rulingOf, rulingOfSide } from './ruling.ts';
import type { ApiTargets, Target } from './targets.ts';

export interface Flow extends Pick<FlowFact, 'kind' | 'from' | 'to' | 'ports' | 'pods' | 'weighs'> {
  readonly ruling: Ruling;
}

/** External clients to a gateway: one flow for each client that speaks an address family of the pod. */
export function clientFlows(cluster: Cluster, gateway: Gateway, clients: NetworkPoliciesParams['clients']): Flow[] {
  const pod = podPeer(gateway.example);
  const askAllPorts = (from: Peer) =>
    agree(
      gateway.ports.map((port) => rule(cluster, from, pod, port)),
      'portsDiffer',
    );
  const rewritten = gateway.rewritten ? nodeSources(cluster, pod).map(askAllPorts) : [];
  return clientsOf(pod, clients).map((client) => ({
    kind: 'client-to-gateway',
    from: client,
    to: `${pod.namespace}/${pod.name}`,
    ports: [...gateway.ports],
    pods: gateway.pods,
    weighs: true,
    ruling: agree([askAllPorts(cluster.peerAt(client)), ...rewritten], 'rewritten'),
  }));
}

/**
 * The nodes as sources, where a Service puts their addresses in place of the client's. They are asked about as
 * outsiders: a pod's own node always reaches it, which would leave every denial in doubt.
 */
function nodeSources({ snapshot: { nodes } }: Cluster, pod: PodPeer): Peer[] {
  const addresses = nodes
    .flatMap((node) => node.addresses)
    .filter((address) => readRange(address) !== null && sharesFamily(pod, address));
  // An only node is the pod's own.
  return nodes.length > 1 && addresses.length > 0 ? [{ kind: 'external', addresses }] : [];
}

/** A gateway to every API server by its own address, and by the Service. */
export function apiFlows(cluster: Cluster, gateway: Gateway, allTargets: ApiTargets): Flow[] {
  if (gateway.isApiServer) return [];
  const pod = podPeer(gateway.example);
  const targets = inReach(pod, allTargets);
  const from = `${pod.namespace}/${pod.name}`;
  const direct = targets.servers.map((server) => ({
    server,
    ruling: rule(cluster, pod, server.peer, server.port),
  }));
  const byService = serviceRuling(cluster, pod, targets);
  const allCut = direct.every(({ ruling }) => ruling.passage === 'denied');
  // Nobody knows by which of the two ways a gateway goes. Where one is surely open the other decides nothing.
  const flows: Flow[] = direct.map(({ server, ruling }) => ({
    kind: 'gateway-to-api',
    from,
    to: server.address,
    ports: [server.port],
    pods: gateway.pods,
    weighs: !(allCut && byService?.passage === 'unknown'),
    ruling,
  }));
  const [service] = targets.services;
  if (byService !== null && service !== undefined) {
    flows.push({
      kind: 'gateway-to-service',
      from,
      to: service.address,
      ports: [service.port],
      pods: gateway.pods,
      weighs: allCut,
      ruling: byService,
    });
  }
  return flows;
}

/**
 * A pod to the API by the Service's address. Whether policies see that address or the server's, to which it is
 * translated, is not defined: it passes or fails for sure only where both do. null: there is no such Service.
 */
export function serviceRuling(cluster: Cluster, pod: PodPeer, targets: ApiTargets): Ruling | null {
  const { servers, services } = inReach(pod, targets);
  const asService = services.map((target) => outwards(cluster, pod, target));
  if (asService.length === 0) return null;
  const asServers = servers.map((target) => outwards(cluster, pod, target));
  const translated = asServers.length === 0 ? [] : [agree(asServers, 'serversDiffer')];
  return agree([agree(asService, 'serversDiffer'), ...translated], 'translated');
}

/** A policy on a server that is on the host's network says nothing for sure; what decides then is the pod's own end. */
function outwards(cluster: Cluster, from: PodPeer, { peer: to, port }: Target): Ruling {
  const passing = ask(cluster, from, to, port);
  return passing.ingress.passage === 'undefinedByStandard' ? rulingOfSide(passing.egress) : rulingOf(passing);
}

function rule(cluster: Cluster, from: Peer, to: Peer, port: number): Ruling {
  return rulingOf(ask(cluster, from, to, port));
}

function ask({ policies }: Cluster, from: Peer, to: Peer, port: number): Passing {
  return mayPass(policies, { from, to, port, protocol: 'TCP' });
}

/** The clients that speak an address family of the pod; without any, every address there is of those families. */
export function clientsOf(pod: Pick<PodPeer, 'addresses'>, clients: NetworkPoliciesParams['clients']): string[] {
  const able = clients.filter((client) => sharesFamily(pod, client));
  if (able.length > 0) return able;
  const everywhere = new Set(pod.addresses.map((address) => (isIPv6(address) ? '::/0' : '0.0.0.0/0')));
  return everywhere.size === 0 ? ['0.0.0.0/0'] : [...everywhere];
}

function inReach(pod: PodPeer, { servers, services }: ApiTargets): ApiTargets {
  const able = ({ address }: Target) => sharesFamily(pod, address);
  return { servers: servers.filter(able), services: services.filter(able) };
}

/** A policy may well deny IPv6 to a pod that has none: that cuts nobody off. */
function sharesFamily({ addresses }: Pick<PodPeer, 'addresses'>, address: string): boolean {
  return addresses.length === 0 || addresses.some((own) => isIPv6(own) === isIPv6(address));
}

function isIPv6(address: string): boolean {
  return address.includes(':');
}
