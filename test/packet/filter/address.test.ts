import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatAddress,
  formatRange,
  isLoopback,
  parseAddress,
  parseRange,
  within,
} from '../../../src/packet/filter/address.ts';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7/24', '203.0.113.0/24'],
  ['203.0.113.7/255.255.255.0', '203.0.113.0/24'],
  ['203.0.113.0-203.0.113.255', '203.0.113.0/24'],
  ['203.0.113.1-203.0.113.2', '203.0.113.1-203.0.113.2'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:DB8::7/32', '2001:db8::/32'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::/0', '::/0'],
])('%s is %s', (text, formatted) => {
  const range = parseRange(text);
  expect(range === null ? null : formatRange(range)).toBe(formatted);
});

test.each([
  '',
  'api.example.com',
  '203.0.113',
  '203.0.113.7/33',
  '203.0.113.0/255.0.255.0',
  '203.0.113.9-203.0.113.1',
  '10.0.0.1-::1',
  '010.0.0.1',
  '1.2.3.4/',
  '1.2.3.4/-1',
])('"%s" is no range', (text) => {
  expect(parseRange(text)).toBeNull();
});

test('every address is read as it was written', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }), (value) => {
      expect(parseAddress(formatAddress(4, value))).toEqual({ family: 4, lo: value, hi: value });
    }),
  );
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (value) => {
      expect(parseAddress(formatAddress(6, value))).toEqual({ family: 6, lo: value, hi: value });
    }),
  );
});

test('every range is read as it was written', () => {
  const ends = fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }));
  fc.assert(
    fc.property(ends, ([a, b]) => {
      const range = { family: 4, lo: a < b ? a : b, hi: a < b ? b : a } as const;
      expect(parseRange(formatRange(range))).toEqual(range);
    }),
  );
});

test('families never hold each other', () => {
  const [v4, v6] = [parseRange('0.0.0.0/0'), parseRange('::/0')];
  if (v4 === null || v6 === null) throw new Error('no range');
  expect(within(v4, v6)).toBe(false);
  expect(isLoopback({ ...v4, lo: 0x7f000001n, hi: 0x7f000001n })).toBe(true);
  expect(isLoopback(v4)).toBe(false);
});
