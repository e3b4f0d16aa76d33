import { expect, test } from 'vitest';
import { HostResolution } from '../../../src/checks/endpoint/contract.ts';
import { hostResolver } from '../../../src/checks/endpoint/resolve.ts';
import { serveDns } from './dns-server.ts';

const PATIENT_MS = 10_000;

test('records the chain of aliases, the addresses and how long they live, beside what clients get', async () => {
  const server = await serveDns({
    'api.example.com': { cname: 'lb.example.net' },
    'lb.example.net': { cname: 'lb-1.example.net' },
    'lb-1.example.net': { a: ['10.0.0.1', '10.0.0.2'], aaaa: ['fd00:0:0:0:0:0:0:1'] },
  });
  const resolve = hostResolver({ servers: [server], lookup: async () => ['10.0.0.1'], deadlineMs: PATIENT_MS });
  const resolution = await resolve('api.example.com', AbortSignal.timeout(PATIENT_MS));

  expect(HostResolution.parse(resolution)).toEqual(resolution);
  expect(resolution).toMatchObject({ addresses: ['10.0.0.1'], fault: null });
  expect(resolution.dns).toEqual({
    servers: [server],
    records: [
      { name: 'api.example.com', type: 'CNAME', value: 'lb.example.net', ttlSeconds: null },
      { name: 'lb.example.net', type: 'CNAME', value: 'lb-1.example.net', ttlSeconds: null },
      { name: 'lb-1.example.net', type: 'A', value: '10.0.0.1', ttlSeconds: 60 },
      { name: 'lb-1.example.net', type: 'A', value: '10.0.0.2', ttlSeconds: 60 },
      { name: 'lb-1.example.net', type: 'AAAA', value: 'fd00::1', ttlSeconds: 60 },
    ],
    faults: [],
  });
});

test('a name without IPv6 is told from a name that does not exist', async () => {
  const servers = [await serveDns({ 'v4.example.com': { a: ['10.0.0.1'] } })];
  const missing = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
  const resolve = hostResolver({ servers, lookup: () => Promise.reject(missing), deadlineMs: PATIENT_MS });
  const signal = AbortSignal.timeout(PATIENT_MS);
  const [four, none] = await Promise.all([resolve('v4.example.com', signal), resolve('none.example.com', signal)]);

  expect(four.dns?.faults.map(({ type, code }) => [type, code])).toEqual([['AAAA', 'ENODATA']]);
  expect(none.dns?.faults.map(({ type, code }) => [type, code])).toEqual([
    ['A', 'ENOTFOUND'],
    ['AAAA', 'ENOTFOUND'],
  ]);
  expect(none).toMatchObject({ addresses: [], fault: { code: 'ENOTFOUND' } });
});

test('silence of both resolvers ends at the deadline', async () => {
  const servers = [await serveDns({ 'api.example.com': { silent: true } })];
  const resolve = hostResolver({ servers, lookup: () => new Promise(() => {}), deadlineMs: 200 });
  const resolution = await resolve('api.example.com', AbortSignal.timeout(PATIENT_MS));

  expect(resolution.fault).toMatchObject({ code: 'ETIMEOUT' });
  expect(resolution.dns?.records).toEqual([]);
  expect(resolution.dns?.faults).toHaveLength(2);
});

test('aliases that lead back to themselves end', async () => {
  const servers = [
    await serveDns({ 'a.example.com': { cname: 'b.example.com' }, 'b.example.com': { cname: 'a.example.com' } }),
  ];
  const resolve = hostResolver({ servers, lookup: async () => [], deadlineMs: 400 });
  const resolution = await resolve('a.example.com', AbortSignal.timeout(PATIENT_MS));

  expect(resolution.dns?.records.length).toBeLessThan(10);
});

test('an address needs no looking up', async () => {
  const resolve = hostResolver({ lookup: () => Promise.reject(new Error('must not be asked')) });

  expect(await resolve('fd00::1', AbortSignal.timeout(PATIENT_MS))).toEqual({
    host: 'fd00::1',
    addresses: ['fd00::1'],
    fault: null,
    tookMs: 0,
    dns: null,
  });
});

test('aborting breaks it off', async () => {
  const servers = [await serveDns({ 'api.example.com': { silent: true } })];
  const resolve = hostResolver({ servers, lookup: () => new Promise(() => {}), deadlineMs: PATIENT_MS });
  const abort = new AbortController();
  const running = resolve('api.example.com', abort.signal);
  abort.abort(new Error('no longer asked for'));

  await expect(running).rejects.toThrow('no longer asked for');
});
