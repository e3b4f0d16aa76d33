import { Temporal } from 'temporal-polyfill';

/** What somebody wrote for a time: a moment, or why it is none. Never guessed, never now. */
export type WrittenTime =
  | { readonly kind: 'at'; readonly at: number; readonly zoneGiven: boolean }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Longer than any time that is written out. */
const longest = 100;

const form = /^(\d{4}-\d{2}-\d{2})(?:[Tt]|,? {1,3}(?:at )?)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(.*)$/;

/**
 * `2026-11-28T14:00:00.220Z`, `2026-11-28 14:00 UTC`, `2026-11-28 14:00 +01:00`, `2026-11-28 14:00 Europe/Berlin`.
 * @param zone of times that give none: as in `zoneOf`
 * @param onTwice which moment is meant where clocks are put back and show it twice
 */
export function readWrittenTime(text: string, zone: string, onTwice: 'earlier' | 'later'): WrittenTime {
  const written = text.trim();
  const match = written.length > longest ? null : form.exec(written);
  if (match === null) return unreadable('write it as 2026-11-28 14:00 UTC');
  const [, day = '', hour = '', minute = '', second = '0', fraction = '0', rest = ''] = match;
  const given = rest.trim();
  const ownZone = given === '' ? zone : zoneOf(given);
  if (ownZone === null)
    return unreadable(`its zone is not known: write UTC, an offset or a name such as Europe/Berlin`);
  try {
    const date = Temporal.PlainDate.from(day, { overflow: 'reject' });
    const time = Temporal.PlainTime.from(
      {
        hour: Number(hour),
        minute: Number(minute),
        second: Number(second),
        millisecond: Math.floor(Number(`0.${fraction}`) * 1_000),
      },
      { overflow: 'reject' },
    );
    const wanted = date.toPlainDateTime(time);
    const moment = wanted.toZonedDateTime(ownZone, { disambiguation: onTwice });
    if (!moment.toPlainDateTime().equals(wanted)) return unreadable(`clocks never showed it in ${ownZone}`);
    return { kind: 'at', at: moment.epochMilliseconds, zoneGiven: given !== '' };
  } catch (error) {
    if (error instanceof RangeError) return unreadable('there is no such time');
    throw error;
  }
}

/** `Z`, `UTC`, `+02:00`, `UTC+2`, `Europe/Berlin`, as a zone that Temporal knows; null for what isn't. */
export function zoneOf(text: string): string | null {
  const words = text.trim().replace(/^\((.*)\)$/, '$1');
  if (words.length > longest) return null;
  if (/^(?:z|utc|gmt)$/i.test(words)) return 'UTC';
  const offset = /^(?:utc|gmt)? ?([+-])(\d{1,2})(?::?(\d{2}))?(?:\[[^\]]*\])?$/i.exec(words);
  if (offset === null && !/^[a-z_]+(?:\/[a-z0-9_+-]+)+$/i.test(words)) return null;
  const name = offset === null ? words : `${offset[1]}${offset[2]?.padStart(2, '0')}:${offset[3] ?? '00'}`;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function unreadable(why: string): WrittenTime {
  return { kind: 'unreadable', why };
}
