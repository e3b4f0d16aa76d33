import { Temporal } from 'temporal-polyfill';
import { type Listener, readTime } from './said-time.ts';

/** `unclear`: `why` says what to say instead. */
export type ReadSince =
  | { readonly kind: 'since'; readonly at: number }
  | { readonly kind: 'unclear'; readonly part: string; readonly why: string };

/**
 * From when on somebody looks back: a day (`2026-11-22`, `yesterday`), `3 weeks ago`, or a time as of an outage. It may be
 * as long ago as one likes, since it only bounds what is looked for. Pure.
 */
export function readSince(text: string, listener: Listener): ReadSince {
  const words = text.trim().replaceAll(/\s+/g, ' ');
  const day = dayOf(words.toLowerCase(), listener);
  if (day !== null) return { kind: 'since', at: day };
  const read = readTime(words, listener);
  if (read.kind === 'time') return { kind: 'since', at: read.earliestAt };
  return { ...read, why: 'say it as 2026-11-22, yesterday, 3 weeks ago or 2026-11-22 14:05' };
}

/** Midnight of that day in the person's zone; null where it is no day. */
function dayOf(words: string, { nowAt, zone }: Listener): number | null {
  const today = Temporal.Instant.fromEpochMilliseconds(nowAt).toZonedDateTimeISO(zone).toPlainDate();
  const [, amount, unit] = /^(\d{1,4}) ?(d|days?|w|weeks?|months?|y|years?) ago$/.exec(words) ?? [];
  const midnight = (date: Temporal.PlainDate) => date.toZonedDateTime(zone).epochMilliseconds;
  if (words === 'today') return midnight(today);
  if (words === 'yesterday') return midnight(today.subtract({ days: 1 }));
  if (amount !== undefined && unit !== undefined) {
    const count = Number(amount);
    if (unit.startsWith('d')) return midnight(today.subtract({ days: count }));
    if (unit.startsWith('w')) return midnight(today.subtract({ weeks: count }));
    if (unit.startsWith('m')) return midnight(today.subtract({ months: count }));
    return midnight(today.subtract({ years: count }));
  }
  if (!/^\d{4}-\d{2}-\d{2}$/.test(words)) return null;
  try {
    return midnight(Temporal.PlainDate.from(words, { overflow: 'reject' }));
  } catch {
    return null;
  }
}
