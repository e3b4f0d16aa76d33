import { readFile } from 'node:fs/promises';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from '../../../ops/log.ts';
import { nodeRoutes4, nodeRoutes6 } from '../../firewall/network.ts';
import { pause } from '../../pause.ts';
import { isPassing, passingAddresses, Routing, type RoutingMatters, routingChange, withoutPods } from './routing.ts';
import { Listener, listenerChanges, listenersIn, type WatchedPort } from './sockets.ts';
import type { NodeTelling } from './tell.ts';

/** What was seen last, and when that look began; epoch ms. */
export const NetworkSeen = z.object({
  seenAt: z.number(),
  ports: z.array(z.number().int()),
  listeners: z.array(Listener),
  routing: Routing,
});
export type NetworkSeen = z.infer<typeof NetworkSeen>;

export interface NetworkJournal {
  /** Looks every second until the signal aborts, less often where one look takes long. */
  run(signal: AbortSignal): Promise<void>;
  seen(): NetworkSeen | null;
}

const EVERY_MS = 1_000;
/** At most a fiftieth of the time: the kernel's list of sockets is long where connections are many. */
const COST = 50;

/** Tells listening sockets, addresses and routes that come and go, by looking again and again: no right is needed for that. */
export function networkJournal(options: {
  /** The kernel's files of the host's network: `/proc/net`. */
  readonly procNet: string;
  readonly interfaces?: () => NodeJS.Dict<NetworkInterfaceInfo[]>;
  readonly ports: () => readonly WatchedPort[];
  readonly matters: () => RoutingMatters;
  readonly telling: NodeTelling;
  /** What an earlier life saw last. */
  readonly earlier: NetworkSeen | null;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
  readonly everyMs?: number;
}): NetworkJournal {
  const { procNet, interfaces = networkInterfaces, ports, matters, telling, clock, log, everyMs = EVERY_MS } = options;
  let seen = options.earlier;

  return {
    seen: () => seen,
    async run(signal) {
      while (!signal.aborted) {
        const startedAt = performance.now();
        try {
          await look();
        } catch (error) {
          log.debug({ error }, "the kernel's files of the network can not be read");
          telling.coverage.end();
        }
        await pause(Math.max(everyMs, COST * (performance.now() - startedAt)), signal);
      }
      telling.coverage.end();
    },
  };

  async function look(): Promise<void> {
    const seenAt = clock();
    const text = (name: string): Promise<string> => readFile(join(procNet, name), 'utf8');
    // A kernel without IPv6 has none of these.
    const text6 = (name: string): Promise<string> => text(name).catch(absentAsEmpty);
    const [tcp, tcp6, route, route6, inet6] = await Promise.all([
      text('tcp'),
      text6('tcp6'),
      text('route'),
      text6('ipv6_route'),
      text6('if_inet6'),
    ]);
    const passing = passingAddresses(inet6);
    const addresses = Object.entries(interfaces()).flatMap(([device, found = []]) =>
      found.flatMap(({ cidr }) => (cidr === null || isPassing(cidr, passing) ? [] : [{ device, cidr }])),
    );
    const lookedAt = clock();
    const watched = ports();
    const before = seen;
    const routing = withoutPods({ addresses, routes: [...nodeRoutes4(route), ...nodeRoutes6(route6)] }, matters());
    const listeners = listenersIn(`${tcp}\n${tcp6}`, watched);
    seen = { seenAt, ports: watched.map(({ port }) => port), listeners, routing };
    telling.coverage.reach(seenAt);
    if (before === null) return;
    const looks = { sinceAt: before.seenAt, lookedAt };
    // A port that was not looked at before was neither open nor closed.
    const known = watched.filter(({ port }) => before.ports.includes(port));
    const moved = routingChange(withoutPods(before.routing, matters()), routing, matters(), looks);
    for (const change of listenerChanges(before.listeners, listeners, known, looks)) telling.change(change);
    if (moved !== null) telling.change(moved);
  }
}

function absentAsEmpty(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
  throw error;
}
