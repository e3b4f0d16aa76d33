import type { ApiServerPolicyFact, FlowFact, InsideFact, PolicyFact, Why } from './contract.ts';

/** `policy edge/deny (changed 2026-11-22 14:03:12 UTC by kubectl)`; of several, how many more there are. */
export function namedPolicies({ policies, morePolicies }: Pick<FlowFact, 'policies' | 'morePolicies'>): string {
  const names = policies.map(namedPolicy);
  if (morePolicies > 0) names.push(`${morePolicies} more`);
  return `${names.length === 1 ? 'NetworkPolicy' : 'NetworkPolicies'} ${listed(names)}`;
}

export function namedPolicy({ namespace, name, modifiedAt, modifiedBy }: PolicyFact): string {
  if (modifiedAt === null) return `${namespace}/${name}`;
  const at = `${new Date(modifiedAt).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return `${namespace}/${name} (changed ${at}${modifiedBy === null ? '' : ` by ${modifiedBy}`})`;
}

/** `clients from 203.0.113.0/24 from gateway edge/proxy-1 on port 8443`: what a policy keeps from what. */
export function keptApart(flow: FlowFact): string {
  return `${flowStart(flow)} from ${flowEnd(flow)}`;
}

export function reaches(flow: FlowFact): string {
  return `${flowStart(flow)} may reach ${flowEnd(flow)}`;
}

function flowStart(flow: FlowFact): string {
  return flow.kind === 'client-to-gateway' ? client(flow.from) : gateway(flow.from, flow.pods);
}

function flowEnd(flow: FlowFact): string {
  const on = ports(flow.ports);
  switch (flow.kind) {
    case 'client-to-gateway':
      return `${gateway(flow.to, flow.pods)} on ${on}`;
    case 'gateway-to-api':
      return `the API server at ${flow.to}, ${on}`;
    case 'gateway-to-service':
      return `the API server by its Service (${flow.to}, ${on})`;
    default:
      return flow.kind satisfies never;
  }
}

function client(from: string): string {
  return from === '0.0.0.0/0' || from === '::/0'
    ? `clients from any ${from === '::/0' ? 'IPv6' : 'IPv4'} address`
    : `clients at ${from}`;
}

function gateway(name: string, pods: number): string {
  return `gateway ${name}${pods > 1 ? ` and ${pods - 1} more like it` : ''}`;
}

function ports(all: readonly number[]): string {
  return `${all.length === 1 ? 'port' : 'ports'} ${listed(all.map(String))}`;
}

/** Why an answer is what it is, as a clause. */
export function because({
  why,
  blocks,
  ...decided
}: Pick<FlowFact, 'why' | 'blocks' | 'policies' | 'morePolicies'>): string {
  const clauses = {
    notAPod: 'no policy applies',
    itself: 'a pod always reaches itself',
    notIsolated: 'no policy selects it',
    localNode: "a pod's own node always reaches it",
    allowedByRule: 'a rule allows it',
    noRuleAllows: 'no rule allows it',
    someAddressesOnly: `rules let only ${listed(blocks)} through`,
    leftOpen:
      "it hangs on a rule by labels, and they are those of a pod on the host's network, where the standard leaves open whether it applies, or of a namespace that is not known",
    unreadablePolicy: 'a policy says something that this version does not know',
    rewritten:
      "a Service in front may put a node's address in place of the client's, and the policies treat the two differently",
    translated:
      "the policies treat the Service's address and the server's own differently, and the standard leaves open which one they see",
    portsDiffer: 'the policies treat its ports differently, and it is not known which one serves the API',
    serversDiffer: 'the policies treat the API servers differently',
  } satisfies Record<Why, string>;
  return decided.policies.length === 0 ? clauses[why] : `${clauses[why]}: ${namedPolicies(decided)}`;
}

/** `3 pods of kube-system (coredns-1, coredns-2, …)` */
export function insidePods({ namespace, pods, examples }: InsideFact): string {
  const names = [...examples, ...(pods > examples.length ? ['…'] : [])].join(', ');
  return `${counted(pods, 'pod')} of ${namespace} (${names})`;
}

export function hostNetworkCaveat(facing: readonly ApiServerPolicyFact[]): string {
  const [first, ...others] = facing;
  if (first === undefined) return '';
  const more = others.length === 0 ? '' : `, as do ${others.length} more,`;
  const what = first.onlyHostNetwork ? 'selects only' : 'also selects';
  return (
    `NetworkPolicy ${namedPolicy(first.policy)} ${what} API server pods on the host's network${more} and would keep clients out; ` +
    'the standard leaves that undefined and most plugins ignore it: an unlikely cause.'
  );
}

export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
