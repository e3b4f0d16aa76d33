import { readFile } from 'node:fs/promises';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from '../../../ops/log.ts';
import { nodeRoutes4, nodeRoutes6 } from '../../firewall/network.ts';
import { pause } from '../../pause.ts';
import { isPassing, passingAddresses, Routing, type RoutingMatters, routingChange, withoutPods } from './routing.ts';
import { Listener, listenerChanges, listenersIn, type WatchedPort } from './sockets.ts';
import type { NodeChange, NodeTelling } from './tell.ts';

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

export interface NetworkPace {
  readonly everyMs: number;
  /** How many times as long as a look took is waited at least: the kernel's list of sockets is long where connections are many. */
  readonly rest: number;
}

const PACE: NetworkPace = { everyMs: 1_000, rest: 50 };

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
  readonly pace?: NetworkPace;
}): NetworkJournal {
  const { procNet, interfaces = networkInterfaces, ports, matters, telling, clock, log, pace = PACE } = options;
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
        await pause(Math.max(pace.everyMs, pace.rest * (performance.now() - startedAt)), signal);
      }
      telling.coverage.end();
    },
  };

  async function look(): Promise<void> {
    const before = seen;
    let now = await read();
    let changes = before === null ? [] : changesOf(before, now);
    if (before !== null && changes.length > 0) {
      // The kernel hands its lists out page by page: what changes meanwhile may be left out of one that stayed.
      now = await read();
      changes = changesOf(before, now);
    }
    seen = now.seen;
    telling.coverage.reach(now.seen.seenAt);
    for (const change of changes) telling.change(change);
  }

  async function read(): Promise<{ seen: NetworkSeen; watched: readonly WatchedPort[]; lookedAt: number }> {
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
    const routing = withoutPods({ addresses, routes: [...nodeRoutes4(route), ...nodeRoutes6(route6)] }, matters());
    const listeners = listenersIn(`${tcp}\n${tcp6}`, watched);
    return { seen: { seenAt, ports: watched.map(({ port }) => port), listeners, routing }, watched, lookedAt };
  }

  function changesOf(
    before: NetworkSeen,
    { seen: now, watched, lookedAt }: Awaited<ReturnType<typeof read>>,
  ): NodeChange[] {
    const looks = { sinceAt: before.seenAt, lookedAt };
    // A port that was not looked at before was neither open nor closed.
    const known = watched.filter(({ port }) => before.ports.includes(port));
    const moved = routingChange(withoutPods(before.routing, matters()), now.routing, matters(), looks);
    const listened = listenerChanges(before.listeners, now.listeners, known, looks);
    return moved === null ? listened : [...listened, moved];
  }
}

function absentAsEmpty(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
  throw error;
}
