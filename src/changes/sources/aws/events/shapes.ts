import { z } from 'zod';

/** Lists in CloudTrail stand under `items`; one of none is null, or left out. */
export function items<T extends z.ZodType>(item: T) {
  return z
    .object({ items: z.array(item).default([]) })
    .nullish()
    .transform((list) => list?.items ?? []);
}

export const Id = z.string().min(1);
export const Port = z.number().int().nullish();
