import ipaddr from 'ipaddr.js';

/** IP versions; a packet has one of them, and rules for the other never see it. */
export type Family = 4 | 6;

/** Addresses from `lo` to `hi`, both included, as numbers. */
export interface AddressRange {
  readonly family: Family;
  readonly lo: bigint;
  readonly hi: bigint;
}

/** `192.0.2.7`, `192.0.2.0/24`, `192.0.2.1-192.0.2.9` or the same in IPv6; null for anything else. */
export function parseRange(text: string): AddressRange | null {
  const dash = text.indexOf('-');
  if (dash > 0) return spanned(parseAddress(text.slice(0, dash)), parseAddress(text.slice(dash + 1)));
  const [base = '', mask] = text.split('/');
  const address = parseAddress(base);
  if (address === null || mask === undefined) return address;
  const length = prefixLength(mask, address.family);
  return length === null ? null : prefixRange(address, length);
}

/** One address as a range of itself. IPv6 zones (`%eth0`) are cut off. */
export function parseAddress(text: string): AddressRange | null {
  const bare = text.split('%')[0] ?? '';
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return whole(4, ipaddr.IPv4.parse(bare).toByteArray());
  if (ipaddr.IPv6.isValid(bare)) return whole(6, ipaddr.IPv6.parse(bare).toByteArray());
  return null;
}

export function prefixRange(address: AddressRange, length: number): AddressRange {
  const free = BigInt(width(address.family) - length);
  const lo = (address.lo >> free) << free;
  return { family: address.family, lo, hi: lo + (1n << free) - 1n };
}

export function formatAddress(family: Family, value: bigint): string {
  const bytes = Array.from({ length: width(family) / 8 }, (_, place) =>
    Number((value >> BigInt(width(family) - 8 * (place + 1))) & 0xffn),
  );
  return ipaddr.fromByteArray(bytes).toString();
}

/** As a CIDR where the range is one, else `first-last`. */
export function formatRange({ family, lo, hi }: AddressRange): string {
  if (lo === hi) return formatAddress(family, lo);
  const size = hi - lo + 1n;
  const bits = size.toString(2).length - 1;
  const isPrefix = size === 1n << BigInt(bits) && lo % size === 0n;
  return isPrefix
    ? `${formatAddress(family, lo)}/${width(family) - bits}`
    : `${formatAddress(family, lo)}-${formatAddress(family, hi)}`;
}

export function within(inner: AddressRange, outer: AddressRange): boolean {
  return inner.family === outer.family && inner.lo >= outer.lo && inner.hi <= outer.hi;
}

export function isLoopback(range: AddressRange): boolean {
  return within(range, range.family === 4 ? loopback4 : loopback6);
}

const width = (family: Family): 32 | 128 => (family === 4 ? 32 : 128);

const loopback4: AddressRange = { family: 4, lo: 0x7f000000n, hi: 0x7fffffffn };
const loopback6: AddressRange = { family: 6, lo: 1n, hi: 1n };

function whole(family: Family, bytes: readonly number[]): AddressRange {
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return { family, lo: value, hi: value };
}

function spanned(from: AddressRange | null, to: AddressRange | null): AddressRange | null {
  if (from === null || to === null || from.family !== to.family || from.lo > to.hi) return null;
  return { family: from.family, lo: from.lo, hi: to.hi };
}

/** `24`, or a contiguous mask such as `255.255.255.0`; null when the mask has holes. */
function prefixLength(mask: string, family: Family): number | null {
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= width(family) ? Number(mask) : null;
  return ipaddr.isValid(mask) ? ipaddr.parse(mask).prefixLengthFromSubnetMask() : null;
}
