import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { placeIn } from './read.ts';
import type { SeenProxy, Sight } from './sight.ts';

/** Where an API server is known to be reached: an address, or a name, with its port. */
export interface ApiPlace {
  readonly host: string;
  readonly port: number;
}

/** What of a HAProxy leads to one cluster's API server, by name. */
export const Leads = z.object({
  backends: z.array(z.string()),
  frontends: z.array(z.string()),
  /** Those of the frontends that were seen to listen on a port of the API's. */
  entries: z.array(z.string()),
});
export type Leads = z.infer<typeof Leads>;

/** Names that the configuration gives; those left out are found by what is seen. */
export interface Named {
  readonly backends: readonly string[];
  readonly frontends: readonly string[];
}

/**
 * Backends with a server at a place of the API's; frontends that listen on a port of it, and what shares the name of
 * such a backend or frontend (`listen`). HAProxy does not tell which frontend uses which backend.
 */
export function leadsIn({ proxies }: Sight, named: Named, api: readonly ApiPlace[]): Leads {
  const all = Object.entries(proxies);
  const toApi = all.filter(([, proxy]) => hasServerAt(proxy, api)).map(([name]) => name);
  const entries = all.filter(([, proxy]) => listensAt(proxy, api)).map(([name]) => name);
  const backends =
    named.backends.length > 0
      ? named.backends
      : toApi.length > 0
        ? toApi
        : entries.filter((name) => proxies[name]?.isBackend);
  const isEntry = (name: string) => entries.includes(name) || backends.includes(name);
  const frontends =
    named.frontends.length > 0
      ? named.frontends
      : all.filter(([name, proxy]) => proxy.frontend !== null && isEntry(name)).map(([name]) => name);
  return {
    backends: [...backends],
    frontends: [...frontends],
    entries: entries.filter((name) => frontends.includes(name)),
  };
}

/** What was known to lead there is remembered: it may be gone now. */
export function joined(a: Leads, b: Leads): Leads {
  const both = (one: readonly string[], other: readonly string[]) => [...new Set([...one, ...other])].sort();
  return {
    backends: both(a.backends, b.backends),
    frontends: both(a.frontends, b.frontends),
    entries: both(a.entries, b.entries),
  };
}

function hasServerAt({ servers }: SeenProxy, api: readonly ApiPlace[]): boolean {
  return Object.values(servers).some(({ address, port }) =>
    api.some((place) => address !== null && place.port === port && isSame(place.host, address)),
  );
}

/** Does it take connections on a port that clients use for the API, on every address or on that one? */
export function listensAt({ listeners }: SeenProxy, api: readonly ApiPlace[]): boolean {
  return listeners.some((listener) => {
    const { address, port } = placeIn(listener);
    return api.some(
      (place) =>
        place.port === port &&
        address !== null &&
        (isEverywhere(address) || isSame(place.host, address) || !ipaddr.isValid(place.host)),
    );
  });
}

function isEverywhere(address: string): boolean {
  return address === '*' || address === '0.0.0.0' || address === '::';
}

function isSame(a: string, b: string): boolean {
  if (!ipaddr.isValid(a) || !ipaddr.isValid(b)) return a.toLowerCase() === b.toLowerCase();
  return ipaddr.process(a).toString() === ipaddr.process(b).toString();
}
