import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFailed, test, vi } from 'vitest';
import type { Change } from '../../src/words/change.ts';
import type { WatchOrder } from '../../src/words/stream.ts';
import { ran } from './harness/exec.ts';
import { containerEnds, healthy, manifestMovedAway, outsideSees } from './harness/faults.ts';
import { applyYaml, kubectl, kubectlRan, testbed, testbedUp } from './harness/testbed.ts';
import { until } from './harness/until.ts';
import { type RecordedJournal, recordJournal } from './journal-kube/recorded.ts';

/** The journal beside a real API server, with no more rights than the manifests give it. */

const own = 'journal-e2e';
const root = join(import.meta.dirname, '../..');
const order: WatchOrder = {
  targets: [],
  caPem: '',
  probeEveryMs: 5_000,
  apiPort: 6443,
  apiAddresses: [testbed.nodeAddress],
  clients: [],
  gateways: [{ namespace: own, labels: { app: 'gateway' } }],
};
const soon = { timeout: 20_000, interval: 100 };
const slow = { timeout: 180_000, interval: 500 };

let folder: string;
let kubeconfig: string;
let journal: RecordedJournal;
/** When the journal began to look. */
let lookedAt: number;

beforeAll(async () => {
  const admin = await testbedUp();
  await healthy();
  folder = await mkdtemp(join(tmpdir(), 'journal-e2e-'));
  await cleanUp();
  await applyYaml(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: own } }));
  const rbac = await readFile(join(root, 'manifests/agents/base/rbac.yaml'), 'utf8');
  await applyYaml(rbac.replaceAll('apidown-agent', own).replaceAll('namespace: apidown', `namespace: ${own}`));
  const token = (await kubectl('create', 'token', own, '-n', own, '--duration=1h')).trim();
  kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, withToken(await readFile(admin, 'utf8'), token), { mode: 0o600 });
  // Made by the controller manager, which may just be coming back itself.
  await until(120_000, async () => {
    const { code, stderr } = await kubectlRan('-n', own, 'get', 'serviceaccount', 'default');
    return code === 0 ? null : stderr;
  });
  // It needs not run to be one: policies ask for its labels.
  await applyYaml(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'gateway', namespace: own, labels: { app: 'gateway' } },
      spec: { nodeSelector: { never: 'there' }, containers: [{ name: 'none', image: 'none' }] },
    }),
  );
  await start();
});

afterAll(async () => {
  await journal?.stop();
  await cleanUp();
  await rm(folder, { recursive: true, force: true });
});

async function cleanUp() {
  await kubectlRan('-n', 'kube-system', 'delete', 'configmap,deployment,daemonset', '-l', `e2e=${own}`, '--wait=false');
  await kubectlRan('-n', 'kube-system', 'delete', 'role,rolebinding', own, '--ignore-not-found');
  await kubectlRan('-n', 'kube-public', 'delete', 'role,rolebinding', own, '--ignore-not-found');
  await kubectlRan('delete', 'clusterrole,clusterrolebinding', own, '--ignore-not-found');
  await kubectlRan('delete', 'crd', 'ciliumnetworkpolicies.cilium.io', '--ignore-not-found');
  await kubectlRan('delete', 'node', own, '--ignore-not-found');
  await kubectlRan('uncordon', testbed.node);
  await kubectlRan('delete', 'namespace', own, '--ignore-not-found', '--timeout=60s');
}

/** The admin's kubeconfig with another user. */
function withToken(admin: string, token: string): string {
  const ca = /certificate-authority-data: (\S+)/.exec(admin)?.[1];
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'testbed', cluster: { server: testbed.endpoint, 'certificate-authority-data': ca } }],
    contexts: [{ name: 'e2e', context: { cluster: 'testbed', user: own } }],
    users: [{ name: own, user: { token } }],
    'current-context': 'e2e',
  });
}

async function start() {
  lookedAt = Date.now();
  journal = await recordJournal({ kubeconfig, stateDir: join(folder, 'state'), order });
  // An API server that has just come up answers watches after a while.
  await vi.waitFor(() => expect(covered()).toHaveLength(5), slow);
}

/** Categories of which something is covered. */
function covered(): string[] {
  return [...new Set(journal.coverage().flatMap(({ categories }) => categories))];
}

function shown(): string {
  return journal
    .changes()
    .map(({ id, earliestAt, latestAt, certainty, actor, summary, diff }) =>
      [new Date(earliestAt).toISOString(), latestAt - earliestAt, certainty, actor, id, summary, diff.join(' | ')].join(
        '  ',
      ),
    )
    .join('\n');
}

/** Does something, and waits for what is told of it. */
async function told(
  act: () => Promise<unknown>,
  of: (change: Change) => boolean,
  { within = soon, exact = true } = {},
): Promise<Change> {
  onTestFailed(() => console.log(shown()));
  const known = new Set(journal.changes().map(({ id }) => id));
  const from = Date.now();
  await act();
  const change = await vi.waitFor(() => {
    const found = journal.changes().find((one) => !known.has(one.id) && of(one));
    if (found === undefined) throw new Error('nothing is told');
    return found;
  }, within);
  if (exact) {
    expect(change.certainty).toBe('seen');
    expect(change.earliestAt).toBeGreaterThanOrEqual(from - 5_000);
    expect(change.latestAt).toBeLessThanOrEqual(Date.now());
  }
  return change;
}

const system = (...words: string[]) => kubectl('-n', 'kube-system', ...words);
const is =
  (kind: string, action: Change['action'], name = own) =>
  (change: Change) =>
    change.target.kind === kind && change.action === action && change.target.name === name;

test('the first look tells apart what is only the latest known', () => {
  onTestFailed(() => console.log(shown()));
  const changes = journal.changes();
  expect(changes.filter(({ certainty }) => certainty === 'latestKnown')).not.toEqual([]);
  // The cluster does not stand still meanwhile: whatever is seen has happened since.
  expect(changes.filter(({ certainty, latestAt }) => certainty !== 'latestKnown' && latestAt < lookedAt)).toEqual([]);
});

test('a ConfigMap: made, edited, deleted', async () => {
  const made = await told(
    () => system('create', 'configmap', own, '--from-literal=config.conf=hush'),
    is('ConfigMap', 'create'),
  );
  expect(made).toMatchObject({ actor: 'kubectl-create', category: 'control-plane' });
  await system('label', 'configmap', own, `e2e=${own}`);
  const edited = await told(
    () => system('patch', 'configmap', own, '-p', '{"data":{"config.conf":"other","more":"1"}}'),
    is('ConfigMap', 'update'),
  );
  expect(edited.diff).toEqual(['data keys changed: config.conf (hash differs)', 'data keys added: more']);
  expect(edited.actor).toBe('kubectl-patch');
  const gone = await told(() => system('delete', 'configmap', own), is('ConfigMap', 'delete'));
  expect(gone.actor).toBeNull();
  expect(shown()).not.toContain('hush');
});

test('a Deployment and its ReplicaSet, a DaemonSet', async () => {
  await told(() => system('create', 'deployment', own, '--image=none:1', '--replicas=0'), is('Deployment', 'create'));
  await system('label', 'deployment', own, `e2e=${own}`);
  const images = () => system('set', 'image', `deployment/${own}`, 'none=none:2');
  const replaced = (change: Change) => change.target.kind === 'ReplicaSet' && change.action === 'create';
  expect((await told(images, replaced)).summary).toContain(`Deployment ${own} has a new pod template`);
  const image = journal.changes().findLast(is('Deployment', 'update'));
  expect(image?.diff).toEqual(['image none:1 -> none:2']);
  const scaled = await told(() => system('scale', `deployment/${own}`, '--replicas=1'), is('Deployment', 'update'));
  expect(scaled).toMatchObject({ diff: ['replicas 0 -> 1'], actor: 'kubectl' });
  await told(() => system('delete', 'deployment', own), is('Deployment', 'delete'));
  const daemonSet = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: own, namespace: 'kube-system', labels: { e2e: own } },
    spec: {
      selector: { matchLabels: { app: own } },
      template: {
        metadata: { labels: { app: own } },
        spec: { nodeSelector: { never: 'there' }, containers: [{ name: 'none', image: 'none:1', args: ['--v=1'] }] },
      },
    },
  };
  await told(() => applyYaml(JSON.stringify(daemonSet)), is('DaemonSet', 'create'));
  const patch = '[{"op":"replace","path":"/spec/template/spec/containers/0/args/0","value":"--v=2"}]';
  const flag = await told(
    () => system('patch', 'daemonset', own, '--type=json', '-p', patch),
    is('DaemonSet', 'update'),
  );
  expect(flag.diff).toEqual(['flag --v changed: 1 -> 2']);
  await told(() => system('delete', 'daemonset', own), is('DaemonSet', 'delete'));
});

describe('policies', () => {
  const apply = (name: string, spec: object) =>
    applyYaml(
      JSON.stringify({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name, namespace: own },
        spec,
      }),
    );
  const gateway = { podSelector: { matchLabels: { app: 'gateway' } } };
  const ports = (...numbers: number[]) => numbers.map((port) => ({ port, protocol: 'TCP' }));

  test('a NetworkPolicy before a gateway breaks, and mends when it is gone; another is a decoy', async () => {
    const open = { ...gateway, ingress: [{ ports: ports(6443, 8443) }] };
    expect(await told(() => apply('gateway', open), is('NetworkPolicy', 'create', 'gateway'))).toMatchObject({
      effect: { verdict: 'none' },
      actor: 'kubectl-client-side-apply',
    });
    const closed = { ...gateway, ingress: [{ ports: ports(8443) }] };
    expect(await told(() => apply('gateway', closed), is('NetworkPolicy', 'update', 'gateway'))).toMatchObject({
      diff: ['port 6443 removed from ingress rule 1'],
      effect: { verdict: 'breaks' },
    });
    const decoy = { podSelector: { matchLabels: { app: 'other' } } };
    expect(await told(() => apply('decoy', decoy), is('NetworkPolicy', 'create', 'decoy'))).toMatchObject({
      effect: { verdict: 'none' },
    });
    const some = { ...gateway, ingress: [{ ports: ports(6443), from: [{ ipBlock: { cidr: '10.99.0.0/24' } }] }] };
    expect((await told(() => apply('gateway', some), is('NetworkPolicy', 'update', 'gateway'))).effect).toMatchObject({
      kind: 'passages',
      before: [{ verdict: 'deny' }],
      after: [{ verdict: 'deny' }, { verdict: 'allow', first: '10.99.0.0' }, { verdict: 'deny' }],
    });
    const remove = () => kubectl('-n', own, 'delete', 'networkpolicy', 'gateway');
    expect(await told(remove, is('NetworkPolicy', 'delete', 'gateway'))).toMatchObject({
      effect: { kind: 'passages' },
    });
  });

  test('of a kind that is installed while the agent runs', async () => {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'ciliumnetworkpolicies.cilium.io' },
      spec: {
        group: 'cilium.io',
        scope: 'Namespaced',
        names: { kind: 'CiliumNetworkPolicy', plural: 'ciliumnetworkpolicies', singular: 'ciliumnetworkpolicy' },
        versions: [
          {
            name: 'v2',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    };
    await applyYaml(JSON.stringify(crd));
    await vi.waitFor(() => expect(journal.state.otherPolicies()).toHaveLength(1), slow);
    await vi.waitFor(() => expect(journal.state.otherPolicies()?.[0]?.connected).toBe(true), soon);
    const cilium = (spec: object) =>
      JSON.stringify({
        apiVersion: 'cilium.io/v2',
        kind: 'CiliumNetworkPolicy',
        metadata: { name: own, namespace: own },
        spec,
      });
    await told(() => applyYaml(cilium({ ingress: [] })), is('CiliumNetworkPolicy', 'create'));
    expect(await told(() => applyYaml(cilium({ ingress: [{}] })), is('CiliumNetworkPolicy', 'update'))).toMatchObject({
      diff: ['changed: ingress'],
      effect: { verdict: 'unknown' },
    });
  });
});

test('a Service of type LoadBalancer', async () => {
  const service = (port: number) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: own, namespace: own },
      spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port, targetPort: 6443 }] },
    });
  await told(() => applyYaml(service(6443)), is('Service', 'create'));
  const changed = await told(() => applyYaml(service(443)), is('Service', 'update'));
  expect(changed.diff).toEqual(['port 6443 to 6443 removed', 'port 443 to 6443 added']);
  await told(() => kubectl('-n', own, 'delete', 'service', own), is('Service', 'delete'));
});

test('nodes: cordoned, added, replaced, removed', async () => {
  const cordoned = await told(() => kubectl('cordon', testbed.node), is('Node', 'update', testbed.node));
  expect(cordoned).toMatchObject({ category: 'maintenance', diff: ['cordoned'], actor: 'kubectl' });
  await told(
    () => kubectl('uncordon', testbed.node),
    ({ diff }) => diff.includes('uncordoned'),
  );
  const node = JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: own } });
  expect((await told(() => applyYaml(node), is('Node', 'create'))).summary).toBe(`node ${own} added`);
  await told(() => kubectl('delete', 'node', own), is('Node', 'delete'));
  expect((await told(() => applyYaml(node), is('Node', 'create'))).summary).toBe(`node ${own} replaced (new uid)`);
  await kubectl('delete', 'node', own);
});

test('noise is left out', async () => {
  const known = journal.changes().length;
  const leases = async () => kubectl('get', 'lease', '-A', '-o', 'jsonpath={.items[*].metadata.resourceVersion}');
  const before = await leases();
  await system('annotate', 'configmap', 'coredns', `e2e=${Date.now()}`, '--overwrite');
  await system('annotate', 'configmap', 'coredns', 'e2e-');
  await system('annotate', 'deployment', 'coredns', 'e2e=1', '--overwrite');
  await system('annotate', 'deployment', 'coredns', 'e2e-');
  await kubectl('label', 'node', testbed.node, 'e2e=1', '--overwrite');
  await kubectl('label', 'node', testbed.node, 'e2e-');
  await vi.waitFor(async () => expect(await leases()).not.toBe(before), soon);
  // What was told of a ConfigMap made after all of this is the first that is told.
  await told(() => system('create', 'configmap', own), is('ConfigMap', 'create'));
  await system('delete', 'configmap', own);
  const since = journal.changes().slice(known);
  expect(since.filter((one) => one.target.name !== own).map(({ summary }) => summary)).toEqual([]);
});

describe('the API server', () => {
  const manifest = join(testbed.manifests, 'kube-apiserver.yaml');
  let good: string | null = null;
  afterAll(async () => {
    if (good !== null) await writeFile(manifest, good);
    await healthy();
  });

  test('with another flag in its manifest: told with the time at which the kubelet saw it', async () => {
    good = await readFile(manifest, 'utf8');
    const fromAt = Date.now();
    const edit = () => writeFile(manifest, (good ?? '').replace(/^( *)- kube-apiserver$/m, '$&\n$1- --v=1'));
    const replaced = ({ target, diff }: Change) => target.kind === 'Pod' && diff.includes('flag --v added: 1');
    const change = await told(edit, replaced, { within: slow, exact: false });
    expect(change).toMatchObject({ action: 'update', target: { name: `kube-apiserver-${testbed.node}` } });
    expect(change.earliestAt).toBeGreaterThanOrEqual(fromAt - 1_000);
    expect(change.latestAt).toBeLessThanOrEqual(fromAt + 25_000);
    await healthy();
    await coverageAgain(fromAt);
  });

  test('killed: the restart is told by when its container ended, coverage has the gap and goes on', async () => {
    const fromAt = Date.now();
    const kill = async () => {
      const { stdout } = await ran('pgrep', ['-x', 'kube-apiserver']);
      for (const pid of stdout.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
    };
    const isRestart = ({ target, action }: Change) =>
      target.kind === 'kube-apiserver container' && action === 'restart';
    const restart = await told(kill, isRestart, { within: slow, exact: false });
    const ended = (await containerEnds('kube-apiserver')).findLast(({ finishedAt }) => finishedAt > fromAt - 1_000);
    expect(ended?.finishedAt).toBeGreaterThanOrEqual(restart.earliestAt);
    expect(ended?.finishedAt).toBeLessThanOrEqual(restart.latestAt + 1);
    await healthy();
    await coverageAgain(fromAt);
  });

  test('stopped and started: soon live again, and what went meanwhile is told with the gap', async () => {
    const back = await manifestMovedAway();
    const gone = Date.now();
    try {
      await outsideSees(({ good }) => !good);
      await vi.waitFor(() => expect(journal.state.live()).toBe(false), slow);
    } finally {
      await back();
    }
    await outsideSees(({ good }) => good);
    const answeredAt = Date.now();
    await vi.waitFor(() => expect(journal.state.live()).toBe(true), { timeout: 60_000, interval: 20 });
    const liveAfterMs = Date.now() - answeredAt;
    console.log(`live again ${liveAfterMs} ms after the first good probe`);
    expect(liveAfterMs).toBeLessThan(8_000);
    await healthy();
    await coverageAgain(gone);
  });

  /** Each category is covered again: with a gap between, or over it where its streams took up again and missed nothing. */
  async function coverageAgain(since: number) {
    onTestFailed(() => console.log(since, JSON.stringify(journal.coverage().slice(-20), null, 1)));
    for (const category of covered()) {
      const spans = () => journal.coverage().filter(({ categories }) => categories.some((one) => one === category));
      await vi.waitFor(() => expect(spans().some(({ toAt }) => toAt > Date.now() - 15_000)).toBe(true), slow);
      const [before, after] = [
        spans().filter(({ fromAt }) => fromAt <= since),
        spans().filter(({ fromAt }) => fromAt > since),
      ];
      const lastBefore = Math.max(...before.map(({ toAt }) => toAt));
      if (after.length > 0) expect(lastBefore).toBeLessThan(Math.min(...after.map(({ fromAt }) => fromAt)));
      expect(since - lastBefore).toBeLessThan(20_000);
    }
  }
});

test('an agent that was away tells what went meanwhile, and nothing twice', async () => {
  const made = () => system('create', 'configmap', own, '--from-literal=a=1');
  await told(made, is('ConfigMap', 'create'), { within: slow, exact: false });
  await journal.stop();
  const left = Date.now();
  const known = new Set(journal.changes().map(({ id }) => id));
  await system('delete', 'configmap', own);
  const back = Date.now();
  await start();
  onTestFailed(() => console.log(shown()));
  const gone = await vi.waitFor(() => {
    const found = journal.changes().find(is('ConfigMap', 'delete'));
    if (found === undefined) throw new Error('the deletion is not told');
    return found;
  }, soon);
  expect(gone.earliestAt).toBeLessThanOrEqual(left);
  expect(gone.latestAt).toBeGreaterThanOrEqual(back);
  expect(journal.changes().filter(({ id }) => known.has(id))).toEqual([]);
});
