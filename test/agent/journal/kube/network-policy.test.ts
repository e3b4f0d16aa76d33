import { expect, it } from 'vitest';
import { noteNetworkPolicy, tellNetworkPolicy } from '../../../../src/agent/journal/kube/network-policy.ts';

function note(spec: unknown) {
  return noteNetworkPolicy({ metadata: { name: 'allow', namespace: 'edge', uid: 'u' }, spec });
}

function diff(before: unknown, after: unknown): readonly string[] {
  return tellNetworkPolicy(note(before), note(after)).flatMap((told) => told.diff);
}

const port = (...ports: number[]) => ports.map((one) => ({ protocol: 'TCP', port: one }));
const block = (cidr: string, ...except: string[]) => ({ ipBlock: { cidr, ...(except.length > 0 ? { except } : {}) } });
const gateway = { podSelector: { matchLabels: { app: 'gateway' } } };

it.each<[what: string, before: unknown, after: unknown, diff: string[]]>([
  [
    'a port taken away',
    { ingress: [{ ports: port(80) }, { ports: port(443, 6443) }] },
    { ingress: [{ ports: port(80) }, { ports: port(443) }] },
    ['port 6443 removed from ingress rule 2'],
  ],
  [
    'a range taken away, another added',
    { ingress: [{ from: [block('10.0.0.0/8')] }] },
    { ingress: [{ from: [block('192.0.2.0/24', '192.0.2.7/32')] }] },
    ['peer 10.0.0.0/8 removed from ingress rule 1', 'peer 192.0.2.0/24 except 192.0.2.7/32 added to ingress rule 1'],
  ],
  [
    'a rule added before others',
    { ingress: [{ ports: port(80) }] },
    { ingress: [{ from: [block('10.0.0.0/8')], ports: port(6443) }, { ports: port(80) }] },
    ['ingress rule 1 added: from 10.0.0.0/8 on port 6443'],
  ],
  [
    'a rule taken away',
    { egress: [{}, { ports: port(53) }] },
    { egress: [{}] },
    ['egress rule 2 removed: to everybody on port 53'],
  ],
  [
    'everybody',
    { ingress: [{ from: [block('10.0.0.0/8')] }] },
    { ingress: [{}] },
    ['ingress rule 1 now for everybody (was 10.0.0.0/8)'],
  ],
  [
    'not every port any more',
    { ingress: [{}] },
    { ingress: [{ ports: port(80) }] },
    ['ingress rule 1 now only for port 80 (was every port)'],
  ],
  [
    'other pods',
    gateway,
    { podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] } },
    ['selects pods with app in (a, b), not pods with app=gateway any more'],
  ],
  [
    'another direction',
    { policyTypes: ['Ingress'] },
    { policyTypes: ['Ingress', 'Egress'] },
    ['now isolates egress: lets nothing through'],
  ],
  [
    'one direction less',
    { policyTypes: ['Ingress', 'Egress'] },
    { policyTypes: ['Egress'] },
    ['no longer isolates ingress'],
  ],
  [
    'other namespaces',
    { ingress: [{ from: [{ namespaceSelector: {} }] }] },
    { ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'a' } }, podSelector: {} }] }] },
    [
      'peer every pod of every namespace removed from ingress rule 1',
      'peer every pod of namespaces with team=a added to ingress rule 1',
    ],
  ],
  [
    'kinds of ports',
    { ingress: [{ ports: [{ protocol: 'UDP', port: 53 }, { port: 8000, endPort: 8100 }, { port: 'web' }] }] },
    { ingress: [{ ports: [{ port: 1 }] }] },
    [
      'UDP port 53 removed from ingress rule 1',
      'ports 8000-8100 removed from ingress rule 1',
      'port web removed from ingress rule 1',
      'port 1 added to ingress rule 1',
    ],
  ],
  ['a field nobody knows', {}, { future: 1 }, ['spec changed; it says something that this version does not know']],
])('tells %s', (_, before, after, words) => {
  expect(diff(before, after)).toEqual(words);
});

it('says of a new one what it does, with its ports and addresses', () => {
  const spec = { ...gateway, policyTypes: ['Ingress'], ingress: [{ from: [block('10.0.0.0/8')], ports: port(6443) }] };
  expect(tellNetworkPolicy(null, note(spec))).toEqual([
    {
      category: 'network-policy',
      action: 'create',
      ports: [6443],
      addresses: ['10.0.0.0/8'],
      summary:
        'NetworkPolicy edge/allow created: selects pods with app=gateway; ingress: lets through only from 10.0.0.0/8 on port 6443',
      diff: ['selects pods with app=gateway', 'ingress: lets through only from 10.0.0.0/8 on port 6443'],
    },
  ]);
});

it('says of one that went what it did', () => {
  expect(tellNetworkPolicy(note({ podSelector: {}, policyTypes: ['Ingress'] }), null)[0]).toMatchObject({
    action: 'delete',
    diff: ['was: selects every pod', 'was: ingress: lets nothing through'],
  });
});
