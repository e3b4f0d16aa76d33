import { z } from 'zod';

/** What clients connect to. */
export const Entry = z.object({
  host: z.string().max(253),
  port: z.number().int().min(1).max(65535),
  /** Where the host is known to be; empty: it is looked up. */
  addresses: z.array(z.string().max(100)).max(64),
});
export type Entry = z.infer<typeof Entry>;

/** Of ways that were read those that begin there; all of them while nobody knows what clients connect to. */
export function waysAt<Way extends { readonly addresses: readonly string[]; readonly port: number }>(
  ways: readonly Way[],
  entry: Entry | null,
): readonly Way[] {
  if (entry === null) return ways;
  const places = new Set([entry.host, ...entry.addresses].map((place) => place.toLowerCase()));
  const isThere = ({ addresses, port }: Way) =>
    port === entry.port && addresses.some((address) => places.has(address.toLowerCase()));
  // A name that does not resolve hides where clients would go, not what stands there.
  const isPerhapsThere = ({ port }: Way) => entry.addresses.length === 0 && port === entry.port;
  const there = ways.filter(isThere);
  return there.length > 0 ? there : ways.filter(isPerhapsThere);
}

/** `203.0.113.10:6443`, IPv6 in brackets. */
export function placeWords(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
