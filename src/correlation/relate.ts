import type { Change } from '../words/change.ts';

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
export type Part = 'trigger' | 'symptom' | 'setting' | 'plan';

export interface Relation {
  readonly suspect: Suspect;
  readonly part: Part;
  /** Does it work on every new connection as soon as it is made? Then a good probe after it speaks against it. */
  readonly worksWithinMs: number | null;
  /** Is it by its name about what serves the API? null: does not matter for this kind. */
  readonly named: boolean | null;
}

/** By category, and in the control plane by what the target is called. Data of its own lies with whoever adds a source. */
export function relate(change: Change): Relation {
  switch (change.category) {
    case 'firewall':
      return { suspect: 'firewall', part: 'trigger', worksWithinMs: 5_000, named: null };
    case 'routing':
      return { suspect: 'routing', part: 'trigger', worksWithinMs: 10_000, named: null };
    case 'network-policy':
      // Plugins take their time to apply a policy.
      return { suspect: 'policy', part: 'trigger', worksWithinMs: 60_000, named: null };
    case 'security-group':
    case 'cloud':
      return { suspect: 'cloud', part: 'trigger', worksWithinMs: 120_000, named: null };
    case 'load-balancer':
      return { suspect: 'balancer', part: 'trigger', worksWithinMs: 120_000, named: null };
    case 'dns':
      // The answer before it may be in force up to its TTL, told as `untilAt`.
      return { suspect: 'name', part: 'trigger', worksWithinMs: change.untilAt === null ? null : 10_000, named: null };
    case 'endpoint':
      return /certificate/i.test(change.target.kind)
        ? { suspect: 'certificate', part: 'trigger', worksWithinMs: 5_000, named: null }
        : { suspect: 'endpoints', part: 'symptom', worksWithinMs: 60_000, named: null };
    case 'maintenance':
      return { suspect: 'node', part: 'plan', worksWithinMs: null, named: null };
    case 'control-plane':
      return inControlPlane(change);
    default:
      return change.category satisfies never;
  }
}

function inControlPlane({ action, target: { kind, name } }: Change): Relation {
  if (/^node\b/i.test(kind)) return { suspect: 'node', part: 'symptom', worksWithinMs: null, named: null };
  if (/socket/i.test(kind)) return { suspect: 'process', part: 'symptom', worksWithinMs: 5_000, named: true };
  if (/config ?map|deployment|daemon ?set|replica ?set/i.test(kind)) {
    return { suspect: 'process', part: 'setting', worksWithinMs: null, named: forServer.test(name) };
  }
  const serves = server.test(`${kind} ${name}`);
  if (!serves) {
    const kubelet = /kubelet/i.test(`${kind} ${name}`);
    return { suspect: kubelet ? 'process' : 'other', part: 'setting', worksWithinMs: null, named: kubelet };
  }
  const shows = action === 'restart' || /container|process/i.test(kind) || (/^pod$/i.test(kind) && action !== 'update');
  return shows
    ? { suspect: 'process', part: 'symptom', worksWithinMs: 30_000, named: true }
    : { suspect: 'process', part: 'trigger', worksWithinMs: null, named: true };
}

/** Without these no request is answered. */
const server = /kube-?apiserver|\bapi-?server|etcd/i;

/** What settings of theirs are called. */
const forServer =
  /api|etcd|kubeadm|kubelet|control-?plane|admission|audit|authenti|authoriz|oidc|encryption|konnectivity/i;
