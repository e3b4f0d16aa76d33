import { expect, test } from 'vitest';
import { nextReminderAt } from '../../src/outages/next-reminder.ts';
import type { Hush, OutageCard } from '../../src/outages/ports.ts';

const minute = 60_000;
const postedAt = Date.parse('2026-11-10T14:00:00Z');
const card: Pick<OutageCard, 'postedAt' | 'reminders' | 'hush'> = { postedAt, reminders: [], hush: null };
const settings = { remindEveryMs: 30 * minute, quiet: null };
const first = { number: 1, at: postedAt + 30 * minute, mentions: false };
const snoozed: Hush = { kind: 'snoozed', reminder: 1, by: 'U1', at: first.at, untilAt: first.at + 60 * minute };

const afterMs = (at: number | null) => (at === null ? null : (at - postedAt) / minute);

test('an interval after the card, then after each reminder', () => {
  expect(afterMs(nextReminderAt(card, postedAt, settings))).toBe(30);
  expect(afterMs(nextReminderAt({ ...card, reminders: [first] }, postedAt, settings))).toBe(60);
});

test('of a cluster that is down again an interval after that', () => {
  expect(afterMs(nextReminderAt({ ...card, reminders: [first] }, postedAt + 40 * minute, settings))).toBe(70);
});

test('when the snooze ends, and an interval after what came then', () => {
  expect(afterMs(nextReminderAt({ ...card, reminders: [first], hush: snoozed }, postedAt, settings))).toBe(90);
  const second = { number: 2, at: postedAt + 90 * minute, mentions: false };
  expect(afterMs(nextReminderAt({ ...card, reminders: [first, second], hush: snoozed }, postedAt, settings))).toBe(120);
});

test('never, when it was stopped or is not wanted', () => {
  const stopped: Hush = { ...snoozed, kind: 'stopped', untilAt: null };
  expect(nextReminderAt({ ...card, reminders: [first], hush: stopped }, postedAt, settings)).toBe(null);
  expect(nextReminderAt(card, postedAt, { ...settings, remindEveryMs: null })).toBe(null);
});

test('at the end of the quiet hours in which it would be due', () => {
  const quiet = { from: '15:15', to: '17:00', zone: 'Europe/Berlin' };
  expect(afterMs(nextReminderAt(card, postedAt, { ...settings, quiet }))).toBe(120);
});
