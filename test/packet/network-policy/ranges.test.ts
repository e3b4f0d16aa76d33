import { describe, expect, test } from 'vitest';
import { readRange, subtract } from '../../../src/packet/network-policy/ranges.ts';

describe('reading addresses and CIDRs', () => {
  test.each([
    ['10.0.0.1', { family: 4, first: 0x0a000001n, last: 0x0a000001n }],
    ['10.0.0.1/31', { family: 4, first: 0x0a000000n, last: 0x0a000001n }],
    ['0.0.0.0/0', { family: 4, first: 0n, last: 0xffffffffn }],
    ['::1', { family: 6, first: 1n, last: 1n }],
    ['::2/127', { family: 6, first: 2n, last: 3n }],
    ['::/0', { family: 6, first: 0n, last: (1n << 128n) - 1n }],
    ['::ffff:10.0.0.1', { family: 4, first: 0x0a000001n, last: 0x0a000001n }],
    ['::ffff:10.0.0.0/127', { family: 4, first: 0x0a000000n, last: 0x0a000001n }],
    [' 010.0.0.08 ', { family: 4, first: 0x0a000008n, last: 0x0a000008n }],
  ])('%s', (text, expected) => {
    expect(readRange(text)).toEqual(expected);
  });

  test.each([
    '',
    'api.example',
    '10.0.0',
    '10.1/8',
    '10.0.0.256',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '1:2',
    '/8',
  ])('not "%s"', (text) => {
    expect(readRange(text)).toBeNull();
  });
});

test('what is left of a range when others are taken out', () => {
  const range = (text: string) => readRange(text) ?? expect.unreachable();
  expect(subtract([range('10.0.0.0/30')], [range('10.0.0.1'), range('10.0.0.2')])).toEqual([
    range('10.0.0.0'),
    range('10.0.0.3'),
  ]);
  expect(subtract([range('10.0.0.0/30')], [range('10.0.0.0/8')])).toEqual([]);
  expect(subtract([range('10.0.0.0/30')], [range('::/0'), range('11.0.0.0/8')])).toEqual([range('10.0.0.0/30')]);
});
