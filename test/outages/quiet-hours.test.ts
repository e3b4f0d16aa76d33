import { expect, test } from 'vitest';
import { quietUntil } from '../../src/outages/quiet-hours.ts';

const night = { from: '22:00', to: '07:00', zone: 'Europe/Berlin' };

/** What it says of a moment, as ISO 8601. */
function until(quiet: typeof night, at: string): string | null {
  const end = quietUntil(quiet, Date.parse(at));
  return end === null ? null : new Date(end).toISOString();
}

test.each([
  ['before it begins', '2026-11-10T20:59:59Z', null],
  ['as it begins', '2026-11-10T21:00:00Z', '2026-11-11T06:00:00.000Z'],
  ['after midnight', '2026-11-11T02:00:00Z', '2026-11-11T06:00:00.000Z'],
  ['just before it ends', '2026-11-11T05:59:59Z', '2026-11-11T06:00:00.000Z'],
  ['as it ends', '2026-11-11T06:00:00Z', null],
])('over midnight, in the zone of the cluster: %s', (_, at, end) => {
  expect(until(night, at)).toBe(end);
});

test.each([
  ['before it begins', '2026-11-10T10:59:00Z', null],
  ['as it begins', '2026-11-10T11:00:00Z', '2026-11-10T12:30:00.000Z'],
  ['as it ends', '2026-11-10T12:30:00Z', null],
  ['at night', '2026-11-10T23:00:00Z', null],
])('within a day: %s', (_, at, end) => {
  expect(until({ from: '12:00', to: '13:30', zone: 'Europe/Berlin' }, at)).toBe(end);
});

test('the night in which clocks go back is an hour longer, the one in which they go forward an hour shorter', () => {
  expect(until(night, '2026-10-24T20:00:00Z')).toBe('2026-10-25T06:00:00.000Z');
  expect(until(night, '2026-03-28T21:00:00Z')).toBe('2026-03-29T05:00:00.000Z');
});

test('an end that the clock shows twice is the one still to come', () => {
  const early = { ...night, to: '02:30' };
  expect(until(early, '2026-10-25T00:10:00Z')).toBe('2026-10-25T00:30:00.000Z');
  expect(until(early, '2026-10-25T01:10:00Z')).toBe('2026-10-25T01:30:00.000Z');
  expect(until(early, '2026-10-25T00:40:00Z')).toBe(null);
});

test('an end that the clock skips is when it would have been', () => {
  expect(until({ ...night, to: '02:30' }, '2026-03-29T00:50:00Z')).toBe('2026-03-29T01:30:00.000Z');
});
