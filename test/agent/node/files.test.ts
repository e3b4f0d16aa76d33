import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readNodeFiles } from '../../../src/agent/node/files.ts';
import { learnOnNode } from '../../../src/agent/node/learn.ts';
import { flagsOf } from '../../../src/agent/node/manifests.ts';
import { NodeFacts } from '../../../src/checks/control-plane-pods/contract.ts';
import { rememberingLog } from '../silent.ts';
import { type FakeNode, fakeNode } from './node-folders.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const MINUTE = 60_000;
const API_SERVER = [
  'kube-apiserver',
  '--advertise-address=10.0.0.10',
  '--etcd-servers=https://127.0.0.1:2379',
  '--secure-port=6443',
];

let node: FakeNode;
beforeEach(async () => {
  node = await fakeNode();
});
afterEach(() => node.remove());

const look = async (over: Partial<FakeNode['folders']> = {}) =>
  NodeFacts.parse(await readNodeFiles('cp-1', { ...node.folders, ...over }, false, NOW));
const componentIn = (facts: NodeFacts, name: string) => facts.components.find(({ component }) => component === name);

describe("a node's files", () => {
  it('tell what runs, since when, and how often it was restarted', async () => {
    await node.manifest('kube-apiserver', API_SERVER);
    await node.manifest('etcd');
    await node.run({ component: 'etcd', attempt: 0, startedAt: NOW - 60 * MINUTE });
    await node.run({
      component: 'kube-apiserver',
      attempt: 3,
      startedAt: NOW - 90 * MINUTE,
      finishedAt: NOW - 61 * MINUTE,
      exitCode: 137,
    });
    await node.run({ component: 'kube-apiserver', attempt: 4, startedAt: NOW - 60 * MINUTE });
    const facts = await look();
    expect(facts.limits).toEqual([]);
    expect(facts.localEtcd).toBe(true);
    expect(facts.manifests).toMatchObject({
      kind: 'read',
      trouble: [],
      found: [
        { component: 'etcd', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
        { component: 'kube-apiserver', path: join(node.folders.manifests, 'kube-apiserver.yaml') },
      ],
    });
    expect(componentIn(facts, 'kube-apiserver')).toMatchObject({
      pod: 'kube-apiserver-cp-1',
      uid: 'hash1',
      lastWords: [],
    });
    const container = componentIn(facts, 'kube-apiserver')?.container;
    expect(container).toMatchObject({ state: 'running', restarts: 4, ready: true });
    expect(container?.startedAt).toBeCloseTo(NOW - 60 * MINUTE, -1);
    expect(container?.last).toMatchObject({ exitCode: 137, reason: 'Error' });
    expect(container?.last?.finishedAt).toBeCloseTo(NOW - 61 * MINUTE, -1);
  });

  it('tell the exit code, the time and the last words of one that crashes, secrets masked', async () => {
    await node.manifest('kube-apiserver', API_SERVER);
    await node.run({
      component: 'kube-apiserver',
      attempt: 5,
      startedAt: NOW - 40_000,
      finishedAt: NOW - 39_000,
      exitCode: 1,
      lines: [
        ...Array.from({ length: 100 }, (_, n) => `line ${n}`),
        'using Bearer abcdef0123456789 and eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl token=hunter2hunter2',
        `${'x'.repeat(400)}`,
        '',
        'Error: unknown flag: --wrong',
      ],
    });
    const found = componentIn(await look(), 'kube-apiserver');
    expect(found?.container).toMatchObject({
      state: 'terminated',
      restarts: 5,
      last: { exitCode: 1, reason: 'Error', finishedAt: expect.closeTo(NOW - 39_000, -1) },
    });
    expect(found?.lastWords).toHaveLength(15);
    expect(found?.lastWords.at(-1)).toBe('Error: unknown flag: --wrong');
    expect(found?.lastWords.at(-2)).toHaveLength(301);
    expect(found?.lastWords.at(-3)).toBe('using Bearer [secret] and [secret] token=[secret]');
  });

  it('read only the end of a large log', async () => {
    const lines = Array.from({ length: 5_000 }, (_, n) => `ü line ${n} ${'y'.repeat(100)}`);
    await node.run({
      component: 'etcd',
      attempt: 0,
      startedAt: NOW - 2_000,
      finishedAt: NOW - 1_000,
      exitCode: 2,
      lines,
    });
    const words = componentIn(await look(), 'etcd')?.lastWords;
    expect(words?.at(-1)).toMatch(/^ü line 4999 /);
    expect(words).toHaveLength(15);
  });

  it("do without containerd's files: by the logs, with less known, which is said", async () => {
    await node.run({ component: 'kube-apiserver', attempt: 0, onlyLog: true, writtenAt: NOW - 5 * MINUTE });
    await node.run({ component: 'kube-apiserver', attempt: 1, onlyLog: true, writtenAt: NOW - MINUTE });
    const facts = await look({ criStatus: null });
    expect(facts.limits.join()).toContain('exit codes and exact times are not known');
    expect(componentIn(facts, 'kube-apiserver')?.container).toMatchObject({
      state: 'unknown',
      restarts: 1,
      last: { exitCode: null, finishedAt: NOW - 5 * MINUTE },
    });
  });

  it('tell a new pod from a restart: its predecessor is no restart of it', async () => {
    await node.run({
      component: 'kube-apiserver',
      podUid: 'old',
      attempt: 7,
      startedAt: NOW - 99 * MINUTE,
      finishedAt: NOW - 3 * MINUTE,
      exitCode: 0,
    });
    await node.run({
      component: 'kube-apiserver',
      podUid: 'new',
      attempt: 0,
      startedAt: NOW - 2 * MINUTE,
      writtenAt: NOW,
    });
    expect(componentIn(await look(), 'kube-apiserver')).toMatchObject({
      uid: 'new',
      container: { state: 'running', restarts: 0, last: null },
    });
  });

  it('give no start time by a log that was rotated', async () => {
    await node.run({ component: 'etcd', attempt: 0, onlyLog: true });
    const log = join(node.folders.podLogs, 'kube-system_etcd-cp-1_hash1', 'etcd', '0.log.20261122-100000.gz');
    await writeFile(log, '');
    expect(componentIn(await look(), 'etcd')?.container?.startedAt).toBeNull();
  });

  it('name what can not be read, and go on', async () => {
    await node.run({ component: 'etcd', attempt: 0, startedAt: NOW - MINUTE });
    await rm(node.folders.containerLogs, { recursive: true });
    const facts = await look({ manifests: join(node.root, 'nowhere'), podLogs: join(node.root, 'neither') });
    expect(facts.manifests).toMatchObject({ kind: 'unreadable', message: expect.stringContaining('ENOENT') });
    expect(facts.logsRead).toBe(false);
    expect(facts.components).toEqual([]);
    expect(facts.limits).toHaveLength(2);
  });

  it('name manifests that the kubelet can not use either, and pass over folders and hidden files', async () => {
    await node.manifest('etcd');
    await writeFile(join(node.folders.manifests, 'kube-apiserver.yaml'), 'kind: [Pod');
    await writeFile(join(node.folders.manifests, 'README'), 'hello');
    await writeFile(join(node.folders.manifests, '.kube-scheduler.yaml.swp'), 'binary');
    await mkdir(join(node.folders.manifests, 'old'));
    const { manifests } = await look();
    expect(manifests.kind === 'read' && manifests.found.map(({ component }) => component)).toEqual(['etcd']);
    expect(manifests.kind === 'read' && manifests.trouble).toEqual([
      expect.stringMatching(/README is no manifest of a pod/),
      expect.stringMatching(/kube-apiserver\.yaml can't be read/),
    ]);
  });

  it('say so when a status file has a form that is not known', async () => {
    await node.run({ component: 'etcd', attempt: 0, startedAt: NOW - MINUTE });
    const id = Buffer.from('etcd hash1 0'.padEnd(32)).toString('hex');
    await writeFile(join(node.folders.criStatus ?? '', id, 'status'), '{"Version":"v9"}');
    const facts = await look();
    expect(facts.limits).toEqual([expect.stringContaining('form that is not known')]);
    expect(componentIn(facts, 'etcd')?.container?.state).toBe('unknown');
  });

  it('are not led astray by odd links and names', async () => {
    await node.run({ component: 'etcd', attempt: 0, startedAt: NOW - MINUTE });
    await symlink('/', join(node.folders.containerLogs, `x_kube-system_y-${'a'.repeat(64)}.log`));
    await mkdir(join(node.folders.podLogs, 'kube-system_etcd-cp-1_hash1', 'etcd', '9.log'));
    await mkdir(join(node.folders.podLogs, 'kube-system_odd'));
    const facts = await look();
    expect(facts.components).toHaveLength(1);
    expect(componentIn(facts, 'etcd')?.container).toMatchObject({ state: 'running', restarts: 0 });
  });
});

describe('what a node learns from its files', () => {
  const learn = () =>
    learnOnNode({
      node: 'cp-1',
      manifestsDir: node.folders.manifests,
      caFile: join(node.root, 'ca.crt'),
      at: 5,
      log: rememberingLog(),
    });

  it("is where its API server listens, and the cluster's CA", async () => {
    await node.manifest('kube-apiserver', API_SERVER);
    await writeFile(join(node.root, 'ca.crt'), 'the CA');
    expect(await learn()).toEqual({
      endpoints: [{ url: 'https://10.0.0.10:6443', host: '10.0.0.10', port: 6443, origin: 'manifest', learnedAt: 5 }],
      caPem: 'the CA',
      controlPlaneNodes: ['cp-1'],
      provider: 'self',
      provenAt: 0,
    });
  });

  it('is nothing where no API server is run by the kubelet', async () => {
    expect(await learn()).toEqual({
      endpoints: [],
      caPem: '',
      controlPlaneNodes: [],
      provider: 'unknown',
      provenAt: 0,
    });
  });

  it.each(['--advertise-address=$(IP)', '--secure-port=99999', '--v=2'])(
    'is no address where the flags make none: %s',
    async (flag) => {
      await node.manifest(
        'kube-apiserver',
        ['kube-apiserver', '--advertise-address=10.0.0.10', flag].slice(flag === '--v=2' ? 2 : 0),
      );
      expect((await learn()).endpoints).toEqual([]);
    },
  );
});

it('reads flags as the program does: the last one counts, with or without "="', () => {
  const flags = flagsOf(['kube-apiserver', '--a=1', '-b', '2', '--c', '--a=3=4', 'stray', '--d=']);
  expect(Object.fromEntries(flags)).toEqual({ a: '3=4', b: '2', c: 'true', d: '' });
});
