import type { Reader } from './reader.ts';

const dayMs = 86_400_000;

type Fields = Intl.DateTimeFormatOptions;

const dates = {
  date_num: { year: 'numeric', month: '2-digit', day: '2-digit' },
  date_slash: { year: 'numeric', month: '2-digit', day: '2-digit' },
  date: { year: 'numeric', month: 'long', day: 'numeric' },
  date_short: { year: 'numeric', month: 'short', day: 'numeric' },
  date_long: { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
} satisfies Record<string, Fields>;

const times = {
  time: { hour: '2-digit', minute: '2-digit' },
  time_secs: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
} satisfies Record<string, Fields>;

/**
 * Fills in the tokens of `<!date^timestamp^tokens>` as Slack's window does for a reader of 24-hour clocks.
 * Source: docs.slack.dev/messaging/formatting-message-text, "date formatting".
 */
export function formatDate(at: number, tokens: string, reader: Pick<Reader, 'tz' | 'nowAt'>): string {
  return tokens.replace(/\{(\w+)\}/g, (whole, token: string) => one(at, token, reader) ?? whole);
}

export function clockTime(at: number, reader: Pick<Reader, 'tz'>): string {
  return format(at, times.time, reader.tz);
}

function one(at: number, token: string, reader: Pick<Reader, 'tz' | 'nowAt'>): string | null {
  if (token === 'ago') return ago(reader.nowAt - at);
  const time = pick(times, token);
  if (time) return format(at, time, reader.tz);
  const isPretty = token.endsWith('_pretty');
  const date = pick(dates, token.replace(/_pretty$/, ''));
  if (!date) return null;
  const near = isPretty ? nearDay(at, reader) : null;
  if (near) return near;
  const formatted = format(at, date, reader.tz);
  return token === 'date_num' ? formatted.split('/').toReversed().join('-') : formatted;
}

function pick(table: Readonly<Record<string, Fields>>, token: string): Fields | null {
  return table[token] ?? null;
}

function nearDay(at: number, { tz, nowAt }: Pick<Reader, 'tz' | 'nowAt'>): string | null {
  const day = (time: number) => format(time, dates.date_num, tz);
  if (day(at) === day(nowAt)) return 'today';
  if (day(at) === day(nowAt - dayMs)) return 'yesterday';
  return day(at) === day(nowAt + dayMs) ? 'tomorrow' : null;
}

function ago(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const words = minutes < 60 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  return ms >= 0 ? `${words} ago` : `in ${words}`;
}

function format(at: number, fields: Fields, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { ...fields, timeZone, hourCycle: 'h23' }).format(at);
}
