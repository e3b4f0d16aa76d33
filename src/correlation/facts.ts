import { z } from 'zod';
import type { Evidence } from '../words/evidence.ts';
import { ContainerRecord } from '../words/kube.ts';
import { ProbeResult } from '../words/probe.ts';

/**
 * Of each check's facts only what is compared with changes. They are read by their shape: what can't be read says
 * nothing, and the verdict and its reason remain.
 */
const Reachability = z.object({ results: z.array(ProbeResult) });

const Listening = z.object({
  sockets: z.array(z.object({ address: z.string() })),
  unread: z.array(z.string()),
  ownAddresses: z.array(z.object({ address: z.string() })).catch([]),
  probes: z.array(ProbeResult),
});
export type Listening = z.infer<typeof Listening>;

const Firewall = z.object({ judged: z.array(z.object({ source: z.string() })) });

const CloudFirewall = z.object({
  judged: z.array(
    z.object({
      walks: z.array(
        z.object({ verdict: z.string(), by: z.enum(['rules', 'routes', 'targets']), ids: z.array(z.string()) }),
      ),
    }),
  ),
});

const CloudReadings = z.object({ accounts: z.array(z.object({ readAt: z.number().nullable() })) });

const ControlPlane = z.object({
  components: z.array(
    z.object({
      component: z.string(),
      node: z.string().nullable(),
      container: ContainerRecord.nullable(),
      lastWords: z.array(z.string()).catch([]),
    }),
  ),
});
export type ComponentLook = z.infer<typeof ControlPlane>['components'][number];

/** Probes of step 2 and step 3 alike. */
export function probesOf(evidence: Evidence): readonly ProbeResult[] {
  if (evidence.check === 'reachability') return read(Reachability, evidence)?.results ?? [];
  return evidence.check === 'listening' ? (read(Listening, evidence)?.probes ?? []) : [];
}

export function listeningOf(evidence: Evidence): Listening | null {
  return evidence.check === 'listening' ? read(Listening, evidence) : null;
}

export interface CloudDenials {
  /** `rules` too when not all of them rest on the same. */
  readonly by: 'rules' | 'routes' | 'targets';
  /** The cloud's own ids of groups, lists and tables. */
  readonly ids: readonly string[];
}

/** What the denials of a cloud rest on. */
export function cloudDenialsOf(evidence: Evidence): CloudDenials {
  const walks = read(CloudFirewall, evidence)?.judged.flatMap((one) => one.walks) ?? [];
  const denied = walks.filter(({ verdict }) => verdict === 'deny');
  const [by = 'rules', ...others] = new Set(denied.map((walk) => walk.by));
  return { by: others.length > 0 ? 'rules' : by, ids: [...new Set(denied.flatMap(({ ids }) => ids))].sort() };
}

/** When the oldest state was that it rests on. What a cloud told moments ago counts as live, and may be of before an outage. Epoch ms. */
export function restsOnAt(evidence: Evidence): number {
  if (evidence.check !== 'cloud-firewall') return evidence.asOfAt;
  const accounts = read(CloudReadings, evidence)?.accounts ?? [];
  return Math.min(evidence.asOfAt, ...accounts.flatMap(({ readAt }) => readAt ?? []));
}

/** Addresses and CIDRs that the rules of a host or a cloud were asked about. */
export function firewallSourcesOf(evidence: Evidence): readonly string[] {
  return read(Firewall, evidence)?.judged.map(({ source }) => source) ?? [];
}

export function componentsOf(evidence: Evidence): readonly ComponentLook[] {
  return evidence.check === 'control-plane-pods' ? (read(ControlPlane, evidence)?.components ?? []) : [];
}

function read<T>(schema: z.ZodType<T>, { facts }: Evidence): T | null {
  const found = schema.safeParse(facts);
  return found.success ? found.data : null;
}
