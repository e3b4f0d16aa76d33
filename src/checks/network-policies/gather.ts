import { gravity } from '../../packet/network-policy/may-pass.ts';
import type { PolicyName } from '../../packet/network-policy/peer.ts';
import type { KubeSnapshot, OtherPolicyRecord, PolicyRecord } from '../../words/kube.ts';
import { apiServerPolicies } from './api-server-policies.ts';
import { prepare } from './cluster.ts';
import type { NetworkPoliciesFacts, NetworkPoliciesParams, PolicyFact } from './contract.ts';
import { apiFlows, clientFlows, type Flow } from './flows.ts';
import { findGateways } from './gateways.ts';
import { insideClients } from './inside.ts';
import type { Ruling } from './ruling.ts';
import { apiTargets } from './targets.ts';

const most = { gateways: 20, flows: 50, inside: 20, apiServerPolicies: 20, policies: 5, blocks: 5, examples: 3 };

/** Asks the policies of a snapshot about everything that leads to the API server. Pure; facts are bounded in size. */
export function gatherFacts(
  snapshot: KubeSnapshot | null,
  params: NetworkPoliciesParams,
  nowAt: number,
): NetworkPoliciesFacts {
  if (snapshot === null) return { ...nothing, known: false, asOfAt: nowAt };
  const cluster = prepare(snapshot);
  const found = findGateways(cluster, params);
  const targets = apiTargets(cluster, found, params);
  const flows = found.gateways
    .flatMap((gateway) => [...clientFlows(cluster, gateway, params.clients), ...apiFlows(cluster, gateway, targets)])
    .sort((a, b) => Number(b.weighs) - Number(a.weighs) || byGravity(a, b));
  const inside = insideClients(cluster, found, targets).sort(byGravity);
  const facing = apiServerPolicies(cluster, targets, params.clients);
  const fact = factsOf(snapshot.policies);

  return {
    known: true,
    asOfAt: snapshot.asOfAt,
    policies: snapshot.policies.length,
    pods: snapshot.pods.length,
    targets: targets.servers.length + targets.services.length,
    gateways: found.gateways.slice(0, most.gateways).map(({ example, pods, ports, found: how }) => ({
      namespace: example.namespace,
      name: example.name,
      pods,
      ports: [...ports],
      found: how,
      hostNetwork: example.hostNetwork,
    })),
    unmatchedGateways: found.unmatched.slice(0, most.gateways),
    flows: flows.slice(0, most.flows).map(({ ruling, ...flow }) => ({ ...flow, ...fact.ruling(ruling) })),
    flowCounts: countByPassage(flows),
    inside: inside.slice(0, most.inside).map(({ namespace, pods, ruling }) => ({
      namespace,
      pods: pods.length,
      examples: pods.slice(0, most.examples).map(({ name }) => name),
      ...fact.ruling(ruling),
    })),
    apiServerPolicies: facing
      .map((one) => ({ ...one, policy: fact.policy(one.policy) }))
      .sort((a, b) => Number(b.wouldDeny) - Number(a.wouldDeny) || lastChangedFirst(a.policy, b.policy))
      .slice(0, most.apiServerPolicies),
    otherPolicies: otherKinds(snapshot.otherPolicies),
    leftOut: {
      gateways: rest(found.gateways, most.gateways),
      flows: rest(flows, most.flows),
      inside: rest(inside, most.inside),
      apiServerPolicies: rest(facing, most.apiServerPolicies),
    },
  };
}

const nothing = {
  policies: 0,
  pods: 0,
  targets: 0,
  gateways: [],
  unmatchedGateways: [],
  flows: [],
  flowCounts: { allowed: 0, denied: 0, partly: 0, undefinedByStandard: 0, unknown: 0 },
  inside: [],
  apiServerPolicies: [],
  otherPolicies: [],
  leftOut: { gateways: 0, flows: 0, inside: 0, apiServerPolicies: 0 },
} satisfies Partial<NetworkPoliciesFacts>;

function byGravity(a: { readonly ruling: Ruling }, b: { readonly ruling: Ruling }): number {
  return gravity.indexOf(a.ruling.passage) - gravity.indexOf(b.ruling.passage);
}

function countByPassage(flows: readonly Flow[]): NetworkPoliciesFacts['flowCounts'] {
  const counts = { ...nothing.flowCounts };
  for (const { weighs, ruling } of flows) if (weighs) counts[ruling.passage] += 1;
  return counts;
}

/** Puts to a policy's name when it was changed and by whom. */
function factsOf(records: readonly PolicyRecord[]) {
  const byName = new Map(records.map((record) => [nameKey(record), record]));
  const policy = ({ namespace, name }: PolicyName): PolicyFact => {
    const record = byName.get(nameKey({ namespace, name }));
    return { namespace, name, modifiedAt: record?.modifiedAt ?? null, modifiedBy: record?.modifiedBy ?? null };
  };
  return {
    policy,
    ruling: ({ passage, why, policies, blocks }: Ruling) => ({
      passage,
      why,
      policies: policies.map(policy).sort(lastChangedFirst).slice(0, most.policies),
      morePolicies: rest(policies, most.policies),
      blocks: blocks.slice(0, most.blocks),
    }),
  };
}

function nameKey({ namespace, name }: PolicyName): string {
  return `${namespace}/${name}`;
}

function lastChangedFirst(a: PolicyFact, b: PolicyFact): number {
  return (b.modifiedAt ?? 0) - (a.modifiedAt ?? 0) || nameKey(a).localeCompare(nameKey(b));
}

function otherKinds(records: readonly OtherPolicyRecord[]): NetworkPoliciesFacts['otherPolicies'] {
  return [...Map.groupBy(records, ({ kind }) => kind)].map(([kind, all]) => ({
    kind,
    count: all.length,
    examples: all
      .slice(0, most.examples)
      .map(({ namespace, name }) => (namespace === null ? name : `${namespace}/${name}`)),
  }));
}

function rest(list: readonly unknown[], shown: number): number {
  return Math.max(0, list.length - shown);
}
