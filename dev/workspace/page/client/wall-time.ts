import { Temporal } from 'temporal-polyfill';

/** `2026-03-01T14:05`, what clocks in that zone show: what a browser's picker of date and time deals in. */
export function wallTimeOf(at: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(timeZone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' });
}

/** Epoch milliseconds; null for what is no time yet. */
export function instantOf(wallTime: string, timeZone: string): number | null {
  try {
    return Temporal.PlainDateTime.from(wallTime).toZonedDateTime(timeZone).epochMilliseconds;
  } catch {
    return null;
  }
}
