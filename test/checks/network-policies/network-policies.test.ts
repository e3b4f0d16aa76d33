import { describe, expect, test } from 'vitest';
import {
  apiServer,
  changedAt,
  checked,
  coredns,
  gateway,
  node,
  nowAt,
  pod,
  policy,
  service,
  snapshot,
  ways,
} from './given.ts';

const onlyIngress = (ingress: unknown[]) => ({ podSelector: {}, policyTypes: ['Ingress'], ingress });
const onlyEgress = (egress: unknown[]) => ({ podSelector: {}, policyTypes: ['Egress'], egress });
const toBlock = (cidr: string, port: number) => ({ to: [{ ipBlock: { cidr } }], ports: [{ port }] });

describe('what is said as a whole', () => {
  test('no policy: ok', async () => {
    const { finding, facts, asOfAt } = await checked(snapshot());
    expect(finding).toMatchObject({ verdict: 'ok', reason: 'There is no NetworkPolicy in the cluster.' });
    expect(asOfAt).toBe(nowAt - 180_000);
    expect(facts).toMatchObject({ known: true, policies: 0, pods: 3, leftOut: { flows: 0 } });
  });

  test('while the watches stand, what is held is what there is now', async () => {
    expect((await checked(snapshot({ live: true }))).asOfAt).toBe(nowAt);
  });

  test('a state that was never read: unknown, not ok', async () => {
    const { finding, asOfAt } = await checked(null);
    expect(finding.verdict).toBe('unknown');
    expect(finding.reason).toContain('has not been able to list NetworkPolicies');
    expect(asOfAt).toBe(nowAt);
  });

  test('policies that let everything needed pass: ok, with the rule that does so', async () => {
    const policies = [
      policy('let-in', onlyIngress([{ from: [{ ipBlock: { cidr: '203.0.113.0/24' } }], ports: [{ port: 'api' }] }])),
      policy('let-out', onlyEgress([toBlock('10.99.0.10/32', 6443), toBlock('10.96.0.1/32', 443)])),
    ];
    const { finding, facts } = await checked(snapshot({ policies }));
    expect(finding).toMatchObject({
      verdict: 'ok',
      reason:
        'No NetworkPolicy (2 looked at) keeps clients from the gateways or the gateways from the API server (edge/proxy-1).',
    });
    expect(facts.flowCounts).toMatchObject({ allowed: 2, denied: 0, unknown: 0 });
    expect(finding.details).toContainEqual({
      label: '203.0.113.7 → edge/proxy-1:8443',
      value: 'allowed: a rule allows it: NetworkPolicy edge/let-in (changed 2026-11-22 14:03:12 UTC by kubectl-create)',
    });
  });

  test('a client cut from a gateway: a problem that names policy, flow and time', async () => {
    const { finding } = await checked(snapshot({ policies: [policy('deny-all', {})] }));
    expect(finding).toMatchObject({
      verdict: 'problem',
      reason:
        'NetworkPolicy edge/deny-all (changed 2026-11-22 14:03:12 UTC by kubectl-create) keeps clients at 203.0.113.7 ' +
        'from gateway edge/proxy-1 on port 8443: no rule allows it.',
    });
  });

  test('a gateway cut from the API server: a problem; of several policies all that isolate are named, newest first', async () => {
    const older = { ...policy('dns-only', onlyEgress([toBlock('0.0.0.0/0', 53)])), modifiedAt: changedAt - 1000 };
    const { finding, facts } = await checked(snapshot({ policies: [older, policy('no-egress', onlyEgress([]))] }));
    expect(finding).toMatchObject({
      verdict: 'problem',
      reason:
        'NetworkPolicies edge/no-egress (changed 2026-11-22 14:03:12 UTC by kubectl-create) and edge/dns-only ' +
        '(changed 2026-11-22 14:03:11 UTC by kubectl-create) together keep gateway edge/proxy-1 from the API server at ' +
        '10.99.0.10, port 6443: no rule allows it. 1 more flow is denied too.',
    });
    expect(ways(facts.flows)).toEqual({
      '203.0.113.7 → edge/proxy-1:8443': 'allowed',
      'edge/proxy-1 → 10.99.0.10:6443': 'denied',
      'edge/proxy-1 → 10.96.0.1:443': 'denied',
    });
  });

  test('the bot gets no verdict from a policy in a namespace that has nothing to do with it', async () => {
    const { finding } = await checked(snapshot({ policies: [policy('deny-all', {}, 'default')] }));
    expect(finding.verdict).toBe('ok');
  });
});

describe('API servers on the host network', () => {
  const selectsThem = { podSelector: { matchLabels: { component: 'kube-apiserver' } } };

  test('a policy that selects only them is an unlikely cause, told apart from a cut', async () => {
    const { finding, facts } = await checked(snapshot({ policies: [policy('deny-api', selectsThem, 'kube-system')] }));
    expect(finding.verdict).toBe('ok');
    expect(finding.reason).toContain(
      'NetworkPolicy kube-system/deny-api (changed 2026-11-22 14:03:12 UTC by kubectl-create) selects only API server ' +
        "pods on the host's network and would keep clients out; the standard leaves that undefined and most plugins " +
        'ignore it: an unlikely cause.',
    );
    expect(facts.apiServerPolicies).toMatchObject([
      { policy: { name: 'deny-api' }, onlyHostNetwork: true, wouldDeny: true },
    ]);
    expect(ways(facts.flows)['edge/proxy-1 → 10.99.0.10:6443']).toBe('undefinedByStandard');
  });

  test('beside a real cut the cut is the problem', async () => {
    const policies = [policy('deny-api', selectsThem, 'kube-system'), policy('deny-all', {})];
    const { finding } = await checked(snapshot({ policies }));
    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toMatch(/^NetworkPolicy edge\/deny-all .* an unlikely cause\.$/);
  });

  test('a policy for the whole namespace also selects others', async () => {
    const { facts } = await checked(snapshot({ policies: [policy('deny', {}, 'kube-system')] }));
    expect(facts.apiServerPolicies).toMatchObject([{ onlyHostNetwork: false, wouldDeny: true }]);
  });

  test('one that lets clients in needs no caveat', async () => {
    const open = { ...selectsThem, ingress: [{ ports: [{ port: 6443 }] }] };
    const { finding, facts } = await checked(snapshot({ policies: [policy('open-api', open, 'kube-system')] }));
    expect(finding.reason).not.toContain('unlikely');
    expect(facts.apiServerPolicies).toMatchObject([{ wouldDeny: false }]);
  });

  test('a gateway on the host network is never said to be cut', async () => {
    const pods = [apiServer, { ...gateway, hostNetwork: true, addresses: ['10.99.0.10'] }];
    const { finding } = await checked(snapshot({ pods, policies: [policy('deny-all', {})] }));
    expect(finding.verdict).toBe('ok');
    expect(finding.reason).toContain(
      "would keep clients at 203.0.113.7 from gateway edge/proxy-1 on port 8443, but the gateway is on the host's network",
    );
  });
});

describe('which pods are gateways', () => {
  test('those on the pod network that stand behind default/kubernetes, without configuration', async () => {
    const { facts, finding } = await checked(
      snapshot({ apiServers: [{ address: '10.244.0.7', port: 8443 }], policies: [policy('deny-all', {})] }),
      { gateways: [], apiAddresses: ['10.244.0.7'] },
    );
    expect(facts.gateways).toMatchObject([{ name: 'proxy-1', found: 'behindKubernetes', ports: [8443] }]);
    expect(finding.verdict).toBe('problem');
    // The server behind it is known by its pod alone.
    expect(facts.flows.map(({ to }) => to)).toContain('10.99.0.10');
  });

  test('none: policies are no obstacle', async () => {
    const { finding } = await checked(snapshot({ policies: [policy('deny-all', {})] }), { gateways: [] });
    expect(finding).toMatchObject({
      verdict: 'ok',
      reason:
        "No gateway stands before the API server on the pod network, so NetworkPolicies (1 looked at) don't keep external clients from it.",
    });
  });

  test('a configured one that has no running pod: unknown', async () => {
    const pods = [apiServer, { ...gateway, phase: 'Failed' }, { ...gateway, name: 'proxy-2', deleting: true }];
    const { finding } = await checked(snapshot({ pods, policies: [policy('p', {}, 'default')] }));
    expect(finding).toMatchObject({
      verdict: 'unknown',
      reason:
        'No running pod in edge has the labels of the configured gateway (app=proxy), so there is none to ask about.',
    });
  });

  test('pods that policies cannot tell apart are one flow', async () => {
    const pods = [apiServer, ...['proxy-1', 'proxy-2', 'proxy-3'].map((name) => pod(name))];
    const { finding, facts } = await checked(snapshot({ pods, policies: [policy('deny-all', {})] }));
    expect(facts.gateways).toHaveLength(1);
    expect(finding.reason).toContain('from gateway edge/proxy-1 and 2 more like it on port 8443');
  });

  test('an API server on the pod network is asked about clients only', async () => {
    const pods = [pod('kube-apiserver-0', { labels: { app: 'kube-apiserver' } })];
    const { facts } = await checked(snapshot({ pods, apiServers: [{ address: '10.244.0.7', port: 6443 }] }), {
      gateways: [],
      apiAddresses: [],
    });
    expect(ways(facts.flows)).toEqual({ '203.0.113.7 → edge/kube-apiserver-0:6443': 'allowed' });
  });
});

describe('the port that a gateway serves', () => {
  const many = {
    ...gateway,
    ports: [
      { name: 'api', port: 8443, protocol: 'TCP' },
      { name: 'metrics', port: 9100, protocol: 'TCP' },
    ],
  };
  const portsOf = async (given: Parameters<typeof snapshot>[0], port = 443) =>
    (await checked(snapshot({ pods: [apiServer, many], ...given }), { port })).facts.gateways[0]?.ports;

  test("behind the endpoint's port of a Service, by number or name", async () => {
    const ports = [
      { port: 443, targetPort: 'api' },
      { port: 9100, targetPort: 9100 },
    ];
    expect(await portsOf({ services: [service('proxy', { ports })] })).toEqual([8443]);
    expect(await portsOf({ services: [service('proxy', { ports: [{ port: 443, targetPort: null }] })] })).toEqual([
      443,
    ]);
  });

  test('else the one declared, the one behind default/kubernetes, or all that may be it', async () => {
    expect(await portsOf({}, 8443)).toEqual([8443]);
    expect(await portsOf({ apiServers: [{ address: '10.244.0.7', port: 7443 }] })).toEqual([7443]);
    expect(await portsOf({ services: [service('proxy', { ports: [{ port: 30443, targetPort: 8443 }] })] })).toEqual([
      8443,
    ]);
    expect(await portsOf({})).toEqual([8443, 9100]);
    expect(await portsOf({ pods: [{ ...gateway, ports: [] }] })).toEqual([443]);
  });

  test('several that policies treat differently: unknown', async () => {
    const policies = [policy('metrics-only', onlyIngress([{ ports: [{ port: 9100 }] }]))];
    const { finding } = await checked(snapshot({ pods: [apiServer, many], policies }));
    expect(finding.verdict).toBe('unknown');
    expect(finding.reason).toContain("on ports 8443 and 9100 can't be told: the policies treat its ports differently");
  });
});

describe('who the client is', () => {
  const inRange = [policy('range', onlyIngress([{ from: [{ ipBlock: { cidr: '203.0.113.0/25' } }] }]))];

  test('of a range that is let in by half: unknown, with what is let in', async () => {
    const { finding } = await checked(snapshot({ policies: inRange }), { clients: ['203.0.113.0/24'] });
    expect(finding.verdict).toBe('unknown');
    expect(finding.reason).toContain('rules let only 203.0.113.0/25 through: NetworkPolicy edge/range');
  });

  test('nobody in particular: everybody', async () => {
    const dual = [apiServer, { ...gateway, addresses: ['10.244.0.7', 'fd00::7'] }];
    const { facts } = await checked(snapshot({ pods: dual, policies: inRange }), { clients: [] });
    expect(ways(facts.flows)).toMatchObject({
      '0.0.0.0/0 → edge/proxy-1:8443': 'partly',
      '::/0 → edge/proxy-1:8443': 'denied',
    });
  });

  test('with an address of a family that the gateway does not have: not a way at all', async () => {
    const state = snapshot({
      policies: [...inRange, policy('out', onlyEgress([toBlock('10.99.0.10/32', 6443)]))],
      apiServers: ['10.99.0.10', 'fd00:99::10'].map((address) => ({ address, port: 6443 })),
    });
    const { facts, finding } = await checked(state, { clients: ['203.0.113.7', '2001:db8::7'] });
    expect(ways(facts.flows)).toEqual({
      '203.0.113.7 → edge/proxy-1:8443': 'allowed',
      'edge/proxy-1 → 10.99.0.10:6443': 'allowed',
    });
    expect(finding.verdict).toBe('ok');
    const nobody = await checked(state, { clients: ['2001:db8::7'] });
    expect(ways(nobody.facts.flows)['0.0.0.0/0 → edge/proxy-1:8443']).toBe('partly');
  });

  test('a pod of the cluster is known by its labels, its node by its right', async () => {
    const policies = [
      policy('dns', onlyIngress([{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: coredns.labels } }] }])),
    ];
    const { facts } = await checked(snapshot({ policies }), { clients: ['10.244.0.53', '10.99.0.10', '10.99.0.99'] });
    expect(ways(facts.flows)).toMatchObject({
      '10.244.0.53 → edge/proxy-1:8443': 'allowed',
      '10.99.0.10 → edge/proxy-1:8443': 'allowed',
      '10.99.0.99 → edge/proxy-1:8443': 'denied',
    });
  });

  test('behind a load balancer it may look like a node: certain only where both are treated alike', async () => {
    const nodes = [node('cp-1', '10.99.0.10'), node('cp-2', '10.99.0.11')];
    const services = [...snapshot().services, service('proxy', { type: 'LoadBalancer' })];
    const clients = { clients: ['203.0.113.7'] };
    const passage = async (policies: ReturnType<typeof policy>[], given = { nodes, services }) =>
      ways((await checked(snapshot({ ...given, policies }), clients)).facts.flows)['203.0.113.7 → edge/proxy-1:8443'];
    expect(await passage(inRange)).toBe('unknown');
    expect(await passage([policy('deny', {})])).toBe('denied');
    expect(await passage([policy('open', onlyIngress([{}]))])).toBe('allowed');
    expect(await passage(inRange, { nodes: nodes.slice(0, 1), services })).toBe('allowed');
    expect(await passage(inRange, { nodes, services: [service('proxy')] })).toBe('allowed');
  });

  test.each(['proxy.example', '10.0.0.0/40'])('"%s" is refused, with what is expected', (client) => {
    return expect(checked(snapshot(), { clients: [client] })).rejects.toThrow('expected an address or a CIDR');
  });
});

describe("the Service's address and the server's own", () => {
  test("only the server's is let out to: gateways go there themselves", async () => {
    const { finding, facts } = await checked(
      snapshot({ policies: [policy('p', onlyEgress([toBlock('10.99.0.10/32', 6443)]))] }),
    );
    expect(finding.verdict).toBe('ok');
    expect(facts.flows.find(({ kind }) => kind === 'gateway-to-service')).toMatchObject({
      passage: 'unknown',
      why: 'translated',
      weighs: false,
    });
  });

  test("only the Service's is let out to: unknown, since either may be what a plugin sees", async () => {
    const { finding } = await checked(
      snapshot({ policies: [policy('p', onlyEgress([toBlock('10.96.0.1/32', 443)]))] }),
    );
    expect(finding).toMatchObject({
      verdict: 'unknown',
      reason:
        "Whether gateway edge/proxy-1 may reach the API server by its Service (10.96.0.1, port 443) can't be told: " +
        "the policies treat the Service's address and the server's own differently, and the standard leaves open which " +
        'one they see: NetworkPolicy edge/p (changed 2026-11-22 14:03:12 UTC by kubectl-create).',
    });
  });

  test('one of several servers cut off is a problem', async () => {
    const apiServers = ['10.99.0.10', '10.99.0.11'].map((address) => ({ address, port: 6443 }));
    const policies = [policy('p', onlyEgress([toBlock('10.99.0.10/32', 6443)]))];
    const { finding, facts } = await checked(snapshot({ apiServers, policies }));
    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toContain('from the API server at 10.99.0.11, port 6443');
    expect(ways(facts.flows)['edge/proxy-1 → 10.99.0.10:6443']).toBe('allowed');
  });

  test('no address at all: unknown', async () => {
    const { finding } = await checked(
      snapshot({ pods: [gateway], apiServers: [], services: [], policies: [policy('open', onlyIngress([{}]))] }),
      { apiAddresses: [] },
    );
    expect(finding.reason).toContain('No address of an API server is known');
  });

  test('an address that only the bot knows is asked about at the port of the others', async () => {
    const { facts } = await checked(snapshot(), { apiAddresses: ['10.99.0.10', '10.99.0.12'] });
    expect(Object.keys(ways(facts.flows))).toContain('edge/proxy-1 → 10.99.0.12:6443');
  });
});

describe('pods that use the API from inside', () => {
  test('a cut there is told, and is no problem of external clients', async () => {
    const policies = [policy('no-egress', onlyEgress([]), 'kube-system')];
    const { finding, facts } = await checked(snapshot({ policies }));
    expect(finding.verdict).toBe('ok');
    expect(finding.reason).toContain(
      'Inside the cluster 1 pod of kube-system (coredns-1) may not reach the API server.',
    );
    expect(facts.inside).toMatchObject([
      {
        namespace: 'kube-system',
        pods: 1,
        examples: ['coredns-1'],
        passage: 'denied',
        policies: [{ name: 'no-egress' }],
      },
    ]);
  });

  test('pods that the same policies isolate are one entry; others have their own', async () => {
    const pods = [apiServer, coredns, { ...coredns, name: 'coredns-2' }, pod('job', { namespace: 'kube-system' })];
    const selector = { podSelector: { matchLabels: coredns.labels } };
    const policies = [policy('dns', { ...selector, policyTypes: ['Egress'] }, 'kube-system')];
    const { facts } = await checked(snapshot({ pods, policies }));
    expect(facts.inside).toMatchObject([
      { pods: 2, passage: 'denied' },
      { pods: 1, passage: 'allowed' },
    ]);
  });
});

describe('what is not evaluated', () => {
  test('other kinds of policies are named', async () => {
    const otherPolicies = ['a', 'b', 'c', 'd'].map((name) => ({
      kind: 'CiliumNetworkPolicy',
      namespace: 'edge',
      name,
      modifiedAt: null,
    }));
    const { finding } = await checked(snapshot({ otherPolicies }));
    expect(finding.reason).toContain('Not evaluated: 4 CiliumNetworkPolicy.');
    expect(finding.details).toContainEqual({
      label: 'not evaluated',
      value: '4 CiliumNetworkPolicy: edge/a, edge/b, edge/c, …',
    });
  });

  test('a policy that says something unknown to us leaves doubt', async () => {
    const { finding } = await checked(snapshot({ policies: [policy('odd', { ingress: [{ fromHeaven: [] }] })] }));
    expect(finding.verdict).toBe('unknown');
    expect(finding.reason).toContain('a policy says something that this version does not know: NetworkPolicy edge/odd');
  });
});

describe('size', () => {
  test('facts stay small; what is left out is counted, and the gravest is kept', async () => {
    const pods = Array.from({ length: 60 }, (_, i) => pod(`proxy-${i}`, { labels: { app: 'proxy', shard: `${i}` } }));
    const policies = pods.map(({ labels }, i) =>
      policy(`shard-${i}`, {
        podSelector: { matchLabels: { shard: labels.shard } },
        ...(i === 59 ? {} : { ingress: [{}] }),
      }),
    );
    const { facts, finding } = await checked(snapshot({ pods, policies }));
    expect(facts.flows).toHaveLength(50);
    expect(facts.flows[0]).toMatchObject({ to: 'edge/proxy-59', passage: 'denied' });
    expect(facts.leftOut).toMatchObject({ flows: 130, gateways: 40 });
    expect(facts.flowCounts).toMatchObject({ allowed: 119, denied: 1 });
    expect(finding.details).toContainEqual({ label: 'not shown', value: '130 more flows' });
  });

  test('10,000 policies and 10,000 pods are no effort', async () => {
    const pods = Array.from({ length: 10_000 }, (_, i) =>
      pod(`pod-${i}`, {
        namespace: i % 2 === 0 ? 'edge' : 'kube-system',
        labels: { app: i % 2 === 0 ? 'proxy' : 'client', instance: `${i}`, team: `${i % 100}` },
        addresses: [`10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`],
      }),
    );
    const policies = pods.map(({ namespace }, i) =>
      policy(
        `policy-${i}`,
        {
          podSelector:
            i % 3 === 0
              ? { matchExpressions: [{ key: 'instance', operator: 'In', values: [`${i}`, `${i + 2}`] }] }
              : { matchLabels: { instance: `${i}` } },
          policyTypes: ['Ingress', 'Egress'],
          ingress: [{ from: [{ ipBlock: { cidr: '203.0.113.0/24' } }] }],
          egress: [toBlock('10.99.0.0/24', 6443), toBlock('10.96.0.0/16', 443)],
        },
        namespace,
      ),
    );
    const state = snapshot({ pods: [apiServer, ...pods], policies });
    const startedAt = performance.now();
    const { facts } = await checked(state);
    const tookMs = performance.now() - startedAt;
    expect(facts.flowCounts).toMatchObject({ allowed: 10_000, denied: 0 });
    // Half a second or so on an idle machine; asking every policy about every pod takes minutes.
    expect(tookMs).toBeLessThan(10_000);
    console.log(`10,000 policies and pods: ${Math.round(tookMs)} ms`);
  });
});
