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
  const [address = '', prefix, ...rest] = text.trim().split('/');
  if (rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return null;
  const parsed = parseAddress(address);
  if (parsed === null) return null;
  const length = prefix === undefined ? parsed.toByteArray().length * 8 : Number(prefix);
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() && length >= 96) {
    return rangeOf(parsed.toIPv4Address().toByteArray(), length - 96);
  }
  return rangeOf(parsed.toByteArray(), length);
}

function rangeOf(bytes: readonly number[], length: number): Range | null {
  const width = bytes.length * 8;
  if (length > width) return null;
  const number = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const hosts = (1n << BigInt(width - length)) - 1n;
  const first = (number | hosts) ^ hosts;
  return { family: width === 32 ? 4 : 6, first, last: first | hosts };
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

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const octets = text.split('.').map(Number);
    return octets.every((octet) => octet <= 255) ? new ipaddr.IPv4(octets) : null;
  }
  return text.includes(':') && ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : null;
}
