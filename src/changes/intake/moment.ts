import { z } from 'zod';

/** A moment as RFC 3339 writes it, with its offset; `+0000` for `+00:00` is understood, since many programs write it. Epoch ms. */
export const Moment = z
  .string()
  .max(50)
  .transform((text) => text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
  .pipe(z.iso.datetime({ offset: true }))
  .transform(Date.parse)
  .refine(Number.isFinite);
