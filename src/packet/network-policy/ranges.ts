import ipaddr from 'ipaddr.js';

/** Addresses from `first` to `last`, both inside, as numbers. IPv4 and IPv6 never overlap. */
export interface Range {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Reads an address (a range of one) or a CIDR; host bits are ignored. Null when it is neither.
 * Octets with leading zeros are decimal, as Kubernetes reads them; an IPv4-mapped IPv6 address is that IPv4 address.
 */
export function readRange(text: string): Range | null {
  const trimmed = text.trim();
  const ipv4 = IPV4.exec(trimmed);
  if (ipv4 !== null) {
    const [, a, b, c, d, prefix] = ipv4;
    return ipv4Range([Number(a), Number(b), Number(c), Number(d)], prefix === undefined ? 32 : Number(prefix));
  }
  const [, address, prefix] = IPV6.exec(trimmed) ?? [];
  if (address === undefined || !ipaddr.IPv6.isValid(address)) return null;
  const parsed = ipaddr.IPv6.parse(address);
  const length = prefix === undefined ? 128 : Number(prefix);
  if (parsed.isIPv4MappedAddress() && length >= 96) return ipv4Range(parsed.toIPv4Address().octets, length - 96);
  if (length > 128) return null;
  const number = parsed.parts.reduce((sum, part) => (sum << 16n) | BigInt(part), 0n);
  const hosts = (1n << BigInt(128 - length)) - 1n;
  const first = (number | hosts) ^ hosts;
  return { family: 6, first, last: first | hosts };
}

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,3}))?$/;
const IPV6 = /^([^/]*:[^/]*)(?:\/(\d{1,3}))?$/;

function ipv4Range(octets: readonly number[], length: number): Range | null {
  if (length > 32 || octets.some((octet) => octet > 255)) return null;
  const number = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - length);
  const first = Math.floor(number / size) * size;
  return { family: 4, first: BigInt(first), last: BigInt(first + size - 1) };
}

/** Those of `from` that are not in `taken`. */
export function subtract(from: readonly Range[], taken: readonly Range[]): readonly Range[] {
  let left = from;
  for (const one of taken) {
    if (!left.some((range) => overlap(range, one))) continue;
    left = left.flatMap((range) => {
      if (!overlap(range, one)) return [range];
      const parts: Range[] = [];
      if (range.first < one.first) parts.push({ ...range, last: one.first - 1n });
      if (range.last > one.last) parts.push({ ...range, first: one.last + 1n });
      return parts;
    });
  }
  return left;
}

export function overlap(a: Range, b: Range): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}
