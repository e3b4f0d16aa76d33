import type { Peer, PodPeer, PolicyName, Traffic } from './peer.ts';
import type { Direction, PolicySet, ReadPolicy, Rule, RulePeer } from './policy-set.ts';
import { overlap, type Range, readRange, subtract } from './ranges.ts';
import { selects } from './selector.ts';

/**
 * `partly`: some of the peer's addresses are let through and some are not.
 * `undefinedByStandard`: a policy would deny it, but the pod is on the host's network, where most plugins apply none.
 * `unknown`: a policy could not be read, or the answer hangs on something the standard leaves open.
 */
export type Passage = 'allowed' | 'denied' | 'partly' | 'undefinedByStandard' | 'unknown';

/** What the policies on one end of a flow say. */
export interface Side {
  readonly direction: Direction;
  readonly passage: Passage;
  readonly because:
    | 'notAPod'
    | 'itself'
    | 'notIsolated'
    | 'localNode'
    | 'allowedByRule'
    | 'noRuleAllows'
    | 'someAddressesOnly'
    | 'leftOpen'
    | 'unreadablePolicy';
  /** Every policy that isolates the pod in this direction: together they deny what none of them allows. */
  readonly isolatedBy: readonly PolicyName[];
  /** The rule that lets it through, or the last of those that do so together. */
  readonly allowedBy: { readonly policy: PolicyName; readonly rule: number } | null;
  /** `ipBlock`s that let through some of the peer's addresses; only for `partly`. */
  readonly blocks: readonly string[];
  readonly unreadable: readonly PolicyName[];
}

export interface Passing {
  readonly passage: Passage;
  /** The end that decides; where both say the same, the source's, unless only the destination's has policies. */
  readonly decidedBy: Side;
  readonly egress: Side;
  readonly ingress: Side;
}

/**
 * Do NetworkPolicies let this traffic pass? Both ends must: the source's egress and the destination's ingress.
 * Source: the API reference of `networking.k8s.io/v1`; where it leaves something open the answer is not `denied`.
 * @throws TypeError when an address of a peer is none.
 */
export function mayPass(policies: PolicySet, traffic: Traffic): Passing {
  const egress = judgeSide(policies, 'egress', traffic.from, traffic.to, traffic);
  const ingress = judgeSide(policies, 'ingress', traffic.to, traffic.from, traffic);
  const decidedBy = deciding(egress, ingress);
  return { passage: decidedBy.passage, decidedBy, egress, ingress };
}

/** Gravest first. A flow is as bad as its worse end. */
export const gravity: readonly Passage[] = ['denied', 'unknown', 'partly', 'undefinedByStandard', 'allowed'];

function deciding(egress: Side, ingress: Side): Side {
  const graver = gravity.indexOf(egress.passage) - gravity.indexOf(ingress.passage);
  if (graver !== 0) return graver < 0 ? egress : ingress;
  if (egress.because === 'notAPod') return ingress;
  return egress.isolatedBy.length === 0 && ingress.isolatedBy.length > 0 ? ingress : egress;
}

function judgeSide(policies: PolicySet, direction: Direction, subject: Peer, peer: Peer, traffic: Traffic): Side {
  if (subject.kind !== 'pod') return open(direction, 'notAPod');
  if (peer.kind === 'pod' && peer.namespace === subject.namespace && peer.name === subject.name) {
    return open(direction, 'itself');
  }
  const isolation = policies.isolation(subject, direction);
  if (isolation.policies.length === 0 && isolation.unreadable.length === 0) return open(direction, 'notIsolated');
  // The reference exempts the pod's own node from ingress rules, and only from those.
  if (direction === 'ingress' && isLocalNode(subject, peer)) return open(direction, 'localNode');

  const asked = askRules(policies, isolation.policies, direction, peer, traffic);
  const side = {
    direction,
    isolatedBy: isolation.policies.map(({ name }) => name),
    unreadable: isolation.unreadable,
    allowedBy: asked.allowedBy,
    blocks: asked.blocks,
  };
  if (asked.allowedBy !== null) return { ...side, passage: 'allowed', because: 'allowedByRule', blocks: [] };
  if (subject.hostNetwork) return { ...side, passage: 'undefinedByStandard', because: 'noRuleAllows' };
  if (isolation.unreadable.length > 0) return { ...side, passage: 'unknown', because: 'unreadablePolicy' };
  if (asked.doubtful) return { ...side, passage: 'unknown', because: 'leftOpen' };
  if (asked.blocks.length > 0) return { ...side, passage: 'partly', because: 'someAddressesOnly' };
  return { ...side, passage: 'denied', because: 'noRuleAllows' };
}

function open(direction: Direction, because: Side['because']): Side {
  return { direction, passage: 'allowed', because, isolatedBy: [], allowedBy: null, blocks: [], unreadable: [] };
}

function isLocalNode(pod: PodPeer, peer: Peer): boolean {
  if (pod.nodeName === null) return false;
  if (peer.kind === 'node') return peer.name === pod.nodeName;
  return peer.kind === 'pod' && peer.hostNetwork && peer.nodeName === pod.nodeName;
}

interface Asked {
  readonly allowedBy: Side['allowedBy'];
  readonly blocks: readonly string[];
  /** A rule may or may not apply. */
  readonly doubtful: boolean;
}

function askRules(
  policies: PolicySet,
  isolating: readonly ReadPolicy[],
  direction: Direction,
  peer: Peer,
  traffic: Traffic,
): Asked {
  let left: readonly Range[] = addressesOf(peer);
  let doubtful = false;
  const blocks: string[] = [];
  for (const policy of isolating) {
    for (const rule of policy[direction] ?? []) {
      const ports = portsMatch(rule, traffic);
      if (ports === 'no') continue;
      const allowedBy = { policy: policy.name, rule: rule.number };
      const selected = rule.peers === null ? 'yes' : anySelects(policies, rule.peers, policy.name.namespace, peer);
      if (selected === 'yes' && ports === 'yes') return { allowedBy, blocks: [], doubtful: false };
      if (selected !== 'no') doubtful = true;
      for (const block of rule.peers ?? []) {
        if (block.kind !== 'block' || !block.ranges.some((range) => left.some((one) => overlap(range, one)))) continue;
        if (ports === 'maybe') {
          doubtful = true;
          continue;
        }
        left = subtract(left, block.ranges);
        if (left.length === 0) return { allowedBy, blocks: [], doubtful: false };
        blocks.push(block.cidr);
      }
    }
  }
  return { allowedBy: null, blocks, doubtful };
}

function addressesOf(peer: Peer): Range[] {
  return peer.addresses.map((address) => {
    const range = readRange(address);
    if (range === null) throw new TypeError(`"${address}" is neither an address nor a CIDR`);
    return range;
  });
}

type Match = 'yes' | 'no' | 'maybe';

function anySelects(policies: PolicySet, peers: readonly RulePeer[], namespace: string, peer: Peer): Match {
  if (peer.kind !== 'pod') return 'no';
  let best: Match = 'no';
  for (const one of peers) {
    if (one.kind === 'block' || !selects(one.pods, peer.labels)) continue;
    const inNamespace = selectsNamespace(policies, one, namespace, peer.namespace);
    // A pod on the host's network has its node's address: some plugins know it by its labels, most don't.
    if (inNamespace === 'yes' && !peer.hostNetwork) return 'yes';
    if (inNamespace !== 'no') best = 'maybe';
  }
  return best;
}

function selectsNamespace(
  policies: PolicySet,
  { namespaces }: Extract<RulePeer, { kind: 'selectors' }>,
  own: string,
  asked: string,
): Match {
  if (namespaces === null) return asked === own ? 'yes' : 'no';
  const labels = policies.namespaceLabels(asked);
  if (labels === null) return 'maybe';
  return selects(namespaces, labels) ? 'yes' : 'no';
}

function portsMatch(rule: Rule, { to, port, protocol }: Traffic): Match {
  if (rule.ports === null) return 'yes';
  let best: Match = 'no';
  for (const one of rule.ports) {
    if ((one.protocol ?? 'TCP') !== protocol) continue;
    if (one.port == null) return 'yes';
    if (typeof one.port === 'number') {
      if (one.port <= port && port <= (one.endPort ?? one.port)) return 'yes';
      continue;
    }
    // A name is looked up on the destination's containers: nothing but a pod has any.
    const named =
      to.kind === 'pod' &&
      to.ports.some((own) => own.name === one.port && own.port === port && own.protocol === protocol);
    if (named && to.kind === 'pod' && !to.hostNetwork) return 'yes';
    if (named) best = 'maybe';
  }
  return best;
}
