import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { COLLECTIONS, type StandInKubeApi, startKubeApi } from '../../../dev/stand-in/kube-api.ts';
import type { KubeClient } from '../../../src/agent/kube/client.ts';
import type { NoteTaker } from '../../../src/agent/kube/notes.ts';
import { type StatePace, type WatchedStateOptions, watchState } from '../../../src/agent/kube/state.ts';
import { KubeSnapshot } from '../../../src/words/kube.ts';
import { rememberingLog } from '../silent.ts';
import { clientOf, QUICK, WAIT } from './client.ts';
import { apiServerPod, CONTROL_PLANE, KUBERNETES_SERVICE, KUBERNETES_SLICE, node, pod, policy } from './objects.ts';

let api: StandInKubeApi;
let client: KubeClient;
let stop: AbortController;
let changes: string[];

beforeEach(async () => {
  api = await startKubeApi();
  client = clientOf(api);
  stop = new AbortController();
  changes = [];
  api.document('/apis', { kind: 'APIGroupList', groups: [] });
});

afterEach(async () => {
  stop.abort();
  client.close();
  await api.close();
});

/** Notes what it is told of. */
const taker: NoteTaker<string> = {
  note: (resource) => resource,
  first: () => {},
  changed: (resource) => void changes.push(resource),
};

function start(pace: Partial<StatePace> = {}, more: Partial<WatchedStateOptions<string>> = {}) {
  const state = watchState({
    client,
    clock: Date.now,
    log: rememberingLog(),
    pace: { ...QUICK, ...pace },
    notes: { taker, alsoFollow: [] },
    ...more,
  });
  void state.run(stop.signal);
  return state;
}

function fill() {
  api.put(COLLECTIONS.pods, apiServerPod('cp-1'));
  api.put(COLLECTIONS.pods, pod('web'));
  api.put(COLLECTIONS.namespaces, { metadata: { name: 'default', labels: { team: 'a' } } });
  api.put(COLLECTIONS.networkPolicies, policy('deny', { podSelector: {}, policyTypes: ['Ingress'] }));
  api.put(COLLECTIONS.services, KUBERNETES_SERVICE);
  api.put(COLLECTIONS.services, {
    metadata: { name: 'headless', namespace: 'default' },
    spec: { clusterIPs: ['None'] },
  });
  api.put(COLLECTIONS.nodes, node('cp-1', CONTROL_PLANE));
  api.put(COLLECTIONS.endpointSlices, KUBERNETES_SLICE);
}

describe('the state of a cluster', () => {
  it('is nothing until every kind was listed', async () => {
    api.hang(true);
    const state = start();
    await vi.waitFor(() => expect(api.requests.length).toBeGreaterThanOrEqual(6), WAIT);
    expect(state.snapshot()).toBeNull();
    expect(state.live()).toBe(false);
  });

  it('keeps of each object what the steps use, and nothing else', async () => {
    fill();
    const state = start();
    await vi.waitFor(() => expect(state.live()).toBe(true), WAIT);
    const snapshot = KubeSnapshot.parse(state.snapshot());
    expect(snapshot.pods.find(({ name }) => name === 'kube-apiserver-cp-1')).toEqual({
      namespace: 'kube-system',
      name: 'kube-apiserver-cp-1',
      uid: expect.any(String),
      labels: { component: 'kube-apiserver', tier: 'control-plane' },
      nodeName: 'cp-1',
      addresses: ['10.0.0.10'],
      hostNetwork: true,
      phase: 'Running',
      startedAt: Date.parse('2026-11-22T09:00:00Z'),
      deleting: false,
      ports: [],
      containers: [
        {
          name: 'kube-apiserver',
          state: 'running',
          reason: null,
          startedAt: Date.parse('2026-11-22T09:00:05Z'),
          ready: true,
          restarts: 2,
          last: {
            reason: 'Error',
            exitCode: 137,
            startedAt: Date.parse('2026-11-22T08:00:00Z'),
            finishedAt: Date.parse('2026-11-22T09:00:01Z'),
            message: 'out of luck',
          },
        },
      ],
    });
    expect(snapshot.pods.find(({ name }) => name === 'web')).toMatchObject({
      ports: [{ name: 'web', port: 8080, protocol: 'TCP' }],
      containers: [],
    });
    expect(snapshot.namespaces).toEqual([{ name: 'default', labels: { team: 'a' } }]);
    expect(snapshot.policies).toEqual([
      {
        namespace: 'default',
        name: 'deny',
        uid: expect.any(String),
        modifiedAt: Date.parse('2026-11-22T09:30:00Z'),
        modifiedBy: 'argocd',
        spec: { podSelector: {}, policyTypes: ['Ingress'] },
      },
    ]);
    expect(snapshot.services.map(({ name, clusterIps, ports }) => ({ name, clusterIps, ports }))).toEqual([
      { name: 'kubernetes', clusterIps: ['10.96.0.1'], ports: [{ port: 443, targetPort: 6443 }] },
      { name: 'headless', clusterIps: [], ports: [] },
    ]);
    expect(snapshot.nodes).toEqual([
      { name: 'cp-1', addresses: ['10.0.0.10'], controlPlane: true, ready: true, podCidrs: ['10.244.0.0/24'] },
    ]);
    expect(snapshot.apiServers).toEqual([{ address: '10.0.0.10', port: 6443 }]);
    expect(state.provider()).toBe('self');
  });

  it('tells every change with its resource', async () => {
    fill();
    const state = start();
    await vi.waitFor(() => expect(api.openStreams()).toBe(6), WAIT);
    expect(changes).toEqual([]);
    api.put(COLLECTIONS.networkPolicies, policy('new'));
    api.remove(COLLECTIONS.services, 'headless', 'default');
    await vi.waitFor(() => expect(changes.toSorted()).toEqual(['networkpolicies', 'services']), WAIT);
    expect(state.snapshot()?.policies.map(({ name }) => name)).toEqual(['deny', 'new']);
  });

  it('is no longer live when the API server is gone, and still says what was true and when', async () => {
    fill();
    const state = start();
    await vi.waitFor(() => expect(state.live()).toBe(true), WAIT);
    const before = Date.now();
    await api.stop();
    await vi.waitFor(() => expect(state.live()).toBe(false), WAIT);
    const snapshot = state.snapshot();
    expect(snapshot?.live).toBe(false);
    expect(snapshot?.asOfAt).toBeLessThanOrEqual(before);
    expect(snapshot?.pods).toHaveLength(2);

    await api.start();
    await vi.waitFor(() => expect(state.live()).toBe(true), WAIT);
    await vi.waitFor(() => {
      api.bookmark();
      expect(state.snapshot()?.asOfAt).toBeGreaterThan(before);
    }, WAIT);
  });

  it('is as fresh as its least fresh kind, until a sign of life confirms them all', async () => {
    fill();
    let now = 1_000;
    const state = start({}, { clock: () => now });
    await vi.waitFor(() => expect(api.openStreams()).toBe(6), WAIT);
    now = 2_000;
    api.put(COLLECTIONS.pods, pod('newer'));
    await vi.waitFor(() => expect(state.snapshot()?.pods).toHaveLength(3), WAIT);
    expect(state.snapshot()?.asOfAt).toBe(1_000);
  });

  it('counts a quiet but open stream as proven when the server gives a sign of life', async () => {
    fill();
    let now = 1_000;
    const state = start({ pulseMs: 200 }, { clock: () => now });
    await vi.waitFor(() => expect(api.openStreams()).toBe(6), WAIT);
    now = 50_000;
    await vi.waitFor(() => expect(state.snapshot()?.asOfAt).toBe(50_000), WAIT);
  });

  it('notices a server that hangs, though its streams stay open', async () => {
    fill();
    const state = start({ pulseMs: 200 });
    await vi.waitFor(() => expect(api.openStreams()).toBe(6), WAIT);
    await vi.waitFor(() => expect(state.live()).toBe(true), WAIT);
    api.hang(true);
    await vi.waitFor(() => expect(state.live()).toBe(false), WAIT);
    expect(api.openStreams()).toBe(6);
    api.hang(false);
    await vi.waitFor(() => expect(state.live()).toBe(true), WAIT);
  });

  it('answers with what an earlier life kept until its own lists are through', async () => {
    fill();
    await api.stop();
    const kept: KubeSnapshot = {
      asOfAt: 77,
      live: true,
      pods: [],
      namespaces: [{ name: 'from-before', labels: {} }],
      policies: [],
      otherPolicies: [],
      services: [],
      nodes: [],
      apiServers: [],
    };
    const state = start({}, { kept });
    expect(state.snapshot()).toMatchObject({ asOfAt: 77, live: false, namespaces: [{ name: 'from-before' }] });
    expect(state.listed()).toBe(false);
    await api.start();
    await vi.waitFor(
      () => expect(state.snapshot()?.namespaces).toEqual([{ name: 'default', labels: { team: 'a' } }]),
      WAIT,
    );
  });

  it('does without a kind that it may not read, and says so', async () => {
    fill();
    api.refuse(COLLECTIONS.nodes, 403);
    const state = start();
    await vi.waitFor(() => expect(state.live()).toBe(true), WAIT);
    expect(state.snapshot()?.unseen?.[0]).toBe(`nodes (no access to ${COLLECTIONS.nodes})`);
  });
});

describe('policies of other kinds', () => {
  const groups = (names: readonly string[]) =>
    api.document('/apis', {
      groups: names.map((name) => ({ name, versions: [{ version: 'v2' }, { version: 'v1' }] })),
    });

  it('are none where there are no such kinds', async () => {
    const state = start();
    await vi.waitFor(() => expect(state.snapshot()).toMatchObject({ live: true, otherPolicies: [] }), WAIT);
    await vi.waitFor(() => expect(state.snapshot()).not.toHaveProperty('unseen'), WAIT);
  });

  it('are listed in the version that serves them', async () => {
    groups(['cilium.io', 'crd.projectcalico.org']);
    api.put('/apis/cilium.io/v1/ciliumnetworkpolicies', policy('cnp'));
    api.put('/apis/crd.projectcalico.org/v2/hostendpoints', { metadata: { name: 'eth0' } });
    const state = start();
    await vi.waitFor(
      () =>
        expect(state.snapshot()?.otherPolicies).toEqual([
          {
            kind: 'CiliumNetworkPolicy',
            namespace: 'default',
            name: 'cnp',
            modifiedAt: Date.parse('2026-11-22T09:30:00Z'),
          },
          { kind: 'Calico HostEndpoint', namespace: null, name: 'eth0', modifiedAt: null },
        ]),
      WAIT,
    );
    expect(state.snapshot()?.unseen).toBeUndefined();
  });

  it('that may not be read are said', async () => {
    groups(['cilium.io']);
    api.refuse('/apis/cilium.io/v2/ciliumnetworkpolicies', 403);
    const state = start();
    await vi.waitFor(
      () =>
        expect(state.snapshot()?.unseen).toEqual([
          'CiliumNetworkPolicy (no access to /apis/cilium.io/v2/ciliumnetworkpolicies)',
        ]),
      WAIT,
    );
  });
});
