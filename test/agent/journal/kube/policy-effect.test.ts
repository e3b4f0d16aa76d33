import { describe, expect, it } from 'vitest';
import { policyEffect } from '../../../../src/agent/journal/kube/policy-effect.ts';
import type { KubeSnapshot, PodRecord, PolicyRecord } from '../../../../src/words/kube.ts';
import type { WatchOrder } from '../../../../src/words/stream.ts';

function pod(namespace: string, name: string, address: string, over: Partial<PodRecord> = {}): PodRecord {
  return {
    namespace,
    name,
    uid: name,
    labels: { app: name },
    nodeName: 'worker-1',
    addresses: [address],
    hostNetwork: false,
    phase: 'Running',
    startedAt: null,
    deleting: false,
    ports: [],
    containers: [],
    ...over,
  };
}

const apiServer = pod('kube-system', 'kube-apiserver-cp-1', '10.0.0.10', {
  hostNetwork: true,
  nodeName: 'cp-1',
  labels: { component: 'kube-apiserver' },
});

function cluster(policies: readonly PolicyRecord[] = [], pods: readonly PodRecord[] = []): KubeSnapshot {
  return {
    asOfAt: 0,
    live: true,
    pods: [apiServer, pod('edge', 'gateway', '10.244.0.5'), pod('shop', 'cart', '10.244.0.6'), ...pods],
    namespaces: ['edge', 'shop', 'kube-system'].map((name) => ({ name, labels: {} })),
    policies: [...policies],
    otherPolicies: [],
    services: [
      {
        namespace: 'default',
        name: 'kubernetes',
        type: 'ClusterIP',
        clusterIps: ['10.96.0.1'],
        selector: null,
        ports: [{ port: 443, targetPort: 6443 }],
      },
    ],
    nodes: [],
    apiServers: [{ address: '10.0.0.10', port: 6443 }],
  };
}

const order: WatchOrder = {
  targets: [],
  caPem: '',
  probeEveryMs: 5_000,
  apiPort: 6443,
  apiAddresses: ['10.0.0.10'],
  clients: [],
  gateways: [{ namespace: 'edge', labels: { app: 'gateway' } }],
};

const select = (app: string) => ({ podSelector: { matchLabels: { app } } });
const ingress = (...from: object[]) => ({ ...select('gateway'), policyTypes: ['Ingress'], ingress: [{ from }] });
const block = (cidr: string) => ({ ipBlock: { cidr } });
const denyIngress = { ...select('gateway'), policyTypes: ['Ingress'] };
const denyEgress = { ...select('gateway'), policyTypes: ['Egress'] };

function effect(
  before: unknown,
  after: unknown,
  { namespace = 'edge', snapshot = cluster(), asked = order, uid = 'p' } = {},
) {
  const said = (spec: unknown) => (spec === null ? null : { name: 'policy', spec });
  const was = before === 'unknown' ? before : said(before);
  return policyEffect({ namespace, uid, before: was, after: said(after) }, snapshot, asked);
}

const record = (uid: string, spec: unknown): PolicyRecord => ({
  namespace: 'edge',
  name: uid,
  uid,
  modifiedAt: null,
  modifiedBy: null,
  spec,
});

describe('a policy that is the same for every client is judged', () => {
  it('breaks: nobody gets to the gateway any more', () => {
    expect(effect(null, denyIngress)).toEqual({
      kind: 'judged',
      verdict: 'breaks',
      words: 'It keeps clients from any IPv4 address from gateway edge/gateway on port 6443: that was allowed before.',
    });
  });

  it('breaks: the gateway gets no more to the API server', () => {
    expect(effect(null, denyEgress)).toMatchObject({
      verdict: 'breaks',
      words: expect.stringContaining('gateway edge/gateway from the API server at 10.0.0.10, port 6443'),
    });
  });

  it('breaks: the policy that allowed it is deleted, and another denies it', () => {
    const snapshot = cluster([record('other', denyIngress)]);
    expect(effect(ingress(block('0.0.0.0/0')), null, { snapshot })).toMatchObject({ verdict: 'breaks' });
  });

  it('mends: it is gone', () => {
    expect(effect(denyEgress, null)).toMatchObject({
      verdict: 'mends',
      words: 'It no longer keeps gateway edge/gateway from the API server at 10.0.0.10, port 6443.',
    });
    expect(effect(denyIngress, null)).toMatchObject({ verdict: 'mends' });
  });

  it('is judged by the clients that are configured: those it treats all alike', () => {
    const asked = { ...order, clients: ['203.0.113.0/24'] };
    expect(effect(null, ingress(block('10.0.0.0/8')), { asked })).toMatchObject({ verdict: 'breaks' });
  });

  it('none: the same ways are open as before', () => {
    expect(effect(null, ingress(block('0.0.0.0/0')))).toEqual({
      kind: 'judged',
      verdict: 'none',
      words: 'Every way to the API server is as it was before.',
    });
  });

  it('none: another policy denies it already', () => {
    expect(effect(null, denyIngress, { snapshot: cluster([record('other', denyIngress)]) })).toMatchObject({
      verdict: 'none',
    });
  });

  it('judges a change that the state already holds as one, not as two', () => {
    const snapshot = cluster([record('p', denyIngress)]);
    expect(effect(null, denyIngress, { snapshot })).toMatchObject({ verdict: 'breaks' });
    expect(effect(denyIngress, denyIngress, { snapshot })).toMatchObject({ verdict: 'none' });
  });
});

describe('a policy that concerns nobody on the way to the API server has no effect', () => {
  it('in a namespace without any of them, whatever it was before', () => {
    for (const before of [null, 'unknown']) {
      expect(effect(before, denyIngress, { namespace: 'shop' })).toEqual({
        kind: 'judged',
        verdict: 'none',
        words: 'No gateway, API server or client of the API is a pod in shop.',
      });
    }
  });

  it('for other pods of the same namespace', () => {
    expect(effect(null, { ...select('other'), policyTypes: ['Ingress'] })).toMatchObject({
      verdict: 'none',
      words: 'It selects no gateway and no API server.',
    });
  });

  it('where there is no gateway', () => {
    expect(effect(null, denyIngress, { asked: { ...order, gateways: [] } })).toMatchObject({ verdict: 'none' });
  });
});

describe('what can not be told', () => {
  it('a policy whose earlier form is not known', () => {
    expect(effect('unknown', denyIngress)).toMatchObject({ verdict: 'unknown' });
  });

  it('a policy with a field nobody knows', () => {
    expect(effect(null, { ...denyEgress, future: true })).toMatchObject({ verdict: 'unknown' });
  });

  it("a policy for API servers on the host's network, called an unlikely cause", () => {
    const spec = { podSelector: { matchLabels: { component: 'kube-apiserver' } }, policyTypes: ['Ingress'] };
    const snapshot = cluster();
    expect(effect(null, spec, { namespace: 'kube-system', snapshot })).toMatchObject({
      verdict: 'unknown',
      words: expect.stringMatching(/would keep clients .* host's network.*an unlikely cause/),
    });
  });
});

describe('a policy that tells clients apart is told for every client', () => {
  it('in ranges that are treated alike', () => {
    const rule = 'NetworkPolicy edge/policy';
    const whole = { to: '10.244.0.5' };
    expect(effect(null, ingress(block('10.0.0.0/8'), block('203.0.113.0/24')))).toEqual({
      kind: 'passages',
      port: 6443,
      before: [{ ...whole, first: '0.0.0.0', last: '255.255.255.255', verdict: 'allow', rule: null }],
      after: [
        { ...whole, first: '0.0.0.0', last: '9.255.255.255', verdict: 'deny', rule: `no rule allows it: ${rule}` },
        { ...whole, first: '10.0.0.0', last: '10.255.255.255', verdict: 'allow', rule },
        { ...whole, first: '11.0.0.0', last: '203.0.112.255', verdict: 'deny', rule: `no rule allows it: ${rule}` },
        { ...whole, first: '203.0.113.0', last: '203.0.113.255', verdict: 'allow', rule },
        {
          ...whole,
          first: '203.0.114.0',
          last: '255.255.255.255',
          verdict: 'deny',
          rule: `no rule allows it: ${rule}`,
        },
      ],
    });
  });

  it('when a part of the configured clients is cut off', () => {
    const asked = { ...order, clients: ['203.0.113.0/24'] };
    const told = effect(ingress(block('203.0.113.0/24')), ingress(block('203.0.113.0/25')), { asked });
    expect(told).toMatchObject({ kind: 'passages' });
    if (told.kind !== 'passages') return;
    const at = (first: string) => told.after.find((range) => range.first === first)?.verdict;
    expect([at('203.0.113.0'), at('203.0.113.128')]).toEqual(['allow', 'deny']);
  });

  it('not when only the names of the rules differ', () => {
    expect(effect(ingress(block('0.0.0.0/1')), ingress(block('0.0.0.0/2'), block('64.0.0.0/2')))).toMatchObject({
      verdict: 'none',
    });
  });

  it('in both families where the gateway has both', () => {
    const both = pod('edge', 'gateway', '10.244.0.5', { addresses: ['10.244.0.5', 'fd00::5'] });
    const snapshot = { ...cluster(), pods: [apiServer, both] };
    const told = effect(null, ingress(block('2001:db8::/32')), { snapshot });
    expect(told.kind === 'passages' && told.after.map(({ first, verdict }) => `${first} ${verdict}`)).toEqual([
      '0.0.0.0 deny',
      ':: deny',
      '2001:db8:: allow',
      '2001:db9:: deny',
    ]);
  });

  it('unless that is in more ranges than can be told', () => {
    const many = Array.from({ length: 200 }, (_, n) => block(`10.${n}.1.0/24`));
    expect(effect(null, ingress(...many))).toMatchObject({ kind: 'judged', verdict: 'unknown' });
  });
});
