import { z } from 'zod';

/** Where an address of the API server was learned. */
export const EndpointOrigin = z.enum([
  'configuration',
  'person',
  'kubeconfig',
  'cluster-info',
  'kubeadm-config',
  'endpointslice',
  'service',
  /** The API server's static pod manifest on its node. */
  'manifest',
]);
export type EndpointOrigin = z.infer<typeof EndpointOrigin>;

/** One way to reach the API server, as somebody or something said. */
export const KnownEndpoint = z.object({
  /** `https://host:port`, IPv6 in brackets. */
  url: z.string(),
  /** Name or address; IPv6 without brackets. */
  host: z.string(),
  port: z.number().int().min(1).max(65535),
  origin: EndpointOrigin,
  /** Epoch ms. */
  learnedAt: z.number(),
});
export type KnownEndpoint = z.infer<typeof KnownEndpoint>;

/** What is known of a cluster from the time it was healthy; told by agents, kept by both sides. */
export const ClusterKnowledge = z.object({
  endpoints: z.array(KnownEndpoint),
  /** PEM of the cluster's CA certificates; empty when not learned yet. */
  caPem: z.string(),
  /** Names of control-plane nodes. */
  controlPlaneNodes: z.array(z.string()),
  /** Who runs the control plane: `self` means that its nodes are reachable for node agents. */
  provider: z.enum(['self', 'eks', 'gke', 'aks', 'unknown']),
  /** Epoch ms when the API server last confirmed any of this; 0 if never. */
  asOfAt: z.number(),
});
export type ClusterKnowledge = z.infer<typeof ClusterKnowledge>;

/** Is the control plane its provider's, so that nobody gets at its nodes? */
export function isManaged(provider: ClusterKnowledge['provider']): boolean {
  return provider !== 'self' && provider !== 'unknown';
}

/** A DNS name or an address. Narrower than what URL allows (`$`, `;`, …), since hosts are put into commands for people to paste. */
const plainHost = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/i;

/** @throws if `text` is not an https URL; the message says what is expected. A missing port means 443. */
export function parseEndpoint(text: string, origin: EndpointOrigin, learnedAt: number): KnownEndpoint {
  const trimmed = text.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url === undefined || url.protocol !== 'https:' || !plainHost.test(url.hostname) || url.username !== '') {
    throw new TypeError(
      `"${text}" is not an API server URL; expected https://host:port, such as https://10.0.0.10:6443`,
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 443 : Number(url.port);
  return { url: endpointUrl(host, port), host, port, origin, learnedAt };
}

export function endpointUrl(host: string, port: number): string {
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
