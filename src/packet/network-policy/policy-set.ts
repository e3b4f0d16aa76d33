import { z } from 'zod';
import type { NamespaceRecord, PolicyRecord } from '../../words/kube.ts';
import type { PodPeer, PolicyName } from './peer.ts';
import { type Range, subtract } from './ranges.ts';
import { type LabelPair, type Labels, requiredPairs, selects, selectsEverything } from './selector.ts';
import { LabelSelector, NetworkPolicySpec, type PolicyPeer, type PolicyPort } from './spec.ts';

export type Direction = 'ingress' | 'egress';

/** One rule of a policy, ready to be asked. `null` peers or ports: every one. */
export interface Rule {
  /** Place in the policy, from 1. */
  readonly number: number;
  readonly peers: readonly RulePeer[] | null;
  readonly ports: readonly PolicyPort[] | null;
}

export type RulePeer =
  | { readonly kind: 'block'; readonly cidr: string; readonly ranges: readonly Range[] }
  | { readonly kind: 'selectors'; readonly pods: LabelSelector; readonly namespaces: LabelSelector | null };

export interface ReadPolicy {
  readonly name: PolicyName;
  readonly selector: LabelSelector;
  /** null: the policy has no say in this direction. */
  readonly ingress: readonly Rule[] | null;
  readonly egress: readonly Rule[] | null;
}

/** What isolates a pod in one direction. Pods with the same `id` are isolated by the very same policies. */
interface Isolation {
  readonly id: string;
  readonly policies: readonly ReadPolicy[];
  /** Policies that may select the pod but say something that this evaluator does not know. */
  readonly unreadable: readonly PolicyName[];
}

/** All policies of a cluster, indexed; read one namespace at a time, when it is first asked for. */
export interface PolicySet {
  isolation(pod: Pick<PodPeer, 'namespace' | 'labels'>, direction: Direction): Isolation;
  /** null: there is no such namespace in the snapshot. */
  namespaceLabels(namespace: string): Labels | null;
}

export function policySet(cluster: {
  readonly policies: readonly Pick<PolicyRecord, 'namespace' | 'name' | 'spec'>[];
  readonly namespaces: readonly NamespaceRecord[];
}): PolicySet {
  const byNamespace = Map.groupBy(cluster.policies, ({ namespace }) => namespace);
  const labels = new Map(cluster.namespaces.map((namespace) => [namespace.name, namespace.labels]));
  const indexes = new Map<string, NamespaceIndex>();

  return {
    isolation({ namespace, labels: podLabels }, direction) {
      let index = indexes.get(namespace);
      if (index === undefined) {
        index = namespaceIndex(namespace, byNamespace.get(namespace) ?? []);
        indexes.set(namespace, index);
      }
      return index(podLabels, direction);
    },
    namespaceLabels: (namespace) => labels.get(namespace) ?? null,
  };
}

type NamespaceIndex = (labels: Labels, direction: Direction) => Isolation;

function namespaceIndex(namespace: string, records: readonly { name: string; spec: unknown }[]): NamespaceIndex {
  const read: ReadPolicy[] = [];
  const unreadable: UnreadablePolicy[] = [];
  for (const record of records) {
    const name = { namespace, name: record.name };
    const spec = NetworkPolicySpec.safeParse(record.spec);
    if (spec.success) read.push(readPolicy(name, spec.data));
    else unreadable.push(unreadablePolicy(name, record.spec));
  }
  const directions = {
    ingress: directionIndex(`${namespace} ingress`, read, unreadable, 'ingress'),
    egress: directionIndex(`${namespace} egress`, read, unreadable, 'egress'),
  };
  return (labels, direction) => directions[direction](labels);
}

/** Policies for every pod of the namespace are kept as one list that all share; the others are found by a label they require. */
function directionIndex(
  id: string,
  read: readonly ReadPolicy[],
  unreadable: readonly UnreadablePolicy[],
  direction: Direction,
): (labels: Labels) => Isolation {
  const forAll: ReadPolicy[] = [];
  const byPair = new Map<string, Numbered[]>();
  const scanned: Numbered[] = [];
  for (const [number, policy] of read.entries()) {
    if (policy[direction] === null) continue;
    const pairs = requiredPairs(policy.selector);
    if (selectsEverything(policy.selector)) forAll.push(policy);
    else if (pairs === null) scanned.push({ number, policy });
    for (const pair of pairs ?? []) {
      const bucket = byPair.get(pairKey(pair));
      if (bucket === undefined) byPair.set(pairKey(pair), [{ number, policy }]);
      else bucket.push({ number, policy });
    }
  }
  const isolations = new Map<string, Isolation>();
  const known = new WeakMap<Labels, Isolation>();

  return (labels) => {
    let isolation = known.get(labels);
    if (isolation !== undefined) return isolation;
    const selecting: Numbered[] = [];
    const consider = (numbered: Numbered) => {
      if (selects(numbered.policy.selector, labels)) selecting.push(numbered);
    };
    for (const [key, value] of Object.entries(labels))
      for (const one of byPair.get(pairKey({ key, value })) ?? []) consider(one);
    for (const one of scanned) consider(one);
    const doubtful = unreadable.filter((policy) => policy.maySelect(labels, direction)).map(({ name }) => name);
    const key = `${id} ${selecting.map(({ number }) => number).join()} ${doubtful.map(({ name }) => name).join()}`;
    isolation = isolations.get(key) ?? {
      id: key,
      policies: [...forAll, ...selecting.map(({ policy }) => policy)],
      unreadable: doubtful,
    };
    isolations.set(key, isolation);
    known.set(labels, isolation);
    return isolation;
  };
}

interface Numbered {
  readonly number: number;
  readonly policy: ReadPolicy;
}

function pairKey({ key, value }: LabelPair): string {
  return `${key}=${value}`;
}

function readPolicy(name: PolicyName, spec: NetworkPolicySpec): ReadPolicy {
  const types = spec.policyTypes ?? [];
  // Left out: always ingress, and egress when there is an egress rule (an empty list is none).
  const ingress = types.length === 0 || types.includes('Ingress');
  const egress = types.length === 0 ? (spec.egress ?? []).length > 0 : types.includes('Egress');
  return {
    name,
    selector: spec.podSelector ?? {},
    ingress: ingress ? (spec.ingress ?? []).map(({ ports, from }, i) => readRule(i + 1, ports, from)) : null,
    egress: egress ? (spec.egress ?? []).map(({ ports, to }, i) => readRule(i + 1, ports, to)) : null,
  };
}

function readRule(
  number: number,
  ports: readonly PolicyPort[] | null | undefined,
  peers: readonly PolicyPeer[] | null | undefined,
): Rule {
  return {
    number,
    ports: ports == null || ports.length === 0 ? null : ports,
    peers: peers == null || peers.length === 0 ? null : peers.map(readPeer),
  };
}

function readPeer({ ipBlock, podSelector, namespaceSelector }: PolicyPeer): RulePeer {
  if (ipBlock == null) return { kind: 'selectors', pods: podSelector ?? {}, namespaces: namespaceSelector ?? null };
  const except = (ipBlock.except ?? []).map(({ range }) => range);
  return { kind: 'block', cidr: ipBlock.cidr.text, ranges: subtract([ipBlock.cidr.range], except) };
}

interface UnreadablePolicy {
  readonly name: PolicyName;
  maySelect(labels: Labels, direction: Direction): boolean;
}

/** A policy whose selector and direction can still be read leaves doubt only about the pods that it selects. */
function unreadablePolicy(name: PolicyName, spec: unknown): UnreadablePolicy {
  const selector = z.object({ podSelector: LabelSelector.nullish() }).safeParse(spec);
  const types = z.object({ policyTypes: z.array(z.string()).nonempty() }).safeParse(spec);
  return {
    name,
    maySelect: (labels, direction) =>
      (!selector.success || selects(selector.data.podSelector ?? {}, labels)) &&
      (!types.success || types.data.policyTypes.some((type) => type.toLowerCase() === direction)),
  };
}
