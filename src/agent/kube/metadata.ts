import { z } from 'zod';

/** The parts of an object's metadata that are used. */

const Managed = z.object({
  manager: z.string().nullish(),
  time: z.string().nullish(),
  subresource: z.string().nullish(),
});

export const Metadata = z.object({
  name: z.string(),
  namespace: optional(z.string(), ''),
  uid: z.string(),
  labels: optional(z.record(z.string(), z.string()), {}),
  creationTimestamp: z.string().nullish(),
  deletionTimestamp: z.string().nullish(),
  managedFields: optional(z.array(Managed), []),
});
export type Metadata = z.infer<typeof Metadata>;

/** An object of which only the metadata matters. */
export const Named = z.object({ metadata: Metadata });

/** The newest writer of the object itself, as far as `managedFields` know: they keep one time a manager, its newest. */
export function lastModified(metadata: Metadata): { modifiedAt: number | null; modifiedBy: string | null } {
  const { modifiedAt, by } = lastWriters(metadata);
  return { modifiedAt, modifiedBy: by[0] ?? null };
}

/** The same with everybody who wrote in that second: times are no finer, and the order says nothing. */
export function lastWriters(metadata: Metadata): { modifiedAt: number | null; by: readonly string[] } {
  let newest: { modifiedAt: number; by: string[] } | null = null;
  for (const { manager, time, subresource } of metadata.managedFields) {
    const at = epochMs(time);
    if (at === null || subresource || (newest !== null && newest.modifiedAt > at)) continue;
    if (newest === null || newest.modifiedAt < at) newest = { modifiedAt: at, by: [] };
    if (manager) newest.by.push(manager);
  }
  return newest ?? { modifiedAt: epochMs(metadata.creationTimestamp), by: [] };
}

export function epochMs(time: string | null | undefined): number | null {
  const at = time ? Date.parse(time) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

/** Go leaves out what is empty, or writes `null`. */
export function optional<T extends z.ZodType>(schema: T, otherwise: z.output<T>) {
  return schema.nullish().transform((value) => value ?? otherwise);
}
