import { Temporal } from 'temporal-polyfill';
import type { QuietHours } from './ports.ts';

/**
 * When the quiet hours end in which `at` lies; null when it lies in none. By the wall clock of the zone, so that the
 * day on which clocks change has its quiet hours as they are written. Epoch ms. Pure.
 */
export function quietUntil({ from, to, zone }: QuietHours, at: number): number | null {
  const now = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  const clock = now.toPlainTime();
  const begins = Temporal.PlainTime.from(from);
  const ends = Temporal.PlainTime.from(to);
  const isAfter = (one: Temporal.PlainTime) => Temporal.PlainTime.compare(clock, one) >= 0;
  const isOverMidnight = Temporal.PlainTime.compare(begins, ends) > 0;
  const isQuiet = isOverMidnight ? isAfter(begins) || !isAfter(ends) : isAfter(begins) && !isAfter(ends);
  if (!isQuiet) return null;
  const day = isAfter(ends) ? now.toPlainDate().add({ days: 1 }) : now.toPlainDate();
  const end = day.toPlainDateTime(ends);
  // An end that the clock shows twice is the one still to come; one that it skips is when it would have been.
  const endAt = (which: 'compatible' | 'later') =>
    end.toZonedDateTime(zone, { disambiguation: which }).epochMilliseconds;
  return endAt('compatible') > at ? endAt('compatible') : endAt('later');
}
