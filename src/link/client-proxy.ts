import { BlockList, isIP } from 'node:net';
import { isLoopback } from './loopback.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for this URL, or null to dial directly.
 * As curl and Go read it: `HTTPS_PROXY`, then `ALL_PROXY`, in either case, unless `NO_PROXY` names the host:
 * `*`, a name and all names under it, an address or a CIDR, each with or without a port. Loopback is never proxied.
 */
export function proxyFor(url: string, environment: Environment): string | null {
  const target = new URL(url);
  const host = target.hostname.replace(/^\[|\]$/g, '');
  const secure = target.protocol === 'https:' || target.protocol === 'wss:';
  const port = target.port === '' ? (secure ? '443' : '80') : target.port;
  const proxy =
    setting(environment, secure ? 'HTTPS_PROXY' : 'HTTP_PROXY') ?? setting(environment, 'ALL_PROXY') ?? null;
  if (proxy === null || isLoopback(host)) return null;
  const exceptions = (setting(environment, 'NO_PROXY') ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  if (exceptions.some((entry) => excepts(entry, host, port))) return null;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function setting(environment: Environment, name: string): string | undefined {
  return environment[name.toLowerCase()] || environment[name] || undefined;
}

function excepts(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const address = isIP(host);
  if (address !== 0 && entry.includes('/')) return inRange(entry, host, address);
  const { name, port: onlyPort } = splitPort(entry);
  if (onlyPort !== null && onlyPort !== port) return false;
  if (address !== 0) return name === host;
  const suffix = name.replace(/^\*?\./, '').toLowerCase();
  return host.toLowerCase() === suffix || host.toLowerCase().endsWith(`.${suffix}`);
}

function inRange(cidr: string, host: string, version: number): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  const bits = Number(prefix);
  if (isIP(network) !== version || prefix === '' || !(bits >= 0 && bits <= (version === 4 ? 32 : 128))) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const range = new BlockList();
  range.addSubnet(network, bits, family);
  return range.check(host, family);
}

function splitPort(entry: string): { name: string; port: string | null } {
  const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(entry);
  if (bracketed !== null) return { name: bracketed[1] ?? '', port: bracketed[2] ?? null };
  if (isIP(entry) !== 0) return { name: entry, port: null };
  const named = /^(.*?)(?::(\d+))?$/.exec(entry);
  return { name: named?.[1] ?? entry, port: named?.[2] ?? null };
}
