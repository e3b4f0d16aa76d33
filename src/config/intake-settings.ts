import { z } from 'zod';

const Beginning = z.string().min(1).max(2_000).nullable().default(null);

/** Of `/changes`: which clusters an event is about that names none itself. The first rule that fits decides. */
export const IntakeSettings = z.strictObject({
  clusters: z.preprocess(
    (value) => value ?? [],
    z.array(
      z
        .strictObject({ source: Beginning, subject: Beginning, clusters: z.array(z.string()).min(1) })
        .refine(({ source, subject }) => source !== null || subject !== null),
    ),
  ),
});
