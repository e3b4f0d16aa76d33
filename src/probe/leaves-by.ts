import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { type Lookup, lookupAll } from './lookup.ts';

/**
 * Source addresses that packets to `host` leave by, as this machine's routes decide; a NAT on the way may replace them.
 * Connecting a UDP socket picks the route and sends nothing. Empty where there is no route, or no such name.
 */
export async function leavesBy(
  host: string,
  port: number,
  signal: AbortSignal,
  lookup: Lookup = lookupAll,
): Promise<string[]> {
  const addresses = isIP(host) === 0 ? await lookup(host, signal).catch(() => []) : [host];
  const sources = await Promise.all(addresses.map((address) => sourceTowards(address, port)));
  return [...new Set(sources.filter((source) => source !== null))];
}

function sourceTowards(address: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    const settle = (source: string | null): void => {
      socket.close();
      resolve(source);
    };
    socket.once('error', () => settle(null));
    socket.once('connect', () => settle(socket.address().address));
    socket.connect(port, address);
  });
}
