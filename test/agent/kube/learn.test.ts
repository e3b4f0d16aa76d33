import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { COLLECTIONS, type StandInKubeApi, startKubeApi } from '../../../dev/stand-in/kube-api.ts';
import { growingKnowledge } from '../../../src/agent/knowledge.ts';
import type { KubeClient } from '../../../src/agent/kube/client.ts';
import { keepLearning } from '../../../src/agent/kube/learn.ts';
import { watchState } from '../../../src/agent/kube/state.ts';
import { readTold } from '../../../src/agent/kube/told.ts';
import type { ClusterKnowledge } from '../../../src/words/endpoint.ts';
import { rememberingLog } from '../silent.ts';
import { clientOf, QUICK, WAIT } from './client.ts';
import { CONTROL_PLANE, KUBERNETES_SERVICE, KUBERNETES_SLICE, node } from './objects.ts';

const INFO = '/api/v1/namespaces/kube-public/configmaps/cluster-info';
const KUBEADM = '/api/v1/namespaces/kube-system/configmaps/kubeadm-config';

let api: StandInKubeApi;
let client: KubeClient;
let stop: AbortController;

beforeEach(async () => {
  api = await startKubeApi();
  client = clientOf(api);
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  client.close();
  await api.close();
});

/** As `kubeadm init` writes it. */
const clusterInfo = (server: string, caPem: string) => ({
  data: {
    kubeconfig: `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${Buffer.from(caPem).toString('base64')}
    server: ${server}
  name: ""
contexts: null
current-context: ""
kind: Config
preferences: {}
users: null
`,
  },
});

const kubeadmConfig = (endpoint: string) => ({
  data: {
    ClusterConfiguration: `apiVersion: kubeadm.k8s.io/v1beta4\ncontrolPlaneEndpoint: "${endpoint}"\nkind: ClusterConfiguration\n`,
  },
});

describe('what a cluster says of its endpoint', () => {
  it('is read from cluster-info and kubeadm-config', async () => {
    api.document(INFO, clusterInfo('https://api.example.com:6443', 'PEM of a CA'));
    api.document(KUBEADM, kubeadmConfig('lb.example.com:8443'));
    expect(await readTold(client, 5, stop.signal)).toEqual({
      endpoints: [
        {
          url: 'https://api.example.com:6443',
          host: 'api.example.com',
          port: 6443,
          origin: 'cluster-info',
          learnedAt: 5,
        },
        {
          url: 'https://lb.example.com:8443',
          host: 'lb.example.com',
          port: 8443,
          origin: 'kubeadm-config',
          learnedAt: 5,
        },
      ],
      caPem: 'PEM of a CA',
      trouble: [],
    });
  });

  it.each([
    ['lb.example.com', 'https://lb.example.com:6443'],
    ['10.0.0.10', 'https://10.0.0.10:6443'],
    ['10.0.0.10:443', 'https://10.0.0.10:443'],
    ['fd00::10', 'https://[fd00::10]:6443'],
    ['[fd00::10]:8443', 'https://[fd00::10]:8443'],
  ])('has the port of kubeadm where %s names none', async (endpoint, url) => {
    api.document(KUBEADM, kubeadmConfig(endpoint));
    expect((await readTold(client, 5, stop.signal))?.endpoints.map((each) => each.url)).toEqual([url]);
  });

  it('is nothing, and no trouble, where kubeadm made no cluster', async () => {
    expect(await readTold(client, 5, stop.signal)).toEqual({ endpoints: [], caPem: '', trouble: [] });
  });

  it('names what may not be read or makes no sense', async () => {
    api.refuse(INFO, 403);
    api.document(KUBEADM, kubeadmConfig('http://$(reboot)'));
    const told = await readTold(client, 5, stop.signal);
    expect(told?.endpoints).toEqual([]);
    expect(told?.trouble).toEqual([
      expect.stringContaining('kube-public/cluster-info: no access'),
      expect.stringContaining('is not an API server URL'),
    ]);
  });

  it('can not be asked while the API server is gone', async () => {
    await api.stop();
    expect(await readTold(client, 5, stop.signal)).toBeNull();
    await api.start();
  });
});

describe('learning', () => {
  it('brings together everything that leads to the API server, and keeps it when the server is gone', async () => {
    api.document('/apis', { groups: [] });
    api.document(INFO, clusterInfo(`https://api.example.com:6443`, api.caPem));
    api.document(KUBEADM, kubeadmConfig('api.example.com:6443'));
    api.put(COLLECTIONS.services, KUBERNETES_SERVICE);
    api.put(COLLECTIONS.endpointSlices, KUBERNETES_SLICE);
    api.put(COLLECTIONS.nodes, node('cp-1', CONTROL_PLANE));
    api.put(COLLECTIONS.nodes, node('worker-1'));
    const log = rememberingLog();
    const state = watchState({ client, clock: Date.now, log, pace: QUICK });
    const grown: ClusterKnowledge[] = [];
    const learned = growingKnowledge(null, (knowledge) => grown.push(knowledge));
    const pace = { everyMs: 20, retryMs: 20, unsettledMs: 20 };
    void state.run(stop.signal);
    void keepLearning({ client, state, clock: Date.now, log, signal: stop.signal, onLesson: learned.add, pace });

    await vi.waitFor(() => expect(learned.knowledge().provider).toBe('self'), WAIT);
    const known = learned.knowledge();
    expect(known.endpoints.map(({ origin, url }) => `${origin} ${url}`)).toEqual([
      'cluster-info https://api.example.com:6443',
      'kubeadm-config https://api.example.com:6443',
      `kubeconfig ${api.url}`,
      'service https://10.96.0.1:443',
      'endpointslice https://10.0.0.10:6443',
    ]);
    expect(known.controlPlaneNodes).toEqual(['cp-1']);
    expect(known.caPem.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);

    await api.stop();
    await vi.waitFor(() => expect(state.live()).toBe(false), WAIT);
    expect(learned.knowledge().endpoints).toEqual(known.endpoints);
    await api.start();
  });

  it.each([
    [{ 'eks.amazonaws.com/nodegroup': 'a' }, 'eks'],
    [{ 'cloud.google.com/gke-nodepool': 'a' }, 'gke'],
    [{ 'kubernetes.azure.com/cluster': 'a' }, 'aks'],
    [{ 'kubernetes.io/os': 'linux' }, 'unknown'],
    [{ 'eks.amazonaws.com/nodegroup': 'a', ...CONTROL_PLANE }, 'self'],
  ])('tells by the labels of the nodes %j who runs the control plane: %s', async (labels, provider) => {
    api.put(COLLECTIONS.nodes, node('one', labels));
    const state = watchState({ client, clock: Date.now, log: rememberingLog(), pace: QUICK });
    void state.run(stop.signal);
    await vi.waitFor(() => expect(state.snapshot()?.nodes).toHaveLength(1), WAIT);
    expect(state.provider()).toBe(provider);
  });
});
