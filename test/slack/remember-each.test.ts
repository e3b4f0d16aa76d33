import { expect, test } from 'vitest';
import { rememberEach } from '../../src/slack/remember-each.ts';

test('a person is looked up once an hour, and again after a failure', async () => {
  let now = 0;
  let zone: string | null = null;
  const looked: string[] = [];
  const failures: string[] = [];
  const zones = rememberEach(
    async (user) => {
      looked.push(user);
      if (zone === null) throw new Error('no answer');
      return zone;
    },
    { now: () => now },
    (user) => void failures.push(user),
  );
  expect(await zones.of('U1')).toBeNull();
  zone = 'Europe/Berlin';
  expect(await zones.of('U1')).toBe('Europe/Berlin');
  zone = 'UTC';
  expect(await zones.of('U1')).toBe('Europe/Berlin');
  now = 60 * 60_000;
  expect(await zones.of('U1')).toBe('UTC');
  expect([looked.length, failures]).toEqual([3, ['U1']]);
});
