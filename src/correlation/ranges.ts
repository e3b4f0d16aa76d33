import ipaddr from 'ipaddr.js';

/** Addresses from `first` to `last`, both included. Numbers for IPv4, big ones for IPv6. */
export interface Range {
  readonly family: 4 | 6;
  readonly first: number | bigint;
  readonly last: number | bigint;
}

/** An address or a CIDR; null for anything else, such as a name. */
export function readRange(text: string): Range | null {
  const [base = '', length] = text.split('/');
  const address = readAddress(base);
  if (address === null || length === undefined) return address;
  const width = address.family === 4 ? 32 : 128;
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (!(bits <= width)) return null;
  const size = 1n << BigInt(width - bits);
  const first = (BigInt(address.first) / size) * size;
  return asRange(address.family, first, first + size - 1n);
}

/** From one address to another; null when they are not two of one family in order. */
export function readSpan(first: string, last: string): Range | null {
  const [from, to] = [readAddress(first), first === last ? null : readAddress(last)];
  if (from === null || first === last) return from;
  return to !== null && from.family === to.family && from.first <= to.first ? { ...from, last: to.last } : null;
}

export function overlap(a: Range, b: Range): Range | null {
  if (a.family !== b.family || a.first > b.last || b.first > a.last) return null;
  return {
    family: a.family,
    first: a.first > b.first ? a.first : b.first,
    last: a.last < b.last ? a.last : b.last,
  };
}

export function isWithin(inner: Range, outer: Range): boolean {
  return inner.family === outer.family && inner.first >= outer.first && inner.last <= outer.last;
}

/** How many addresses it has; near enough for IPv6. */
export function sizeOf({ first, last }: Range): number {
  return typeof first === 'number' && typeof last === 'number'
    ? last - first + 1
    : Number(BigInt(last) - BigInt(first) + 1n);
}

/** May somebody in front translate it into another on the way? */
export function mayBeTranslated(text: string): boolean {
  const [base = ''] = text.split('/');
  if (!ipaddr.isValid(base)) return true;
  const range = ipaddr.process(base).range();
  return range === 'private' || range === 'uniqueLocal' || range === 'carrierGradeNat';
}

function readAddress(text: string): Range | null {
  const four = readFour(text);
  if (four !== null) return { family: 4, first: four, last: four };
  const bare = text.includes('%') ? text.slice(0, text.indexOf('%')) : text;
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return null;
  const six = ipaddr.IPv6.parse(bare);
  if (six.isIPv4MappedAddress()) return readAddress(six.toIPv4Address().toString());
  const value = six.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return { family: 6, first: value, last: value };
}

/** By hand, since rule sets name very many. */
function readFour(text: string): number | null {
  let value = 0;
  let part = -1;
  let parts = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? dot : text.charCodeAt(at);
    if (code === dot) {
      if (part < 0 || part > 255) return null;
      value = value * 256 + part;
      parts += 1;
      part = -1;
    } else if (code >= zero && code <= zero + 9) {
      part = Math.max(0, part) * 10 + code - zero;
    } else return null;
  }
  return parts === 4 ? value : null;
}

const dot = 46;
const zero = 48;

function asRange(family: 4 | 6, first: bigint, last: bigint): Range {
  return family === 4 ? { family, first: Number(first), last: Number(last) } : { family, first, last };
}
