import type { HostView } from './host.ts';
import { ctStatesAndNat, ctStatuses, type Entry, type Expr, type Field, routeTypes } from './model.ts';
import { addressOf, type Packet, tcp, translationOf } from './packet.ts';
import { between, fits, isExact, name, number, type Pattern, unknown, type Value } from './value.ts';

/** What an expression may come to: several when that isn't known; `absent` when the packet has no such field. */
export type Look = Value | 'absent';

export function look(expr: Expr, packet: Packet, host: HostView): readonly Look[] {
  switch (expr.kind) {
    case 'absent':
      return ['absent'];
    case 'constant':
      return [expr.value];
    case 'field':
      return expr.family !== null && expr.family !== packet.family ? ['absent'] : [fieldOf(expr.field, packet)];
    case 'route':
      return [routeOf(expr, packet, host)];
    case 'bits': {
      const { op } = expr;
      const rights = look(expr.right, packet, host);
      return look(expr.left, packet, host).flatMap((left) => rights.map((right) => combine(op, left, right)));
    }
    case 'tuple':
      return tuples(expr.parts.map((part) => look(part, packet, host)));
    case 'map':
      return look(expr.key, packet, host).flatMap((key) => {
        if (key === 'absent') return ['absent' as const];
        const { hits, mayMiss } = choose(key, expr.entries, expr.growing);
        const found = hits.flatMap(({ gives }) => look(gives, packet, host));
        return mayMiss ? [...found, 'absent' as const] : found;
      });
    default:
      return expr satisfies never;
  }
}

/** Which entries a key may choose. `mayMiss`: it is possible, or certain, that none fits. */
export function choose<T>(
  key: Value,
  entries: readonly Entry<T>[],
  growing: boolean,
): { hits: readonly Entry<T>[]; mayMiss: boolean; sure: boolean; why: string } {
  const hits: Entry<T>[] = [];
  let why = '';
  for (const entry of entries) {
    if (entry.when.kind === 'anything') continue;
    const truth = fits(key, entry.when);
    if (truth === true) return { hits: [entry], mayMiss: false, sure: true, why: '' };
    if (truth === false) continue;
    hits.push(entry);
    why ||= truth.why;
  }
  const otherwise = entries.find(({ when }) => when.kind === 'anything');
  const certain = hits.length === 0 && !growing;
  if (otherwise !== undefined) return { hits: [...hits, otherwise], mayMiss: false, sure: certain, why };
  const covered =
    hits.length > 0 &&
    covers(
      key,
      hits.map(({ when }) => when),
    );
  return { hits, mayMiss: !covered, sure: certain, why: why || 'rules add to that map' };
}

/** Every value the key can have is named (the entries of a map don't overlap). */
function covers(key: Value, patterns: readonly Pattern[]): boolean {
  if (key.kind !== 'numbers') return false;
  let named = 0n;
  for (const pattern of patterns) {
    if (pattern.kind !== 'range') return false;
    const lo = pattern.lo > key.lo ? pattern.lo : key.lo;
    const hi = pattern.hi < key.hi ? pattern.hi : key.hi;
    if (hi >= lo) named += hi - lo + 1n;
  }
  return named >= key.hi - key.lo + 1n;
}

function fieldOf(of: Field, packet: Packet): Look {
  const { connection } = packet;
  switch (of) {
    case 'saddr':
    case 'daddr':
    case 'sport':
    case 'dport':
    case 'iif':
    case 'oif':
    case 'mark':
      return packet[of];
    case 'protocol':
    case 'ctProtocol':
      return tcp;
    case 'version':
      return number(packet.family);
    case 'nfproto':
      return number(packet.family === 4 ? 2 : 10);
    case 'etherType':
      return number(packet.family === 4 ? 0x0800 : 0x86dd);
    case 'tcpFlags':
      return number(packet.flags);
    case 'iifType':
      return deviceType(packet.iif);
    case 'oifType':
      return deviceType(packet.oif);
    case 'packetType':
      return packet.iif.kind === 'name' && packet.iif.name !== '' && packet.iif.name !== 'lo'
        ? number(0)
        : unknown('how the link layer addressed the packet');
    case 'owner':
      // A packet on its way in has no owner yet, unless its connection's socket was found early.
      return connection.state === 'new' && connection.direction === 'original'
        ? 'absent'
        : unknown('which user the API server runs as');
    case 'ctState':
      return stateOf(packet);
    case 'ctStateAndNat':
      return withNat(packet);
    case 'ctMark':
      return tracked(packet, connection.mark);
    case 'ctDirection':
      return tracked(packet, number(connection.direction === 'original' ? 0 : 1));
    case 'ctStatus':
      return tracked(packet, unknown('the whole status of the connection'));
    case 'ctOriginalSaddr':
      return tracked(packet, connection.original.saddr);
    case 'ctOriginalDaddr':
      return tracked(packet, connection.original.daddr);
    case 'ctOriginalSport':
      return tracked(packet, connection.original.sport);
    case 'ctOriginalDport':
      return tracked(packet, connection.original.dport);
    default:
      return of satisfies never;
  }
}

/** The bits of `ct status` that are known of a connection, and what they are; null when it isn't tracked. */
export function statusOf(packet: Packet): { known: bigint; set: bigint } | 'absent' | 'unsure' {
  if (packet.tracking === 'unsure') return 'unsure';
  if (packet.tracking !== 'tracked') return 'absent';
  const { connection } = packet;
  const seen = connection.state === 'established';
  const known =
    ctStatuses.EXPECTED |
    ctStatuses['SEEN-REPLY'] |
    ctStatuses.CONFIRMED |
    ctStatuses.SNAT |
    ctStatuses.DNAT |
    ctStatuses.DYING;
  return {
    known: seen ? known : known | ctStatuses.ASSURED,
    set:
      (seen ? ctStatuses['SEEN-REPLY'] | ctStatuses.CONFIRMED : 0n) |
      (translationOf(connection, 'source') ? ctStatuses.SNAT : 0n) |
      (translationOf(connection, 'destination') ? ctStatuses.DNAT : 0n),
  };
}

function stateOf(packet: Packet): Value {
  switch (packet.tracking) {
    case 'before':
      return number(ctStatesAndNat.INVALID);
    case 'untracked':
      return number(ctStatesAndNat.UNTRACKED);
    case 'unsure':
      return unknown('the state of a connection that is tracked in part only');
    case 'tracked':
      return number(packet.connection.state === 'new' ? ctStatesAndNat.NEW : ctStatesAndNat.ESTABLISHED);
    default:
      return packet.tracking satisfies never;
  }
}

function withNat(packet: Packet): Value {
  const state = stateOf(packet);
  if (packet.tracking !== 'tracked' || !isExact(state)) return state;
  const [source, destination] = [
    translationOf(packet.connection, 'source'),
    translationOf(packet.connection, 'destination'),
  ];
  return number(state.lo | (source ? ctStatesAndNat.SNAT : 0n) | (destination ? ctStatesAndNat.DNAT : 0n));
}

function tracked(packet: Packet, value: Value): Look {
  if (packet.tracking === 'unsure') return unknown('the state of a connection that is tracked in part only');
  return packet.tracking === 'tracked' ? value : 'absent';
}

/** ARPHRD numbers: loopback is 772, Ethernet 1; others carry no API traffic that we know of. */
function deviceType(device: Packet['iif']): Look {
  if (device.kind === 'unknown') return device;
  if (device.name === '') return 'absent';
  return device.name === 'lo' ? number(772) : unknown(`the type of the interface ${device.name}`);
}

function routeOf(expr: Extract<Expr, { kind: 'route' }>, packet: Packet, host: HostView): Value {
  const address = addressOf(packet, expr.of);
  const device = expr.through === null ? null : packet[expr.through];
  if (device?.kind === 'unknown') return device;
  if (expr.result === 'type') {
    const type = host.typeOf(address);
    // `local` on that very interface only.
    const elsewhere =
      device !== null &&
      type.lo === routeTypes.LOCAL &&
      !host.addressesOf(device.name, packet.family).some(({ lo }) => lo === address.lo);
    return elsewhere ? unknown(`whether that address is local on ${device.name}`) : type;
  }
  const best = host.deviceTo(address);
  if (best === null) return unknown('the route to that address');
  const found = device === null || device.name === '' || best === device.name ? best : '';
  return expr.result === 'device' ? name(found) : number(found === '' ? 0 : 1);
}

function combine(op: '&' | '|' | '^' | '<<' | '>>', left: Look, right: Look): Look {
  if (left === 'absent' || right === 'absent') return 'absent';
  if (isExact(left) && isExact(right)) return number(calculate(op, left.lo, right.lo));
  if (op === '&' && left.kind === 'numbers' && isExact(right)) {
    // An interval that the mask doesn't split stays a known value.
    const size = BigInt((left.lo ^ left.hi).toString(2).length);
    const free = left.lo === left.hi ? 0n : (1n << size) - 1n;
    return (right.lo & free) === 0n ? number(left.lo & right.lo) : between(0n, right.lo, left.why);
  }
  const why = left.kind !== 'tuple' && left.kind !== 'name' && !isExact(left) ? left.why : '';
  const other = right.kind !== 'tuple' && right.kind !== 'name' && !isExact(right) ? right.why : '';
  return unknown(why || other || 'a calculation that the rule makes');
}

function calculate(op: '&' | '|' | '^' | '<<' | '>>', left: bigint, right: bigint): bigint {
  switch (op) {
    case '&':
      return left & right;
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    case '<<':
      return (left << right) & 0xffffffffn;
    case '>>':
      return left >> right;
    default:
      return op satisfies never;
  }
}

function tuples(parts: readonly (readonly Look[])[]): readonly Look[] {
  let rows: Value[][] = [[]];
  let mayBeAbsent = false;
  for (const part of parts) {
    const present = part.filter((value) => value !== 'absent');
    if (present.length < part.length) mayBeAbsent = true;
    rows = rows.flatMap((row) => present.map((value) => [...row, value]));
  }
  const values: Look[] = rows.map((row) => ({ kind: 'tuple', parts: row }));
  return mayBeAbsent ? [...values, 'absent'] : values;
}
