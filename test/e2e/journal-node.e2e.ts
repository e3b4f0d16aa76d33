import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Change } from '../../src/words/change.ts';
import { output, ran } from './harness/exec.ts';
import { healthy } from './harness/faults.ts';
import { applyYaml, kubectl, nftOnNode, onNode, testbed, testbedUp } from './harness/testbed.ts';
import { until } from './harness/until.ts';
import { type Staged, stageJournal } from './journal-node/stage.ts';

/** On the testbed's node: what kube-proxy, the kubelet and the control plane do by themselves, and what people do to them. */
describe('on a control-plane node', () => {
  let journal: Staged;

  beforeAll(async () => {
    await testbedUp();
    await healthy();
    journal = await stageJournal({
      namespace: 'tb-cp1',
      node: testbed.node,
      apiAddress: testbed.nodeAddress,
      folders: {
        manifests: testbed.manifests,
        podLogs: '/var/log/pods',
        containerLogs: '/var/log/containers',
        criStatus: join(testbed.home, 'ctd/io.containerd.grpc.v1.cri/containers'),
      },
    });
  });

  afterAll(async () => {
    await journal?.close();
    await ran(testbed.script, ['node', 'nft', 'delete', 'table', 'inet', 'e2e-journal']);
  });

  test('the manifests are known from their files, and every source covers its time', () => {
    const known = journal.changes
      .filter(({ certainty }) => certainty === 'latestKnown')
      .map(({ target }) => target.name);
    expect(known).toEqual(expect.arrayContaining(['kube-apiserver.yaml', 'etcd.yaml']));
    expect(new Set(journal.spans.map(({ source }) => source))).toEqual(
      new Set(['node-firewall', 'node-files', 'node-network']),
    );
  });

  test('what kube-proxy writes for Services is left out, a person’s rule beside it is not', async () => {
    const known = journal.changes.length;
    const services = Array.from({ length: 10 }, (_, at) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `journal-${at}`, namespace: 'default' },
      spec: { clusterIP: `10.96.77.${at + 1}`, ports: [{ port: 80 }] },
    }));
    await applyYaml(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: services }));
    try {
      await until(60_000, async () => {
        const rules = await onNode('nft', 'list', 'ruleset');
        return rules.includes('10.96.77.10') ? null : 'kube-proxy has not written the Services yet';
      });
      const own = await journal.told(
        () =>
          nftOnNode(
            'table inet e2e-journal {\nchain in { type filter hook input priority 0; tcp dport 9999 drop; }\n}\n',
          ),
        ({ source }) => source === 'node-firewall',
      );
      expect(own.target.name).toContain('inet e2e-journal');
      expect(own.effect?.kind === 'passages' && own.effect.before.map(({ verdict }) => verdict)).toEqual(
        own.effect?.kind === 'passages' && own.effect.after.map(({ verdict }) => verdict),
      );
      expect(journal.changes.slice(known).filter(({ source }) => source === 'node-firewall')).toEqual([own]);
    } finally {
      await kubectl('-n', 'default', 'delete', 'service', ...services.map(({ metadata }) => metadata.name));
    }
  });

  test('a rule against the API port, among kube-proxy’s own', async () => {
    const drops = await journal.told(
      () => nftOnNode('add rule inet e2e-journal in ip saddr 203.0.113.0/24 tcp dport 6443 drop\n'),
      ({ source }) => source === 'node-firewall',
    );
    expect(drops).toMatchObject({
      summary: 'rule `ip saddr 203.0.113.0/24 tcp dport 6443 drop` added to inet e2e-journal in',
      effect: {
        kind: 'passages',
        before: [{ verdict: 'allow', to: testbed.nodeAddress }],
        after: [
          { verdict: 'allow' },
          { verdict: 'deny', first: '203.0.113.0', last: '203.0.113.255' },
          { verdict: 'allow' },
        ],
      },
    });
    await onNode('nft', 'delete', 'table', 'inet', 'e2e-journal');
  });

  test('a flag in a manifest that is edited and restored', async () => {
    const path = join(testbed.manifests, 'kube-scheduler.yaml');
    const good = await readFile(path, 'utf8');
    const about = ({ source, target }: Change) => source === 'node-files' && target.name === 'kube-scheduler.yaml';
    const edited = await journal.told(
      () => writeFile(path, good.replace(/^( *)- kube-scheduler$/m, '$&\n$1- --v=1')),
      about,
    );
    expect(edited).toMatchObject({
      category: 'control-plane',
      action: 'update',
      summary: 'manifest kube-scheduler.yaml changed: --v=1 added',
      effect: { kind: 'judged', verdict: 'none' },
    });
    const restored = await journal.told(() => writeFile(path, good), about);
    expect(restored.summary).toBe('manifest kube-scheduler.yaml changed: --v=1 removed');
    expect(restored.latestAt - restored.earliestAt).toBeLessThan(2_500);
  });

  test('the API server killed: its socket, and its container by the runtime’s own time', async () => {
    const ctr = (...words: string[]) =>
      output(`${process.env.TESTBED_CACHE ?? '/var/cache/testbed'}/bin/ctr`, [
        '-a',
        '/run/testbed/containerd.sock',
        '-n',
        'k8s.io',
        'tasks',
        ...words,
      ]);
    const runs = async (id: string) =>
      (await ctr('ls')).split('\n').some((line) => line.startsWith(id) && line.includes('RUNNING'));
    // Those that ended earlier have left their logs as well.
    const logs = (await readdir('/var/log/containers')).filter((name) => name.startsWith('kube-apiserver-'));
    const ids = logs.flatMap((name) => /-([0-9a-f]{64})\.log$/.exec(name)?.[1] ?? []);
    let id = '';
    for (const one of ids) if (await runs(one)) id = one;
    // It is told to end at once, and is gone a moment later.
    const kill = async () => {
      await ctr('kill', '-s', 'KILL', id);
      await until(20_000, async () => ((await runs(id)) ? 'the container still runs' : null));
    };
    const known = journal.changes.length;
    const ended = await journal.told(
      kill,
      ({ source, target }) => source === 'node-files' && target.kind === 'kube-apiserver container',
    );
    expect(['end', 'restart']).toContain(ended.action);
    expect(ended.summary).toContain('exit code 137');
    expect(ended.latestAt - ended.earliestAt).toBeLessThanOrEqual(1);
    expect(ended.effect).toMatchObject({ kind: 'judged', verdict: 'breaks' });
    await healthy();
    await until(30_000, async () => {
      const sockets = journal.changes
        .slice(known)
        .filter(({ source, target }) => source === 'node-network' && target.ports.includes(6443));
      return sockets.some(({ action }) => action === 'start' || action === 'restart')
        ? null
        : `of the socket only this was told: ${sockets.map(({ summary }) => summary).join('; ')}`;
    });
  });
});
