import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { duration } from './duration.ts';

const minute = 60_000;

/** How a cluster's outages are told: the card in its channel, reminders, quiet hours. `channel`: a channel's id. */
export function outageSettings(channel: z.ZodType<string>) {
  return z.strictObject({
    post: z.boolean().default(true),
    channel: channel.nullable().default(null),
    mention: z
      .string()
      .regex(/^[SUW][A-Z0-9]+$/)
      .nullable()
      .default(null),
    /** In ms; null: never. */
    remindEvery: z
      .union([z.literal('never').transform(() => null), duration({ leastMs: 5 * minute, mostMs: 24 * 60 * minute })])
      .prefault('30m'),
    quiet: z
      .strictObject({ from: TimeOfDay, to: TimeOfDay, zone: z.string().refine(isZone) })
      .refine(({ from, to }) => from !== to, { path: ['to'] })
      .nullable()
      .default(null),
  });
}

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

function isZone(name: string): boolean {
  try {
    Temporal.Now.zonedDateTimeISO(name);
    // `+02:00` would have no daylight saving, and whoever writes it mostly means a place.
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
