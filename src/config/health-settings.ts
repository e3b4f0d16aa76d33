import { z } from 'zod';
import { readWhen } from '../health/read-when.ts';
import { isTimeZone } from '../health/slots.ts';

/** Any moment will do to see whether an expression means something. */
const aMoment = Date.UTC(2026, 0, 1);

/** What the file says of a health post that is due again and again. */
export function healthPostSettings(parts: { channel: z.ZodType<string>; cluster: z.ZodType<string> }) {
  return z
    .strictObject({
      channel: parts.channel,
      when: z.string().min(1).max(200),
      zone: z.string().refine(isTimeZone).default('UTC'),
      /** null: all. */
      clusters: z.array(parts.cluster).min(1).nullable().default(null),
    })
    .refine(({ when, zone }) => readWhen(when, { zone, nowAt: aMoment }).kind === 'when', { path: ['when'] });
}
