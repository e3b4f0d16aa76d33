import { afterEach, expect, test } from 'vitest';
import { type Around, ownVantage } from '../../src/bin/own-vantage.ts';
import { createLog } from '../../src/ops/log.ts';
import { account, balancerAddress, behindBalancer, fakeCloud } from '../fakes/cloud.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

const nothing: Around = { cloud: null, paths: [] };

async function bot(outside: boolean, around: Around) {
  const own = await ownVantage({
    clusters: ['prod', 'lab'],
    outside,
    around,
    endpointOf: async () => 'https://127.0.0.1:6443',
    clock: Date.now,
    log: createLog({ name: 'test', level: 'silent' }),
  });
  open.push(own);
  return own;
}

const cloud = () => fakeCloud({ read: () => [account(behindBalancer(['203.0.113.0/24'], { readAt: Date.now() }))] });

test('outside, it probes; without a cloud it offers nothing more', async () => {
  const own = await bot(true, nothing);
  expect(own.checksFor('prod')).toEqual(['endpoint', 'reachability']);
  expect(own.vantageFor('prod').leavesBy).toEqual(['127.0.0.1']);
});

test('it reads clouds only for the clusters that they are configured for', async () => {
  const own = await bot(true, { cloud: cloud(), paths: [] });
  expect(own.checksFor('prod')).toEqual(['endpoint', 'reachability', 'cloud-firewall', 'endpoint-path']);
  expect(own.checksFor('lab')).toEqual(['endpoint', 'reachability']);
});

test('inside the networks that it watches it probes nothing and is no source, and reads clouds all the same', async () => {
  const own = await bot(false, { cloud: cloud(), paths: [] });
  expect(own.checksFor('prod')).toEqual(['cloud-firewall', 'endpoint-path']);
  expect(own.vantageFor('prod').leavesBy).toEqual([]);
  expect((await bot(false, nothing)).checksFor('prod')).toEqual([]);
});

test('a load balancer that tells its own part is enough for the path', async () => {
  const paths = [{ clusters: ['lab'], describe: async () => ({ ways: [], troubles: [] }) }];
  const own = await bot(false, { cloud: null, paths });
  expect(own.checksFor('lab')).toEqual(['endpoint-path']);
  expect(own.checksFor('prod')).toEqual([]);
});

test('it runs what it offers, with what the cluster that is asked about has', async () => {
  const around = cloud();
  const own = await bot(false, { cloud: around, paths: [] });
  const entry = { host: balancerAddress, port: 443, addresses: [balancerAddress] };
  const params = { sources: ['203.0.113.7'], entry };
  const command = { check: 'cloud-firewall' as const, params, deadlineAt: Date.now() + 10_000 };
  const { signal } = new AbortController();
  expect(await own.run('prod', command, signal)).toMatchObject({
    kind: 'answered',
    facts: { judged: [{ source: '203.0.113.7', ways: { allow: 1, deny: 0 } }] },
  });
  expect(around.asked).toEqual(['prod']);
  expect(await own.run('lab', command, signal)).toMatchObject({ kind: 'failed' });
});

test('a cloud that hangs ends at the deadline', async () => {
  const hanging = fakeCloud({
    read: (_cluster, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
  });
  const own = await bot(false, { cloud: hanging, paths: [] });
  const params = { sources: [], entry: null };
  const command = { check: 'cloud-firewall' as const, params, deadlineAt: Date.now() + 50 };
  expect(await own.run('prod', command, new AbortController().signal)).toMatchObject({ kind: 'timedOut' });
});
