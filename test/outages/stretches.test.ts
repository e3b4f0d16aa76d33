import { expect, test } from 'vitest';
import { stretchesOf } from '../../src/outages/stretches.ts';
import { outageOf } from '../contracts/store-outages.ts';

const ends = (stretches: ReturnType<typeof stretchesOf>) =>
  stretches.map(({ since, recovery }) => [since.earliestAt, recovery?.latestAt ?? null]);

test('outages that overlap are one down stretch, which lasts as long as any of them', () => {
  expect(ends(stretchesOf([outageOf('a', 1_000, 5_000), outageOf('b', 3_000, 9_000)]))).toEqual([[1_000, 9_000]]);
  expect(ends(stretchesOf([outageOf('b', 3_000), outageOf('a', 1_000, 5_000)]))).toEqual([[1_000, null]]);
});

test('those with a time between them are stretches of their own', () => {
  expect(ends(stretchesOf([outageOf('b', 6_000), outageOf('a', 1_000, 5_000)]))).toEqual([
    [1_000, 5_000],
    [6_000, null],
  ]);
});

test('it says what fails now, rather than what came back', () => {
  const [stretch] = stretchesOf([
    { ...outageOf('a', 1_000), words: 'one address' },
    { ...outageOf('b', 3_000, 4_000), words: 'all of them' },
  ]);
  expect(stretch?.words).toBe('one address');
});
