import { describe, expect, it } from 'vitest';
import { type Note, tell } from '../../../../src/agent/journal/kube/note.ts';
import { noteBase, writerOf } from '../../../../src/agent/journal/kube/note-base.ts';
import { ALSO_FOLLOWED, noteOf } from '../../../../src/agent/journal/kube/watched.ts';
import { Metadata } from '../../../../src/agent/kube/metadata.ts';
import { apiServerPod, node, policy } from '../../kube/objects.ts';

type Raw = Record<string, unknown>;

/** As the API server gives it, with what every object has. */
function object(name: string, rest: Raw = {}, metadata: Raw = {}): Raw {
  return {
    metadata: { name, namespace: 'kube-system', uid: `uid of ${name}`, resourceVersion: '1', ...metadata },
    ...rest,
  };
}

function note(resource: string, raw: unknown): Note | null {
  const kind = ALSO_FOLLOWED.find(({ name }) => name === resource);
  return kind === undefined ? noteOf(resource, withUid(raw)) : kind.reduce(withUid(raw));
}

function withUid(raw: unknown): unknown {
  const { metadata, ...rest } = raw as { metadata: Raw };
  return { metadata: { uid: 'a-uid', ...metadata }, ...rest };
}

function told(resource: string, before: unknown, after: unknown, predecessor: unknown = null) {
  const as = (raw: unknown) => (raw === null ? null : note(resource, raw));
  return tell(as(before), as(after), as(predecessor));
}

/** Of one change: its line, its category and action, and what differs. */
function one(resource: string, before: unknown, after: unknown, predecessor: unknown = null) {
  const all = told(resource, before, after, predecessor);
  expect(all).toHaveLength(1);
  return all[0];
}

const configMap = (data: Raw, metadata: Raw = {}) => object('kubeadm-config', { data }, metadata);
const configMaps = 'configmaps of kube-system';

describe('a ConfigMap', () => {
  it('is told by its keys, and no value is kept', () => {
    const [before, after] = [configMap({ a: 'hush', b: '1', c: '1' }), configMap({ a: 'hush!', b: '1', d: '1' })];
    expect(one(configMaps, before, after)).toMatchObject({
      category: 'control-plane',
      action: 'update',
      diff: ['data keys changed: a (hash differs)', 'data keys added: d', 'data keys removed: c'],
      summary:
        'ConfigMap kube-system/kubeadm-config changed: data keys changed: a (hash differs); data keys added: d; and 1 more',
    });
    expect(JSON.stringify(note(configMaps, after))).not.toContain('hush');
  });

  it('comes and goes', () => {
    expect(one(configMaps, null, configMap({ a: '1' }))).toMatchObject({ action: 'create', diff: ['data keys: a'] });
    expect(one(configMaps, configMap({}), null)).toMatchObject({ action: 'delete' });
  });

  it('may hold binary data', () => {
    const binary = (text: string) => object('x', { binaryData: { blob: text } });
    expect(one(configMaps, binary('AA=='), binary('AQ=='))?.diff).toEqual(['data keys changed: blob (hash differs)']);
  });
});

const workload = (spec: Raw = {}, container: Raw = {}, template: Raw = {}) =>
  object('coredns', {
    spec: {
      replicas: 2,
      template: {
        ...template,
        spec: { containers: [{ name: 'coredns', image: 'coredns:1', args: ['-conf', '--x=1'], ...container }] },
      },
      ...spec,
    },
  });

describe('a Deployment', () => {
  it.each([
    ['replicas', workload({ replicas: 0 }), ['replicas 2 -> 0']],
    ['image', workload({}, { image: 'coredns:2' }), ['image coredns:1 -> coredns:2']],
    ['a flag', workload({}, { args: ['-conf', '--x=2'] }), ['flag --x changed: 1 -> 2']],
    ['a flag taken away', workload({}, { args: ['-conf'] }), ['flag --x removed (was 1)']],
    ['a flag more', workload({}, { args: ['-conf', '--x=1', '--y'] }), ['flag --y added']],
    ['resources', workload({}, { resources: { limits: { cpu: '1' } } }), ['resources changed']],
    ['strategy', workload({ paused: true }), ['spec: paused changed']],
    [
      'restart',
      workload({}, {}, { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026' } } }),
      ['restarted by a rollout'],
    ],
  ])('tells %s', (_, after, diff) => {
    expect(one('deployments', workload(), after)?.diff).toEqual(diff);
  });

  it('was scaled by whom its managed fields name for that, without a time', () => {
    const scaled = workload({ replicas: 3 });
    scaled.metadata = { ...(scaled.metadata as Raw), managedFields: [{ manager: 'kubectl', subresource: 'scale' }] };
    expect(one('deployments', workload(), scaled)).toMatchObject({ diff: ['replicas 2 -> 3'], actor: 'kubectl' });
  });

  it('keeps no secret of a flag, and cuts long values, yet sees that they differ', () => {
    const flags = (token: string, long: string) => workload({}, { args: [`--api-token=${token}`, `--list=${long}`] });
    const diff = one('deployments', flags('hush', 'a'.repeat(300)), flags('hush!', `${'a'.repeat(299)}b`))?.diff ?? [];
    expect(diff).toHaveLength(2);
    expect(diff.join()).not.toContain('hush');
    expect(diff.every((line) => line.length < 330)).toBe(true);
  });
});

it('a ReplicaSet that comes says that its Deployment has a new template', () => {
  const replicaSet = object('coredns-1', {}, { ownerReferences: [{ kind: 'Deployment', name: 'coredns' }] });
  expect(one('replicasets', null, replicaSet)?.summary).toBe(
    'ReplicaSet kube-system/coredns-1 created: Deployment coredns has a new pod template',
  );
});

describe('a pod of the control plane', () => {
  const ran = (restartCount: number, finishedAt: string, ready = true) => ({
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2026-11-22T10:00:00Z' }],
    containerStatuses: [
      {
        name: 'kube-apiserver',
        ready,
        restartCount,
        state: { running: {} },
        lastState: { terminated: { finishedAt, exitCode: 137, reason: 'OOMKilled' } },
      },
    ],
  });
  const pod = (status: Raw, command: string[] = ['kube-apiserver', '--advertise-address=10.0.0.1'], hash = 'a') => {
    const base = apiServerPod('cp-1', status);
    const annotations = { 'kubernetes.io/config.hash': hash, 'kubernetes.io/config.seen': '2026-11-22T11:00:00.5Z' };
    const containers = [{ name: 'kube-apiserver', image: 'kube-apiserver:1', command }];
    return { ...base, metadata: { ...base.metadata, annotations }, spec: { nodeName: 'cp-1', containers } };
  };

  const fresh = { containerStatuses: [] };

  it('restarted at the time its container ended, whenever that is seen', () => {
    expect(one('pods', pod(ran(1, '2026-11-22T09:00:00Z')), pod(ran(2, '2026-11-22T10:00:00Z')))).toEqual({
      part: 'restart:kube-apiserver:2',
      category: 'control-plane',
      action: 'restart',
      kind: 'kube-apiserver container',
      actor: null,
      node: 'cp-1',
      summary:
        'container kube-apiserver of pod kube-system/kube-apiserver-cp-1 restarted (restart 2): it ended with exit code 137, OOMKilled',
      diff: [],
      happened: { earliestAt: Date.parse('2026-11-22T10:00:00Z'), latestAt: Date.parse('2026-11-22T10:00:00.999Z') },
    });
  });

  it('restarted several times: the last ended then, the first nobody knows when', () => {
    expect(one('pods', pod(ran(1, '2026-11-22T09:00:00Z')), pod(ran(4, '2026-11-22T10:00:00Z')))).toMatchObject({
      part: 'restart:kube-apiserver:4',
      summary: expect.stringContaining('restarted 3 times (now 4)'),
      happened: { earliestAt: null, latestAt: Date.parse('2026-11-22T10:00:00.999Z') },
    });
  });

  it('replaced with other flags: since the kubelet saw the manifest', () => {
    const [old, now] = [pod(fresh), pod(fresh, ['kube-apiserver', '--advertise-address=10.0.0.2', '--v=4'], 'b')];
    expect(one('pods', null, now, old)).toMatchObject({
      action: 'update',
      summary:
        'pod kube-system/kube-apiserver-cp-1 replaced (new uid): its manifest changed: flag --advertise-address changed: 10.0.0.1 -> 10.0.0.2; flag --v added: 4',
      happened: { earliestAt: Date.parse('2026-11-22T11:00:00.5Z'), latestAt: Date.parse('2026-11-22T11:00:00.5Z') },
    });
  });

  it('registered anew without its manifest having changed is no restart', () => {
    expect(one('pods', null, pod(fresh), pod(fresh))?.summary).toContain('its containers were not touched');
  });

  it('is not ready since it says so', () => {
    const [was, is] = [pod(ran(1, '2026-11-22T09:00:00Z')), pod(ran(1, '2026-11-22T09:00:00Z', false))];
    expect(one('pods', was, is)).toMatchObject({
      summary: 'pod kube-system/kube-apiserver-cp-1 is not ready',
      happened: { earliestAt: Date.parse('2026-11-22T10:00:00Z') },
    });
  });

  it('goes', () => {
    expect(one('pods', pod(fresh), null)).toMatchObject({ action: 'delete', category: 'control-plane' });
  });
});

describe('a node', () => {
  const at = (over: { spec?: Raw; status?: Raw; metadata?: Raw }) => {
    const base = node('cp-1', { 'node-role.kubernetes.io/control-plane': '' });
    return {
      metadata: { ...base.metadata, ...over.metadata },
      spec: { ...over.spec },
      status: {
        addresses: [{ type: 'InternalIP', address: '10.0.0.10' }],
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-11-22T09:00:00Z' }],
        nodeInfo: { kubeletVersion: 'v1.36.0', bootID: 'one' },
        ...over.status,
      },
    };
  };
  const notReady = [
    { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', lastTransitionTime: '2026-11-22T10:00:00Z' },
  ];

  it.each([
    ['cordoned', { spec: { unschedulable: true } }, 'maintenance', 'control-plane node cp-1: cordoned'],
    [
      'a new kubelet',
      { status: { nodeInfo: { kubeletVersion: 'v1.37.2', bootID: 'one' } } },
      'maintenance',
      'control-plane node cp-1: kubelet v1.36.0 -> v1.37.2',
    ],
    [
      'rebooted',
      { status: { nodeInfo: { kubeletVersion: 'v1.36.0', bootID: 'two' } } },
      'control-plane',
      'control-plane node cp-1 rebooted',
    ],
    [
      'not ready',
      { status: { conditions: notReady } },
      'control-plane',
      'control-plane node cp-1 is not ready (NodeStatusUnknown)',
    ],
  ])('%s', (_, over, category, summary) => {
    expect(one('nodes', at({}), at(over))).toMatchObject({ category, summary });
  });

  it('cordoned and not ready at once are two changes that stay apart', () => {
    const all = told('nodes', at({}), at({ spec: { unschedulable: true }, status: { conditions: notReady } }));
    expect(all.map(({ category, part }) => [category, part])).toEqual([
      ['maintenance', undefined],
      ['control-plane', `ready:false:${Date.parse('2026-11-22T10:00:00Z')}`],
    ]);
  });

  it('added, replaced, removed', () => {
    expect(one('nodes', null, at({}))?.summary).toBe('control-plane node cp-1 added');
    expect(one('nodes', null, at({}), at({}))?.summary).toBe('control-plane node cp-1 replaced (new uid)');
    expect(one('nodes', at({}), null)?.summary).toBe('control-plane node cp-1 removed');
  });
});

describe('a Service of type LoadBalancer', () => {
  const service = (spec: Raw = {}, rest: Raw = {}, metadata: Raw = {}) =>
    object(
      'gateway',
      { spec: { type: 'LoadBalancer', ports: [{ port: 6443, targetPort: 8443 }], ...spec }, ...rest },
      metadata,
    );

  it.each([
    ['ports', service({ ports: [{ port: 443 }] }), ['port 6443 to 8443 removed', 'port 443 to 443 added']],
    [
      'its address',
      service({}, { status: { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } } }),
      ['address 203.0.113.9 added'],
    ],
    ['source ranges', service({ loadBalancerSourceRanges: ['10.0.0.0/8'] }), ['source range 10.0.0.0/8 added']],
    ['selector', service({ selector: { app: 'b' } }), ['spec: selector changed']],
    [
      'annotations',
      service({}, {}, { annotations: { 'cloud/lb-scheme': 'internal' } }),
      ['annotations: cloud/lb-scheme changed'],
    ],
    ['no load balancer any more', service({ type: 'ClusterIP' }), ['type LoadBalancer -> ClusterIP']],
  ])('tells %s', (_, after, diff) => {
    expect(one('services', service(), after)).toMatchObject({ category: 'load-balancer', action: 'update', diff });
  });

  it('comes, also out of another type, and goes', () => {
    expect(one('services', null, service())).toMatchObject({ action: 'create', ports: [6443] });
    expect(one('services', service({ type: 'NodePort' }), service())?.summary).toContain(
      'type NodePort -> LoadBalancer',
    );
    expect(one('services', service(), null)).toMatchObject({ action: 'delete' });
  });
});

it('endpoints of the API server come and go', () => {
  const slice = (...addresses: string[]) =>
    object('kubernetes', { endpoints: addresses.map((one) => ({ addresses: [one] })), ports: [{ port: 6443 }] });
  expect(one('endpointslices', slice('10.0.0.1', '10.0.0.2'), slice('10.0.0.2', '10.0.0.3'))).toMatchObject({
    category: 'endpoint',
    diff: ['address 10.0.0.1 removed', 'address 10.0.0.3 added'],
  });
});

describe('an Event', () => {
  const event = (over: Raw = {}) =>
    object('e', {
      reason: 'Unhealthy',
      message: 'Readiness probe failed',
      involvedObject: { kind: 'Pod', namespace: 'kube-system', name: 'kube-apiserver-cp-1' },
      lastTimestamp: '2026-11-22T10:00:00Z',
      count: 1,
      source: { component: 'kubelet' },
      ...over,
    });

  it('worth keeping is told with its own time and who said it', () => {
    expect(one('events of pods', null, event())).toMatchObject({
      summary: 'pod kube-system/kube-apiserver-cp-1: Unhealthy: Readiness probe failed',
      actor: 'kubelet',
      happened: { earliestAt: Date.parse('2026-11-22T10:00:00Z') },
    });
    const rebooted = event({ reason: 'Rebooted', involvedObject: { kind: 'Node', name: 'cp-1' } });
    expect(one('events of nodes', null, rebooted)).toMatchObject({ node: 'cp-1' });
  });

  it('that goes on is told again only after it was quiet', () => {
    expect(told('events of pods', event(), event({ count: 2, lastTimestamp: '2026-11-22T10:00:30Z' }))).toEqual([]);
    expect(one('events of pods', event(), event({ count: 3, lastTimestamp: '2026-11-22T10:06:00Z' }))?.part).toBe(
      'event:3',
    );
  });

  it.each([
    ['of another pod', event({ involvedObject: { kind: 'Pod', namespace: 'kube-system', name: 'coredns-1' } })],
    ['that repeats what is known', event({ reason: 'Pulled' })],
    ['about something else', event({ involvedObject: { kind: 'Lease', name: 'kube-scheduler' } })],
  ])('%s is not kept', (_, raw) => {
    expect(note('events of pods', raw)).toBeNull();
  });
});

it('a policy of another kind is told by the fields that differ', () => {
  const cilium = (spec: Raw) => object('api', { spec });
  expect(
    one('CiliumNetworkPolicy', cilium({ ingress: [1], endpointSelector: {} }), cilium({ ingress: [2], egress: [] })),
  ).toMatchObject({
    category: 'network-policy',
    kind: 'CiliumNetworkPolicy',
    diff: ['changed: ingress', 'added: egress', 'removed: endpointSelector'],
  });
});

describe('noise', () => {
  const managed = [{ manager: 'm', time: '2026-11-22T10:00:00Z' }];
  const touched = { resourceVersion: '2', managedFields: managed, annotations: { note: '1' }, generation: 2 };
  const pod = apiServerPod('cp-1');
  const slice = { endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 6443 }] };
  const clusterIp = object('dns', { spec: { type: 'ClusterIP', ports: [{ port: 53 }] } });

  it.each<[what: string, resource: string, before: unknown, after: unknown]>([
    ['metadata of a ConfigMap', configMaps, configMap({ a: '1' }), configMap({ a: '1' }, touched)],
    ["the cluster's CA", configMaps, null, object('kube-root-ca.crt', { data: { 'ca.crt': 'x' } })],
    ["the autoscaler's report", configMaps, null, object('cluster-autoscaler-status', { data: { status: 'x' } })],
    [
      'leader election',
      configMaps,
      null,
      object('some-lock', { data: {} }, { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } }),
    ],
    ['status of a Deployment', 'deployments', workload(), { ...workload(), status: { readyReplicas: 1 } }],
    [
      'metadata of a Deployment',
      'deployments',
      workload(),
      { ...workload(), metadata: object('coredns', {}, touched).metadata },
    ],
    ['scaling of a ReplicaSet', 'replicasets', object('a'), object('a', {}, touched)],
    ['status of a pod', 'pods', pod, { ...pod, status: { ...(pod.status as Raw), phase: 'Pending' } }],
    [
      'pods beside the control plane',
      'pods',
      null,
      object('coredns-1', { spec: { containers: [] } }, { labels: { 'k8s-app': 'kube-dns' } }),
    ],
    [
      'pods of users',
      'pods',
      null,
      object('etcd', { spec: { containers: [] } }, { namespace: 'shop', labels: { app: 'etcd' } }),
    ],
    ['heartbeats of a node', 'nodes', node('a'), { ...node('a'), metadata: { ...node('a').metadata, ...touched } }],
    ['labels of a node', 'nodes', node('a'), node('a', { team: 'b' })],
    ['a Service without a load balancer', 'services', null, clusterIp],
    [
      'changes of a Service without a load balancer',
      'services',
      clusterIp,
      object('dns', { spec: { type: 'NodePort' } }),
    ],
    [
      'what a controller notes of itself',
      'services',
      object('lb', { spec: { type: 'LoadBalancer' } }),
      object('lb', { spec: { type: 'LoadBalancer' } }, { annotations: { 'cloud.google.com/neg-status': '{}' } }),
    ],
    ['metadata of endpoints', 'endpointslices', object('kubernetes', slice), object('kubernetes', slice, touched)],
    [
      'metadata of a NetworkPolicy',
      'networkpolicies',
      policy('a'),
      { ...policy('a'), metadata: { ...policy('a').metadata, ...touched } },
    ],
    [
      'a NetworkPolicy that says the same in another order of rules',
      'networkpolicies',
      policy('a', { podSelector: {}, ingress: [{ ports: [{ port: 1 }] }, { ports: [{ port: 2 }] }] }),
      policy('a', { podSelector: {}, ingress: [{ ports: [{ port: 2 }] }, { ports: [{ port: 1 }] }] }),
    ],
    [
      'status of a policy of another kind',
      'AdminNetworkPolicy',
      object('a', { spec: { p: 1 } }),
      object('a', { spec: { p: 1 }, status: { x: 1 } }),
    ],
    [
      'an Event that expires',
      'events of nodes',
      object('e', { reason: 'Rebooted', involvedObject: { kind: 'Node', name: 'a' } }),
      null,
    ],
    ['Leases', 'namespaces', null, object('kube-node-lease')],
  ])('%s is left out', (_, resource, before, after) => {
    expect(told(resource, before, after)).toEqual([]);
  });
});

describe('who wrote', () => {
  const by = (...managers: [name: string, time: string, subresource?: string][]) =>
    noteBase(
      Metadata.parse({
        name: 'a',
        uid: 'a',
        managedFields: managers.map(([manager, time, subresource]) => ({ manager, time, subresource })),
      }),
    );
  const [early, late] = ['2026-11-22T10:00:00Z', '2026-11-22T10:00:01Z'];

  it.each([
    ['is the newest', by(['a', early]), by(['a', early], ['b', late]), 'b'],
    ['is not who reports its status', by(['a', early]), by(['a', early], ['b', late, 'status']), 'a'],
    ['is who was not there, of two in one second', by(['b', late]), by(['a', late], ['b', late]), 'a'],
    ['is the same again', by(['a', late]), by(['a', late]), 'a'],
    ['is nobody where none is named', by(), by(), null],
  ])('%s', (_, before, after, writer) => {
    expect(writerOf(before, after)).toBe(writer);
  });
});
