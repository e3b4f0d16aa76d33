import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { COLLECTIONS, type KubeObject, type StandInKubeApi, startKubeApi } from '../../../../dev/stand-in/kube-api.ts';
import { kubeJournal } from '../../../../src/agent/journal/kube/journal.ts';
import { remember } from '../../../../src/agent/journal/kube/memory.ts';
import { ALSO_FOLLOWED } from '../../../../src/agent/journal/kube/watched.ts';
import type { KubeClient } from '../../../../src/agent/kube/client.ts';
import { type StatePace, watchState } from '../../../../src/agent/kube/state.ts';
import { Change, type CoverageSpan } from '../../../../src/words/change.ts';
import type { StreamRecord, WatchOrder } from '../../../../src/words/stream.ts';
import { clientOf, QUICK, WAIT } from '../../kube/client.ts';
import { apiServerPod, node, pod, policy } from '../../kube/objects.ts';
import { rememberingLog } from '../../silent.ts';

const EVERYTHING = 6 + ALSO_FOLLOWED.length;
const CILIUM = '/apis/cilium.io/v2/ciliumnetworkpolicies';

const order: WatchOrder = {
  targets: [],
  caPem: '',
  probeEveryMs: 5_000,
  apiPort: 6443,
  apiAddresses: [],
  clients: [],
  gateways: [{ namespace: 'default', labels: { app: 'gateway' } }],
};

let api: StandInKubeApi;
let client: KubeClient;
let dir: string;
let records: StreamRecord[];
let agent: Agent;

interface Agent {
  order(order: WatchOrder): void;
  stop(): Promise<void>;
}

beforeEach(async () => {
  api = await startKubeApi();
  api.document('/apis', { groups: [{ name: 'cilium.io', versions: [{ version: 'v2' }] }] });
  client = clientOf(api);
  dir = await mkdtemp(join(tmpdir(), 'journal-'));
  records = [];
});

afterEach(async () => {
  await agent.stop();
  client.close();
  await api.close();
  await rm(dir, { recursive: true });
});

async function start(first: WatchOrder | null = order, pace: Partial<StatePace> = {}): Promise<void> {
  const log = rememberingLog();
  const stop = new AbortController();
  let current = first;
  const listeners = new Set<(order: WatchOrder) => void>();
  const memory = await remember({ dir, cluster: 'prod', clock: Date.now, log });
  const journal = kubeJournal({
    instance: 'agent-1',
    sink: { put: (record) => void records.push(record) },
    order: {
      current: () => current,
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    memory,
    followed: () => state,
    clock: Date.now,
    log,
  });
  const state = watchState({
    client,
    clock: Date.now,
    log,
    pace: { ...QUICK, pulseMs: 300, ...pace },
    notes: { taker: journal.taker, alsoFollow: ALSO_FOLLOWED },
    onProgress: journal.progressed,
  });
  const running = Promise.all([state.run(stop.signal), journal.run(stop.signal)]);
  agent = {
    order(next) {
      current = next;
      for (const listener of listeners) listener(next);
    },
    async stop() {
      stop.abort();
      await running;
    },
  };
  await vi.waitFor(() => expect(api.openStreams() - api.openStreams(CILIUM)).toBe(EVERYTHING), WAIT);
}

function changes(): Change[] {
  return records.flatMap((record) => (record.kind === 'change' ? [Change.parse(record.change)] : []));
}

function coverage(): CoverageSpan[] {
  return records.flatMap((record) => (record.kind === 'coverage' ? [record.span] : []));
}

/** The change of an object, once it was told. */
async function toldOf(name: string, action?: Change['action']): Promise<Change> {
  return vi.waitFor(() => {
    const found = changes().findLast((one) => one.target.name === name && (action ?? one.action) === one.action);
    if (found === undefined) throw new Error(`nothing is told of ${name}: ${JSON.stringify(changes())}`);
    return found;
  }, WAIT);
}

const configMap = (name: string, data: Record<string, string>, metadata: Record<string, unknown> = {}): KubeObject => ({
  metadata: { name, namespace: 'kube-system', ...metadata },
  data,
});

const iso = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`;
const written = (at: number, manager = 'kubectl-edit') => ({
  creationTimestamp: '2020-01-01T00:00:00Z',
  managedFields: [{ manager, operation: 'Update', time: iso(at) }],
});

describe('what is seen as it happens', () => {
  it('is told with its time, its actor, what it is and what differs', async () => {
    api.put(COLLECTIONS.configMaps, configMap('coredns', { Corefile: 'old' }));
    await start();
    const earliest = Date.now();
    api.put(COLLECTIONS.configMaps, configMap('coredns', { Corefile: 'new' }, written(Date.now())));
    const change = await toldOf('coredns', 'update');
    expect(change).toMatchObject({
      id: expect.stringMatching(/^kube:uid-.*:\d+$/),
      source: 'kube',
      instance: 'agent-1',
      category: 'control-plane',
      certainty: 'seen',
      actor: 'kubectl-edit',
      target: { kind: 'ConfigMap', namespace: 'kube-system', name: 'coredns', node: null },
      summary: 'ConfigMap kube-system/coredns changed: data keys changed: Corefile (hash differs)',
      effect: null,
    });
    expect(change.earliestAt).toBeGreaterThanOrEqual(earliest);
    expect(change.latestAt).toBe(change.earliestAt);
    expect(change.latestAt).toBeLessThanOrEqual(Date.now());
    expect(JSON.stringify(records)).not.toContain('new');
  });

  it('is told of a deletion, by nobody known', async () => {
    api.put(COLLECTIONS.configMaps, configMap('coredns', {}));
    await start();
    api.remove(COLLECTIONS.configMaps, 'coredns', 'kube-system');
    expect(await toldOf('coredns', 'delete')).toMatchObject({
      id: expect.stringMatching(/:deleted$/),
      actor: null,
      certainty: 'seen',
    });
  });

  it('is told of every kind, policies of other kinds among them', async () => {
    api.put(CILIUM, policy('was-there', { egress: [] }));
    await start();
    await vi.waitFor(() => expect(api.openStreams(CILIUM)).toBe(1), WAIT);
    const deployment = { spec: { replicas: 1, template: { spec: { containers: [] } } } };
    api.put(CILIUM, policy('cilium', { ingress: [] }));
    api.put(COLLECTIONS.deployments, { metadata: { name: 'deployment', namespace: 'kube-system' }, ...deployment });
    api.put(COLLECTIONS.daemonSets, { metadata: { name: 'daemonset', namespace: 'kube-system' }, ...deployment });
    api.put(COLLECTIONS.replicaSets, { metadata: { name: 'replicaset', namespace: 'kube-system' } });
    api.put(COLLECTIONS.nodes, node('node'));
    api.put(COLLECTIONS.services, { metadata: { name: 'lb', namespace: 'edge' }, spec: { type: 'LoadBalancer' } });
    api.put(COLLECTIONS.pods, apiServerPod('cp-1'));
    api.put(COLLECTIONS.endpointSlices, {
      metadata: { name: 'slice', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    });
    api.put(COLLECTIONS.nodeEvents, {
      metadata: { name: 'event', namespace: 'default' },
      reason: 'Rebooted',
      involvedObject: { kind: 'Node', name: 'node' },
    });
    const names = [
      'cilium',
      'daemonset',
      'deployment',
      'event',
      'kube-apiserver-cp-1',
      'lb',
      'node',
      'replicaset',
      'slice',
    ];
    await vi.waitFor(
      () => expect([...new Set(changes().map(({ target }) => target.name))].sort()).toEqual(names),
      WAIT,
    );
    expect(await toldOf('cilium')).toMatchObject({
      category: 'network-policy',
      effect: { verdict: 'unknown' },
      target: { kind: 'CiliumNetworkPolicy' },
    });
  });

  it('knows which pod took the place of another', async () => {
    const manifest = (uid: string, flag: string): KubeObject => ({
      ...apiServerPod('cp-1', { containerStatuses: [] }),
      metadata: {
        ...apiServerPod('cp-1').metadata,
        uid,
        annotations: { 'kubernetes.io/config.hash': uid },
      },
      spec: { nodeName: 'cp-1', containers: [{ name: 'kube-apiserver', command: [flag] }] },
    });
    api.put(COLLECTIONS.pods, manifest('one', '--v=1'));
    await start();
    api.remove(COLLECTIONS.pods, 'kube-apiserver-cp-1', 'kube-system');
    api.put(COLLECTIONS.pods, manifest('two', '--v=2'));
    expect((await toldOf('kube-apiserver-cp-1', 'update')).diff).toEqual(['flag --v changed: 1 -> 2']);
  });
});

describe('a NetworkPolicy', () => {
  const deny = { podSelector: { matchLabels: { app: 'gateway' } }, policyTypes: ['Ingress'] };

  it('is judged by the state that the agent keeps', async () => {
    api.put(COLLECTIONS.pods, pod('gateway'));
    await start();
    api.put(COLLECTIONS.networkPolicies, policy('deny', deny));
    expect((await toldOf('deny')).effect).toMatchObject({ kind: 'judged', verdict: 'breaks' });
    api.put(COLLECTIONS.networkPolicies, policy('decoy', { podSelector: { matchLabels: { app: 'other' } } }));
    expect((await toldOf('decoy')).effect).toMatchObject({ kind: 'judged', verdict: 'none' });
    api.remove(COLLECTIONS.networkPolicies, 'deny', 'default');
    expect((await toldOf('deny', 'delete')).effect).toMatchObject({ kind: 'judged', verdict: 'mends' });
  });

  it('is unknown until the bot has said what matters, and is then told again, judged', async () => {
    api.put(COLLECTIONS.pods, pod('gateway'));
    await start(null);
    api.put(COLLECTIONS.networkPolicies, policy('deny', deny));
    const first = await toldOf('deny');
    expect(first.effect).toMatchObject({ verdict: 'unknown' });
    agent.order(order);
    const second = await toldOf('deny');
    expect(second).toEqual({ ...first, effect: expect.objectContaining({ verdict: 'breaks' }) });
  });
});

describe('the first look', () => {
  it('tells the latest that is known, of the last hours alone, and apart from what was seen', async () => {
    const recently = Date.now() - 3_600_000;
    api.put(COLLECTIONS.configMaps, configMap('edited', {}, written(recently)));
    api.put(COLLECTIONS.configMaps, configMap('old', {}, written(Date.now() - 4 * 3_600_000)));
    api.put(COLLECTIONS.configMaps, configMap('made', {}, { ...written(recently), creationTimestamp: iso(recently) }));
    api.put(COLLECTIONS.networkPolicies, {
      metadata: { name: 'edited-policy', namespace: 'default', ...written(recently) },
      spec: { podSelector: {} },
    });
    api.put(COLLECTIONS.pods, pod('gateway'));
    await start();
    expect(await toldOf('edited')).toMatchObject({
      certainty: 'latestKnown',
      action: 'update',
      actor: 'kubectl-edit',
      summary: 'ConfigMap kube-system/edited was changed; what differed is not known',
      earliestAt: Date.parse(iso(recently)),
      latestAt: Date.parse(iso(recently)) + 999,
    });
    expect(await toldOf('made')).toMatchObject({ certainty: 'latestKnown', action: 'create' });
    expect(await toldOf('edited-policy')).toMatchObject({ effect: { verdict: 'unknown' } });
    expect(changes().map(({ target }) => target.name)).not.toContain('old');
  });

  it('tells a restart by when the container ended', async () => {
    const finishedAt = Date.now() - 600_000;
    const containerStatuses = [
      {
        name: 'kube-apiserver',
        restartCount: 3,
        lastState: { terminated: { finishedAt: iso(finishedAt), exitCode: 1 } },
      },
    ];
    api.put(COLLECTIONS.pods, apiServerPod('cp-1', { containerStatuses }));
    await start();
    expect(await toldOf('kube-apiserver-cp-1', 'restart')).toMatchObject({
      certainty: 'latestKnown',
      earliestAt: Date.parse(iso(finishedAt)),
    });
  });

  it('does not flood the stream', async () => {
    const at = Date.now() - 60_000;
    for (let n = 0; n < 700; n++) {
      api.put(COLLECTIONS.configMaps, configMap(`c-${n}`, {}, written(at + n)));
    }
    await start();
    await vi.waitFor(() => expect(coverage()).not.toEqual([]), WAIT);
    expect(changes()).toHaveLength(200);
  });
});

describe('an agent that starts again', () => {
  const awayAndBack = async (meanwhile: () => void) => {
    await vi.waitFor(() => expect(coverage()).not.toEqual([]), WAIT);
    await agent.stop();
    const left = Date.now();
    const known = changes();
    meanwhile();
    records = [];
    await start();
    return { left, known };
  };

  it('tells nothing again', async () => {
    api.put(COLLECTIONS.configMaps, configMap('coredns', { a: '1' }, written(Date.now())));
    api.put(COLLECTIONS.pods, apiServerPod('cp-1'));
    await start();
    await toldOf('coredns');
    await awayAndBack(() => {});
    await vi.waitFor(() => expect(coverage()).not.toEqual([]), WAIT);
    expect(changes()).toEqual([]);
  });

  it('tells what came, changed and went meanwhile, with the time it was away', async () => {
    for (const name of ['gone', 'edited', 'same']) api.put(COLLECTIONS.configMaps, configMap(name, { a: '1' }));
    await start();
    const { left } = await awayAndBack(() => {
      api.remove(COLLECTIONS.configMaps, 'gone', 'kube-system');
      api.put(COLLECTIONS.configMaps, configMap('edited', { a: '2' }));
      api.put(COLLECTIONS.configMaps, configMap('new', {}));
    });
    const told = await Promise.all([toldOf('gone', 'delete'), toldOf('edited', 'update'), toldOf('new', 'create')]);
    for (const { earliestAt, latestAt, certainty } of told) {
      expect(certainty).toBe('seen');
      expect(earliestAt).toBeLessThanOrEqual(left);
      expect(latestAt).toBeGreaterThanOrEqual(left);
    }
    expect(changes()).toHaveLength(3);
  });

  it('claims nothing of the time it was away', async () => {
    await start();
    const { left } = await awayAndBack(() => {});
    await vi.waitFor(() => expect(coverage()).not.toEqual([]), WAIT);
    expect(Math.min(...coverage().map(({ fromAt }) => fromAt))).toBeGreaterThanOrEqual(left);
  });
});

describe('a gap', () => {
  it('that had to be bridged by a list: changes are told with the whole of it, made narrower by their own time', async () => {
    api.put(COLLECTIONS.configMaps, configMap('edited', { a: '1' }));
    api.put(COLLECTIONS.configMaps, configMap('dated', { a: '1' }));
    const began = Date.now();
    await start();
    await api.stop();
    const cut = Date.now();
    api.put(COLLECTIONS.configMaps, configMap('edited', { a: '2' }));
    api.put(COLLECTIONS.configMaps, configMap('dated', { a: '2' }, written(cut)));
    api.compact();
    await api.start();
    const edited = await toldOf('edited', 'update');
    expect(edited.earliestAt).toBeGreaterThanOrEqual(began);
    expect(edited.earliestAt).toBeLessThanOrEqual(cut);
    expect(edited.latestAt).toBeGreaterThanOrEqual(cut);
    const dated = await toldOf('dated', 'update');
    expect(dated.latestAt - dated.earliestAt).toBeLessThanOrEqual(edited.latestAt - edited.earliestAt);
    expect(dated.earliestAt).toBeLessThanOrEqual(cut);
  });

  it('after which the streams took up again: what they bring first may have happened in it', async () => {
    await start(order, { replayMs: 60_000 });
    await api.stop();
    const cut = Date.now();
    api.put(COLLECTIONS.configMaps, configMap('meanwhile', {}));
    await api.start();
    const change = await toldOf('meanwhile', 'create');
    expect(change.earliestAt).toBeLessThanOrEqual(cut);
    expect(change.latestAt).toBeGreaterThanOrEqual(cut);
  });

  it('ends coverage at the last proof, told at once', async () => {
    await start();
    await vi.waitFor(() => expect(coverage()).not.toEqual([]), WAIT);
    const before = coverage().length;
    await vi.waitFor(
      () => expect(api.requests.filter((one) => one.includes('/version')).length).toBeGreaterThan(3),
      WAIT,
    );
    await api.stop();
    const cut = Date.now();
    await vi.waitFor(() => expect(coverage().length).toBeGreaterThan(before), WAIT);
    expect(coverage().at(-1)?.toAt).toBeLessThanOrEqual(cut);
    expect(coverage().at(-1)?.toAt).toBeGreaterThan(coverage()[before - 1]?.toAt ?? 0);
  });
});
