import { z } from 'zod';
import { parseAddress, prefixRange } from '../address.ts';
import { ctStates, ctStatuses, routeTypes, tcpFlags } from '../model.ts';
import { exactly, type Pattern } from '../value.ts';
import { kindOf } from './document.ts';

/** What kind of thing an expression yields, which decides how the words it is compared with are read. */
export type Type =
  | 'address4'
  | 'address6'
  | 'port'
  | 'protocol'
  | 'number'
  | 'device'
  | 'deviceType'
  | 'nfproto'
  | 'etherType'
  | 'ctState'
  | 'ctStatus'
  | 'ctDirection'
  | 'tcpFlags'
  | 'routeType'
  | 'packetType'
  | 'unread'
  | { readonly parts: readonly Type[] };

/** Reads a literal, range, prefix or tuple of them. Never fails: what can't be read is a pattern that says so. */
export function readPattern(json: unknown, type: Type): Pattern {
  if (typeof type === 'object') return readTuple(json, type.parts);
  if (json === '*') return { kind: 'anything' };
  if (type === 'device' && typeof json === 'string') return devicePattern(json);
  const scalar = readScalar(json, type);
  if (scalar !== null) return exactly(scalar);
  const thing = kindOf(json);
  if (thing?.kind === 'prefix') {
    const prefix = Prefix.safeParse(thing.body);
    const address = prefix.success ? parseAddress(prefix.data.addr) : null;
    if (prefix.success && address !== null) return { kind: 'range', ...prefixRange(address, prefix.data.len) };
  }
  if (thing?.kind === 'range' && Array.isArray(thing.body)) {
    const [lo, hi] = thing.body.map((end) => readScalar(end, type));
    if (typeof lo === 'bigint' && typeof hi === 'bigint') return { kind: 'range', lo, hi };
  }
  if (thing?.kind === 'elem') {
    const element = Element.safeParse(thing.body);
    if (element.success) return readPattern(element.data.val, type);
  }
  return { kind: 'unread', why: `the value ${JSON.stringify(json)}` };
}

/** One number: a literal, or names of bits joined by `|` or listed. */
export function readScalar(json: unknown, type: Type): bigint | null {
  if (typeof json === 'number') return Number.isSafeInteger(json) && json >= 0 ? BigInt(json) : null;
  if (typeof json === 'boolean') return json ? 1n : 0n;
  if (typeof json === 'string') return readWord(json, type);
  const bits = Array.isArray(json) ? json : listOf(json, '|');
  if (bits === null) return null;
  let sum = 0n;
  for (const bit of bits) {
    const value = readScalar(bit, type);
    if (value === null) return null;
    sum |= value;
  }
  return sum;
}

const Prefix = z.object({ addr: z.string(), len: z.number().int().min(0).max(128) });
const Element = z.object({ val: z.unknown() });

function readTuple(json: unknown, types: readonly Type[]): Pattern {
  if (json === '*') return { kind: 'anything' };
  const element = kindOf(json)?.kind === 'elem' ? Element.safeParse(kindOf(json)?.body) : null;
  const parts = listOf(element?.success ? element.data.val : json, 'concat');
  if (parts === null || parts.length !== types.length) {
    return { kind: 'unread', why: `the value ${JSON.stringify(json)}` };
  }
  return { kind: 'tuple', parts: types.map((type, place) => readPattern(parts[place], type)) };
}

function listOf(json: unknown, kind: string): readonly unknown[] | null {
  const thing = kindOf(json);
  return thing?.kind === kind && Array.isArray(thing.body) ? thing.body : null;
}

function devicePattern(text: string): Pattern {
  return text.endsWith('*')
    ? { kind: 'name', name: text.slice(0, -1), isStart: true }
    : { kind: 'name', name: text, isStart: false };
}

function readWord(word: string, type: Type): bigint | null {
  if (/^(0x[0-9a-f]+|\d+)$/i.test(word) && type !== 'address4' && type !== 'address6') return BigInt(word);
  switch (type) {
    case 'address4':
      return familyAddress(word, 4);
    case 'address6':
      return familyAddress(word, 6);
    case 'ctState':
      return named(ctStates, word);
    case 'ctStatus':
      return named(ctStatuses, word);
    case 'tcpFlags':
      return named(tcpFlags, word);
    case 'routeType':
      return named(routeTypes, word);
    case 'protocol':
      return named(protocols, word);
    case 'nfproto':
      return named({ IPV4: 2n, IPV6: 10n }, word);
    case 'etherType':
      return named({ IP: 0x0800n, IP6: 0x86ddn, ARP: 0x0806n, VLAN: 0x8100n }, word);
    case 'ctDirection':
      return named({ ORIGINAL: 0n, REPLY: 1n }, word);
    case 'packetType':
      return named({ HOST: 0n, UNICAST: 0n, BROADCAST: 1n, MULTICAST: 2n, OTHER: 3n }, word);
    case 'deviceType':
      return named({ LOOPBACK: 772n, ETHER: 1n, PPP: 512n, IPIP: 768n, IPIP6: 769n }, word);
    case 'port':
    case 'number':
    case 'device':
    case 'unread':
      return null;
    default:
      return typeof type === 'object' ? null : (type satisfies never);
  }
}

function familyAddress(word: string, family: 4 | 6): bigint | null {
  const address = parseAddress(word);
  return address?.family === family ? address.lo : null;
}

function named(names: Readonly<Record<string, bigint>>, word: string): bigint | null {
  return names[word.toUpperCase()] ?? null;
}

/** IANA numbers of what stands in rules beside TCP. */
const protocols = {
  ICMP: 1n,
  IGMP: 2n,
  IPENCAP: 4n,
  TCP: 6n,
  UDP: 17n,
  IPV6: 41n,
  DCCP: 33n,
  GRE: 47n,
  ESP: 50n,
  AH: 51n,
  'IPV6-ICMP': 58n,
  ICMPV6: 58n,
  OSPF: 89n,
  OSPFIGP: 89n,
  VRRP: 112n,
  SCTP: 132n,
  UDPLITE: 136n,
} as const;
