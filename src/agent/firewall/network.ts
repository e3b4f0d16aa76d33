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

/** A route as the kernel has it, with what a person names it by. */
export interface NodeRoute extends HostRoute {
  /** The next hop; null for one's own network. */
  readonly via: string | null;
  readonly metric: number;
  /** `blackhole`, `unreachable`, `prohibit`: packets to it are refused. */
  readonly rejects: boolean;
}

/** Those that lead somewhere, as rules ask for them. */
export function parseRoutes4(text: string): HostRoute[] {
  return nodeRoutes4(text)
    .filter(({ rejects }) => !rejects)
    .map(leads);
}

export function parseRoutes6(text: string): HostRoute[] {
  return nodeRoutes6(text)
    .filter(({ rejects }) => !rejects)
    .map(leads);
}

function leads({ to, device }: NodeRoute): HostRoute {
  return { to, device };
}

/** `/proc/net/route`: addresses as little-endian hex; flags 0x1 up, 0x200 reject. */
export function nodeRoutes4(text: string): NodeRoute[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [device, destination, gateway, flags, , , metric, mask] = line.trim().split(/\s+/);
      if (device === undefined || destination === undefined || mask === undefined) return [];
      if (!isUp(flags)) return [];
      const address = formatAddress(4, BigInt(reversed(destination)));
      return [
        {
          to: `${address}/${lengthOf(reversed(mask))}`,
          device,
          via: nextHop(4, reversed(gateway ?? '').slice(2)),
          metric: Number(metric),
          // A blackhole has no device, and no flag of its own here.
          rejects: isReject(flags) || device === '*',
        },
      ];
    });
}

/** `/proc/net/ipv6_route`: addresses and prefix lengths as big-endian hex, the device last. */
export function nodeRoutes6(text: string): NodeRoute[] {
  return text.split('\n').flatMap((line) => {
    const [destination, length, , , gateway, metric, , , flags, device] = line.trim().split(/\s+/);
    if (destination === undefined || length === undefined || device === undefined) return [];
    // The local table stands here too; own addresses are known by themselves. And the entry that stands for "no route".
    if (!isUp(flags) && !isReject(flags)) return [];
    if (isLocalRoute(flags) || destination.startsWith('ff') || metric === 'ffffffff') return [];
    return [
      {
        to: `${formatAddress(6, BigInt(`0x${destination}`))}/${Number.parseInt(length, 16)}`,
        device,
        via: nextHop(6, gateway ?? ''),
        metric: Number.parseInt(metric ?? '0', 16),
        rejects: isReject(flags),
      },
    ];
  });
}

function isUp(flags: string | undefined): boolean {
  return (Number.parseInt(flags ?? '0', 16) & 0x1) !== 0;
}

function isReject(flags: string | undefined): boolean {
  return (Number.parseInt(flags ?? '0', 16) & 0x200) !== 0;
}

function nextHop(family: 4 | 6, hex: string): string | null {
  return /^0*$/.test(hex) ? null : formatAddress(family, BigInt(`0x${hex}`));
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
