import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Authority, makeAuthority } from '../../../dev/stand-in/certificates.ts';
import { watchChanges } from '../../../src/probe/changes/watch-changes.ts';
import { probe } from '../../../src/probe/probe.ts';
import { startProber } from '../../../src/probe/prober.ts';
import { openStore } from '../../../src/store/open.ts';
import { Change, type CoverageSpan } from '../../../src/words/change.ts';
import { type ApiServer, apiServer } from '../api-server.ts';
import { logOf } from '../log.ts';

const never = new AbortController().signal;
const DAY_MS = 24 * 3_600_000;

let authority: Authority;
let stranger: Authority;
beforeAll(async () => {
  [authority, stranger] = await Promise.all([makeAuthority('kubernetes'), makeAuthority('somebody-else')]);
});

const own = { commonName: 'kube-apiserver', names: ['localhost'], addresses: ['127.0.0.1'] };

/** An API server that is probed on demand, and what is told of the certificates that it presents. */
async function watch() {
  const server = await apiServer(authority);
  const endpoint = { host: '127.0.0.1', port: server.port };
  const changes: Change[] = [];
  const spans: CoverageSpan[] = [];
  const watching = watchChanges({
    journal: {
      async add(_, added) {
        changes.push(...added.map((change) => Change.parse(change)));
        return added;
      },
      async cover(_, span) {
        spans.push(span);
      },
    },
    askDns: () => Promise.reject(new Error('nothing is asked of an address')),
    onTold: () => {},
    clock: Date.now,
    log: logOf(),
    coverEveryMs: 0,
  });
  watching.watch([{ cluster: 'prod', ...endpoint }]);
  onTestFinished(() => watching.close());
  const look = async () => {
    const options = { caPem: authority.caPem, deadlineMs: 5_000 };
    const results = await probe({ path: 'endpoint', ...endpoint }, options, never);
    watching.probed('prod', endpoint, results);
    await vi.waitFor(() => expect(spans.length).toBeGreaterThan(0));
    return results;
  };
  await look();
  return { server, changes, spans, look };
}

async function replaced(
  by: Parameters<Authority['issue']>[0],
  issuer: Authority = authority,
): Promise<Change | undefined> {
  const { server, changes, look } = await watch();
  server.present(await issuer.issue(by));
  await look();
  await vi.waitFor(() => expect(changes).toHaveLength(1));
  return changes[0];
}

describe('a certificate that is served', () => {
  test('and replaced by a good one: told, and said to be good', async () => {
    const { server, changes, look } = await watch();
    const [before] = await look();
    expect(changes).toEqual([]);
    const leaf = await authority.issue({ ...own, addresses: ['127.0.0.1', '10.0.0.1'] });
    const fromAt = Date.now();
    server.present(leaf);
    const [after] = await look();
    await vi.waitFor(() => expect(changes).toHaveLength(1));
    const where = `127.0.0.1:${server.port}`;
    const [change] = changes;
    expect(change).toMatchObject({
      source: 'prober',
      instance: 'bot',
      category: 'endpoint',
      action: 'update',
      target: { kind: 'served certificate', name: where, addresses: ['127.0.0.1'], ports: [server.port] },
      effect: { kind: 'judged', verdict: 'none' },
      earliestAt: before?.startedAt,
    });
    expect(change?.latestAt).toBeGreaterThanOrEqual(fromAt);
    expect(change?.summary).toMatch(
      new RegExp(
        `^${where} serves another certificate: by CN=kubernetes for localhost, 127\\.0\\.0\\.1, 10\\.0\\.0\\.1, valid from \\d{4}-\\d\\d-\\d\\d to `,
      ),
    );
    expect(change?.diff).toContain(`serial ${before?.certificate?.serial} -> ${after?.certificate?.serial}`);
    expect(change?.diff).toContain('names added: 10.0.0.1');
  });

  test.each([
    ['expired', () => replaced({ ...own, notAfter: new Date(Date.now() - 60_000) }), 'it has expired'],
    ['not valid yet', () => replaced({ ...own, notBefore: new Date(Date.now() + DAY_MS) }), 'it is not valid yet'],
    ['for other names', () => replaced({ ...own, addresses: ['10.0.0.9'] }), 'it is for other names'],
    ["by somebody else's authority", () => replaced(own, stranger), "it is not by the cluster's CA"],
  ])('and replaced by one that is %s breaks clients', async (_, replace, words) => {
    const change = await replace();
    expect(change?.effect).toEqual({
      kind: 'judged',
      verdict: 'breaks',
      words: `Clients that check it break off after it: ${words}.`,
    });
  });

  test('and put back mends', async () => {
    const { server, changes, look } = await watch();
    const good = await authority.issue(own);
    server.present(good);
    await look();
    server.present(await stranger.issue(own));
    await look();
    server.present(good);
    await look();
    await vi.waitFor(() => expect(changes).toHaveLength(3));
    expect(changes.map(({ effect }) => (effect?.kind === 'judged' ? effect.verdict : null))).toEqual([
      'none',
      'breaks',
      'mends',
    ]);
  });

  test('by several servers in turns behind one address is told until that is plain, then not', async () => {
    const { server, changes, look } = await watch();
    const leaves = await Promise.all([authority.issue(own), authority.issue(own)]);
    for (let round = 0; round < 10; round += 1) {
      for (const leaf of leaves) {
        server.present(leaf);
        await look();
      }
    }
    expect(changes.length).toBeLessThan(6);
    server.present(await stranger.issue(own));
    const before = changes.length;
    await look();
    await vi.waitFor(() => expect(changes).toHaveLength(before + 1));
    expect(changes.at(-1)?.effect).toMatchObject({ verdict: 'unknown' });
  });

  test('is not seen while nothing answers, and covered when it is the same afterwards', async () => {
    const { server, spans, look } = await watch();
    const [first] = await look();
    const seen = () => spans.findLast(({ categories }) => categories.includes('endpoint'));
    await server.down();
    const [silent] = await look();
    // Of an address the names are seen all the same, and written down after it.
    await vi.waitFor(() => expect(spans.at(-1)).toMatchObject({ categories: ['dns'], toAt: silent?.startedAt }));
    expect(seen()?.toAt).toBe(first?.startedAt);
    await server.up();
    const [again] = await look();
    await vi.waitFor(() => expect(seen()?.toAt).toBe(again?.startedAt));
    expect(seen()?.fromAt).toBeLessThanOrEqual(first?.startedAt ?? 0);
  });
});

test('the prober puts it into the journal, with what it covers', async () => {
  const opened = await openStore({ kind: 'sqlite', file: ':memory:' });
  if (opened.kind === 'refused') throw new Error(opened.message);
  const { store } = opened;
  onTestFinished(() => store.close());
  const server: ApiServer = await apiServer(authority);
  const log = logOf();
  const told: string[] = [];
  const changes = watchChanges({
    journal: store.changes,
    askDns: () => Promise.reject(new Error('nothing is asked of an address')),
    onTold: (cluster) => told.push(cluster),
    clock: Date.now,
    log,
    coverEveryMs: 100,
  });
  const prober = await startProber({
    clusters: ['prod'],
    endpointOf: async () => ({ host: '127.0.0.1', port: server.port, caPem: authority.caPem }),
    outside: { vantage: true, probeEveryMs: 1_000, failuresInARow: 2, reference: [] },
    assumed: [],
    leavesBy: () => [],
    probe,
    samples: store.samples,
    outages: store.outages,
    changes,
    onOutage: () => {},
    clock: Date.now,
    log,
  });
  const fromAt = Date.now();
  const patience = { timeout: 12_000, interval: 20 };
  await vi.waitFor(() => expect(prober.watching('prod')).toMatchObject({ isGood: true }), patience);
  server.present(await stranger.issue(own));
  await vi.waitFor(() => expect(told.length).toBeGreaterThan(0), patience);
  const asked = () => store.changes.between('prod', { fromAt, toAt: Date.now(), nearAt: fromAt, most: 10 });
  await vi.waitFor(
    async () => expect((await asked()).changes).toMatchObject([{ effect: { verdict: 'breaks' } }]),
    patience,
  );
  await prober.close();
  const covered = await store.changes.coverage('prod', fromAt, Date.now());
  expect(covered.every(({ source }) => source === 'prober')).toBe(true);
  expect(new Set(covered.flatMap(({ categories }) => categories))).toEqual(new Set(['dns', 'endpoint']));
});
