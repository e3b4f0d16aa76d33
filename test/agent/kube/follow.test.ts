import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { COLLECTIONS, type StandInKubeApi, startKubeApi } from '../../../dev/stand-in/kube-api.ts';
import type { KubeClient } from '../../../src/agent/kube/client.ts';
import { type Change, type FollowPace, follow } from '../../../src/agent/kube/follow.ts';
import { NAMESPACES, PODS } from '../../../src/agent/kube/kinds.ts';
import type { PodRecord } from '../../../src/words/kube.ts';
import { rememberingLog } from '../silent.ts';
import { clientOf, QUICK, WAIT } from './client.ts';
import { pod } from './objects.ts';

let api: StandInKubeApi;
let client: KubeClient;
let stop: AbortController;
let changes: Change<PodRecord>[];

beforeEach(async () => {
  api = await startKubeApi();
  client = clientOf(api);
  stop = new AbortController();
  changes = [];
});

afterEach(async () => {
  stop.abort();
  client.close();
  await api.close();
});

function followPods(pace: Partial<FollowPace> = {}) {
  const followed = follow(PODS, {
    client,
    clock: Date.now,
    log: rememberingLog(),
    pace: { ...QUICK, ...pace },
    onChange: (change) => changes.push(change),
  });
  const done = followed.run(stop.signal);
  const names = () =>
    followed
      .items()
      .map(({ name }) => name)
      .sort();
  return { ...followed, names, done };
}

const inStep = () => vi.waitFor(() => expect(api.openStreams(COLLECTIONS.pods)).toBe(1), WAIT);
const lists = () => api.requests.filter((request) => !request.includes('watch=true')).length;
const watches = () => api.requests.filter((request) => request.includes('watch=true'));

describe('following one kind of resource', () => {
  it('lists in pages, then tells what comes, changes and goes', async () => {
    for (let n = 0; n < 1201; n++) api.put(COLLECTIONS.pods, pod(`p-${n}`));
    const followed = followPods();
    await inStep();
    expect(followed.items()).toHaveLength(1201);
    expect(lists()).toBe(3);
    expect(changes).toEqual([]);

    api.put(COLLECTIONS.pods, pod('new'));
    api.put(COLLECTIONS.pods, pod('p-0', { metadata: { labels: { app: 'other' } } }));
    api.remove(COLLECTIONS.pods, 'p-1', 'default');
    await vi.waitFor(() => expect(changes).toHaveLength(3), WAIT);
    expect(changes.map(({ before, after }) => [before?.labels.app ?? null, after?.labels.app ?? null])).toEqual([
      [null, 'new'],
      ['p-0', 'other'],
      ['p-1', null],
    ]);
    expect(changes.every(({ earliestAt, latestAt }) => earliestAt === latestAt)).toBe(true);
    expect(followed.items()).toHaveLength(1201);
  });

  it('asks for bookmarks and a watch of 240 to 300 s, and opens the next from the last bookmark', async () => {
    followPods();
    await inStep();
    const first = new URL(watches()[0]?.slice(4) ?? '', api.url).searchParams;
    expect(first.get('allowWatchBookmarks')).toBe('true');
    expect(Number(first.get('timeoutSeconds'))).toBeGreaterThanOrEqual(240);
    expect(Number(first.get('timeoutSeconds'))).toBeLessThanOrEqual(300);

    api.bookmark();
    api.endStreams();
    await vi.waitFor(() => expect(watches()).toHaveLength(2), WAIT);
    const next = new URL(watches()[1]?.slice(4) ?? '', api.url).searchParams;
    expect(Number(next.get('resourceVersion'))).toBe(Number(first.get('resourceVersion')) + 1);
    expect(lists()).toBe(1);
  });

  it('counts a bookmark as proof that what it holds is what the server holds', async () => {
    const followed = followPods();
    await inStep();
    const before = followed.standing().provenAt;
    await vi.waitFor(() => {
      api.bookmark();
      expect(followed.standing().provenAt).toBeGreaterThan(before);
    }, WAIT);
    expect(followed.standing()).toMatchObject({ listed: true, connected: true, trouble: null });
  });

  it('misses nothing that happened while it was cut off, and keeps what it held meanwhile', async () => {
    api.put(COLLECTIONS.pods, pod('kept'));
    const followed = followPods();
    await inStep();
    await api.stop();
    await vi.waitFor(() => expect(followed.standing().connected).toBe(false), WAIT);
    expect(followed.standing().trouble).toMatchObject({ kind: 'unreachable' });
    expect(followed.names()).toEqual(['kept']);

    api.put(COLLECTIONS.pods, pod('meanwhile'));
    await api.start();
    await vi.waitFor(() => expect(followed.names()).toEqual(['kept', 'meanwhile']), WAIT);
    await vi.waitFor(() => expect(followed.standing()).toMatchObject({ connected: true, trouble: null }), WAIT);
    expect(lists()).toBe(1);
  });

  it('lists anew after 410 and tells the differences, which happened since the last proof', async () => {
    for (const name of ['same', 'changed', 'gone']) api.put(COLLECTIONS.pods, pod(name));
    const followed = followPods();
    await inStep();
    const provenAt = followed.standing().provenAt;
    await api.stop();
    api.put(COLLECTIONS.pods, pod('changed', { status: { phase: 'Failed' } }));
    api.remove(COLLECTIONS.pods, 'gone', 'default');
    api.put(COLLECTIONS.pods, pod('new'));
    api.compact();
    await api.start();

    await vi.waitFor(() => expect(changes).toHaveLength(3), WAIT);
    expect(changes.map(({ before, after }) => [before?.name ?? null, after?.phase ?? null])).toEqual([
      ['changed', 'Failed'],
      ['gone', null],
      [null, 'Running'],
    ]);
    for (const change of changes) {
      expect(change.earliestAt).toBe(provenAt);
      expect(change.latestAt).toBeGreaterThanOrEqual(provenAt);
    }
    await inStep();
    expect(followed.names()).toEqual(['changed', 'new', 'same']);
    expect(lists()).toBe(2);
  });

  it('takes a stream on which nothing comes for dead, and opens another', async () => {
    const followed = followPods({ stallMs: 100 });
    await vi.waitFor(() => expect(watches().length).toBeGreaterThanOrEqual(3), WAIT);
    expect(lists()).toBe(1);
    expect(followed.standing().listed).toBe(true);
  });

  it('survives lines that are no events and objects of an unknown form', async () => {
    const followed = followPods();
    await inStep();
    api.write('{"half of a line');
    api.cut();
    await vi.waitFor(() => expect(watches()).toHaveLength(2), WAIT);
    await inStep();
    api.write('not json\n');
    await vi.waitFor(() => expect(watches().length).toBeGreaterThanOrEqual(3), WAIT);
    await inStep();
    api.put(COLLECTIONS.pods, { metadata: { name: 'odd', namespace: 'default', labels: 7 } });
    api.put(COLLECTIONS.pods, pod('good'));
    await vi.waitFor(() => expect(followed.names()).toEqual(['good']), WAIT);
  });

  it('reads characters that are split between two chunks', async () => {
    const followed = followPods();
    await inStep();
    for (let n = 0; n < 40; n++)
      api.put(COLLECTIONS.pods, pod(`p-${n}`, { metadata: { labels: { note: 'ü€😀'.repeat(997) } } }));
    await vi.waitFor(() => expect(followed.items()).toHaveLength(40), WAIT);
    expect(new Set(followed.items().map(({ labels }) => labels.note))).toEqual(new Set(['ü€😀'.repeat(997)]));
  });

  it('says that it may not read a kind, and reads it as soon as it may', async () => {
    api.refuse(COLLECTIONS.pods, 403);
    api.put(COLLECTIONS.pods, pod('hidden'));
    const followed = followPods();
    await vi.waitFor(() => expect(followed.standing().trouble).toMatchObject({ kind: 'refused', status: 403 }), WAIT);
    expect(followed.standing().listed).toBe(false);
    api.refuse(COLLECTIONS.pods, null);
    await vi.waitFor(() => expect(followed.names()).toEqual(['hidden']), WAIT);
  });

  it('stops when it is told to, whatever it is at', async () => {
    const { done } = followPods();
    await inStep();
    stop.abort();
    await done;
    await vi.waitFor(() => expect(api.openStreams()).toBe(0), WAIT);
  });

  it('tells a deadline from a refusal when the server hangs', async () => {
    api.hang(true);
    const followed = followPods({ requestMs: 50 });
    await vi.waitFor(
      () => expect(followed.standing().trouble).toEqual({ kind: 'unreachable', message: 'no answer within 50 ms' }),
      WAIT,
    );
  });
});

describe('an agent that lost sight', () => {
  it('tries again at the first sign of life, without waiting for its turn', async () => {
    const patient = followPods({ retryMs: [600_000, 600_000] });
    await inStep();
    await api.stop();
    await vi.waitFor(() => expect(patient.standing().trouble).not.toBeNull(), WAIT);
    await api.start();
    expect(api.openStreams(COLLECTIONS.pods)).toBe(0);
    await vi.waitFor(() => {
      patient.alive(Date.now());
      expect(api.openStreams(COLLECTIONS.pods)).toBe(1);
    }, WAIT);
  });

  it('knows that a stream took up where it ended only after what happened meanwhile could be sent', async () => {
    const followed = followPods({ replayMs: 60_000 });
    await inStep();
    const at = Date.now();
    followed.alive(at);
    expect(followed.standing()).toMatchObject({ connected: true, settled: false, confirmedAt: 0 });
    followed.alive(at + 120_000);
    expect(followed.standing()).toMatchObject({ settled: true, confirmedAt: at + 120_000 });
  });

  it('takes what comes first for something that happened since the last proof, until a bookmark', async () => {
    const followed = followPods({ replayMs: 60_000 });
    await inStep();
    const { provenAt } = followed.standing();
    await api.stop();
    api.put(COLLECTIONS.pods, pod('meanwhile'));
    await api.start();
    await vi.waitFor(() => expect(changes).toHaveLength(1), WAIT);
    expect(changes[0]).toMatchObject({ uid: expect.any(String), earliestAt: provenAt });
    api.bookmark();
    api.put(COLLECTIONS.pods, pod('after'));
    await vi.waitFor(() => expect(changes).toHaveLength(2), WAIT);
    expect(changes[1]?.earliestAt).toBe(changes[1]?.latestAt);
    expect(followed.standing().completeFromAt).toBe(provenAt);
  });

  it('is complete from the new list on, where the server had forgotten', async () => {
    const followed = followPods();
    await inStep();
    const { completeFromAt } = followed.standing();
    await api.stop();
    api.compact();
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(completeFromAt), WAIT);
    await api.start();
    await vi.waitFor(() => expect(followed.standing().completeFromAt).toBeGreaterThan(completeFromAt), WAIT);
  });
});

it('asks for smaller pages where objects are large, so that none takes more memory than it may', async () => {
  const blob = 'x'.repeat(200_000);
  for (let n = 0; n < 100; n++) api.put(COLLECTIONS.pods, pod(`p-${n}`, { metadata: { annotations: { blob } } }));
  const followed = followPods();
  await inStep();
  expect(followed.items()).toHaveLength(100);
  const limits = api.requests.flatMap((request) => /limit=(\d+)/.exec(request)?.[1] ?? []);
  expect(limits).toEqual(['500', '62', '7', ...Array(14).fill('7')]);
});

it('asks for the metadata alone where that is enough', async () => {
  const followed = follow(
    { name: 'pods', path: COLLECTIONS.pods, metadataOnly: true, reduce: PODS.reduce },
    { client, clock: Date.now, log: rememberingLog(), pace: QUICK },
  );
  void followed.run(stop.signal);
  await inStep();
  expect(api.accepts).toEqual([
    'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
    'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
  ]);
});

it('does not trust a server that another authority vouches for', async () => {
  const other = await startKubeApi();
  const wary = clientOf(other, { caPem: api.caPem, tls: { ca: api.caPem } });
  const answer = await wary.get(NAMESPACES.path, { signal: stop.signal, timeoutMs: 10_000 });
  expect(answer.kind).toBe('unreachable');
  expect(other.requests).toEqual([]);
  wary.close();
  await other.close();
});
