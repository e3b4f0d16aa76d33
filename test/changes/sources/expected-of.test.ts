import { expect, test } from 'vitest';
import { expectedOf } from '../../../src/changes/sources/expected-of.ts';
import type { SourceHealth, Trouble } from '../../../src/changes/sources/health.ts';
import { minute, T } from '../../correlation/given.ts';
import { scriptedSource } from '../../fakes/outside-source.ts';

const source = scriptedSource({
  tells: [
    { categories: ['security-group'], words: 'AWS security groups (prod-eu)' },
    { categories: ['cloud'], words: 'AWS logs (prod-eu)' },
  ],
  lateMs: 15 * minute,
  lookEveryMs: minute,
});

function expected(health: SourceHealth) {
  return expectedOf({ source, health, lastLookedAt: T, looks: { whole: 0, partly: 0, failed: 0 } });
}

const inTrouble = (...troubles: readonly Trouble[]) => expected({ kind: 'inTrouble', sinceAt: T, troubles });

test('each thing that it tells of is expected of that instance, and none is absent', () => {
  expect(expected({ kind: 'working', sinceAt: T })).toMatchObject([
    { source: 'aws', instance: 'prod-eu', categories: ['security-group'], words: 'AWS security groups (prod-eu)' },
    { source: 'aws', instance: 'prod-eu', categories: ['cloud'], words: 'AWS logs (prod-eu)' },
  ]);
  expect(expected({ kind: 'working', sinceAt: T }).map(({ absent, trouble }) => [absent, trouble])).toEqual([
    [null, null],
    [null, null],
  ]);
});

test('is waited for until it was asked once more after it must have recorded', () => {
  const [first] = expected({ kind: 'working', sinceAt: T });
  expect(first?.lateMs).toBe(15 * minute + 1.1 * minute + 30_000);
});

test('says of each thing by itself why it is not told, once, and not at any length', () => {
  const refused: Trouble = { kind: 'refused', categories: ['cloud'], words: 'it may not read the logs' };
  expect(inTrouble(refused, refused).map(({ trouble }) => trouble)).toEqual([null, 'it may not read the logs']);
  const both: Trouble = { kind: 'unreachable', categories: ['cloud', 'security-group'], words: 'no way there' };
  expect(inTrouble(refused, both).map(({ trouble }) => trouble)).toEqual([
    'no way there',
    'it may not read the logs; no way there',
  ]);
  expect(inTrouble({ ...both, words: 'x'.repeat(900) })[0]?.trouble).toHaveLength(300);
});

test('before its first answer that is the reason', () => {
  expect(expected({ kind: 'notYet' })[0]?.trouble).toBe('it has not answered yet since the bot was started');
});
