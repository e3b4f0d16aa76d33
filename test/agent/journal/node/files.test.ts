import { mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FilesSeen, filesJournal } from '../../../../src/agent/journal/node/files.ts';
import { nodeTelling } from '../../../../src/agent/journal/node/tell.ts';
import type { Change } from '../../../../src/words/change.ts';
import { type FakeNode, fakeNode } from '../../node/node-folders.ts';
import { rememberingLog } from '../../silent.ts';
import { records } from './records.ts';

const patience = { timeout: 8_000, interval: 10 };

let node: FakeNode;

beforeEach(async () => {
  node = await fakeNode();
  await node.manifest('kube-apiserver', [
    'kube-apiserver',
    '--secure-port=6443',
    '--etcd-servers=https://127.0.0.1:2379',
  ]);
  await node.run({ component: 'kube-apiserver', attempt: 0, startedAt: Date.now() - 1_000 });
});

afterEach(() => node.remove());

/** The journal while it runs; what it told from its first look on. */
async function running(earlier: FilesSeen | null = null, criStatus = true) {
  const sink = records();
  const stop = new AbortController();
  const folders = criStatus ? node.folders : { ...node.folders, criStatus: null };
  const journal = filesJournal({
    node: 'cp-1',
    folders,
    telling: nodeTelling({ node: 'cp-1', source: 'node-files', categories: ['control-plane'], sink, clock: Date.now }),
    earlier,
    clock: Date.now,
    log: rememberingLog(),
    everyMs: 20,
  });
  const done = journal.run(stop.signal);
  await vi.waitFor(() => expect(journal.seen()).not.toBe(earlier), patience);
  return {
    ...sink,
    seen: () => journal.seen(),
    since: async (what: () => Promise<unknown>): Promise<{ change: Change; fromAt: number; toAt: number }> => {
      const known = sink.changes.length;
      const fromAt = Date.now();
      await what();
      const toAt = Date.now();
      await vi.waitFor(() => expect(sink.changes.length).toBeGreaterThan(known), patience);
      const change = sink.changes[known];
      if (change === undefined) throw new Error('nothing was told');
      return { change, fromAt, toAt };
    },
    async stop() {
      stop.abort();
      await done;
      return { ...sink, seen: journal.seen() };
    },
  };
}

/** File systems stamp with the kernel's tick, a few milliseconds behind the clock. */
function within({ change, fromAt, toAt }: { change: Change; fromAt: number; toAt: number }): void {
  expect(change.earliestAt).toBeLessThanOrEqual(toAt + 50);
  expect(change.latestAt).toBeGreaterThanOrEqual(fromAt - 50);
  expect(change.earliestAt).toBeLessThanOrEqual(change.latestAt);
}

const manifest = (name: string) => join(node.folders.manifests, name);

describe('manifests', () => {
  test('at the first look: when each was last changed, as what is known latest', async () => {
    const journal = await running();
    const first = journal.seen()?.seenAt ?? 0;
    await vi.waitFor(() => expect(journal.seen()?.seenAt).toBeGreaterThan(first), patience);
    const { changes, spans } = await journal.stop();
    expect(changes).toMatchObject([
      { certainty: 'latestKnown', target: { name: 'kube-apiserver.yaml', ports: [6443] }, effect: null },
    ]);
    expect(spans.at(-1)).toMatchObject({ source: 'node-files', categories: ['control-plane'] });
  });

  test('a flag that was changed, added or removed is told, and nothing else of the file', async () => {
    const journal = await running();
    const told = await journal.since(() =>
      node.manifest('kube-apiserver', ['kube-apiserver', '--secure-port=6443', '--no-such-flag', '--v=2']),
    );
    within(told);
    expect(told.change).toMatchObject({
      action: 'update',
      category: 'control-plane',
      certainty: 'seen',
      summary: 'manifest kube-apiserver.yaml changed: --etcd-servers=https://127.0.0.1:2379 removed (and 2 more)',
      diff: ['--etcd-servers=https://127.0.0.1:2379 removed', '--no-such-flag=true added', '--v=2 added'],
      effect: { kind: 'judged', verdict: 'unknown' },
      target: { kind: 'static pod manifest', name: 'kube-apiserver.yaml' },
    });
    await journal.stop();
  });

  test('one that is moved away and back again', async () => {
    const journal = await running();
    const aside = join(node.root, 'aside.yaml');
    const gone = await journal.since(() => rename(manifest('kube-apiserver.yaml'), aside));
    within(gone);
    expect(gone.change).toMatchObject({
      action: 'delete',
      summary: "manifest kube-apiserver.yaml is gone from the kubelet's folder of static pods",
      effect: { verdict: 'breaks' },
    });
    // Written long ago, moved in now.
    await utimes(aside, 1_000, 1_000);
    const back = await journal.since(() => rename(aside, manifest('kube-apiserver.yaml')));
    within(back);
    expect(back.change).toMatchObject({ action: 'create', effect: { verdict: 'mends' } });
    expect(back.change.id).not.toBe(gone.change.id);
    await journal.stop();
  });

  test('one that is no manifest any more says why', async () => {
    const journal = await running();
    const told = await journal.since(() => writeFile(manifest('kube-apiserver.yaml'), 'kind: Pod\nspec: [broken'));
    within(told);
    expect(told.change.summary).toMatch(/^manifest kube-apiserver.yaml changed: kube-apiserver.yaml can't be read/);
    await journal.stop();
  });

  test('those of others do not touch the API server', async () => {
    const journal = await running();
    expect((await journal.since(() => node.manifest('kube-scheduler'))).change).toMatchObject({
      effect: { verdict: 'none' },
      target: { ports: [] },
    });
    await journal.stop();
  });

  test("one that carries the API's address may be what clients come by", async () => {
    const journal = await running();
    const told = await journal.since(() => node.manifest('kube-vip'));
    expect(told.change).toMatchObject({
      target: { kind: 'static pod manifest', name: 'kube-vip.yaml' },
      effect: { verdict: 'unknown', words: expect.stringContaining('clients may come by it') },
    });
    await journal.stop();
  });

  test('what was changed while the agent was away is told with the times of the file', async () => {
    const { seen } = await (await running()).stop();
    const fromAt = Date.now();
    await node.manifest('kube-apiserver', ['kube-apiserver', '--secure-port=7443']);
    const toAt = Date.now();
    const journal = await running(seen);
    const { changes } = await journal.stop();
    expect(changes).toHaveLength(1);
    const [change] = changes;
    if (change === undefined) throw new Error('nothing was told');
    within({ change, fromAt, toAt });
    expect(change).toMatchObject({ certainty: 'seen', target: { ports: [7443] } });
    expect(change.latestAt - change.earliestAt).toBeLessThan(100);
  });

  test('a folder that can not be read is no coverage', async () => {
    await rm(node.folders.manifests, { recursive: true });
    const sink = records();
    const stop = new AbortController();
    let looks = 0;
    await filesJournal({
      node: 'cp-1',
      folders: node.folders,
      telling: nodeTelling({ node: 'cp-1', source: 'node-files', categories: ['control-plane'], sink, clock: () => 0 }),
      earlier: null,
      clock: () => {
        looks += 1;
        if (looks > 20) stop.abort();
        return looks * 20_000;
      },
      log: rememberingLog(),
      everyMs: 1,
    }).run(stop.signal);
    expect(sink.spans).toEqual([]);
    expect(sink.changes).toEqual([]);
  });
});

describe('containers', () => {
  test('one that ended, by the runtime’s word to the millisecond; then its next life', async () => {
    const journal = await running();
    const finishedAt = Date.now() - 5;
    const ended = await journal.since(async () => {
      await rm(node.folders.containerLogs, { recursive: true });
      await mkdir(node.folders.containerLogs);
      await rm(node.folders.criStatus ?? '', { recursive: true });
      await mkdir(node.folders.criStatus ?? '');
      await node.run({
        component: 'kube-apiserver',
        attempt: 0,
        startedAt: finishedAt - 1_000,
        finishedAt,
        exitCode: 137,
        reason: 'OOMKilled',
        lines: ['the last words'],
      });
    });
    expect(ended.change).toMatchObject({
      action: 'end',
      earliestAt: finishedAt,
      latestAt: finishedAt + 1,
      summary: 'kube-apiserver ended: it ended with exit code 137 (OOMKilled)',
      target: { kind: 'kube-apiserver container', namespace: 'kube-system' },
      effect: { kind: 'judged', verdict: 'breaks' },
      diff: ['its log: the last words'],
    });
    const startedAt = Date.now();
    const begun = await journal.since(() => node.run({ component: 'kube-apiserver', attempt: 1, startedAt }));
    expect(begun.change).toMatchObject({
      action: 'start',
      earliestAt: startedAt,
      summary: 'kube-apiserver was started again (restart 1)',
      effect: { verdict: 'mends' },
    });
    await journal.stop();
  });

  test('both between two looks are one restart, at the moment of the end', async () => {
    const { seen } = await (await running()).stop();
    const finishedAt = Date.now() - 500;
    await node.remove();
    node = await fakeNode();
    await node.manifest('kube-apiserver', [
      'kube-apiserver',
      '--secure-port=6443',
      '--etcd-servers=https://127.0.0.1:2379',
    ]);
    await node.run({ component: 'kube-apiserver', attempt: 0, startedAt: 1, finishedAt, exitCode: 1 });
    await node.run({ component: 'kube-apiserver', attempt: 1, startedAt: finishedAt + 300 });
    const journal = await running(seen);
    const restart = (await journal.stop()).changes.find(({ target }) => target.kind === 'kube-apiserver container');
    expect(restart).toMatchObject({
      action: 'restart',
      earliestAt: finishedAt,
      summary: 'kube-apiserver was restarted (restart 1): it ended with exit code 1 (Error)',
      effect: { verdict: 'breaks' },
    });
  });

  test('without the runtime’s files the end lies between the last line and the next life', async () => {
    const journal = await running(null, false);
    const lastLineAt = Date.now() - 2_000;
    const restart = await journal.since(async () => {
      await node.run({ component: 'kube-apiserver', attempt: 0, writtenAt: lastLineAt, onlyLog: true });
      await node.run({ component: 'kube-apiserver', attempt: 1, onlyLog: true });
    });
    expect(restart.change).toMatchObject({ action: 'restart', earliestAt: lastLineAt });
    within(restart);
    await journal.stop();
  });

  test('one of a changed manifest is another pod', async () => {
    const journal = await running(null, false);
    const replaced = await journal.since(() =>
      node.run({
        component: 'kube-apiserver',
        attempt: 0,
        podUid: 'hash2',
        writtenAt: Date.now() + 1_000,
        onlyLog: true,
      }),
    );
    expect(replaced.change).toMatchObject({
      action: 'restart',
      summary: expect.stringContaining('replaced by a new pod'),
    });
    await journal.stop();
  });

  test('one whose log is gone with it', async () => {
    const journal = await running();
    const gone = await journal.since(() =>
      rm(join(node.folders.podLogs, 'kube-system_kube-apiserver-cp-1_hash1'), { recursive: true }),
    );
    expect(gone.change).toMatchObject({ action: 'end', effect: { verdict: 'breaks' } });
    await journal.stop();
  });

  test('pods of which a node may have several are left to those who ask the API', async () => {
    const journal = await running();
    await node.run({ component: 'coredns', attempt: 0, podUid: 'a' });
    await node.run({ component: 'coredns', attempt: 0, podUid: 'b' });
    const scheduler = await journal.since(() => node.run({ component: 'kube-scheduler', attempt: 0 }));
    expect(scheduler.change).toMatchObject({ target: { name: 'kube-scheduler' }, effect: { verdict: 'none' } });
    const { changes } = await journal.stop();
    expect(changes.filter(({ target }) => target.name === 'coredns')).toEqual([]);
  });
});
