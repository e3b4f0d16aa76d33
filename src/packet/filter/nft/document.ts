import { z } from 'zod';

/**
 * What `nft -j list ruleset` prints, as far as it is used (`libnftables-json(5)`). Expressions and
 * statements are read one by one, since a single unknown one must not hide the rest.
 */
export const NftDocument = z.object({ nftables: z.array(z.record(z.string(), z.unknown())) });

export const NftChain = z.object({
  family: z.string(),
  table: z.string(),
  name: z.string(),
  type: z.enum(['filter', 'nat', 'route']).optional(),
  hook: z.string().optional(),
  prio: z.number().optional(),
  policy: z.enum(['accept', 'drop']).optional(),
  /** Missing in nftables 1.0.6 even where there is one. */
  dev: z.union([z.string(), z.array(z.string())]).optional(),
});
export type NftChain = z.infer<typeof NftChain>;

export const NftRule = z.object({
  family: z.string(),
  table: z.string(),
  chain: z.string(),
  handle: z.number().optional(),
  comment: z.string().optional(),
  expr: z.array(z.unknown()),
});
export type NftRule = z.infer<typeof NftRule>;

/** Sets and maps alike. */
export const NftSet = z.object({
  family: z.string(),
  table: z.string(),
  name: z.string(),
  elem: z.array(z.unknown()).default([]),
});
export type NftSet = z.infer<typeof NftSet>;

/** `{"counter": …}`: a thing is an object with its kind as its only key; a few are bare strings. */
export function kindOf(json: unknown): { kind: string; body: unknown } | null {
  if (typeof json === 'string') return { kind: json, body: null };
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return null;
  const [entry, ...more] = Object.entries(json);
  return entry === undefined || more.length > 0 ? null : { kind: entry[0], body: entry[1] };
}
