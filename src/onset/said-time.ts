import { Temporal } from 'temporal-polyfill';
import { readAgo } from './said-ago.ts';

/** A time as a person said it. */
export interface SaidTime {
  readonly kind: 'time';
  /** All that the words can mean: `14:05` is that whole minute, `14:05:30` that second. Epoch ms. */
  readonly earliestAt: number;
  readonly latestAt: number;
  /** The earliest moment in ISO 8601, with the offset of `zone`. */
  readonly said: string;
  /** In which it was read: the one that was said, else the person's. */
  readonly zone: string;
  /** What was taken in one of several ways. */
  readonly notes: readonly string[];
}

export type ReadTime = SaidTime | UnclearTime;

interface UnclearTime {
  readonly kind: 'unclear';
  readonly part: string;
  readonly why: string;
}

export interface Listener {
  /** Epoch ms. */
  readonly nowAt: number;
  /** IANA name of the person's zone. */
  readonly zone: string;
}

const HOUR_MS = 3_600_000;

/** Longer ago than anything is kept; most likely a slip in the year or month. */
const OLDEST_MS = 31 * 24 * HOUR_MS;

/** A time without a day that lies ahead today means yesterday, when yesterday's is no longer ago than this. */
const YESTERDAY_WITHIN_MS = 12 * HOUR_MS;

/** Reads `14:05`, `2:05pm`, `yesterday 23:55`, `2026-11-22 14:05:30`, ISO 8601, each with a zone or not, and `25 min ago`. Pure. */
export function readTime(text: string, listener: Listener): ReadTime {
  const words = text.trim().replaceAll(/\s+/g, ' ');
  const ago = readAgo(words);
  const read = ago === null ? readClock(words, listener) : ago.kind === 'unclear' ? ago : before(ago, listener);
  if (read.kind === 'unclear' || listener.nowAt - read.earliestAt <= OLDEST_MS) return read;
  return unclear(words, `${dayAndTime(read.earliestAt, read.zone)} is more than 31 days ago: check the day`);
}

function before(ago: { agoMs: number; sureToMs: number }, { nowAt, zone }: Listener): SaidTime {
  const at = nowAt - ago.agoMs;
  return said({ fromAt: at - ago.sureToMs, toAt: at + ago.sureToMs, nowAt, zone, notes: [] });
}

/** What stands in the words, before anything is made of it. */
interface Clock {
  readonly words: string;
  readonly time: Temporal.PlainTime;
  readonly precisionMs: number;
  /** Other times that the same digits may mean to someone who counts to twelve. */
  readonly otherHalf: Temporal.PlainTime | null;
  readonly day: 'today' | 'yesterday' | Temporal.PlainDate | null;
}

const CLOCK =
  /^(?:(today|yesterday|\d{4}-\d{2}-\d{2})(?: at | ?T|,? ))?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([ap])\.?m\.?(?![a-z]))?(.*)$/i;

function readClock(words: string, { nowAt, zone: ownZone }: Listener): ReadTime {
  const match = CLOCK.exec(words);
  if (match === null) return unclear(words, helpFor(words));
  const [, dayBefore, hours = '', minutes = '', seconds, fraction, half, tail = ''] = match;
  const behind = tail.trim().split(' ').filter(Boolean);
  const dayBehind = behind.find((word) => /^(today|yesterday)$/i.test(word));
  const zoneWords = behind.filter((word) => word !== dayBehind).join(' ');
  if (dayBefore !== undefined && dayBehind !== undefined) return unclear(words, 'say the day once');

  const zone = zoneWords === '' ? ownZone : readZone(zoneWords);
  if (zone === null) return unclear(zoneWords, zoneHelp(zoneWords));
  const day = readDay((dayBefore ?? dayBehind)?.toLowerCase());
  if (day === 'no such day') return unclear(dayBefore ?? words, 'there is no such day; say it as 2026-11-22');
  const hour = hourOf(Number(hours), half?.toLowerCase());
  if (hour === null || Number(minutes) > 59 || Number(seconds ?? 0) > 59) {
    return unclear(words, 'there is no such time of day; say 14:05, 14:05:30 or 2:05pm');
  }
  const time = Temporal.PlainTime.from({
    hour,
    minute: Number(minutes),
    second: Number(seconds ?? 0),
    millisecond: Math.floor(Number(`0.${fraction ?? 0}`) * 1000),
  });
  const precisionMs = fraction !== undefined ? 1 : seconds !== undefined ? 1000 : 60_000;
  // `02:05` is said by someone who counts to 24; `11:05` may be, but not with a day beside it.
  const mayBeHalf = half === undefined && /^([1-9]|1[012])$/.test(hours) && (day === null || hours.length === 1);
  const otherHalf = mayBeHalf && !(day instanceof Temporal.PlainDate) ? time.add({ hours: 12 }) : null;
  return placed({ words, time, precisionMs, otherHalf, day }, zone, nowAt);
}

/** Puts the time of day onto a day. */
function placed(clock: Clock, zone: string, nowAt: number): ReadTime {
  const today = Temporal.Instant.fromEpochMilliseconds(nowAt).toZonedDateTimeISO(zone).toPlainDate();
  const yesterday = today.subtract({ days: 1 });
  const onDay = (date: Temporal.PlainDate, notes: readonly string[] = []) => place(clock, date, zone, nowAt, notes);
  if (clock.day instanceof Temporal.PlainDate) return onDay(clock.day);
  if (clock.day !== null) {
    const date = clock.day === 'today' ? today : yesterday;
    const read = onDay(date);
    const other = clock.otherHalf === null ? [] : momentsOf(date, clock.otherHalf, zone).filter((at) => at <= nowAt);
    return read.kind === 'time' && other.length > 0 ? eitherHalf(clock) : read;
  }
  const read = onDay(today);
  const last = onDay(yesterday, [`${clock.words} was taken as yesterday's`]);
  const ahead = read.kind === 'unclear' && isAhead(clock.time, today, zone, nowAt);
  const chosen = ahead && last.kind === 'time' && nowAt - last.earliestAt <= YESTERDAY_WITHIN_MS ? last : read;
  const { otherHalf } = clock;
  if (otherHalf === null || (chosen.kind === 'unclear' && !ahead)) return chosen;
  const other = [today, yesterday].flatMap((date) => momentsOf(date, otherHalf, zone)).find((at) => at <= nowAt);
  const nearer = other !== undefined && (chosen.kind === 'unclear' || other > chosen.earliestAt);
  return nearer ? eitherHalf(clock) : chosen;
}

function place(
  clock: Clock,
  date: Temporal.PlainDate,
  zone: string,
  nowAt: number,
  notes: readonly string[],
): ReadTime {
  const moments = momentsOf(date, clock.time, zone);
  if (moments.length === 0) {
    const why = `clocks were put forward past that time in ${zone} on ${date.toString()}: say it in UTC, or look again`;
    return unclear(clock.words, why);
  }
  const past = moments.filter((at) => at <= nowAt);
  const fromAt = past.at(-1);
  if (fromAt === undefined) {
    const now = dayAndTime(nowAt, zone);
    const why = `that is ahead of now (${now} in ${zone}): say a time that has passed, with yesterday before it if that was meant`;
    return unclear(clock.words, why);
  }
  const first = past[0];
  const twice =
    first === undefined || first === fromAt
      ? []
      : [
          `clocks were put back that day and showed it twice: taken as the later, ${iso(fromAt, zone)}; the earlier was ${iso(first, zone)}`,
        ];
  const toAt = fromAt + clock.precisionMs - 1;
  return said({ fromAt, toAt, nowAt, zone, notes: [...notes, ...twice] });
}

function said(read: { fromAt: number; toAt: number; nowAt: number; zone: string; notes: readonly string[] }): SaidTime {
  const { fromAt, toAt, nowAt, zone, notes } = read;
  return {
    kind: 'time',
    earliestAt: fromAt,
    latestAt: Math.min(toAt, nowAt),
    said: iso(fromAt, zone),
    zone,
    notes,
  };
}

/** Epoch ms at which clocks of the zone show it on that day: none, one, or two where clocks are put forward or back. */
function momentsOf(date: Temporal.PlainDate, time: Temporal.PlainTime, zone: string): readonly number[] {
  const wanted = date.toPlainDateTime(time);
  const moments = (['earlier', 'later'] as const)
    .map((disambiguation) => wanted.toZonedDateTime(zone, { disambiguation }))
    .filter((moment) => moment.toPlainDateTime().equals(wanted))
    .map(({ epochMilliseconds }) => epochMilliseconds);
  return [...new Set(moments)];
}

/** Also where the clocks leave it out. */
function isAhead(time: Temporal.PlainTime, date: Temporal.PlainDate, zone: string, nowAt: number): boolean {
  return date.toPlainDateTime(time).toZonedDateTime(zone, { disambiguation: 'earlier' }).epochMilliseconds > nowAt;
}

function hourOf(hours: number, half: string | undefined): number | null {
  if (half === undefined) return hours <= 23 ? hours : null;
  if (hours < 1 || hours > 12) return null;
  return (hours % 12) + (half === 'p' ? 12 : 0);
}

function readDay(word: string | undefined): Clock['day'] | 'no such day' {
  if (word === undefined) return null;
  if (word === 'today' || word === 'yesterday') return word;
  try {
    return Temporal.PlainDate.from(word, { overflow: 'reject' });
  } catch {
    return 'no such day';
  }
}

/** `Z`, `UTC`, `+02:00`, `UTC+2`, `Europe/Berlin`; null for what isn't, or is several. */
function readZone(words: string): string | null {
  const offset = /^(?:UTC|GMT)? ?([+-])(\d{1,2})(?::?(\d{2}))?$/i.exec(words);
  if (/^(z|utc|gmt)$/i.test(words)) return 'UTC';
  if (offset === null && !/^[a-z_]+(\/[a-z0-9_+-]+)+$/i.test(words)) return null;
  const name = offset === null ? words : `${offset[1]}${offset[2]?.padStart(2, '0')}:${offset[3] ?? '00'}`;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    return null;
  }
}

function zoneHelp(words: string): string {
  const abbreviation = /^[a-z]{2,5}$/i.test(words) ? 'abbreviations of zones mean several; ' : '';
  return `${abbreviation}after the time may stand UTC, an offset such as +02:00, or a zone such as Europe/Berlin; the cluster goes before "since"`;
}

function eitherHalf({ words, time }: Clock): UnclearTime {
  const inHalf = `${time.hour % 12 || 12}:${`${time.minute}`.padStart(2, '0')}`;
  return unclear(words, `this can mean the morning or the afternoon: say ${inHalf}am or ${inHalf}pm`);
}

function helpFor(words: string): string {
  const [, hour, minute] = /^(\d{1,2})[.h]?(\d{2})$/.exec(words) ?? [];
  if (hour !== undefined && minute !== undefined) return `say it with a colon: ${hour.padStart(2, '0')}:${minute}`;
  if (/^\d{1,2} ?[ap]m$/i.test(words)) return 'say the minutes as well, such as 2:00pm';
  if (/^(today|yesterday|\d{4}-\d{2}-\d{2})$/i.test(words))
    return 'say the time of day as well, such as yesterday 23:55';
  return 'say it as 14:05, 14:05:30, 2:05pm, yesterday 23:55, 2026-11-22 14:05 or 25 min ago; in another zone than yours as 14:05 UTC or 14:05 Europe/Berlin';
}

function unclear(part: string, why: string): UnclearTime {
  return { kind: 'unclear', part, why };
}

function iso(at: number, zone: string): string {
  const moment = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  return moment.toString({ timeZoneName: 'never', smallestUnit: 'second' });
}

function dayAndTime(at: number, zone: string): string {
  return iso(at, zone).slice(0, 16).replace('T', ' ');
}
