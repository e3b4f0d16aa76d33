import { slotsAfter } from './slots.ts';

/** What somebody said of how often, as a cron expression, or why it was not understood. */
export type ReadWhen =
  | { readonly kind: 'when'; readonly cron: string; readonly said: string }
  /** `why`: what to say instead, as the end of a sentence. */
  | { readonly kind: 'unclear'; readonly part: string; readonly why: string };

/** Posts that follow one another more closely are read by nobody. */
const leastApartMs = 15 * 60_000;

const whenExamples = 'weekdays at 9:00, daily at 08:30, every 6 hours, or a cron expression such as 0 9 * * 1-5';

/** Reads `every 6 hours`, `weekdays at 9:00`, `mon, thu at 7:30 and 19:30`, or five cron fields. Pure. `nowAt`: epoch ms. */
export function readWhen(text: string, { zone, nowAt }: { zone: string; nowAt: number }): ReadWhen {
  const said = text.trim().replaceAll(/\s+/g, ' ');
  if (said === '') return unclear(said, `say when, such as ${whenExamples}`);
  if (said.length > 200) return unclear(said.slice(0, 60), 'it is too long');
  const read = looksLikeCron(said) ? { kind: 'when' as const, cron: said, said } : readWords(said);
  return read.kind === 'when' ? checked(read, zone, nowAt) : read;
}

function checked(read: Extract<ReadWhen, { kind: 'when' }>, zone: string, nowAt: number): ReadWhen {
  try {
    const next = slotsAfter({ cron: read.cron, zone }, nowAt, 24);
    if (next.length === 0) return unclear(read.said, 'there is no such moment');
    if (next.some((at, index) => at - (next[index - 1] ?? 0) < leastApartMs)) {
      return unclear(read.said, 'that is more often than every 15 minutes, which nobody would read');
    }
    return read;
  } catch {
    return unclear(
      read.said,
      'a cron expression has five fields, minute, hour, day of the month, month, day of the week, such as 0 9 * * 1-5',
    );
  }
}

function looksLikeCron(said: string): boolean {
  return /^[\d*@]/.test(said) && !/\bat\b/i.test(said);
}

function readWords(said: string): ReadWhen {
  const words = said.toLowerCase();
  const every =
    /^(?:hourly|every (?:(\d{1,4}) )?(hours?|hrs?|h|minutes?|mins?))(?: (?:from|at|starting at) (.+))?$/.exec(words);
  if (every !== null) return interval(said, Number(every[1] ?? 1), every[2] ?? 'hour', every[3]);
  const days = /^(?:on )?(?:every )?(.+?)(?: at (.+))?$/.exec(words);
  const which = daysOf(days?.[1] ?? '');
  if (which === null) return unclear(said, `say for example ${whenExamples}`);
  if (days?.[2] === undefined) return unclear(said, `say at what time, such as ${said} at 9:00`);
  const times = timesOf(days[2]);
  if (times === null) return unclear(days[2], 'a time is meant here, such as 9:00, 17:30 or 7am');
  const minutes = new Set(times.map(({ minute }) => minute));
  const [minute] = minutes;
  if (minutes.size > 1) return unclear(days[2], 'several times of one schedule share their minutes; add another one');
  const hours = [...new Set(times.map(({ hour }) => hour))].sort((a, b) => a - b);
  return { kind: 'when', cron: `${minute} ${hours.join(',')} * * ${which}`, said };
}

function interval(said: string, every: number, unit: string, from: string | undefined): ReadWhen {
  const isMinutes = unit.startsWith('m');
  const [start] = from === undefined ? [{ hour: 0, minute: 0 }] : (timesOf(from) ?? []);
  if (start === undefined) return unclear(from ?? said, 'a time is meant here, such as 6:00');
  if (isMinutes) {
    if (![15, 20, 30, 60].includes(every)) return unclear(said, 'choose every 15, 20 or 30 minutes');
    return { kind: 'when', cron: every === 60 ? '0 * * * *' : `*/${every} * * * *`, said };
  }
  // Else the last stretch of each day would be shorter than the others.
  if (every < 1 || 24 % every !== 0) return unclear(said, 'choose every 1, 2, 3, 4, 6, 8, 12 or 24 hours');
  if (every === 1) return { kind: 'when', cron: `${start.minute} * * * *`, said };
  const hours = Array.from({ length: 24 / every }, (_, index) => (start.hour + index * every) % 24);
  return { kind: 'when', cron: `${start.minute} ${hours.sort((a, b) => a - b).join(',')} * * *`, said };
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** The fifth field of a cron expression; null when it names no days. */
function daysOf(words: string): string | null {
  if (/^(day|daily|days)$/.test(words)) return '*';
  if (/^(weekdays?|working days?|workdays?)$/.test(words)) return '1-5';
  if (/^weekends?$/.test(words)) return '0,6';
  const days = words.split(/\s*(?:,|\band\b)\s*/).map((word) => {
    const singular = word.replace(/s$/, '');
    const index = weekdays.findIndex((day) => day === singular || (singular.length >= 3 && day.startsWith(singular)));
    return index === -1 ? null : index;
  });
  if (days.length === 0 || days.includes(null)) return null;
  return [...new Set(days)].sort().join(',');
}

interface ClockTime {
  readonly hour: number;
  readonly minute: number;
}

function timesOf(words: string): readonly ClockTime[] | null {
  const times = words.split(/\s*(?:,|\band\b)\s*/).map(timeOf);
  return times.every((time) => time !== null) ? times : null;
}

function timeOf(word: string): ClockTime | null {
  if (word === 'noon') return { hour: 12, minute: 0 };
  if (word === 'midnight') return { hour: 0, minute: 0 };
  const parts = /^(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?$/.exec(word);
  if (parts === null) return null;
  const [, given, minutes = '0', half] = parts;
  const minute = Number(minutes);
  const hour = half === undefined ? Number(given) : (Number(given) % 12) + (half === 'pm' ? 12 : 0);
  if (half !== undefined && (Number(given) < 1 || Number(given) > 12)) return null;
  return hour > 23 || minute > 59 ? null : { hour, minute };
}

function unclear(part: string, why: string): ReadWhen {
  return { kind: 'unclear', part, why };
}
