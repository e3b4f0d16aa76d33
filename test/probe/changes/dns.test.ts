import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Zone } from '../../../dev/stand-in/dns.ts';
import { queryDns } from '../../../src/checks/endpoint/query-dns.ts';
import { type DnsFound, readAnswer } from '../../../src/probe/changes/dns-answer.ts';
import { type ChangeWatchOptions, watchChanges } from '../../../src/probe/changes/watch-changes.ts';
import { Change, type CoverageSpan } from '../../../src/words/change.ts';
import { serveDns } from '../../checks/endpoint/dns-server.ts';
import { logOf } from '../log.ts';

const PATIENCE = { timeout: 12_000, interval: 10 };
const endpoint = { cluster: 'prod', host: 'api.prod.example', port: 6443 };

/** A watch by real DNS queries, that looks again at once. */
async function watch(first: Zone, options: Partial<ChangeWatchOptions> = {}) {
  let zone = first;
  let asked = 0;
  const server = await serveDns(({ type }) => {
    if (type === 1) asked += 1;
    return zone;
  });
  const changes: Change[] = [];
  const spans: CoverageSpan[] = [];
  const told: string[] = [];
  const log = logOf();
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
    askDns: (host, signal) => queryDns(host, { servers: [server], deadlineMs: 400 }, signal),
    pace: { leastMs: 20, mostMs: 40, againMs: 5 },
    onTold: (cluster) => told.push(cluster),
    clock: Date.now,
    log,
    ...options,
  });
  watching.watch([endpoint]);
  onTestFinished(() => watching.close());
  const looks = async (more: number) => {
    const before = spans.length;
    await vi.waitFor(() => expect(spans.length).toBeGreaterThanOrEqual(before + more), PATIENCE);
  };
  return {
    changes,
    spans,
    told,
    log,
    watching,
    looks,
    asked: () => asked,
    answers(next: Zone) {
      zone = next;
    },
    change: () => vi.waitFor(() => expect(changes.length).toBeGreaterThan(0), PATIENCE),
  };
}

const leadsTo = (a: string[], more: object = {}): Zone => ({ 'api.prod.example': { a, ttlSeconds: 300, ...more } });

describe('where a name leads', () => {
  test('to another address: told with the interval, both addresses, and how long the old answer may be kept', async () => {
    const { changes, told, answers, looks, change } = await watch(leadsTo(['10.0.0.1']));
    await looks(2);
    expect(changes).toEqual([]);
    const fromAt = Date.now();
    answers(leadsTo(['192.0.2.80'], { ttlSeconds: 60 }));
    await change();
    const toAt = Date.now();
    const [found] = changes;
    expect(found).toMatchObject({
      source: 'prober',
      instance: 'bot',
      category: 'dns',
      action: 'update',
      certainty: 'seen',
      target: { kind: 'DNS name', name: 'api.prod.example', addresses: ['192.0.2.80', '10.0.0.1'], ports: [6443] },
      summary: 'DNS: api.prod.example leads to 192.0.2.80 rather than 10.0.0.1',
      effect: null,
    });
    expect(found?.diff.slice(0, 3)).toEqual([
      'address 10.0.0.1 removed',
      'address 192.0.2.80 added',
      'TTL 300 s -> 60 s',
    ]);
    expect(found?.earliestAt).toBeLessThanOrEqual(toAt);
    expect(found?.latestAt).toBeGreaterThanOrEqual(fromAt);
    expect(found?.untilAt).toBe((found?.latestAt ?? 0) + 300_000);
    await looks(2);
    expect(changes).toHaveLength(1);
    expect(told).toContain('prod');
  });

  test('nowhere any more breaks it, and somewhere again mends it', async () => {
    const { changes, answers, looks, change } = await watch(leadsTo(['10.0.0.1']));
    await looks(1);
    answers({});
    await change();
    answers(leadsTo(['10.0.0.1']));
    await vi.waitFor(() => expect(changes).toHaveLength(2), PATIENCE);
    expect(changes).toMatchObject([
      {
        action: 'delete',
        summary: 'DNS: api.prod.example leads nowhere any more (NXDOMAIN); it led to 10.0.0.1',
        effect: { verdict: 'breaks' },
      },
      {
        action: 'create',
        summary: 'DNS: api.prod.example leads to 10.0.0.1; it led nowhere before (NXDOMAIN)',
        effect: { verdict: 'mends' },
      },
    ]);
    expect(changes[0]?.untilAt).toBe((changes[0]?.latestAt ?? 0) + 300_000);
  });

  test('by another alias, to more, and to fewer', async () => {
    const alias = (name: string, a: string[]): Zone => ({ 'api.prod.example': { cname: name }, [name]: { a } });
    const { changes, answers, looks } = await watch(alias('lb-1.example', ['10.0.0.1']));
    await looks(1);
    answers(alias('lb-2.example', ['10.0.0.1']));
    await vi.waitFor(() => expect(changes).toHaveLength(1), PATIENCE);
    answers(alias('lb-2.example', ['10.0.0.1', '10.0.0.2']));
    await vi.waitFor(() => expect(changes).toHaveLength(2), PATIENCE);
    answers(alias('lb-2.example', ['10.0.0.2']));
    await vi.waitFor(() => expect(changes).toHaveLength(3), PATIENCE);
    expect(
      changes.map(({ summary, effect }) => [summary, effect?.kind === 'judged' ? effect.verdict : effect]),
    ).toEqual([
      ['DNS: api.prod.example leads by other aliases to the same addresses', 'none'],
      ['DNS: api.prod.example leads to 10.0.0.2 as well', null],
      ['DNS: api.prod.example does not lead to 10.0.0.1 any more', null],
    ]);
    expect(changes[0]?.diff).toEqual(
      expect.arrayContaining(['alias lb-1.example removed', 'alias lb-2.example added']),
    );
  });

  test('in another order, or in turns from a pool, is no change', async () => {
    const { changes, answers, looks } = await watch(leadsTo(['10.0.0.1', '10.0.0.2']));
    await looks(1);
    answers(leadsTo(['10.0.0.2', '10.0.0.1']));
    await looks(3);
    expect(changes).toEqual([]);

    let turn = 0;
    const pool = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
    const server = await serveDns(({ type }) => {
      if (type === 1) turn += 1;
      return leadsTo([pool[turn % 3] ?? '']);
    });
    const rotating = await watch(
      {},
      { askDns: (host, signal) => queryDns(host, { servers: [server], deadlineMs: 400 }, signal) },
    );
    await rotating.looks(8);
    expect(rotating.changes).toEqual([]);
    pool.splice(0, 3, '192.0.2.1', '192.0.2.2', '192.0.2.3');
    await rotating.change();
  });

  test('a query that fails is no change, and what it hid is not covered', async () => {
    const { changes, spans, log, answers, looks } = await watch(leadsTo(['10.0.0.1']));
    await looks(2);
    const failedAt = Date.now();
    answers(leadsTo([], { fails: true }));
    await vi.waitFor(
      () => expect(log.entries.map(({ message }) => message)).toContain('a DNS query failed: its answers are not seen'),
      PATIENCE,
    );
    const before = spans.length;
    answers(leadsTo(['192.0.2.80']));
    await looks(2);
    const [first] = spans.slice(before);
    expect(first?.fromAt).toBeGreaterThan(failedAt);
    expect(spans.slice(0, before).every(({ toAt }) => toAt <= failedAt + 1_000)).toBe(true);
    expect(spans[0]).toMatchObject({ source: 'prober', instance: 'bot', categories: ['dns'] });
    // When within that time it was is not known.
    expect(changes).toHaveLength(1);
    expect(changes[0]?.earliestAt).toBeLessThanOrEqual(failedAt);
  });

  test('a silent resolver holds up no other name', async () => {
    const { watching, looks, changes, answers, change } = await watch({
      ...leadsTo(['10.0.0.1']),
      'api.dead.example': { silent: true },
    });
    watching.watch([{ cluster: 'dead', host: 'api.dead.example', port: 6443 }, endpoint]);
    await looks(3);
    answers({ ...leadsTo(['10.0.0.2']), 'api.dead.example': { silent: true } });
    await change();
    expect(changes).toHaveLength(1);
  });

  test('it is asked no more often than its answer may differ', async () => {
    const { asked, looks } = await watch(leadsTo(['10.0.0.1']), { pace: { leastMs: 20, mostMs: 60_000, againMs: 5 } });
    await looks(1);
    await new Promise((done) => setTimeout(done, 200));
    // The first look asks three times.
    expect(asked()).toBe(3);
  });

  test('an address has no name that could lead elsewhere, and is covered as long as it is probed', async () => {
    const { watching, spans } = await watch({}, { coverEveryMs: 0 });
    const address = { cluster: 'prod', host: '10.0.0.1', port: 6443 };
    watching.watch([address]);
    const result = (startedAt: number) => ({ startedAt, tookMs: 1, address: '10.0.0.1', certificate: null });
    for (const at of [1_000, 6_000]) watching.probed('prod', address, [{ ...failed, ...result(at) }]);
    await vi.waitFor(
      () =>
        expect(spans).toContainEqual({
          source: 'prober',
          instance: 'bot',
          categories: ['dns'],
          fromAt: 1_000,
          toAt: 6_000,
        }),
      PATIENCE,
    );
  });
});

const failed = {
  target: { path: 'endpoint' as const, host: '10.0.0.1', port: 6443 },
  phases: {},
  failure: null,
  tlsFaults: [],
  byClusterCa: null,
  httpStatus: null,
  good: false,
};

describe('what an answer is', () => {
  const found = (given: Partial<DnsFound>): DnsFound => ({ servers: ['10.0.0.53'], records: [], faults: [], ...given });
  const a = { type: 'A' as const, value: '10.0.0.1', ttlSeconds: 60 };
  const fault = (type: 'A' | 'AAAA', code: string) => ({ type, code, message: 'no' });

  test.each([
    [
      'both families',
      found({ records: [a, { ...a, type: 'AAAA', value: 'fd00::1', ttlSeconds: 30 }] }),
      [],
      'addresses',
    ],
    ['one family, the other has none', found({ records: [a], faults: [fault('AAAA', 'ENODATA')] }), [], 'addresses'],
    [
      'one family, the other can not be asked and never was there',
      found({ records: [a], faults: [fault('AAAA', 'ESERVFAIL')] }),
      ['10.0.0.1'],
      'addresses',
    ],
    [
      'one family, the other was there and can not be asked',
      found({ records: [a], faults: [fault('AAAA', 'ETIMEOUT')] }),
      ['10.0.0.1', 'fd00::1'],
      'failed',
    ],
    ['no such name', found({ faults: [fault('A', 'ENOTFOUND'), fault('AAAA', 'ENOTFOUND')] }), [], 'nothing'],
    ['no address', found({ faults: [fault('A', 'ENODATA'), fault('AAAA', 'ENODATA')] }), [], 'nothing'],
    ['neither can be asked', found({ faults: [fault('A', 'ETIMEOUT'), fault('AAAA', 'ETIMEOUT')] }), [], 'failed'],
    [
      'one has none, the other can not be asked',
      found({ faults: [fault('A', 'ETIMEOUT'), fault('AAAA', 'ENODATA')] }),
      [],
      'failed',
    ],
  ] as const)('%s', (_, given, last, kind) => {
    expect(readAnswer(given, last).kind).toBe(kind);
  });
});
