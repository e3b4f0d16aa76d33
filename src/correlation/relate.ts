import type { Change, ChangeCategory } from '../words/change.ts';

/** What of the way from client to API server something is about; evidence speaks for or against one of these. */
export type Suspect =
  | 'firewall'
  | 'policy'
  | 'cloud'
  | 'balancer'
  | 'routing'
  | 'name'
  | 'certificate'
  | 'endpoints'
  | 'process'
  | 'node'
  | 'other';

/**
 * What part a change can play. `trigger`: it can begin a failure by itself. `symptom`: it is how something shows (a
 * restart, a socket that went), begun by another change or by nothing that was seen. `setting`: it does nothing until
 * something reads it or rolls it out. `plan`: people may be at work.
 */
type Part = 'trigger' | 'symptom' | 'setting' | 'plan';

export interface Relation {
  readonly suspect: Suspect;
  readonly part: Part;
  /** Does it work on every new connection as soon as it is made? Then a good probe after it speaks against it. */
  readonly worksWithinMs: number | null;
  /** Is it by its name about what serves the API? null: does not matter for this kind. */
  readonly named: boolean | null;
}

/** By category, and in the control plane by what the target is called. */
export function relate(change: Change): Relation {
  switch (change.category) {
    case 'endpoint':
      return /certificate/i.test(change.target.kind) ? certificate : endpoints;
    case 'dns':
      // The answer before it may be in force up to its TTL, told as `untilAt`.
      return change.untilAt === null ? name : { ...name, worksWithinMs: 10_000 };
    case 'control-plane':
      return inControlPlane(change);
    case 'load-balancer':
      return ofBalancer(change);
    default:
      return byCategory[change.category];
  }
}

const trigger = (suspect: Suspect, worksWithinMs: number | null): Relation => ({
  suspect,
  part: 'trigger',
  worksWithinMs,
  named: null,
});

const byCategory = {
  firewall: trigger('firewall', 5_000),
  routing: trigger('routing', 10_000),
  // Plugins take their time to apply a policy, clouds to apply anything.
  'network-policy': trigger('policy', 60_000),
  'security-group': trigger('cloud', 120_000),
  cloud: trigger('cloud', 120_000),
  maintenance: { ...trigger('node', null), part: 'plan' },
} as const satisfies Partial<Record<ChangeCategory, Relation>>;
const certificate = trigger('certificate', 5_000);
const endpoints: Relation = { ...trigger('endpoints', 60_000), part: 'symptom' };
const name = trigger('name', null);

/** What its health checks found is how a failure behind it shows; what somebody ordered can begin one. */
function ofBalancer({ target: { kind } }: Change): Relation {
  // Clouds take their time, a program works at once.
  const balancer = trigger('balancer', /^haproxy/i.test(kind) ? 5_000 : 120_000);
  return /health/i.test(kind) ? { ...balancer, part: 'symptom' } : balancer;
}

/** Names of kinds as the sources give them: `kube-apiserver container`, `static pod manifest`, `listening socket`, `Pod`. */
function inControlPlane({ action, diff, summary, target: { kind, name } }: Change): Relation {
  const symptom = (suspect: Suspect): Relation => ({ suspect, part: 'symptom', worksWithinMs: null, named: null });
  if (kind === 'Node') return symptom('node');
  if (kind === 'Event') return symptom(server.test(summary) ? 'process' : 'other');
  if (/socket/i.test(kind)) return { ...symptom('process'), worksWithinMs: 5_000, named: true };
  if (/config ?map|deployment|daemon ?set|replica ?set/i.test(kind) && !balancer.test(name)) {
    return { suspect: 'process', part: 'setting', worksWithinMs: null, named: forServer.test(name) };
  }
  if (balancer.test(`${kind} ${name}`)) {
    const shows = action === 'restart' || /container|process/i.test(kind);
    return { suspect: 'balancer', part: shows ? 'symptom' : 'trigger', worksWithinMs: null, named: true };
  }
  if (!server.test(`${kind} ${name}`)) {
    const kubelet = /kubelet/i.test(`${kind} ${name}`);
    return { suspect: kubelet ? 'process' : 'other', part: 'setting', worksWithinMs: null, named: kubelet };
  }
  // A pod that differs has another manifest; one that does not is only in another state.
  const shows = action === 'restart' || /container|process/i.test(kind) || (kind === 'Pod' && diff.length === 0);
  return shows
    ? { suspect: 'process', part: 'symptom', worksWithinMs: 30_000, named: true }
    : { suspect: 'process', part: 'trigger', worksWithinMs: null, named: true };
}

/** What carries the API's address or its connections from within kube-system, as manifests and DaemonSets are called. */
const balancer = /kube-?vip|keepalived|haproxy|metallb/i;

/** Without these no request is answered. */
const server = /kube-?apiserver|\bapi-?server|etcd/i;

/** What settings of theirs are called. */
const forServer =
  /api|etcd|kubeadm|kubelet|control-?plane|admission|audit|authenti|authoriz|oidc|encryption|konnectivity/i;
