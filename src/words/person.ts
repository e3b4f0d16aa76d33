import { z } from 'zod';

/** Who did something: the product by itself, or a person (Slack user id, or a login name in the terminal). */
export const Actor = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('itself') }),
  z.object({ kind: z.literal('person'), id: z.string().min(1) }),
]);
export type Actor = z.infer<typeof Actor>;
