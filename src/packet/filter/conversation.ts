import type { AddressRange } from './address.ts';
import type { HostView } from './host.ts';
import { comeIn, deviceFor, goOut, goRound, type Journey, loopback } from './journey.ts';
import { type Ruleset, tcpFlags } from './model.ts';
import { addressOf, type Connection, nowhere, type Packet, translationOf } from './packet.ts';
import type { Stop } from './traverse.ts';
import { between, type Numbers, number, valueKey } from './value.ts';

/** A new TCP connection, packet by packet: each kind of packet goes through all the rules that it meets. */
export interface Leg {
  readonly direction: 'in' | 'replies';
  /** What the packet is, for a person. */
  readonly packet: string;
  readonly arrived: readonly Packet[];
  readonly stopped: readonly Stop[];
}

export interface Wish {
  readonly source: AddressRange;
  readonly address: AddressRange;
  readonly port: number;
}

/**
 * Connection request, reply, and data both ways, each following from what came of the one before. Where none
 * came through, the next are judged as if it had, so that every obstacle is seen at once.
 */
export function converse(wish: Wish, ruleset: Ruleset, host: HostView): readonly Leg[] {
  const request = requestOf(wish, host);
  const isOwn = request.iif === nowhere;
  const send = (packets: readonly Packet[], way: (packet: Packet) => Journey): Journey => {
    const journeys = packets.map(way);
    return {
      arrived: journeys.flatMap(({ arrived }) => arrived),
      stopped: journeys.flatMap(({ stopped }) => stopped),
    };
  };
  const inward = (packet: Packet): Journey => (isOwn ? goRound(packet, ruleset, host) : comeIn(packet, ruleset, host));
  const outward = (packet: Packet): Journey => {
    if (isOwn) return goRound(packet, ruleset, host);
    return packet.iif === nowhere ? goOut(packet, ruleset, host) : comeIn(packet, ruleset, host);
  };

  const legs: Leg[] = [];
  let last: readonly Packet[] = [];
  const take = (direction: Leg['direction'], packet: string, packets: readonly Packet[]): void => {
    const journey = send(packets, direction === 'in' ? inward : outward);
    const arrived = journey.arrived.filter((one) => strayed(one) === null);
    const astray = journey.arrived.flatMap((one): Stop[] => {
      const detail = strayed(one);
      return detail === null ? [] : [{ how: 'astray', detail, by: null, packet: one }];
    });
    legs.push({ direction, packet, arrived, stopped: [...journey.stopped, ...astray] });
    last = arrived.length > 0 ? arrived.map(remember) : packets.map(asIfArrived);
  };
  take('in', 'the connection request (SYN)', [request]);
  take(
    'replies',
    'the reply to it (SYN-ACK)',
    last.map((packet) => reply(packet, syn | ack, host)),
  );
  take(
    'in',
    "the client's acknowledgement",
    last.map((packet) => follow(packet, ack, request)),
  );
  take(
    'in',
    'data from the client',
    last.map((packet) => follow(packet, ack | psh, request)),
  );
  take(
    'replies',
    'acknowledgements to the client',
    last.map((packet) => reply(packet, ack, host)),
  );
  take(
    'in',
    'data from the client',
    last.map((packet) => follow(packet, ack | psh, request)),
  );
  take(
    'replies',
    'data to the client',
    last.map((packet) => reply(packet, ack | psh, host)),
  );
  return legs;
}

const { SYN: syn, ACK: ack, PSH: psh } = tcpFlags;

/** A client takes any; systems differ in which, and address translation on the way may take others. */
const ownPort = { ...between(1024, 65535, "the client's own port"), isSpread: true } as const;

function requestOf({ source, address, port }: Wish, host: HostView): Packet {
  const saddr = between(source.lo, source.hi, 'where in the range the client is');
  const daddr = number(address.lo);
  const dport = number(port);
  const isOwn = source.lo === source.hi && host.isLocal(source.family, source.lo);
  return {
    family: source.family,
    saddr,
    sport: ownPort,
    daddr,
    dport,
    flags: syn,
    iif: isOwn ? nowhere : deviceFor(source, host),
    oif: isOwn ? loopback : nowhere,
    mark: number(0),
    tracking: 'before',
    connection: {
      state: 'new',
      direction: 'original',
      original: { saddr, sport: ownPort, daddr, dport },
      mark: number(0),
      destination: 'unasked',
      source: 'unasked',
      tracked: true,
    },
    doubts: [],
    passedBy: null,
  };
}

/** From the packet as its receiver got it, the one that the receiver sends back. */
function reply(received: Packet, flags: bigint, host: HostView): Packet {
  const isForwarded = received.oif !== nowhere;
  const packet: Packet = {
    ...received,
    saddr: received.daddr,
    sport: received.dport,
    daddr: received.saddr,
    dport: received.sport,
    flags,
    iif: isForwarded ? received.oif : nowhere,
    oif: nowhere,
    mark: number(0),
    tracking: 'before',
    passedBy: null,
    connection: { ...received.connection, state: 'established', direction: 'reply' },
  };
  return isForwarded ? packet : { ...packet, oif: deviceFor(addressOf(packet, 'daddr'), host) };
}

/** From a reply, the client's next packet: sent as the first one was. */
function follow(answered: Packet, flags: bigint, request: Packet): Packet {
  return {
    ...request,
    flags,
    doubts: answered.doubts,
    connection: { ...answered.connection, state: 'established', direction: 'original' },
  };
}

/** A connection whose packets are tracked in one direction only is judged with doubt from then on. */
function remember(packet: Packet): Packet {
  const { connection } = packet;
  const now = packet.tracking === 'unsure' ? null : packet.tracking === 'tracked';
  const tracked: Connection['tracked'] =
    connection.state === 'new' ? now : connection.tracked === now ? connection.tracked : null;
  return { ...packet, connection: { ...connection, tracked } };
}

/**
 * A translated connection of which some packets are not tracked: those keep addresses that the other end knows
 * nothing of. Null when all is well.
 */
function strayed({ connection, ...packet }: Packet): string | null {
  if (connection.state === 'new') return null;
  const { original } = connection;
  const [source, destination] = [translationOf(connection, 'source'), translationOf(connection, 'destination')];
  const is = (...pairs: readonly (readonly [Numbers, Numbers | undefined])[]): boolean =>
    pairs.every(([a, b]) => b === undefined || valueKey(a) === valueKey(b));
  const arrives =
    connection.direction === 'original'
      ? is([packet.daddr, destination?.address ?? original.daddr], [packet.dport, destination?.port ?? original.dport])
      : is([packet.saddr, original.daddr], [packet.sport, original.dport], [packet.daddr, original.saddr]);
  if (arrives) return null;
  const what = destination ? 'led to another address' : source ? 'sent on from another address' : 'translated';
  return `the connection is ${what}, but this packet is exempt from tracking and keeps the wrong one`;
}

/** Nothing arrived: what would follow is judged for an untranslated, tracked connection. */
function asIfArrived(packet: Packet): Packet {
  return { ...packet, tracking: 'tracked', oif: packet.connection.direction === 'original' ? nowhere : packet.oif };
}
