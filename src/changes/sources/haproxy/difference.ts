import type { Moment, SeenProxy, SeenServer, Sight } from './sight.ts';

/** One thing that differs between two sights. */
export interface Difference extends Moment {
  /** `health check`: HAProxy found it so by itself; everything else somebody did. */
  readonly kind: 'process' | 'configuration' | 'frontend' | 'backend' | 'server' | 'health check';
  readonly action: 'create' | 'update' | 'delete' | 'restart' | 'end';
  /** `backend/server`, or the name of the proxy. */
  readonly name: string;
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
  /** Follows HAProxy's name and a colon. */
  readonly words: string;
  readonly diff: readonly string[];
  /** The sight before it, with this alone changed. */
  readonly apply: (sight: Sight) => Sight;
}

export interface When {
  readonly between: Moment;
  /** When the configuration in force changed: as it was started anew, else at some time between the looks. */
  readonly at: Moment;
  readonly isAnew: boolean;
}

/** The part of a moment that lies between the two looks; all between them where none does: then it is of something before. */
export function within(moment: Moment | null, between: Moment): Moment {
  if (moment === null) return between;
  const earliestAt = Math.max(moment.earliestAt, between.earliestAt);
  const latestAt = Math.min(moment.latestAt, between.latestAt);
  return earliestAt <= latestAt ? { earliestAt, latestAt } : between;
}

export function placesOf(servers: readonly SeenServer[]): Pick<Difference, 'addresses' | 'ports'> {
  return {
    addresses: [...new Set(servers.flatMap(({ address }) => address ?? []))].slice(0, 64),
    ports: [...new Set(servers.flatMap(({ port }) => port ?? []))].slice(0, 64),
  };
}

export function withProxy(sight: Sight, name: string, change: (proxy: SeenProxy) => SeenProxy): Sight {
  const known = sight.proxies[name] ?? { frontend: null, listeners: [], isBackend: false, servers: {} };
  return { ...sight, proxies: { ...sight.proxies, [name]: change(known) } };
}
