import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { NodeNetwork } from '../../checks/host-firewall/port.ts';
import { formatAddress } from '../../packet/filter/address.ts';
import type { HostRoute } from '../../packet/filter/host.ts';

/** Interfaces, addresses and the main routing table of this network namespace; needs no privilege. */
export async function localNetwork(proc = '/proc/net'): Promise<NodeNetwork> {
  const [routes4, routes6, devices] = await Promise.all([
    textOf(`${proc}/route`),
    textOf(`${proc}/ipv6_route`),
    textOf(`${proc}/dev`),
  ]);
  const interfaces = Object.entries(networkInterfaces()).map(([name, addresses = []]) => ({
    name,
    addresses: addresses.flatMap(({ cidr }) => (cidr === null ? [] : [cidr])),
  }));
  return {
    interfaces,
    routes: [...parseRoutes4(routes4), ...parseRoutes6(routes6)],
    devices: parseDevices(devices),
  };
}

/** `/proc/net/route`: addresses as little-endian hex; flags 0x1 up, 0x200 reject. */
export function parseRoutes4(text: string): HostRoute[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [device, destination, , flags, , , , mask] = line.trim().split(/\s+/);
      if (device === undefined || destination === undefined || mask === undefined) return [];
      if (!isUp(flags)) return [];
      const address = formatAddress(4, BigInt(reversed(destination)));
      return [{ to: `${address}/${lengthOf(reversed(mask))}`, device }];
    });
}

/** `/proc/net/ipv6_route`: addresses and prefix lengths as big-endian hex, the device last. */
export function parseRoutes6(text: string): HostRoute[] {
  return text.split('\n').flatMap((line) => {
    const [destination, length, , , , , , , flags, device] = line.trim().split(/\s+/);
    if (destination === undefined || length === undefined || device === undefined) return [];
    // The local table stands here too; own addresses are known by themselves.
    if (!isUp(flags) || isLocalRoute(flags) || destination.startsWith('ff')) return [];
    return [{ to: `${formatAddress(6, BigInt(`0x${destination}`))}/${Number.parseInt(length, 16)}`, device }];
  });
}

function isUp(flags: string | undefined): boolean {
  const bits = Number.parseInt(flags ?? '0', 16);
  return (bits & 0x1) !== 0 && (bits & 0x200) === 0;
}

/** RTF_LOCAL and RTF_ANYCAST of `linux/ipv6_route.h`. */
function isLocalRoute(flags: string | undefined): boolean {
  return (Number.parseInt(flags ?? '0', 16) & 0x80100000) !== 0;
}

function parseDevices(text: string): string[] {
  return text
    .split('\n')
    .slice(2)
    .flatMap((line) => /^\s*([^\s:]+):/.exec(line)?.[1] ?? []);
}

function reversed(hex: string): string {
  return `0x${(hex.match(/../g) ?? []).toReversed().join('')}`;
}

function lengthOf(mask: string): number {
  return BigInt(mask).toString(2).replaceAll('0', '').length;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    // Without routes the evaluator says "unknown" where it would need one.
    return '';
  }
}
