import { BlockList, isIP } from 'node:net';

/** Does this host (name or address; IPv6 with or without brackets) stay on this machine? */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  const version = isIP(bare);
  if (version === 0) return bare === 'localhost' || bare.endsWith('.localhost');
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(bare, version === 4 ? 'ipv4' : 'ipv6');
}
