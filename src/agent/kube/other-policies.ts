import { z } from 'zod';
import type { Log } from '../../ops/log.ts';
import type { OtherPolicyRecord } from '../../words/kube.ts';
import { pause } from '../pause.ts';
import type { KubeClient } from './client.ts';
import { type Followed, type FollowPace, follow } from './follow.ts';
import { lastModified, Named } from './metadata.ts';
import { type Noted, type NoteTaker, noting, toldTo } from './notes.ts';
import type { Standing } from './standing.ts';

/** Policies of other kinds than `networking.k8s.io`, of the kinds that the cluster has; which it has is asked again and again. */
export interface OtherPolicies {
  records(): readonly OtherPolicyRecord[];
  /** In words, which kinds can't be read, or are not known yet; empty when everything that exists is followed. */
  unseen(): readonly string[];
  /** Of every kind that exists; null before it is known which do. */
  standings(): readonly Standing[] | null;
  alive(askedAt: number): void;
  run(signal: AbortSignal): Promise<void>;
}

/** Resources that can keep packets from an API server, by API group. `plural` is what RBAC names. */
const KINDS: readonly PolicyKind[] = [
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

interface PolicyKind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
}

interface Following<N> {
  readonly kind: string;
  readonly each: Followed<Noted<OtherPolicyRecord, N>>;
  readonly stop: AbortController;
}

const TIMEOUT_MS = 20_000;

const Groups = z.object({
  groups: z.array(z.object({ name: z.string(), versions: z.array(z.object({ version: z.string() })) })),
});

export function followOtherPolicies<N>(options: {
  readonly client: KubeClient;
  readonly clock: () => number;
  readonly log: Log;
  readonly pace: FollowPace & { readonly otherPoliciesMs: number };
  readonly taker: NoteTaker<N> | null;
  readonly onProgress: () => void;
}): OtherPolicies {
  const { client, log, pace, taker, onProgress } = options;
  const followed = new Map<string, Following<N>>();
  /** Why it is not known which kinds there are. */
  let unknown: string | null = 'not listed yet';

  function begin(path: string, { kind }: PolicyKind, signal: AbortSignal): Promise<void> {
    const resource = { name: kind, path, reduce: (raw: unknown) => policyRecord(kind, raw) };
    const each = follow(noting(resource, taker), { ...options, ...toldTo(taker, kind) });
    const stop = new AbortController();
    followed.set(path, { kind, each, stop });
    return each.run(AbortSignal.any([signal, stop.signal]));
  }

  return {
    records: () => [...followed.values()].flatMap(({ each }) => each.items().map(({ record }) => record)),
    standings: () => (unknown === null ? [...followed.values()].map(({ each }) => each.standing()) : null),
    unseen: () => [
      ...(unknown === null ? [] : [`policies of other kinds (${unknown})`]),
      ...[...followed.values()].flatMap(({ kind, each }) => {
        const { listed, trouble } = each.standing();
        return listed ? [] : [`${kind} (${trouble?.message ?? 'not listed yet'})`];
      }),
    ],
    alive(askedAt) {
      for (const { each } of followed.values()) each.alive(askedAt);
    },
    async run(signal) {
      const running = new Set<Promise<void>>();
      while (!signal.aborted) {
        const found = await existing(client, signal);
        if (signal.aborted) break;
        if (found.kind === 'known') {
          unknown = null;
          for (const [path, kind] of found.paths) if (!followed.has(path)) running.add(begin(path, kind, signal));
          for (const [path, { stop }] of followed) {
            if (found.paths.has(path)) continue;
            // The kind itself was taken out of the cluster, and all of it with it.
            stop.abort();
            followed.delete(path);
          }
        } else if (found.kind === 'refused') {
          if (unknown !== found.why) log.warn({ why: found.why }, 'some policies can not be listed');
          unknown = found.why;
        }
        onProgress();
        await pause(found.kind === 'known' ? pace.otherPoliciesMs : pace.retryMs[1], signal);
      }
      await Promise.all(running);
    },
  };
}

function policyRecord(kind: string, raw: unknown): OtherPolicyRecord {
  const { metadata } = Named.parse(raw);
  const namespace = metadata.namespace === '' ? null : metadata.namespace;
  return { kind, namespace, name: metadata.name, modifiedAt: lastModified(metadata).modifiedAt };
}

type Existing =
  | { readonly kind: 'known'; readonly paths: ReadonlyMap<string, PolicyKind> }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unreachable' };

async function existing(client: KubeClient, signal: AbortSignal): Promise<Existing> {
  const answer = await client.get('/apis', { signal, timeoutMs: TIMEOUT_MS });
  if (answer.kind === 'unreachable') return { kind: 'unreachable' };
  const groups = answer.kind === 'ok' ? Groups.safeParse(answer.body) : null;
  if (!groups?.success) {
    const why = answer.kind === 'refused' ? answer.message : 'the answer has an unknown form';
    return { kind: 'refused', why: `the API groups can't be listed: ${why}` };
  }
  const paths = new Map<string, PolicyKind>();
  for (const kind of KINDS) {
    const versions = groups.data.groups.find(({ name }) => name === kind.group)?.versions ?? [];
    // A group may serve a kind in one version only, so the first that knows it counts.
    for (const { version } of versions) {
      const path = `/apis/${kind.group}/${version}/${kind.plural}`;
      const there = await client.get(`${path}?limit=1`, { signal, timeoutMs: TIMEOUT_MS });
      if (there.kind === 'unreachable') return { kind: 'unreachable' };
      if (there.kind === 'refused' && there.status === 404) continue;
      paths.set(path, kind);
      break;
    }
  }
  return { kind: 'known', paths };
}
