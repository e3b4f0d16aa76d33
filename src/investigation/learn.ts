import type { ClusterKnowledge, KnownEndpoint } from '../words/endpoint.ts';
import type { Role } from '../words/vantage.ts';

/**
 * What is known of a cluster after an agent told what it knows. The cluster agent asked the API server:
 * newer word of it replaces older. A node only adds what nobody else knew. Pure.
 */
export function learn(known: ClusterKnowledge | null, told: ClusterKnowledge, from: Role): ClusterKnowledge {
  if (known === null) return told;
  const newer = from === 'cluster' && told.asOfAt >= known.asOfAt;
  const [first, second] = newer ? [told, known] : [known, told];
  return {
    // Nothing that worked is forgotten only because it could not be read this time.
    endpoints: newer && told.endpoints.length > 0 ? told.endpoints : union(first.endpoints, second.endpoints),
    caPem: first.caPem === '' ? second.caPem : first.caPem,
    controlPlaneNodes:
      first.controlPlaneNodes.length > 0 && newer
        ? first.controlPlaneNodes
        : [...new Set([...first.controlPlaneNodes, ...second.controlPlaneNodes])],
    provider: first.provider === 'unknown' ? second.provider : first.provider,
    asOfAt: Math.max(known.asOfAt, told.asOfAt),
  };
}

function union(first: readonly KnownEndpoint[], second: readonly KnownEndpoint[]): KnownEndpoint[] {
  const same = (a: KnownEndpoint, b: KnownEndpoint) => a.origin === b.origin && a.host === b.host && a.port === b.port;
  return [...first, ...second.filter((one) => !first.some((other) => same(other, one)))];
}
