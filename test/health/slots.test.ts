import { describe, expect, test } from 'vitest';
import { slotsAfter, slotsBetween } from '../../src/health/slots.ts';

const at = (iso: string) => Date.parse(iso);
const iso = (slots: readonly number[]) => slots.map((slot) => new Date(slot).toISOString().replace(':00.000Z', 'Z'));

/** What a schedule is due at, from the eve of a day on which clocks change to the day after it. */
function around(cron: string, zone: string, from: string, to: string): readonly string[] {
  const between = slotsBetween({ cron, zone }, at(from), at(to), 50);
  const after = slotsAfter({ cron, zone }, at(from), between.length);
  expect(after, 'both ways to ask agree').toEqual(between);
  return iso(between);
}

describe('in spring, when an hour is left out', () => {
  test('02:30 in Berlin is due when the gap ends, and once', () => {
    expect(around('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00Z', '2026-03-30T12:00Z')).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ]);
  });

  test('02:30 in New York is due when the gap ends, and once', () => {
    expect(around('30 2 * * *', 'America/New_York', '2026-03-06T12:00Z', '2026-03-09T12:00Z')).toEqual([
      '2026-03-07T07:30Z',
      '2026-03-08T07:00Z',
      '2026-03-09T06:30Z',
    ]);
  });

  test.each([
    ['Europe/Berlin', '2026-03-27T12:00Z', ['2026-03-28T08:00Z', '2026-03-29T07:00Z', '2026-03-30T07:00Z']],
    ['America/New_York', '2026-03-06T18:00Z', ['2026-03-07T14:00Z', '2026-03-08T13:00Z', '2026-03-09T13:00Z']],
  ])('nine o’clock in %s stays nine o’clock', (zone, from, due) => {
    expect(around('0 9 * * *', zone, from, due.at(-1) ?? '')).toEqual(due);
  });
});

describe('in autumn, when an hour comes twice', () => {
  test('02:30 in Berlin is due the first time, and not again', () => {
    expect(around('30 2 * * *', 'Europe/Berlin', '2026-10-23T12:00Z', '2026-10-26T12:00Z')).toEqual([
      '2026-10-24T00:30Z',
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ]);
  });

  test('01:30 in New York is due the first time, and not again', () => {
    expect(around('30 1 * * *', 'America/New_York', '2026-10-30T12:00Z', '2026-11-02T12:00Z')).toEqual([
      '2026-10-31T05:30Z',
      '2026-11-01T05:30Z',
      '2026-11-02T06:30Z',
    ]);
  });

  test('every two hours, at the half: 02:30 once all the same', () => {
    expect(around('30 */2 * * *', 'Europe/Berlin', '2026-10-24T22:00Z', '2026-10-25T05:30Z')).toEqual([
      '2026-10-24T22:30Z',
      '2026-10-25T00:30Z',
      '2026-10-25T03:30Z',
      '2026-10-25T05:30Z',
    ]);
  });

  test('every hour is every hour that passes', () => {
    expect(around('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30Z', '2026-10-25T03:00Z')).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T01:00Z',
      '2026-10-25T02:00Z',
      '2026-10-25T03:00Z',
    ]);
  });

  test('where clocks are set back by half an hour', () => {
    expect(around('45 1 * * *', 'Australia/Lord_Howe', '2026-04-03T20:00Z', '2026-04-05T20:00Z')).toEqual([
      '2026-04-04T14:45Z',
      '2026-04-05T15:15Z',
    ]);
  });
});

test('a slot at the very moment counts to what was, not to what comes', () => {
  const times = { cron: '0 9 * * *', zone: 'UTC' };
  const nine = at('2026-11-27T09:00Z');
  expect(slotsBetween(times, nine - 1, nine, 5)).toEqual([nine]);
  expect(slotsBetween(times, nine, nine, 5)).toEqual([]);
  expect(iso(slotsAfter(times, nine, 1))).toEqual(['2026-11-28T09:00Z']);
});

test('of many the newest are given', () => {
  const times = { cron: '0 * * * *', zone: 'UTC' };
  const slots = slotsBetween(times, 0, at('2026-11-27T09:30Z'), 3);
  expect(iso(slots)).toEqual(['2026-11-27T07:00Z', '2026-11-27T08:00Z', '2026-11-27T09:00Z']);
});
