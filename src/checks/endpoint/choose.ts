import { type EndpointOrigin, type KnownEndpoint, parseEndpoint } from '../../words/endpoint.ts';

/**
 * The address that clients use, of all that were named: what a person or the configuration says first, then what the
 * cluster says of itself, its inner addresses last. Of one origin, the newest.
 *
 * @param configured a URL that stands above everything known, such as one just given; null when there is none
 * @throws TypeError when `configured` is no https URL
 */
export function chooseEndpoint(configured: string | null, known: readonly KnownEndpoint[]): KnownEndpoint | null {
  if (configured !== null) {
    const given = parseEndpoint(configured, 'person', 0);
    return inOrder(known).find((endpoint) => isSamePlace(endpoint, given)) ?? given;
  }
  return inOrder(known)[0] ?? null;
}

export function isSamePlace(a: KnownEndpoint, b: KnownEndpoint): boolean {
  return a.host.toLowerCase() === b.host.toLowerCase() && a.port === b.port;
}

const ORDER: readonly EndpointOrigin[] = [
  'person',
  'configuration',
  'cluster-info',
  'kubeadm-config',
  'kubeconfig',
  'endpointslice',
  'manifest',
  'service',
];

function inOrder(known: readonly KnownEndpoint[]): KnownEndpoint[] {
  return known.toSorted(
    (a, b) =>
      ORDER.indexOf(a.origin) - ORDER.indexOf(b.origin) ||
      b.learnedAt - a.learnedAt ||
      (a.url < b.url ? -1 : Number(a.url > b.url)),
  );
}
