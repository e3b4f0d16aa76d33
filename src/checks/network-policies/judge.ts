import type { Detail, Finding } from '../../words/evidence.ts';
import type { Verdict } from '../../words/verdict.ts';
import type { FlowFact, NetworkPoliciesFacts } from './contract.ts';
import {
  because,
  counted,
  hostNetworkCaveat,
  insidePods,
  keptApart,
  listed,
  namedPolicies,
  namedPolicy,
  reaches,
} from './phrases.ts';

/** A denied flow is a problem; what can't be told is unknown; policies on host-network API servers are only named. */
export function judgeNetworkPolicies(facts: NetworkPoliciesFacts): Finding {
  if (!facts.known) {
    return {
      verdict: 'unknown',
      reason:
        'This agent has not been able to list NetworkPolicies since it started, and keeps none from before: there is nothing to evaluate.',
      details: [],
    };
  }
  const { verdict, reason } = mainFinding(facts);
  return { verdict, reason: [reason, ...caveats(facts)].join(' '), details: detailsOf(facts) };
}

function mainFinding(facts: NetworkPoliciesFacts): { verdict: Verdict; reason: string } {
  const weighing = facts.flows.filter(({ weighs }) => weighs);
  const [denied] = weighing.filter(({ passage }) => passage === 'denied');
  if (denied !== undefined) return { verdict: 'problem', reason: deniedReason(denied, facts.flowCounts.denied - 1) };

  const [doubtful] = weighing.filter(({ passage }) => passage === 'unknown' || passage === 'partly');
  if (doubtful !== undefined) {
    const more = facts.flowCounts.unknown + facts.flowCounts.partly - 1;
    return {
      verdict: 'unknown',
      reason: `Whether ${reaches(doubtful)} can't be told: ${because(doubtful)}.${more > 0 ? ` So it is with ${counted(more, 'more flow')}.` : ''}`,
    };
  }
  const [unmatched] = facts.unmatchedGateways;
  if (unmatched !== undefined) {
    const labels = Object.entries(unmatched.labels).map(([key, value]) => `${key}=${value}`);
    return {
      verdict: 'unknown',
      reason: `No running pod in ${unmatched.namespace} has the labels of the configured gateway (${labels.join(', ')}), so there is none to ask about.`,
    };
  }
  if (facts.gateways.length > 0 && facts.targets === 0) {
    return {
      verdict: 'unknown',
      reason: 'No address of an API server is known, so no way from the gateways to it can be judged.',
    };
  }
  return { verdict: 'ok', reason: okReason(facts) };
}

function deniedReason(flow: FlowFact, more: number): string {
  const others = more > 0 ? ` ${counted(more, 'more flow is', 'more flows are')} denied too.` : '';
  const keep = flow.policies.length + flow.morePolicies === 1 ? 'keeps' : 'together keep';
  return `${namedPolicies(flow)} ${keep} ${keptApart(flow)}: no rule allows it.${others}`;
}

function okReason({ policies, gateways }: NetworkPoliciesFacts): string {
  if (policies === 0) return 'There is no NetworkPolicy in the cluster.';
  if (gateways.length === 0) {
    return `No gateway stands before the API server on the pod network, so NetworkPolicies (${policies} looked at) don't keep external clients from it.`;
  }
  const names = gateways.slice(0, 3).map(({ namespace, name }) => `${namespace}/${name}`);
  return `No NetworkPolicy (${policies} looked at) keeps clients from the gateways or the gateways from the API server (${listed(names)}).`;
}

/** What doesn't decide, and has to be known all the same. */
function caveats(facts: NetworkPoliciesFacts): string[] {
  const said: string[] = [];
  const facing = facts.apiServerPolicies.filter(({ wouldDeny }) => wouldDeny);
  if (facing.length > 0) said.push(hostNetworkCaveat(facing));
  const gateway = facts.flows.find((flow) => flow.weighs && isUndefinedAtGateway(flow, facts));
  if (gateway !== undefined) {
    said.push(
      `${namedPolicies(gateway)} would keep ${keptApart(gateway)}, but the gateway is on the host's network: ` +
        'undefined by the standard, and most plugins ignore it there.',
    );
  }
  const cut = facts.inside.filter(({ passage }) => passage === 'denied');
  if (cut.length > 0) {
    said.push(`Inside the cluster ${listed(cut.slice(0, 2).map(insidePods))} may not reach the API server.`);
  }
  if (facts.otherPolicies.length > 0) {
    said.push(`Not evaluated: ${listed(facts.otherPolicies.map(({ kind, count }) => `${count} ${kind}`))}.`);
  }
  return said;
}

/** Not by an API server's end of it, which is told of in the other caveat. */
function isUndefinedAtGateway(flow: FlowFact, { gateways }: NetworkPoliciesFacts): boolean {
  const name = flow.kind === 'client-to-gateway' ? flow.to : flow.from;
  return (
    flow.passage === 'undefinedByStandard' &&
    gateways.some((gateway) => gateway.hostNetwork && `${gateway.namespace}/${gateway.name}` === name)
  );
}

function detailsOf(facts: NetworkPoliciesFacts): Detail[] {
  const { leftOut } = facts;
  return [
    {
      label: 'looked at',
      value: `${counted(facts.policies, 'NetworkPolicy', 'NetworkPolicies')}, ${counted(facts.pods, 'pod')}`,
    },
    ...facts.gateways.map(({ namespace, name, pods, ports, found, hostNetwork }) => ({
      label: `gateway ${namespace}/${name}`,
      value: [
        counted(pods, 'pod'),
        `port ${ports.join(', ')}`,
        found === 'configured' ? 'by configuration' : 'behind default/kubernetes',
        ...(hostNetwork ? ["on the host's network"] : []),
      ].join(', '),
    })),
    ...more(leftOut.gateways, 'gateways'),
    ...facts.flows.map((flow) => ({
      label: `${flow.from} → ${flow.to}:${flow.ports.join('/')}`,
      value: `${passageWords[flow.passage]}: ${because(flow)}${flow.weighs ? '' : ' (another way decides)'}`,
    })),
    ...more(leftOut.flows, 'flows'),
    ...facts.inside.map((one) => ({
      label: `${insidePods(one)} → API`,
      value: `${passageWords[one.passage]}: ${because(one)}`,
    })),
    ...more(leftOut.inside, 'groups of pods'),
    ...facts.apiServerPolicies.map(({ policy, onlyHostNetwork, wouldDeny }) => ({
      label: 'selects API server pods',
      value:
        `${namedPolicy(policy)}: ${onlyHostNetwork ? 'only ' : ''}pods on the host's network, where most plugins ignore it; ` +
        `${wouldDeny ? 'would keep clients out' : 'would let clients in'}`,
    })),
    ...more(leftOut.apiServerPolicies, 'policies that select API server pods'),
    ...facts.otherPolicies.map(({ kind, count, examples }) => ({
      label: 'not evaluated',
      value: `${count} ${kind}: ${examples.join(', ')}${count > examples.length ? ', …' : ''}`,
    })),
  ];
}

const passageWords: Record<FlowFact['passage'], string> = {
  allowed: 'allowed',
  denied: 'denied',
  partly: 'allowed for some addresses',
  undefinedByStandard: 'undefined by the standard',
  unknown: 'unknown',
};

function more(count: number, what: string): Detail[] {
  return count === 0 ? [] : [{ label: 'not shown', value: `${count} more ${what}` }];
}
