import { isIP } from 'node:net';
import type { ClusterKnowledge, EndpointOrigin } from '../../words/endpoint.ts';
import type { ProbePath, ProbeTarget } from '../../words/probe.ts';
import type { VantageKind } from '../../words/vantage.ts';

/** The ways to the API server that somebody learned while it was well, as far as they lead anywhere from this vantage. */
export function learnedTargets(knowledge: ClusterKnowledge, from: VantageKind): ProbeTarget[] {
  const targets = knowledge.endpoints.map(({ host, port, origin }) => ({ path: pathOf(origin, host), host, port }));
  const service = targets.find(({ path }) => path === 'service-ip');
  if (service !== undefined) targets.push({ path: 'service-dns', host: SERVICE_NAME, port: service.port });
  return targets.filter(({ path }) => leadsSomewhere(path, from));
}

/** One for each host and port, with the path that says most; in the order of their paths. */
export function withoutRepeats(targets: readonly ProbeTarget[]): ProbeTarget[] {
  const ordered = targets.toSorted((a, b) => PATHS.indexOf(a.path) - PATHS.indexOf(b.path));
  const byPlace = new Map<string, ProbeTarget>();
  for (const target of ordered) {
    const place = `${target.host.toLowerCase()} ${target.port}`;
    if (!byPlace.has(place)) byPlace.set(place, target);
  }
  return [...byPlace.values()];
}

/**
 * The name that the certificate must be for, where it is not the host: clients come to a server's own address by way
 * of a balancer or the Service, under their names.
 */
export function serverNameFor({ path }: ProbeTarget): { serverName?: string } {
  return path === 'api-server-address' ? { serverName: SERVICE_NAME } : {};
}

/** As pods find it; the cluster's domain is left to the search list. */
const SERVICE_NAME = 'kubernetes.default.svc';

/** What clients use comes first: one address under two names is the endpoint. */
const PATHS: readonly ProbePath[] = [
  'endpoint',
  'cluster-info',
  'kubeadm-config',
  'service-ip',
  'service-dns',
  'api-server-address',
  'loopback',
];

function pathOf(origin: EndpointOrigin, host: string): ProbePath {
  switch (origin) {
    case 'configuration':
    case 'person':
    case 'kubeconfig':
      return 'endpoint';
    case 'cluster-info':
      return 'cluster-info';
    case 'kubeadm-config':
      return 'kubeadm-config';
    case 'endpointslice':
    case 'manifest':
      return 'api-server-address';
    case 'service':
      return isIP(host) === 0 ? 'service-dns' : 'service-ip';
  }
}

/** A Service's address means nothing outside the cluster, its name nothing outside a pod, a server's own address maybe nothing outside its network. */
function leadsSomewhere(path: ProbePath, from: VantageKind): boolean {
  switch (from) {
    case 'pod':
      return true;
    case 'node':
      return path !== 'service-dns';
    case 'outside':
      return path === 'endpoint' || path === 'cluster-info' || path === 'kubeadm-config';
  }
}
