import dgram from 'node:dgram';
import dns from 'node:dns/promises';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { Fate } from './gate.ts';

/**
 * Loaded before a program of the product (`node --import`), it lets that one process stand somewhere else: on a
 * control-plane node, in a pod, or outside. Only root could do that for real, by network namespaces. The program
 * itself is the real one, and so are its connections: TCP and TLS over loopback, to where the place's ways lead.
 *
 * Whatever has no way and is not loopback is unreachable: nothing leaves this machine.
 */
export const Place = z.object({
  /** `10.0.0.10:6443` or `[::1]:6443` → the port on 127.0.0.1 where that really is. */
  ways: z.record(z.string(), z.number().int()),
  /** The port on 127.0.0.1 where it is asked, before every connection by a way, whether its first packet would pass. */
  gate: z.number().int(),
  /** Names of the hosts file. */
  names: z.record(z.string(), z.array(z.string())),
  /** The one DNS server, `address:port`; all other names are asked of it. */
  dns: z.string(),
  /** Which address packets leave by. */
  leavesBy: z.string(),
  /** Interfaces with their addresses, each with its prefix length; empty: those of this machine are shown. */
  interfaces: z.record(z.string(), z.array(z.string())),
  /** Below this folder nothing was put in its place later than it was written: a time that nobody can set on a file. */
  oldFiles: z.string().optional(),
});
export type Place = z.infer<typeof Place>;

/** The variable that describes the place, as JSON. */
export const PLACE = 'STAND_IN_PLACE';

const described = process.env[PLACE];
if (described !== undefined) standAt(Place.parse(JSON.parse(described)));

function standAt(place: Place): void {
  leadConnections(place);
  leadDatagrams(place);
  answerNames(place);
  if (Object.keys(place.interfaces).length > 0) showInterfaces(place);
  if (place.oldFiles !== undefined) keepAge(place.oldFiles);
  syncBuiltinESMExports();
  // Nobody would stop it any more.
  process.once('disconnect', () => process.exit(1));
  process.channel?.unref();
}

/** Every way to connect (net, tls, http, fetch) ends here. */
function leadConnections({ ways, gate, leavesBy }: Place): void {
  const connect = net.Socket.prototype.connect;
  const goOn = (socket: net.Socket, given: unknown[]): net.Socket => Reflect.apply(connect, socket, given);
  const ask = (question: string): Promise<string> => {
    const socket = goOn(new net.Socket(), [{ host: '127.0.0.1', port: gate }]);
    socket.write(`${question}\n`);
    return text(socket);
  };
  net.Socket.prototype.connect = function (this: net.Socket, ...given: unknown[]): net.Socket {
    // Node's own callers hand in the options and the listener in one list, which they mark as such.
    const list = Array.isArray(given[0]) ? given[0] : given;
    const target = Target.safeParse(list[0]);
    if (!target.success) return goOn(this, given);
    const { host, port } = target.data;
    const to = net.isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
    const way = ways[to];
    if (way !== undefined) {
      // A name that takes as long to look up as the packet takes to arrive; one that is dropped never does.
      const lookup = (
        _: string,
        __: object,
        arrived: (error: Error | null, address: string, family: number) => void,
      ) => {
        ask(`${leavesBy} ${to}`).then(
          (fate) => {
            switch (Fates.parse(fate)) {
              case 'pass':
                arrived(null, '127.0.0.1', 4);
                break;
              case 'refuse':
                arrived(refused(host, port), '', 4);
                break;
              case 'drop':
                break;
            }
          },
          (error: Error) => arrived(error, '', 4),
        );
      };
      list[0] = { ...Object(list[0]), host: to, port: way, lookup, autoSelectFamily: false };
      Object.defineProperty(this, 'localAddress', { get: () => (isLoopback(host) ? host : leavesBy) });
    } else if (!isLoopback(host)) {
      const error = Object.assign(new Error(`connect ENETUNREACH ${host}:${port}`), { code: 'ENETUNREACH' });
      process.nextTick(() => this.destroy(error));
      return this;
    }
    return goOn(this, given);
  };
}

const Fates = z.enum(['pass', 'refuse', 'drop'] satisfies Fate[]);

function refused(address: string, port: number): Error {
  const found = { code: 'ECONNREFUSED', syscall: 'connect', address, port };
  return Object.assign(new Error(`connect ECONNREFUSED ${address}:${port}`), found);
}

/** A connection to a host; one to a unix socket is left alone. */
const Target = z.object({ host: z.string(), port: z.coerce.number() });

/** A connected datagram socket sends nothing: the product asks it only by which address it would leave. */
function leadDatagrams({ leavesBy }: Place): void {
  const connect = dgram.Socket.prototype.connect;
  const address = dgram.Socket.prototype.address;
  const away = new WeakSet<dgram.Socket>();
  dgram.Socket.prototype.connect = function (this: dgram.Socket, port: number, host: unknown, ...rest: unknown[]) {
    if (typeof host !== 'string' || isLoopback(host)) return Reflect.apply(connect, this, [port, host, ...rest]);
    away.add(this);
    return Reflect.apply(connect, this, [port, net.isIPv6(host) ? '::1' : '127.0.0.1', ...rest]);
  };
  dgram.Socket.prototype.address = function (this: dgram.Socket) {
    const own = address.call(this);
    return away.has(this) ? { ...own, address: leavesBy } : own;
  };
}

function answerNames({ names, dns: server }: Place): void {
  class Resolver extends dns.Resolver {
    constructor(options?: ConstructorParameters<typeof dns.Resolver>[0]) {
      super(options);
      this.setServers([server]);
    }
  }
  const lookup = async (host: string) => {
    const addresses = net.isIP(host) === 0 ? (names[host] ?? (await asked(host))) : [host];
    return addresses.map((address) => ({ address, family: net.isIP(address) }));
  };
  const asked = (host: string) =>
    new Resolver({ timeout: 1_000, tries: 2 }).resolve4(host).catch((cause: NodeJS.ErrnoException) => {
      const code = cause.code === 'ENOTFOUND' || cause.code === 'ENODATA' ? 'ENOTFOUND' : 'EAI_AGAIN';
      throw Object.assign(new Error(`getaddrinfo ${code} ${host}`, { cause }), { code, hostname: host });
    });
  Object.assign(dns, { lookup, Resolver });
}

function showInterfaces({ interfaces }: Place): void {
  const infos = Object.entries(interfaces).map(([name, cidrs]) => {
    const shown = cidrs.map((cidr) => {
      const address = cidr.split('/')[0] ?? '';
      return {
        address,
        cidr,
        family: net.isIPv6(address) ? 'IPv6' : 'IPv4',
        internal: isLoopback(address),
        mac: '00:00:00:00:00:00',
      };
    });
    return [name, shown];
  });
  Object.assign(os, { networkInterfaces: () => Object.fromEntries(infos) });
}

function keepAge(folder: string): void {
  const { stat } = fs;
  const aged = async (path: string) => {
    const found = await stat(path);
    return path.startsWith(folder) ? Object.assign(found, { ctimeMs: found.mtimeMs }) : found;
  };
  Object.assign(fs, { stat: aged });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
