import { describe, expect, it } from 'vitest';
import type {
  ApiFacts,
  Component,
  ComponentFacts,
  NodeComponentFacts,
  NodeFacts,
} from '../../../src/checks/control-plane-pods/contract.ts';
import { controlPlanePods } from '../../../src/checks/control-plane-pods/contract.ts';
import type { ContainerRecord } from '../../../src/words/kube.ts';

const NOW = Date.parse('2026-11-22T14:05:10Z');
const MINUTE = 60_000;
/** The bot's clock may differ from the agent's; nothing that is said may hang on it. */
const BOT_AHEAD = 4 * MINUTE;
const HOUR = 60 * MINUTE;

const judge = (facts: ApiFacts | NodeFacts) =>
  controlPlanePods.judge({
    params: {},
    facts,
    vantage: { kind: 'node', instance: 'cp-1', leavesBy: [] },
    nowAt: NOW + BOT_AHEAD,
  });

const container = (over: Partial<ContainerRecord> = {}): ContainerRecord => ({
  name: 'main',
  state: 'running',
  reason: null,
  startedAt: NOW - 5 * HOUR,
  ready: true,
  restarts: 0,
  last: null,
  ...over,
});
const ended = (ago: number, exitCode: number | null = 1, message: string | null = null) => ({
  reason: exitCode === null ? null : 'Error',
  exitCode,
  startedAt: NOW - ago - MINUTE,
  finishedAt: NOW - ago,
  message,
});
const component = (name: Component, over: Partial<ContainerRecord> | null = {}, node = 'cp-1'): ComponentFacts => ({
  component: name,
  node,
  pod: `${name}-${node}`,
  uid: 'u',
  phase: 'Running',
  deleting: false,
  container: over === null ? null : container(over),
});
const HEALTHY = [
  component('kube-apiserver'),
  component('etcd'),
  component('kube-controller-manager'),
  component('kube-scheduler'),
  component('coredns'),
];
const others = (name: Component) => HEALTHY.filter((each) => each.component !== name);

describe('by the API', () => {
  const api = (over: Partial<ApiFacts> = {}): ApiFacts => ({
    source: 'api',
    lookedAt: NOW,
    asOfAt: NOW - 5_000,
    live: true,
    provider: 'self',
    controlPlaneNodes: ['cp-1'],
    components: HEALTHY,
    limits: [],
    ...over,
  });

  it('is well when everything runs and did not restart', () => {
    const finding = judge(api());
    expect(finding.verdict).toBe('ok');
    expect(finding.reason).toBe(
      'kube-apiserver on cp-1 runs since 09:05:10 UTC, 5 h ago, never restarted. etcd, kube-controller-manager and kube-scheduler run as well.',
    );
    expect(finding.details.map(({ label }) => label)).toEqual([
      'etcd on cp-1',
      'kube-apiserver on cp-1',
      'kube-controller-manager on cp-1',
      'kube-scheduler on cp-1',
      'coredns on cp-1',
    ]);
  });

  it('is well when restarts are long past, and tells them', () => {
    const server = component('kube-apiserver', { restarts: 2, last: ended(3 * HOUR, 137), startedAt: NOW - 3 * HOUR });
    expect(judge(api({ components: [server, ...others('kube-apiserver')] }))).toMatchObject({
      verdict: 'ok',
      reason: expect.stringContaining(
        'restarted twice: it last ended at 11:05:10 UTC, 3 h ago, with exit code 137 (Error, SIGKILL)',
      ),
    });
  });

  it('one that was started this very moment may be about to crash: that is not known', () => {
    const young = (ago: number) => [component('kube-apiserver', { startedAt: NOW - ago }), ...others('kube-apiserver')];
    const judged = (ago: number) => judge(api({ components: young(ago) }));
    expect(judged(4_000)).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('too short a time to tell whether it stays up'),
    });
    expect(judged(10_000).verdict).toBe('ok');
  });

  it('is well when the API server is new, as after an edit of its manifest', () => {
    const server = component('kube-apiserver', { startedAt: NOW - 2 * MINUTE });
    const finding = judge(api({ components: [server, ...others('kube-apiserver')] }));
    expect(finding.verdict).toBe('ok');
    expect(finding.reason).toContain('runs since 14:03:10 UTC, 2 min ago, never restarted');
  });

  it.each([
    [
      'crashes again and again',
      component('kube-apiserver', {
        state: 'waiting',
        reason: 'CrashLoopBackOff',
        ready: false,
        restarts: 5,
        last: ended(30_000, 1, 'usage…\nError: unknown flag: --wrong\n'),
      }),
      'kube-apiserver on cp-1 keeps crashing (CrashLoopBackOff, restarted 5 times): it last ended at 14:04:40 UTC, 30 s ago, with exit code 1 (Error), saying "Error: unknown flag: --wrong".',
    ],
    [
      'restarted nine minutes ago',
      component('kube-apiserver', { restarts: 1, last: ended(9 * MINUTE, 2), startedAt: NOW - 9 * MINUTE + 2_000 }),
      'kube-apiserver on cp-1 restarted a short while ago: it ended at 13:56:10 UTC, 9 min ago, with exit code 2 (Error), and runs since 13:56:12 UTC, 9 min ago.',
    ],
    [
      'is not ready',
      component('kube-apiserver', { ready: false }),
      'kube-apiserver on cp-1 runs since 09:05:10 UTC, 5 h ago, but is not ready.',
    ],
    [
      'can not get its image',
      component('kube-apiserver', { state: 'waiting', reason: 'ImagePullBackOff', startedAt: null }),
      'kube-apiserver on cp-1 is not running (ImagePullBackOff).',
    ],
    [
      'has no container',
      { ...component('kube-apiserver', null), phase: 'Pending' },
      'kube-apiserver on cp-1 has a pod but no container was started (phase Pending).',
    ],
    [
      'is being deleted',
      { ...component('kube-apiserver'), deleting: true },
      'kube-apiserver on cp-1 is being deleted; it runs since 09:05:10 UTC, 5 h ago.',
    ],
  ])('is trouble when the API server %s', (_, server, reason) => {
    expect(judge(api({ components: [...others('kube-apiserver'), server] }))).toMatchObject({
      verdict: 'problem',
      reason,
    });
  });

  it('counts a restart up to ten minutes back, to the millisecond', () => {
    const at = (ago: number) =>
      judge(
        api({
          components: [component('kube-apiserver', { restarts: 1, last: ended(ago) }), ...others('kube-apiserver')],
        }),
      );
    expect(at(10 * MINUTE - 1).verdict).toBe('problem');
    expect(at(10 * MINUTE).verdict).toBe('ok');
  });

  it('names etcd first: the rest follows from it', () => {
    const crash = {
      state: 'waiting',
      reason: 'CrashLoopBackOff',
      ready: false,
      restarts: 3,
      last: ended(MINUTE),
    } as const;
    const finding = judge(api({ components: [component('kube-apiserver', crash), component('etcd', crash)] }));
    expect(finding.reason).toMatch(
      /^etcd on cp-1 keeps crashing.*without etcd the API server can not serve\. kube-apiserver on cp-1/,
    );
  });

  it('tells a scheduler that is down, but not one that restarted and runs again', () => {
    const restarted = component('kube-scheduler', { restarts: 1, last: ended(MINUTE), startedAt: NOW - MINUTE });
    expect(judge(api({ components: [...others('kube-scheduler'), restarted] })).verdict).toBe('ok');
    const down = component('kube-scheduler', { state: 'terminated', ready: false, last: ended(MINUTE) });
    expect(judge(api({ components: [...others('kube-scheduler'), down] }))).toMatchObject({
      verdict: 'problem',
      reason:
        'kube-scheduler on cp-1 is not running: it last ended at 14:04:10 UTC, 60 s ago, with exit code 1 (Error).',
    });
  });

  it('does not judge by what stands beside the control plane', () => {
    const dns = component('coredns', { state: 'waiting', reason: 'CrashLoopBackOff', ready: false });
    const finding = judge(api({ components: [...others('coredns'), dns] }));
    expect(finding.verdict).toBe('ok');
    expect(finding.details.find(({ label }) => label.startsWith('coredns'))?.value).toContain('keeps crashing');
  });

  it('misses an API server on one of several control-plane nodes', () => {
    expect(judge(api({ controlPlaneNodes: ['cp-1', 'cp-2'] }))).toMatchObject({
      verdict: 'problem',
      reason: 'There is no API server pod on control-plane node cp-2.',
    });
    expect(judge(api({ components: others('kube-apiserver') }))).toMatchObject({
      verdict: 'problem',
      reason: expect.stringContaining('There is no API server pod in kube-system'),
    });
  });

  it('can not tell what became of it since the API server fell silent', () => {
    const finding = judge(api({ live: false, asOfAt: NOW - 3 * MINUTE }));
    expect(finding.verdict).toBe('unknown');
    expect(finding.reason).toMatch(/^As of 14:02:10 UTC, 3 min ago: kube-apiserver on cp-1 runs since/);
    expect(finding.reason).toContain("can't be seen from here");
  });

  it('tells trouble that was there when the API server fell silent, as of then', () => {
    // The restart was a minute before that, though half an hour before now.
    const server = component('kube-apiserver', { restarts: 4, last: ended(31 * MINUTE) });
    const finding = judge(api({ live: false, asOfAt: NOW - 30 * MINUTE, components: [server] }));
    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toMatch(
      /^As of 13:35:10 UTC, 30 min ago: kube-apiserver on cp-1 restarted a short while ago/,
    );
  });

  it.each([
    [api({ asOfAt: null, live: false, components: [] }), 'unknown', /never seen the cluster/],
    [api({ components: [], provider: 'eks' }), 'notApplicable', /run by the provider \(EKS\)/],
    [api({ components: [], provider: 'self' }), 'unknown', /outside of pods/],
    [
      api({ components: [], provider: 'eks', limits: ['pods (forbidden)'] }),
      'unknown',
      /can't be seen: pods \(forbidden\)/,
    ],
  ])('says what it has no pods to judge by', (facts, verdict, reason) => {
    expect(judge(facts)).toMatchObject({ verdict, reason: expect.stringMatching(reason) });
  });
});

describe("by the node's files", () => {
  const onNode = (
    name: Component,
    over: Partial<ContainerRecord> | null = {},
    more: Partial<NodeComponentFacts> = {},
  ): NodeComponentFacts => ({
    ...component(name, over),
    phase: null,
    loggedAt: NOW - 20_000,
    lastWords: [],
    ...more,
  });
  const CORE = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
  const manifestOf = (name: Component) => ({
    component: name,
    path: `/host/manifests/${name}.yaml`,
    modifiedAt: NOW - 9 * HOUR,
    sha256: 'abcdef0123456789',
  });
  const read = (names: readonly Component[], trouble: string[] = []): NodeFacts['manifests'] => ({
    kind: 'read',
    path: '/host/manifests',
    changedAt: NOW - 3 * MINUTE,
    found: names.map(manifestOf),
    trouble,
  });
  const files = (over: Partial<NodeFacts> = {}): NodeFacts => ({
    source: 'node-files',
    lookedAt: NOW,
    node: 'cp-1',
    manifests: read(CORE),
    localEtcd: true,
    ranApiServer: true,
    logsRead: true,
    components: CORE.map((name) => onNode(name)),
    limits: [],
    ...over,
  });
  const without = (name: Component) => CORE.filter((each) => each !== name);

  it('is well when everything runs', () => {
    expect(judge(files())).toMatchObject({
      verdict: 'ok',
      reason:
        'kube-apiserver on cp-1 runs since 09:05:10 UTC, 5 h ago, never restarted. etcd, kube-controller-manager and kube-scheduler run as well.',
    });
  });

  it('sees that the manifest is gone, and since when at the latest', () => {
    const gone = { manifests: read(without('kube-apiserver')), localEtcd: null };
    const reason =
      "The manifest of kube-apiserver on cp-1 is gone from the kubelet's folder of static pods: the kubelet runs no kube-apiserver without it. Something was last added to or taken from the folder at 14:02:10 UTC, 3 min ago.";
    const components = without('kube-apiserver').map((name) => onNode(name));
    expect(judge(files({ ...gone, components }))).toMatchObject({ verdict: 'problem', reason });
    expect(judge(files({ ...gone }))).toMatchObject({
      verdict: 'problem',
      reason: expect.stringContaining('though its container still runs'),
    });
    expect(judge(files({ ...gone, manifests: read([]), components: [] }))).toMatchObject({
      verdict: 'problem',
      reason,
    });
  });

  it('sees that a manifest can not be used', () => {
    const trouble = ["kube-apiserver.yaml can't be read: bad YAML"];
    expect(judge(files({ manifests: read(without('kube-apiserver'), trouble) }))).toMatchObject({
      verdict: 'problem',
      reason: `The kubelet can't start kube-apiserver on cp-1: ${trouble[0]}.`,
    });
  });

  it('tells a crash loop with exit code, time and last line', () => {
    const server = onNode(
      'kube-apiserver',
      { state: 'terminated', ready: false, restarts: 6, last: ended(40_000) },
      { lastWords: ['usage', 'Error: unknown flag: --wrong'] },
    );
    const finding = judge(files({ components: [onNode('etcd'), server] }));
    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toBe(
      'kube-apiserver on cp-1 is not running, restarted 6 times: it last ended at 14:04:30 UTC, 40 s ago, with exit code 1 (Error); its last line was "Error: unknown flag: --wrong". kube-controller-manager on cp-1 has a manifest (changed at 05:05:10 UTC, 9 h ago) but the kubelet has started no container of it: is the kubelet running, and its image there? kube-scheduler on cp-1 has a manifest (changed at 05:05:10 UTC, 9 h ago) but the kubelet has started no container of it: is the kubelet running, and its image there?',
    );
    expect(finding.details).toContainEqual({
      label: 'Last words of kube-apiserver',
      value: 'usage\nError: unknown flag: --wrong',
    });
  });

  it('misses etcd only where it belongs to this node', () => {
    const gone = { manifests: read(without('etcd')), components: without('etcd').map((name) => onNode(name)) };
    expect(judge(files({ ...gone, localEtcd: true }))).toMatchObject({
      verdict: 'problem',
      reason: expect.stringContaining('without etcd the API server can not serve'),
    });
    expect(judge(files({ ...gone, localEtcd: false })).verdict).toBe('ok');
  });

  it('can not tell by logs alone whether it runs, but sees a restart', () => {
    const byLogs = (last: ContainerRecord['last']) =>
      files({
        components: CORE.map((name) => onNode(name, { state: 'unknown', ready: false, restarts: 1, last })),
        limits: ["containerd's status files are not mounted"],
      });
    expect(judge(byLogs(ended(2 * HOUR, null)))).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringMatching(
        /kube-apiserver on cp-1 can not be told to run or not; its log was last written at 14:04:50 UTC.*not mounted/,
      ),
    });
    const young = files({
      components: [onNode('kube-apiserver', { state: 'unknown', restarts: 3, startedAt: NOW - MINUTE })],
    });
    expect(judge(young)).toMatchObject({
      verdict: 'problem',
      reason: expect.stringContaining('is restarting (restarted 3 times); it last started at 14:04:10 UTC, 60 s ago'),
    });
    expect(judge(byLogs(ended(2 * MINUTE, null)))).toMatchObject({
      verdict: 'problem',
      reason: expect.stringContaining('kube-apiserver on cp-1 is restarting (restarted once)'),
    });
  });

  it('is not sure where neither manifest nor log can be seen', () => {
    const nothing = { components: [], ranApiServer: false, localEtcd: null };
    expect(judge(files({ ...nothing, manifests: read([]) }))).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('holds none of the control plane'),
    });
    const unreadable = { kind: 'unreadable', path: '/host/manifests', message: 'EACCES' } as const;
    expect(judge(files({ ...nothing, manifests: unreadable, logsRead: false }))).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('/host/manifests (EACCES)'),
    });
    expect(judge(files({ ...nothing, ranApiServer: true, manifests: unreadable, logsRead: false })).verdict).toBe(
      'unknown',
    );
    expect(judge(files({ components: [], logsRead: false })).verdict).toBe('unknown');
  });
});
