import { isIPv6 } from 'node:net';
import { parse } from 'yaml';
import { z } from 'zod';
import { type EndpointOrigin, endpointUrl, type KnownEndpoint, parseEndpoint } from '../../words/endpoint.ts';
import type { KubeClient } from './client.ts';
import { readKubeconfig } from './kubeconfig.ts';

/** What a cluster says of its own endpoint in two ConfigMaps; either may be missing. */
export interface Told {
  readonly endpoints: readonly KnownEndpoint[];
  /** Empty when not told. */
  readonly caPem: string;
  /** What could not be read, in words. */
  readonly trouble: readonly string[];
}

const TIMEOUT_MS = 15_000;

const ConfigMap = z.object({ data: z.record(z.string(), z.string()) });
const ClusterConfiguration = z.object({ controlPlaneEndpoint: z.string().nullish() });

/** Reads `kube-public/cluster-info` and `kube-system/kubeadm-config`. null: the API server can't be asked now. */
export async function readTold(client: KubeClient, at: number, signal: AbortSignal): Promise<Told | null> {
  const info = await configMapKey(client, 'kube-public', 'cluster-info', 'kubeconfig', signal);
  const kubeadm = await configMapKey(client, 'kube-system', 'kubeadm-config', 'ClusterConfiguration', signal);
  if (info.kind === 'unreachable' || kubeadm.kind === 'unreachable') return null;
  const told = [fromClusterInfo(info, at), fromKubeadmConfig(kubeadm, at)];
  return {
    endpoints: told.flatMap(({ endpoints }) => endpoints),
    caPem: told.map(({ caPem }) => caPem).join(''),
    trouble: told.flatMap(({ trouble }) => trouble),
  };
}

type Read =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'trouble'; readonly message: string }
  | { readonly kind: 'unreachable' };

async function configMapKey(
  client: KubeClient,
  namespace: string,
  name: string,
  key: string,
  signal: AbortSignal,
): Promise<Read> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
  const answer = await client.get(path, { signal, timeoutMs: TIMEOUT_MS });
  if (answer.kind === 'unreachable') return { kind: 'unreachable' };
  // Only kubeadm makes these: on other clusters their absence is no fault.
  if (answer.kind === 'refused' && answer.status === 404) return { kind: 'absent' };
  if (answer.kind === 'refused') return { kind: 'trouble', message: `${namespace}/${name}: ${answer.message}` };
  const parsed = ConfigMap.safeParse(answer.body);
  const text = parsed.success ? parsed.data.data[key] : undefined;
  return text === undefined
    ? { kind: 'trouble', message: `${namespace}/${name} has no key "${key}"` }
    : { kind: 'text', text };
}

function fromClusterInfo(read: Read, at: number): Told {
  if (read.kind !== 'text') return nothing(read);
  const answer = readKubeconfig(read.text);
  if (answer.kind === 'unreadable') return trouble(`kube-public/cluster-info: ${answer.message}`);
  const { server, ca } = answer.config;
  return endpointOf(server, 'cluster-info', at, ca?.kind === 'pem' ? ca.pem : '');
}

function fromKubeadmConfig(read: Read, at: number): Told {
  if (read.kind !== 'text') return nothing(read);
  let raw: unknown;
  try {
    raw = parse(read.text);
  } catch (cause) {
    return trouble(`kube-system/kubeadm-config is not YAML: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const parsed = ClusterConfiguration.safeParse(raw);
  if (!parsed.success) return trouble('kube-system/kubeadm-config has an unknown form');
  const endpoint = parsed.data.controlPlaneEndpoint;
  return endpoint ? endpointOf(withPort(endpoint), 'kubeadm-config', at, '') : nothing({ kind: 'absent' });
}

/** kubeadm takes its own default port where `controlPlaneEndpoint` names none. */
function withPort(endpoint: string): string {
  if (isIPv6(endpoint)) return endpointUrl(endpoint, 6443);
  return /:\d+$/.test(endpoint) ? endpoint : `${endpoint}:6443`;
}

function endpointOf(url: string, origin: EndpointOrigin, at: number, caPem: string): Told {
  try {
    return { endpoints: [parseEndpoint(url, origin, at)], caPem, trouble: [] };
  } catch (cause) {
    return trouble(`${origin}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function nothing(read: Exclude<Read, { kind: 'text' }>): Told {
  return { endpoints: [], caPem: '', trouble: read.kind === 'trouble' ? [read.message] : [] };
}

function trouble(message: string): Told {
  return { endpoints: [], caPem: '', trouble: [message] };
}
