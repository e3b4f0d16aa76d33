import { type Moment, type SeenServer, type Sight, takes } from './sight.ts';

/**
 * What stood before the first look, as far as HAProxy tells when each state began: a server that changed within `backMs`
 * was otherwise, a process that is younger was another. What else was different nobody knows.
 */
export function supposedBefore(first: Sight, backMs: number): Sight {
  const readAt = first.readAt - backMs;
  const started = first.process?.started ?? null;
  const changed = (server: SeenServer) =>
    isAfter(server.since, Math.max(readAt, (started?.latestAt ?? readAt) + 1_000));
  const proxies = Object.entries(first.proxies).map(([name, proxy]) => {
    const servers = Object.entries(proxy.servers).map(([server, seen]) => {
      if (!changed(seen)) return [server, seen] as const;
      return [server, { ...seen, status: takes(seen) ? 'DOWN' : 'UP' }] as const;
    });
    return [name, { ...proxy, servers: Object.fromEntries(servers) }] as const;
  });
  return {
    ...first,
    readAt,
    process: first.process !== null && isAfter(started, readAt) ? { ...first.process, pid: null } : first.process,
    proxies: Object.fromEntries(proxies),
  };
}

function isAfter(moment: Moment | null, at: number): boolean {
  return moment !== null && moment.earliestAt > at;
}
