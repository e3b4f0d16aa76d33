import { z } from 'zod';
import type { OtherPolicyRecord } from '../../words/kube.ts';
import type { KubeClient } from './client.ts';
import { lastModified, Named } from './kinds.ts';

/** Policies of other kinds than `networking.k8s.io`, and which kinds could not be listed. */
export interface OtherPolicies {
  readonly records: readonly OtherPolicyRecord[];
  /** In words; empty when everything that exists could be listed. */
  readonly unseen: readonly string[];
}

/** Resources that can keep packets from an API server, by API group. `plural` is what RBAC names. */
const KINDS: readonly { readonly group: string; readonly kind: string; readonly plural: string }[] = [
  { group: 'policy.networking.k8s.io', kind: 'AdminNetworkPolicy', plural: 'adminnetworkpolicies' },
  { group: 'policy.networking.k8s.io', kind: 'BaselineAdminNetworkPolicy', plural: 'baselineadminnetworkpolicies' },
  { group: 'policy.networking.k8s.io', kind: 'ClusterNetworkPolicy', plural: 'clusternetworkpolicies' },
  { group: 'cilium.io', kind: 'CiliumNetworkPolicy', plural: 'ciliumnetworkpolicies' },
  { group: 'cilium.io', kind: 'CiliumClusterwideNetworkPolicy', plural: 'ciliumclusterwidenetworkpolicies' },
  { group: 'crd.projectcalico.org', kind: 'Calico NetworkPolicy', plural: 'networkpolicies' },
  { group: 'crd.projectcalico.org', kind: 'Calico GlobalNetworkPolicy', plural: 'globalnetworkpolicies' },
  { group: 'crd.projectcalico.org', kind: 'Calico HostEndpoint', plural: 'hostendpoints' },
  { group: 'crd.antrea.io', kind: 'Antrea NetworkPolicy', plural: 'networkpolicies' },
  { group: 'crd.antrea.io', kind: 'Antrea ClusterNetworkPolicy', plural: 'clusternetworkpolicies' },
];

const PAGE = 500;
/** Lists of policies longer than this are cut, and said to be. */
const MOST_PAGES = 20;
const TIMEOUT_MS = 20_000;
/** The server sends only the metadata: specs of policies that are not evaluated would be waste. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

const Groups = z.object({
  groups: z.array(z.object({ name: z.string(), versions: z.array(z.object({ version: z.string() })) })),
});
const Page = z.object({
  metadata: z.object({ continue: z.string().nullish() }),
  items: z.array(z.unknown()).nullish(),
});

/** Lists whatever of these kinds exists. null: the API server can't be asked now; what was known stands. */
export async function listOtherPolicies(client: KubeClient, signal: AbortSignal): Promise<OtherPolicies | null> {
  const answer = await client.get('/apis', { signal, timeoutMs: TIMEOUT_MS });
  if (answer.kind === 'unreachable') return null;
  const groups = answer.kind === 'ok' ? Groups.safeParse(answer.body) : null;
  if (!groups?.success) {
    const why = answer.kind === 'refused' ? answer.message : 'the answer has an unknown form';
    return { records: [], unseen: [`policies of other kinds (the API groups can't be listed: ${why})`] };
  }

  const records: OtherPolicyRecord[] = [];
  const unseen: string[] = [];
  for (const { group, kind, plural } of KINDS) {
    const versions = groups.data.groups.find(({ name }) => name === group)?.versions ?? [];
    // A group may serve a kind in one version only, so the first that knows it counts.
    for (const { version } of versions) {
      const listed = await list(client, `/apis/${group}/${version}/${plural}`, kind, signal);
      if (listed.kind === 'absent') continue;
      if (listed.kind === 'failed') return null;
      records.push(...listed.records);
      if (listed.trouble !== null) unseen.push(`${kind} (${listed.trouble})`);
      break;
    }
  }
  return { records, unseen };
}

type Listed =
  | { readonly kind: 'listed'; readonly records: readonly OtherPolicyRecord[]; readonly trouble: string | null }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed' };

async function list(client: KubeClient, path: string, kind: string, signal: AbortSignal): Promise<Listed> {
  const records: OtherPolicyRecord[] = [];
  let from = '';
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(from === '' ? {} : { continue: from }) });
    const answer = await client.get(`${path}?${query}`, { signal, timeoutMs: TIMEOUT_MS, accept: METADATA_ONLY });
    if (answer.kind === 'unreachable') return { kind: 'failed' };
    if (answer.kind === 'refused') {
      return answer.status === 404 ? { kind: 'absent' } : { kind: 'listed', records, trouble: answer.message };
    }
    const page = Page.safeParse(answer.body);
    if (!page.success) return { kind: 'listed', records, trouble: 'the list has an unknown form' };
    for (const item of page.data.items ?? []) {
      const named = Named.safeParse(item);
      if (!named.success) continue;
      const { name, namespace } = named.data.metadata;
      const { modifiedAt } = lastModified(named.data.metadata);
      records.push({ kind, namespace: namespace === '' ? null : namespace, name, modifiedAt });
    }
    from = page.data.metadata.continue ?? '';
    if (from === '') return { kind: 'listed', records, trouble: null };
  }
  return { kind: 'listed', records, trouble: `more than ${PAGE * MOST_PAGES}: the rest was left out` };
}
