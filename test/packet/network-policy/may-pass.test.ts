import { describe, expect, test } from 'vitest';
import { external, node, passing, pod, policy } from './given.ts';

const gateway = pod('gateway');
const client = external('203.0.113.7');
const api = node('cp-2', '10.99.0.11');

/** One ingress rule on every pod of the gateway's namespace; does it let the client in? */
function ingress(rule: unknown, from = client as Parameters<typeof passing>[1], port = 8443) {
  return passing([policy({ podSelector: {}, policyTypes: ['Ingress'], ingress: [rule] })], from, gateway, port).passage;
}

/** One egress rule on the gateway; may it reach that destination? */
function egress(rule: unknown, to: Parameters<typeof passing>[2] = api, port = 6443) {
  return passing([policy({ podSelector: {}, policyTypes: ['Egress'], egress: [rule] })], gateway, to, port).passage;
}

describe('which pods a policy isolates, and in which direction', () => {
  test.each([
    ['no podSelector: every pod of the namespace', {}, 'denied'],
    ['an empty podSelector: every pod of the namespace', { podSelector: {} }, 'denied'],
    ['matchLabels that match', { podSelector: { matchLabels: { app: 'gateway' } } }, 'denied'],
    ['matchLabels that do not', { podSelector: { matchLabels: { app: 'other' } } }, 'allowed'],
    ['one of two matchLabels missing', { podSelector: { matchLabels: { app: 'gateway', tier: 'x' } } }, 'allowed'],
    [
      "a label named like an object's own",
      { podSelector: { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] } },
      'allowed',
    ],
    ['In', { podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['x', 'gateway'] }] } }, 'denied'],
    ['In, another', { podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['x'] }] } }, 'allowed'],
    [
      'NotIn',
      { podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['gateway'] }] } },
      'allowed',
    ],
    [
      'NotIn of a label that is absent',
      { podSelector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['x'] }] } },
      'denied',
    ],
    ['Exists', { podSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } }, 'denied'],
    ['DoesNotExist', { podSelector: { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] } }, 'allowed'],
    [
      'labels and expressions: both must hold',
      { podSelector: { matchLabels: { app: 'gateway' }, matchExpressions: [{ key: 'tier', operator: 'Exists' }] } },
      'allowed',
    ],
    [
      'nulls are as good as absent',
      { podSelector: { matchLabels: null, matchExpressions: null }, policyTypes: null, ingress: null, egress: null },
      'denied',
    ],
  ])('%s', (_, spec, expected) => {
    expect(passing([policy(spec)], client, gateway).passage).toBe(expected);
  });

  test.each([
    ['no policyTypes: ingress', {}, 'denied', 'allowed'],
    ['no policyTypes, an empty egress: ingress only', { egress: [] }, 'denied', 'allowed'],
    ['no policyTypes, an egress rule: both', { egress: [{ to: [{ podSelector: {} }] }] }, 'denied', 'denied'],
    [
      'Egress only, though there are ingress rules',
      { policyTypes: ['Egress'], ingress: [{ from: [{ podSelector: {} }] }] },
      'allowed',
      'denied',
    ],
    [
      'Ingress only, though there are egress rules',
      { policyTypes: ['Ingress'], egress: [{ to: [{ podSelector: {} }] }] },
      'denied',
      'allowed',
    ],
    ['both without rules', { policyTypes: ['Ingress', 'Egress'] }, 'denied', 'denied'],
  ])('%s', (_, spec, into, outOf) => {
    expect(passing([policy(spec)], client, gateway).passage).toBe(into);
    expect(passing([policy(spec)], gateway, api).passage).toBe(outOf);
  });

  test('a policy has no say in another namespace', () => {
    expect(passing([policy({}, 'p', 'apps')], client, gateway).passage).toBe('allowed');
  });

  test('policies add up: what one allows no other denies', () => {
    const denyAll = policy({ podSelector: {} }, 'deny-all');
    const allow = policy(
      { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }, { ports: [{ port: 8443 }] }] },
      'allow',
    );
    const answer = passing([denyAll, allow], client, gateway);
    expect(answer.passage).toBe('allowed');
    expect(answer.ingress.allowedBy).toEqual({ policy: { namespace: 'edge', name: 'allow' }, rule: 2 });
    expect(answer.ingress.isolatedBy.map(({ name }) => name)).toEqual(['deny-all', 'allow']);
  });
});

describe('peers of a rule', () => {
  const inner = pod('worker', { namespace: 'apps', addresses: ['10.244.0.9'] });
  test.each([
    ['no from: everyone', {}, client, 'allowed'],
    ['an empty from: everyone', { from: [] }, client, 'allowed'],
    [
      'selectors never pick an address outside',
      { from: [{ podSelector: {}, namespaceSelector: {} }] },
      client,
      'denied',
    ],
    ["podSelector alone: of the policy's own namespace", { from: [{ podSelector: {} }] }, inner, 'denied'],
    ['podSelector alone, a neighbour', { from: [{ podSelector: {} }] }, pod('neighbour'), 'allowed'],
    [
      'namespaceSelector alone: all its pods',
      { from: [{ namespaceSelector: { matchLabels: { zone: 'inner' } } }] },
      inner,
      'allowed',
    ],
    ['an empty namespaceSelector: all namespaces', { from: [{ namespaceSelector: {} }] }, inner, 'allowed'],
    [
      'both: both must hold',
      { from: [{ namespaceSelector: { matchLabels: { zone: 'inner' } }, podSelector: { matchLabels: { app: 'x' } } }] },
      inner,
      'denied',
    ],
    [
      'both hold',
      {
        from: [
          { namespaceSelector: { matchLabels: { zone: 'inner' } }, podSelector: { matchLabels: { app: 'worker' } } },
        ],
      },
      inner,
      'allowed',
    ],
    [
      'as two peers: one is enough',
      {
        from: [
          { namespaceSelector: { matchLabels: { zone: 'inner' } } },
          { podSelector: { matchLabels: { app: 'x' } } },
        ],
      },
      inner,
      'allowed',
    ],
    [
      'a namespace that is not in the snapshot',
      { from: [{ namespaceSelector: {} }] },
      pod('ghost', { namespace: 'ghost' }),
      'unknown',
    ],
  ])('%s', (_, rule, from, expected) => {
    expect(ingress(rule, from)).toBe(expected);
  });

  test.each([
    ['inside', '203.0.113.0/24', [], '203.0.113.7', 'allowed'],
    ['outside', '203.0.112.0/24', [], '203.0.113.7', 'denied'],
    ['excepted', '203.0.113.0/24', ['203.0.113.0/28'], '203.0.113.7', 'denied'],
    ['beside the exception', '203.0.113.0/24', ['203.0.113.0/28'], '203.0.113.16', 'allowed'],
    ['IPv6 inside', '2001:db8::/32', [], '2001:db8:1::7', 'allowed'],
    ['IPv6 excepted', '2001:db8::/32', ['2001:db8:1::/48'], '2001:db8:1::7', 'denied'],
    ['every IPv4 address is no IPv6 address', '0.0.0.0/0', [], '2001:db8::7', 'denied'],
    ['an IPv4 address written as IPv6', '203.0.113.0/24', [], '::ffff:203.0.113.7', 'allowed'],
    ['host bits of the CIDR do not count', '203.0.113.99/24', [], '203.0.113.7', 'allowed'],
    ['leading zeros are decimal', '203.000.113.010/32', [], '203.0.113.10', 'allowed'],
  ])('ipBlock: %s', (_, cidr, except, address, expected) => {
    expect(ingress({ from: [{ ipBlock: { cidr, except } }] }, external(address))).toBe(expected);
  });

  test('of a range every address must be let in, by one block or several together', () => {
    const halves = [{ ipBlock: { cidr: '203.0.113.0/25' } }, { ipBlock: { cidr: '203.0.113.128/25' } }];
    const range = external('203.0.113.0/24');
    expect(ingress({ from: halves }, range)).toBe('allowed');
    const answer = passing([policy({ podSelector: {}, ingress: [{ from: halves.slice(1) }] })], range, gateway);
    expect(answer.passage).toBe('partly');
    expect(answer.ingress.blocks).toEqual(['203.0.113.128/25']);
    expect(ingress({ from: [{ ipBlock: { cidr: '198.51.100.0/24' } }] }, range)).toBe('denied');
  });

  test('an address that is none is told, not taken for one that no block holds', () => {
    expect(() => ingress({ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }, external('gateway.example'))).toThrow(
      '"gateway.example" is neither an address nor a CIDR',
    );
  });
});

describe('ports of a rule', () => {
  test.each([
    ['no ports: all', {}, 'allowed'],
    ['empty ports: all', { ports: [] }, 'allowed'],
    ['the number', { ports: [{ port: 8443 }] }, 'allowed'],
    ['another number', { ports: [{ port: 443 }] }, 'denied'],
    ['one of several', { ports: [{ port: 443 }, { port: 8443 }] }, 'allowed'],
    ['no protocol: TCP', { ports: [{ port: 8443, protocol: null }] }, 'allowed'],
    ['another protocol', { ports: [{ port: 8443, protocol: 'UDP' }] }, 'denied'],
    ['a protocol alone: all its ports', { ports: [{ protocol: 'TCP' }] }, 'allowed'],
    ['a range', { ports: [{ port: 8000, endPort: 8443 }] }, 'allowed'],
    ['a range that ends before', { ports: [{ port: 8000, endPort: 8442 }] }, 'denied'],
    ["the pod's name for it", { ports: [{ port: 'api' }] }, 'allowed'],
    ['a name that the pod does not have', { ports: [{ port: 'https' }] }, 'denied'],
    ['a name of another protocol', { ports: [{ port: 'api', protocol: 'UDP' }] }, 'denied'],
  ])('%s', (_, rule, expected) => {
    expect(ingress(rule)).toBe(expected);
  });

  test('a name of another port of the pod is not this port', () => {
    expect(ingress({ ports: [{ port: 'api' }] }, client, 9443)).toBe('denied');
  });

  test("in egress a name is the destination's, and an address outside has none", () => {
    const backend = pod('backend', { ports: [{ name: 'api', port: 6443, protocol: 'TCP' }] });
    expect(egress({ ports: [{ port: 'api' }] }, backend)).toBe('allowed');
    expect(egress({ ports: [{ port: 'api' }] }, external('10.99.0.11'))).toBe('denied');
  });
});

describe('both ends', () => {
  test('either may deny, and the answer says which', () => {
    const backend = pod('backend', { namespace: 'apps' });
    const noIngress = passing([policy({ podSelector: {} }, 'in', 'apps')], gateway, backend);
    expect(noIngress.passage).toBe('denied');
    expect(noIngress.decidedBy).toMatchObject({
      direction: 'ingress',
      isolatedBy: [{ namespace: 'apps', name: 'in' }],
    });
    const noEgress = passing([policy({ policyTypes: ['Egress'] }, 'out')], gateway, backend);
    expect(noEgress.decidedBy).toMatchObject({ direction: 'egress', isolatedBy: [{ namespace: 'edge', name: 'out' }] });
  });

  test('a pod always reaches itself', () => {
    expect(passing([policy({ policyTypes: ['Ingress', 'Egress'] })], gateway, gateway).passage).toBe('allowed');
  });

  test('its own node always reaches a pod; the pod does not always reach its node', () => {
    const all = [policy({ policyTypes: ['Ingress', 'Egress'] })];
    expect(passing(all, node('cp-1', '10.99.0.10'), gateway)).toMatchObject({ ingress: { because: 'localNode' } });
    expect(passing(all, node('cp-2', '10.99.0.11'), gateway).passage).toBe('denied');
    expect(passing(all, gateway, node('cp-1', '10.99.0.10')).passage).toBe('denied');
  });
});

describe("pods on the host's network", () => {
  const apiServer = pod('kube-apiserver-cp-2', {
    namespace: 'kube-system',
    labels: { component: 'kube-apiserver' },
    addresses: ['10.99.0.11'],
    hostNetwork: true,
    nodeName: 'cp-2',
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
  });

  test('a policy that would deny them is undefined by the standard, never a denial', () => {
    const denyAll = policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }, 'deny', 'kube-system');
    const inwards = passing([denyAll], client, apiServer, 6443);
    expect(inwards).toMatchObject({ passage: 'undefinedByStandard', decidedBy: { isolatedBy: [{ name: 'deny' }] } });
    expect(passing([denyAll], apiServer, client).passage).toBe('undefinedByStandard');
  });

  test('a policy that allows it, or that selects other pods, leaves no doubt', () => {
    const allow = policy({ ingress: [{ ports: [{ port: 6443 }] }] }, 'allow', 'kube-system');
    const other = policy({ podSelector: { matchLabels: { component: 'etcd' } } }, 'etcd', 'kube-system');
    expect(passing([allow], client, apiServer, 6443).passage).toBe('allowed');
    expect(passing([other], client, apiServer, 6443).passage).toBe('allowed');
  });

  test('a rule that names them by label may or may not apply; one by address does', () => {
    const byLabel = { to: [{ namespaceSelector: {}, podSelector: { matchLabels: { component: 'kube-apiserver' } } }] };
    expect(egress(byLabel, apiServer)).toBe('unknown');
    expect(egress({ to: [{ ipBlock: { cidr: '10.99.0.11/32' } }] }, apiServer)).toBe('allowed');
    expect(egress({ ports: [{ port: 'https' }] }, apiServer)).toBe('unknown');
    expect(egress({ to: [{ podSelector: { matchLabels: { app: 'x' } } }] }, apiServer)).toBe('denied');
  });
});

describe('a policy that says what we do not know', () => {
  const odd = {
    podSelector: { matchLabels: { app: 'gateway' } },
    policyTypes: ['Ingress'],
    ingress: [{ fromHeaven: true }],
  };
  const denyAll = policy({ podSelector: {} }, 'deny-all');
  const allowAll = policy({ podSelector: {}, ingress: [{}] }, 'allow-all');

  test.each([
    ['alone', [policy(odd)], 'unknown'],
    ['beside a denial: it might allow', [denyAll, policy(odd)], 'unknown'],
    ['beside an allowance: nothing can take that back', [policy(odd), allowAll], 'allowed'],
    ['for other pods', [policy({ ...odd, podSelector: { matchLabels: { app: 'other' } } })], 'allowed'],
    ['for the other direction', [policy({ ...odd, policyTypes: ['Egress'] })], 'allowed'],
    ['of no shape at all', [policy('what?')], 'unknown'],
    [
      'a peer with a field of its own',
      [policy({ ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' }, serviceSelector: {} }] }] })],
      'unknown',
    ],
    ['a peer of nothing', [policy({ ingress: [{ from: [{}] }] })], 'unknown'],
    [
      'an ipBlock with selectors',
      [policy({ ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' }, podSelector: {} }] }] })],
      'unknown',
    ],
    [
      'an operator of its own',
      [policy({ podSelector: { matchExpressions: [{ key: 'app', operator: 'Gt', values: ['1'] }] } })],
      'unknown',
    ],
    ['a range from a named port', [policy({ ingress: [{ ports: [{ port: 'api', endPort: 9000 }] }] })], 'unknown'],
    ['a CIDR that is none', [policy({ ingress: [{ from: [{ ipBlock: { cidr: '300.0.0.0/8' } }] }] })], 'unknown'],
    [
      "rules under a client library's name for them",
      [policy({ ingress: [{ _from: [{ podSelector: {} }] }] })],
      'unknown',
    ],
  ])('%s', (_, policies, expected) => {
    expect(passing(policies, client, gateway).passage).toBe(expected);
  });
});
