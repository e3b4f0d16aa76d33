import { describe, expect, test } from 'vitest';
import { hintsFor } from '../../../../dev/workspace/page/client/hints.ts';
import { placeOfLink, readPlace, writePlace } from '../../../../dev/workspace/page/client/place.ts';
import { instantOf, wallTimeOf } from '../../../../dev/workspace/page/client/wall-time.ts';
import { aScreen } from './screen.ts';

describe('what is offered while one types', () => {
  const words = (typed: string, isThread = false) =>
    hintsFor(typed, aScreen(), isThread).offers.map(({ label }) => label);

  test('commands with what they take', () => {
    expect(words('/')).toEqual(['/apidown investigate [cluster] [since TIME] | status | help']);
    expect(words('/apid')).toHaveLength(1);
    expect(words('/nope')).toEqual([]);
  });

  test('then the words that a command begins with, and what it takes stands below', () => {
    expect(words('/apidown ')).toEqual(['investigate [cluster] [since TIME]', 'status', 'help']);
    expect(words('/apidown in')).toEqual(['investigate [cluster] [since TIME]']);
    expect(words('/apidown investigate prod')).toEqual([]);
    expect(hintsFor('/apidown investigate prod', aScreen(), false).usage).toContain('[since TIME]');
  });

  test('people and channels, by the word under the cursor', () => {
    expect(words('ask @an')).toEqual(['@ana']);
    expect(words('see #inc')).toEqual(['#incidents']);
    expect(words('a@b')).toEqual([]);
    expect(hintsFor('ask @an', aScreen(), false)).toMatchObject({ from: 4, offers: [{ insert: '@ana ' }] });
  });

  test('no commands in a thread, where Slack takes none', () => {
    expect(words('/', true)).toEqual([]);
  });
});

describe('where somebody stands', () => {
  test('is kept in the address', () => {
    const place = { user: 'U1', room: 'C1', side: '1700000000.000001' };
    expect(readPlace(writePlace(place))).toEqual(place);
    expect(readPlace(writePlace({ user: 'U1', room: null, side: null }))).toEqual({
      user: 'U1',
      room: null,
      side: null,
    });
    expect(readPlace('')).toEqual({ user: null, room: null, side: null });
  });

  test("Slack's links lead within the page, others don't", () => {
    const base = 'https://workspace.slack.com/archives/C1';
    expect(placeOfLink(`${base}/p1700000000000001`)).toEqual({ room: 'C1', side: '1700000000.000001' });
    expect(placeOfLink(`${base}/p1700000001000001?thread_ts=1700000000.000001&cid=C1`)).toEqual({
      room: 'C1',
      side: '1700000000.000001',
    });
    expect(placeOfLink(base)).toEqual({ room: 'C1', side: null });
    expect(placeOfLink('https://example.com/archives/C1')).toBeNull();
  });
});

test("dates and times are the person's, over a change of clocks too", () => {
  const winter = Date.parse('2026-03-28T13:05:00Z');
  expect(wallTimeOf(winter, 'Europe/Berlin')).toBe('2026-03-28T14:05');
  expect(instantOf('2026-03-28T14:05', 'Europe/Berlin')).toBe(winter);
  expect(instantOf('2026-03-29T14:05', 'Europe/Berlin')).toBe(Date.parse('2026-03-29T12:05:00Z'));
  expect(instantOf('soon', 'Europe/Berlin')).toBeNull();
});
