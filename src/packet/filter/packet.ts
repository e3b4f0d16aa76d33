import type { AddressRange, Family } from './address.ts';
import type { Chain, Rule } from './model.ts';
import { type Name, type Numbers, name, number, type Unknown, valueKey } from './value.ts';

/**
 * A packet on its way through the host, with what the kernel remembers of its connection. Never changed:
 * a rule that changes it makes another.
 */
export interface Packet {
  readonly family: Family;
  readonly saddr: Numbers;
  readonly sport: Numbers;
  readonly daddr: Numbers;
  readonly dport: Numbers;
  /** Bits as in the TCP header. */
  readonly flags: bigint;
  readonly iif: Name | Unknown;
  readonly oif: Name | Unknown;
  readonly mark: Numbers;
  readonly connection: Connection;
  /** Connection tracking of this very packet: not looked up yet, tracked, exempted, or not to be told. */
  readonly tracking: 'before' | 'tracked' | 'untracked' | 'unsure';
  /** What could not be told so far, and so made this one of several possible packets. */
  readonly doubts: readonly string[];
  /** What let it pass last. */
  readonly passedBy: Decision | null;
}

export interface Connection {
  /** Is the packet the first, the way back, or what follows? */
  readonly state: 'new' | 'established';
  readonly direction: 'original' | 'reply';
  /** As the client sent it. */
  readonly original: {
    readonly saddr: Numbers;
    readonly sport: Numbers;
    readonly daddr: Numbers;
    readonly dport: Numbers;
  };
  readonly mark: Numbers;
  /** Null when the rules, once asked, want none. */
  readonly destination: Rewritten | null | 'unasked';
  readonly source: Rewritten | null | 'unasked';
  /** Were all its packets tracked so far? Null: it can't be told. */
  readonly tracked: boolean | null;
}

export interface Rewritten {
  readonly address: Numbers;
  readonly port: Numbers;
}

/** The rule, or the policy (`rule` null), that decided. */
export interface Decision {
  readonly chain: Chain;
  readonly rule: Rule | null;
}

/** What the connection is translated to on one side; null when it isn't. */
export function translationOf(connection: Connection, side: 'source' | 'destination'): Rewritten | null {
  const to = connection[side];
  return to === 'unasked' ? null : to;
}

export const nowhere: Name = name('');

export function addressOf(packet: Packet, side: 'saddr' | 'daddr'): AddressRange {
  return { family: packet.family, lo: packet[side].lo, hi: packet[side].hi };
}

/** Two packets with the same key meet the same fate from here on. */
export function packetKey(packet: Packet): string {
  const { connection } = packet;
  const rewritten = (to: Connection['source']): string =>
    to === 'unasked' || to === null ? String(to) : `${valueKey(to.address)}:${valueKey(to.port)}`;
  return [
    ...[packet.saddr, packet.sport, packet.daddr, packet.dport, packet.iif, packet.oif, packet.mark].map(valueKey),
    packet.tracking,
    valueKey(connection.mark),
    rewritten(connection.destination),
    rewritten(connection.source),
    connection.tracked,
  ].join(' ');
}

/** One of each kind, with the fewest doubts. */
export function distinct(packets: readonly Packet[]): readonly Packet[] {
  if (packets.length <= 1) return packets;
  const byKey = new Map<string, Packet>();
  for (const packet of packets) {
    const key = packetKey(packet);
    const known = byKey.get(key);
    if (known === undefined || packet.doubts.length < known.doubts.length) byKey.set(key, packet);
  }
  return [...byKey.values()];
}

/** How many doubts are worth telling. */
const toldDoubts = 4;

export function doubting(packet: Packet, why: string): Packet {
  if (packet.doubts.includes(why) || packet.doubts.length >= toldDoubts) return packet;
  return { ...packet, doubts: [...packet.doubts, why] };
}

export const tcp = number(6);
