import { expect, test } from 'vitest';
import { closest } from '../../src/briefing/closest.ts';

test.each([
  ['investgate', 'investigate'],
  ['stauts', 'status'],
  ['STATUS', 'status'],
  ['inv', 'investigate'],
  ['hlep', 'help'],
])('%s was likely meant to be %s', (typed, meant) => {
  expect(closest(typed, ['investigate', 'status', 'help'])).toBe(meant);
});

test.each(['deploy', 'x', ''])('"%s" is like none of them', (typed) => {
  expect(closest(typed, ['investigate', 'status', 'help'])).toBeNull();
});

test('the nearest of several wins', () => {
  expect(closest('prod-eu1', ['prod-us1', 'prod-eu', 'prod-eu1-b'])).toBe('prod-eu');
});
