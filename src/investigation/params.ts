import type { CheckId } from '../words/check.ts';
import { type KnownEndpoint, parseEndpoint } from '../words/endpoint.ts';
import type { ProbePath, ProbeTarget } from '../words/probe.ts';
import type { ClusterProfile, ConnectedVantage } from './ports.ts';
import type { Investigation } from './state.ts';

/** Where an API server listens when nobody said otherwise. */
const usualPort = 6443;
/** As many as a check takes. */
const mostSources = 64;
/** One probe's deadline within a check. */
const probeDeadlineMs = 5_000;

/** What a check is asked, from what is known of the cluster and of this investigation. Pure. */
export function paramsFor(
  check: CheckId,
  profile: ClusterProfile,
  investigation: Pick<Investigation, 'endpoint' | 'openedAt' | 'onsets'>,
  connected: readonly ConnectedVantage[],
): unknown {
  const { knowledge } = profile;
  const endpoint =
    investigation.endpoint === null ? null : parseEndpoint(investigation.endpoint, 'person', investigation.openedAt);
  const port = endpoint?.port ?? usualPort;
  switch (check) {
    case 'endpoint':
      return { url: endpoint?.url ?? null, known: knowledge.endpoints };
    case 'reachability':
      return { targets: targetsOf(endpoint, knowledge.endpoints), caPem: knowledge.caPem, deadlineMs: probeDeadlineMs };
    case 'listening':
      return {
        port: serverPort(port, knowledge.endpoints),
        expectedAddresses: addressesOf(endpoint, knowledge.endpoints),
        caPem: knowledge.caPem,
      };
    case 'host-firewall':
      return {
        port: serverPort(port, knowledge.endpoints),
        sources: sourcesOf(profile, investigation, connected),
        addresses: addressesOf(endpoint, knowledge.endpoints),
        cloudToo: connected.some(({ checks }) => checks.includes('cloud-firewall')),
      };
    case 'cloud-firewall':
      return { sources: sourcesOf(profile, investigation, connected), entry: entryOf(endpoint) };
    case 'endpoint-path':
      return { entry: entryOf(endpoint) };
    case 'network-policies':
      return {
        port,
        gateways: profile.gateways,
        clients: sourcesOf(profile, investigation, connected),
        apiAddresses: addressesOf(null, knowledge.endpoints),
      };
    case 'control-plane-pods':
      return {};
    default:
      return check satisfies never;
  }
}

/** Every way to the API server that is meant for clients outside, the asked endpoint first. */
export function targetsOf(endpoint: KnownEndpoint | null, known: readonly KnownEndpoint[]): ProbeTarget[] {
  const targets: ProbeTarget[] =
    endpoint === null ? [] : [{ path: 'endpoint', host: endpoint.host, port: endpoint.port }];
  for (const { origin, host, port } of known) {
    if (targets.some((target) => target.host === host && target.port === port)) continue;
    // From outside only what is meant for outside: a service's address is nobody's there, and a wrong one's at worst.
    const path = outsidePaths[origin];
    if (path !== undefined) targets.push({ path, host, port });
  }
  return targets;
}

const outsidePaths: Partial<Record<KnownEndpoint['origin'], ProbePath>> = {
  configuration: 'endpoint',
  person: 'endpoint',
  'cluster-info': 'cluster-info',
  'kubeadm-config': 'kubeadm-config',
};

/** The port that the API server itself listens on: a load balancer before it may listen on another. */
export function serverPort(endpointPort: number, known: readonly KnownEndpoint[]): number {
  return known.find(({ origin }) => origin === 'endpointslice')?.port ?? endpointPort;
}

/** Addresses that the API server, or what stands before it, is reached at. */
export function addressesOf(endpoint: KnownEndpoint | null, known: readonly KnownEndpoint[]): string[] {
  const servers = known.filter(({ origin }) => origin === 'endpointslice').map(({ host }) => host);
  const stated = endpoint !== null && isAddress(endpoint.host) ? [endpoint.host] : [];
  return [...new Set([...stated, ...servers])];
}

/** What clients connect to; where a name leads is looked up by who needs it. */
function entryOf(endpoint: KnownEndpoint | null) {
  if (endpoint === null) return null;
  const { host, port } = endpoint;
  return { host, port, addresses: isAddress(host) ? [host] : [] };
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^\d+(\.\d+){3}$/.test(host);
}

/** Whose packets are asked about: those said to fail, configured clients, and the outside vantages themselves. */
function sourcesOf(
  profile: ClusterProfile,
  { onsets }: Pick<Investigation, 'onsets'>,
  connected: readonly ConnectedVantage[],
): string[] {
  const vantages = connected
    .filter(({ vantage }) => vantage.kind === 'outside')
    .flatMap(({ vantage }) => vantage.leavesBy);
  return [...new Set([...onsets.flatMap(({ sources }) => sources), ...profile.sources, ...vantages])].slice(
    0,
    mostSources,
  );
}
