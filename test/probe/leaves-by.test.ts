import { expect, test } from 'vitest';
import { leavesBy } from '../../src/probe/leaves-by.ts';

const { signal } = new AbortController();

test('what leaves for loopback leaves by loopback', async () => {
  expect(await leavesBy('127.0.0.1', 6443, signal)).toEqual(['127.0.0.1']);
});

test('every address of a name counts, each source once', async () => {
  expect(await leavesBy('api.example', 6443, signal, async () => ['127.0.0.1', '127.0.0.2'])).toEqual(['127.0.0.1']);
});

test('a name that does not resolve, or an address without a route, has none', async () => {
  const noName = async () => {
    throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  };
  expect(await leavesBy('nowhere.invalid', 6443, signal, noName)).toEqual([]);
  expect(await leavesBy('255.255.255.255', 6443, signal)).toEqual([]);
});
