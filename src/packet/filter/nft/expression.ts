import { z } from 'zod';
import { constant, type Entry, type Expr, type Field, field } from '../model.ts';
import { between, number, type Pattern, unknown } from '../value.ts';
import { kindOf } from './document.ts';
import { readPattern, readScalar, type Type } from './literal.ts';

/** An expression, and how to read what it is compared with. */
export interface Typed {
  readonly expr: Expr;
  readonly type: Type;
}

/** Finds a named set or map: its elements as they came, and whether rules add to it. */
export type FindSet = (name: string) => { elements: readonly unknown[]; growing: boolean } | null;

/** Never fails: what can't be read becomes a value nobody knows, with the reason. */
export function readExpression(json: unknown, find: FindSet): Typed {
  const thing = kindOf(json);
  if (thing === null || typeof json === 'string') return unread(json);
  const { kind, body } = thing;
  switch (kind) {
    case 'payload':
      return readPayload(body) ?? unread(json);
    case 'meta':
      return readMeta(body) ?? unread(json);
    case 'ct':
      return readConnection(body) ?? unread(json);
    case 'fib':
      return readRoute(body) ?? unread(json);
    case 'numgen':
    case 'jhash':
    case 'symhash':
      return readChance(kind, body) ?? unread(json);
    case 'concat': {
      if (!Array.isArray(body)) return unread(json);
      const parts = body.map((part) => readExpression(part, find));
      return {
        expr: { kind: 'tuple', parts: parts.map(({ expr }) => expr) },
        type: { parts: parts.map(({ type }) => type) },
      };
    }
    case '&':
    case '|':
    case '^':
    case '<<':
    case '>>':
      return Array.isArray(body) ? readBits(kind, body, find) : unread(json);
    default:
      return unread(json);
  }
}

/** An expression or a literal where a value of that type is wanted, such as a mark or an address to translate to. */
export function readValue(json: unknown, type: Type, find: FindSet): Expr {
  const map = kindOf(json);
  if (map?.kind === 'map') return readMap(map.body, type, find);
  const pattern = readPattern(json, type);
  const value = valueIn(pattern);
  if (value !== null) return value;
  return readExpression(json, find).expr;
}

/** The entries of a map, written in place or named. */
export function readEntries(
  data: unknown,
  keyType: Type,
  find: FindSet,
): { entries: readonly (Entry<unknown> & { when: Pattern })[]; growing: boolean } | null {
  const set = elementsOf(data, find);
  if (set === null) return null;
  const entries = set.elements.flatMap((element) =>
    Array.isArray(element) ? [{ when: readPattern(element[0], keyType), gives: bare(element[1]) }] : [],
  );
  return { entries, growing: set.growing };
}

/** `{"set": […]}` or `"@name"`. */
export function elementsOf(
  json: unknown,
  find: FindSet,
): { name: string | null; elements: readonly unknown[]; growing: boolean } | null {
  if (typeof json === 'string') {
    if (!json.startsWith('@')) return null;
    const found = find(json.slice(1));
    return found === null ? null : { name: json.slice(1), ...found };
  }
  const thing = kindOf(json);
  if (thing?.kind !== 'set') return null;
  return { name: null, elements: Array.isArray(thing.body) ? thing.body : [thing.body], growing: false };
}

function unread(json: unknown): Typed {
  const what = kindOf(json)?.kind ?? 'value';
  const text = JSON.stringify(json) ?? what;
  return { expr: constant(unknown(`\`${text.slice(0, 120)}\``)), type: 'unread' };
}

const Payload = z.union([
  z.object({ protocol: z.string(), field: z.string() }),
  z.object({ base: z.string(), offset: z.number(), len: z.number() }),
]);

function readPayload(body: unknown): Typed | null {
  const payload = Payload.safeParse(body);
  if (!payload.success) return null;
  if ('base' in payload.data) {
    const { base, offset, len } = payload.data;
    const port = base === 'th' && len === 16 ? ({ 0: 'sport', 16: 'dport' } as const)[offset] : undefined;
    return port === undefined ? null : { expr: field(port), type: 'port' };
  }
  const { protocol, field: of } = payload.data;
  if (foreign.has(protocol)) return { expr: { kind: 'absent' }, type: 'unread' };
  const family = protocol === 'ip' ? 4 : protocol === 'ip6' ? 6 : null;
  const typed = payloads[`${protocol} ${of}`];
  return typed === undefined ? null : { expr: field(typed[0], family), type: typed[1] };
}

/** Headers that a TCP packet over IP doesn't have. */
const foreign = new Set([
  'udp',
  'udplite',
  'sctp',
  'dccp',
  'icmp',
  'icmpv6',
  'igmp',
  'esp',
  'ah',
  'comp',
  'arp',
  'gre',
]);

const payloads: Readonly<Record<string, readonly [Field, Type]>> = {
  'ip saddr': ['saddr', 'address4'],
  'ip daddr': ['daddr', 'address4'],
  'ip protocol': ['protocol', 'protocol'],
  'ip version': ['version', 'number'],
  'ip6 saddr': ['saddr', 'address6'],
  'ip6 daddr': ['daddr', 'address6'],
  'ip6 nexthdr': ['protocol', 'protocol'],
  'ip6 version': ['version', 'number'],
  'tcp sport': ['sport', 'port'],
  'tcp dport': ['dport', 'port'],
  'tcp flags': ['tcpFlags', 'tcpFlags'],
  'th sport': ['sport', 'port'],
  'th dport': ['dport', 'port'],
};

const Meta = z.object({ key: z.string() });

function readMeta(body: unknown): Typed | null {
  const meta = Meta.safeParse(body);
  const key = meta.success ? meta.data.key : '';
  if (key === 'random') return { expr: constant(between(0, 0xffffffff, 'a random number')), type: 'number' };
  const typed = metas[key];
  return typed === undefined ? null : { expr: field(typed[0]), type: typed[1] };
}

const metas: Readonly<Record<string, readonly [Field, Type]>> = {
  iif: ['iif', 'device'],
  iifname: ['iif', 'device'],
  oif: ['oif', 'device'],
  oifname: ['oif', 'device'],
  iiftype: ['iifType', 'deviceType'],
  oiftype: ['oifType', 'deviceType'],
  mark: ['mark', 'number'],
  l4proto: ['protocol', 'protocol'],
  nfproto: ['nfproto', 'nfproto'],
  protocol: ['etherType', 'etherType'],
  pkttype: ['packetType', 'packetType'],
  skuid: ['owner', 'number'],
  skgid: ['owner', 'number'],
};

const Connection = z.object({ key: z.string(), dir: z.string().optional() });

function readConnection(body: unknown): Typed | null {
  const connection = Connection.safeParse(body);
  if (!connection.success) return null;
  const { key, dir } = connection.data;
  const typed = connections[dir === undefined ? key : `${dir} ${key}`];
  if (typed === undefined) return null;
  const family = key.startsWith('ip6 ') ? 6 : key.startsWith('ip ') ? 4 : null;
  return { expr: field(typed[0], family), type: typed[1] };
}

const connections: Readonly<Record<string, readonly [Field, Type]>> = {
  state: ['ctState', 'ctState'],
  status: ['ctStatus', 'ctStatus'],
  direction: ['ctDirection', 'ctDirection'],
  mark: ['ctMark', 'number'],
  protocol: ['ctProtocol', 'protocol'],
  'original protocol': ['ctProtocol', 'protocol'],
  'original ip saddr': ['ctOriginalSaddr', 'address4'],
  'original ip daddr': ['ctOriginalDaddr', 'address4'],
  'original ip6 saddr': ['ctOriginalSaddr', 'address6'],
  'original ip6 daddr': ['ctOriginalDaddr', 'address6'],
  'original proto-src': ['ctOriginalSport', 'port'],
  'original proto-dst': ['ctOriginalDport', 'port'],
};

const Route = z.object({ result: z.string(), flags: z.union([z.string(), z.array(z.string())]) });

function readRoute(body: unknown): Typed | null {
  const route = Route.safeParse(body);
  if (!route.success) return null;
  const flags = [route.data.flags].flat();
  const of = flags.includes('saddr') ? 'saddr' : flags.includes('daddr') ? 'daddr' : null;
  if (of === null) return null;
  const through = flags.includes('iif') ? 'iif' : flags.includes('oif') ? 'oif' : null;
  switch (route.data.result) {
    case 'type':
      return { expr: { kind: 'route', of, through, result: 'type' }, type: 'routeType' };
    case 'oif':
    case 'oifname':
      return { expr: { kind: 'route', of, through, result: 'device' }, type: 'device' };
    case 'check':
      return { expr: { kind: 'route', of, through, result: 'exists' }, type: 'number' };
    default:
      return null;
  }
}

const Chance = z.object({ mod: z.number().int().positive(), offset: z.number().int().min(0).default(0) });

function readChance(kind: string, body: unknown): Typed | null {
  const chance = Chance.safeParse(body);
  if (!chance.success) return null;
  const { mod, offset } = chance.data;
  const why = kind === 'numgen' ? 'a random choice' : 'a choice by hash';
  return { expr: constant(mod === 1 ? number(offset) : between(offset, offset + mod - 1, why)), type: 'number' };
}

function readBits(op: '&' | '|' | '^' | '<<' | '>>', sides: readonly unknown[], find: FindSet): Typed {
  const [first, ...rest] = sides;
  let { expr, type } = readExpression(first, find);
  for (const side of rest) {
    const literal = readScalar(side, type);
    const right = literal === null ? readExpression(side, find).expr : constant(number(literal));
    expr = { kind: 'bits', op, left: expr, right };
  }
  // A TCP handshake is never fragmented: whatever flags stand above it, the offset is 0.
  if (op === '&' && JSON.stringify(first) === fragmentOffset && rest[0] === 0x1fff) {
    return { expr: constant(number(0)), type: 'number' };
  }
  return { expr, type };
}

const fragmentOffset = JSON.stringify({ payload: { protocol: 'ip', field: 'frag-off' } });

const MapBody = z.object({ key: z.unknown(), data: z.unknown() });

function readMap(body: unknown, type: Type, find: FindSet): Expr {
  const map = MapBody.safeParse(body);
  if (!map.success) return constant(unknown('a map'));
  const key = readExpression(map.data.key, find);
  const read = readEntries(map.data.data, key.type, find);
  if (read === null) return constant(unknown('a map that is not in the dump'));
  return {
    kind: 'map',
    key: key.expr,
    entries: read.entries.map(({ when, gives }) => ({ when, gives: readDatum(gives, type) })),
    growing: read.growing,
  };
}

/** An address may come with its port. */
function readDatum(json: unknown, type: Type): Expr {
  const pair = kindOf(json)?.kind === 'concat';
  const value = valueIn(readPattern(json, pair ? { parts: [type, 'port'] } : type));
  return value ?? constant(unknown(`the value ${JSON.stringify(json)}`));
}

function valueIn(pattern: Pattern): Expr | null {
  switch (pattern.kind) {
    case 'range':
      return constant(between(pattern.lo, pattern.hi, 'which of a range of values is taken'));
    case 'tuple': {
      const parts = pattern.parts.map(valueIn);
      return parts.every((part) => part !== null) ? { kind: 'tuple', parts } : null;
    }
    case 'name':
    case 'anything':
    case 'unread':
      return null;
    default:
      return pattern satisfies never;
  }
}

/** Elements may be wrapped to carry a counter, a comment or a timeout. */
function bare(json: unknown): unknown {
  const thing = kindOf(json);
  return thing?.kind === 'elem' && typeof thing.body === 'object' && thing.body !== null && 'val' in thing.body
    ? thing.body.val
    : json;
}
