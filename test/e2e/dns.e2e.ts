import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryDns } from '../../src/checks/endpoint/query-dns.ts';
import { diagnose } from '../../src/correlation/diagnose.ts';
import { createLog } from '../../src/ops/log.ts';
import { type ChangeWatch, watchChanges } from '../../src/probe/changes/watch-changes.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { Change } from '../../src/words/change.ts';
import { decoys, good, onsetAt, probe, reached, situation } from '../correlation/given.ts';
import { type DnsServer, startDns } from './harness/dns.ts';
import { freePort } from './harness/ports.ts';
import { until } from './harness/until.ts';

/** Debian's dnsmasq on loopback, of which a record is changed. */

const name = 'api.prod.example';
const log = createLog({ name: 'test', level: 'warn' });

let dns: DnsServer;
let store: Store;
let watch: ChangeWatch;
const beganAt = Date.now();

beforeAll(async () => {
  const opened = await openStore({ kind: 'sqlite', file: ':memory:' });
  if (opened.kind === 'refused') throw new Error(opened.message);
  store = opened.store;
  dns = await startDns('127.0.0.1', await freePort('127.0.0.1'));
  await dns.lead(name, ['10.0.0.1'], 30);
  watch = watchChanges({
    journal: store.changes,
    askDns: (host, signal) => queryDns(host, { servers: [dns.at], deadlineMs: 2_000 }, signal),
    pace: { leastMs: 200, mostMs: 500, againMs: 50 },
    onTold: () => {},
    clock: Date.now,
    log,
  });
  watch.watch([{ cluster: 'prod', host: name, port: 6443 }]);
  await until(20_000, async () => ((await coverage()).length > 0 ? null : 'nothing was looked at yet'));
});

afterAll(async () => {
  await watch?.close();
  await dns?.close();
  await store?.close();
});

test('a record that is pointed elsewhere is told, in force until its TTL is over, and ranked first', async () => {
  const fromAt = Date.now();
  await dns.lead(name, ['192.0.2.80']);
  const toAt = Date.now();
  const change = await told(1);
  expect(change).toMatchObject({
    action: 'update',
    summary: `DNS: ${name} leads to 192.0.2.80 rather than 10.0.0.1`,
    target: { addresses: ['192.0.2.80', '10.0.0.1'] },
  });
  expect(change.earliestAt).toBeLessThanOrEqual(toAt);
  expect(change.latestAt).toBeGreaterThanOrEqual(fromAt);
  expect(change.untilAt).toBe(change.latestAt + 30_000);

  const at = change.latestAt + 1_000;
  const failure = { phase: 'connect', kind: 'timeout' } as const;
  const step = reached('bot', probe(failure, { address: '192.0.2.80', startedAt: at }));
  const { causes } = diagnose(
    situation({
      onset: onsetAt({ earliestAt: change.earliestAt, latestAt: at }),
      changes: [change, ...decoys(change.earliestAt - 60_000)],
      steps: [{ ...step, evidence: step.evidence.map((one) => ({ ...one, gatheredAt: at, asOfAt: at })) }],
      good: [good(change.earliestAt - 600_000, change.earliestAt)],
    }),
  );
  expect(causes[0]).toMatchObject({ changeId: change.id, standing: 'explains' });
});

test('a record that is taken away, and put back', async () => {
  await dns.lead(name, []);
  expect(await told(2)).toMatchObject({ action: 'delete', effect: { verdict: 'breaks' } });
  await dns.lead(name, ['10.0.0.1', 'fd00::1']);
  expect(await told(3)).toMatchObject({ action: 'create', effect: { verdict: 'mends' } });
});

test('several records that dnsmasq turns round are no change', async () => {
  await dns.lead(name, ['10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::1']);
  await told(4);
  const [last] = (await coverage()).toReversed();
  await until(20_000, async () => {
    const [now] = (await coverage()).toReversed();
    return (now?.toAt ?? 0) - (last?.toAt ?? 0) > 2_000 ? null : 'it was not looked at long enough';
  });
  expect(await changes()).toHaveLength(4);
});

test('a server that is gone ends what is covered', async () => {
  await dns.close();
  const goneAt = Date.now();
  await until(10_000, async () => (Date.now() > goneAt + 3_000 ? null : 'it was not asked since'));
  for (const { toAt } of await coverage()) expect(toAt).toBeLessThanOrEqual(goneAt);
  expect(await changes()).toHaveLength(4);
});

function coverage() {
  return store.changes.coverage('prod', beganAt, Date.now() + 1_000);
}

async function changes(): Promise<readonly Change[]> {
  const asked = { fromAt: beganAt, toAt: Date.now() + 60_000, nearAt: beganAt, most: 100 };
  return (await store.changes.between('prod', asked)).changes;
}

/** The newest, once there are so many. */
async function told(many: number): Promise<Change> {
  await until(20_000, async () => {
    const found = (await changes()).length;
    return found >= many ? null : `${found} of ${many} changes were told`;
  });
  const newest = (await changes()).toSorted((a, b) => a.latestAt - b.latestAt).at(-1);
  if (newest === undefined) throw new Error('no change');
  return newest;
}
