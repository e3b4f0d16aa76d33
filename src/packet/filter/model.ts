import type { Family } from './address.ts';
import type { Pattern, Value } from './value.ts';

/**
 * nftables and iptables rules in one small model. What the model has no word for is kept as a doubt or
 * as `handedOver`, never left out, so that the answer can say what it could not read.
 */
export interface Ruleset {
  /** By `chainKey`. */
  readonly chains: ReadonlyMap<string, Chain>;
  /** What else on this host could stop a packet and isn't in the model, in words; each makes "allow" unprovable. */
  readonly gaps: readonly string[];
}

export type Reader = 'nftables' | 'iptables' | 'iptables-legacy';
export type TableFamily = 'ip' | 'ip6' | 'inet' | 'netdev';
export type Hook = 'ingress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'egress';

export interface Chain {
  readonly key: string;
  readonly reader: Reader;
  readonly family: TableFamily;
  readonly table: string;
  readonly name: string;
  /** Null for a chain that is only jumped to. */
  readonly base: Base | null;
  readonly rules: readonly Rule[];
}

export interface Base {
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: Hook;
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
  /** `ingress` and `egress` only; null where the dump doesn't name the device. */
  readonly devices: readonly string[] | null;
}

export interface Rule {
  /** nftables only. */
  readonly handle: number | null;
  /** As a person would write or read it. */
  readonly text: string;
  readonly statements: readonly Statement[];
  /** Holds extensions of iptables, whose arguments nft doesn't print. */
  readonly hasExtensions: boolean;
}

/** Evaluated from left to right; a test that fails ends the rule. */
export type Statement =
  | { readonly kind: 'test'; readonly test: Test }
  | Outcome
  | {
      readonly kind: 'switch';
      readonly key: Expr;
      readonly cases: readonly Entry<Outcome>[];
      readonly growing: boolean;
    }
  | { readonly kind: 'setMark'; readonly value: Expr }
  | { readonly kind: 'setConnectionMark'; readonly value: Expr }
  | { readonly kind: 'doNotTrack' }
  | Translation;

/** Where a rule sends the packet. */
export type Outcome =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'continue' }
  | { readonly kind: 'return' }
  /** `with` in the rule's own words: `tcp reset`, `icmp port-unreachable`. */
  | { readonly kind: 'reject'; readonly with: string }
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string }
  /** To something whose decision can't be read here (a queue, a proxy, an unknown target). */
  | { readonly kind: 'handedOver'; readonly why: string };

/** Null parts stay as they are; a tuple for `address` holds the port too. */
export type Translation =
  | {
      readonly kind: 'translate';
      readonly side: 'source' | 'destination';
      readonly address: Expr | null;
      readonly port: Expr | null;
    }
  | { readonly kind: 'redirect'; readonly port: Expr | null }
  | { readonly kind: 'masquerade' };

export type Test =
  | { readonly kind: 'in'; readonly left: Expr; readonly set: MatchSet; readonly negated: boolean }
  | { readonly kind: 'order'; readonly left: Expr; readonly op: '<' | '>' | '<=' | '>='; readonly right: bigint }
  | { readonly kind: 'anyBit'; readonly left: Expr; readonly bits: bigint; readonly negated: boolean }
  /** The kernel may or may not hold the packet to it: a doubt where it fails. */
  | { readonly kind: 'perhaps'; readonly test: Test; readonly why: string }
  | { readonly kind: 'never' }
  | { readonly kind: 'doubt'; readonly why: string };

export interface MatchSet {
  /** Null for a set written in the rule itself. */
  readonly name: string | null;
  readonly patterns: readonly Pattern[];
  /** Rules add to it: what isn't in it now may be in it in a moment. */
  readonly growing: boolean;
}

export interface Entry<T> {
  readonly when: Pattern;
  readonly gives: T;
}

/** What a rule looks at. */
export type Expr =
  /** `family`: the field exists in packets of that family only. */
  | { readonly kind: 'field'; readonly field: Field; readonly family: Family | null }
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'bits'; readonly op: '&' | '|' | '^' | '<<' | '>>'; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'tuple'; readonly parts: readonly Expr[] }
  | { readonly kind: 'map'; readonly key: Expr; readonly entries: readonly Entry<Expr>[]; readonly growing: boolean }
  /** A look into the routing table. */
  | {
      readonly kind: 'route';
      readonly of: 'saddr' | 'daddr';
      readonly through: 'iif' | 'oif' | null;
      readonly result: 'type' | 'device' | 'exists';
    }
  /** A field that no TCP packet has, so that the rule can't match. */
  | { readonly kind: 'absent' };

export type Field =
  | 'saddr'
  | 'daddr'
  | 'sport'
  | 'dport'
  | 'protocol'
  | 'version'
  | 'nfproto'
  | 'etherType'
  | 'tcpFlags'
  | 'iif'
  | 'oif'
  | 'iifType'
  | 'oifType'
  | 'mark'
  | 'owner'
  | 'packetType'
  | 'ctMark'
  | 'ctState'
  | 'ctStateAndNat'
  | 'ctDirection'
  | 'ctStatus'
  | 'ctProtocol'
  | 'ctOriginalSaddr'
  | 'ctOriginalDaddr'
  | 'ctOriginalSport'
  | 'ctOriginalDport';

export function chainKey(reader: Reader, family: TableFamily, table: string, chain: string): string {
  return `${reader} ${family} ${table} ${chain}`;
}

export const field = (of: Field, family: Family | null = null): Expr => ({ kind: 'field', field: of, family });
export const constant = (value: Value): Expr => ({ kind: 'constant', value });
export const doubt = (why: string): Statement => ({ kind: 'test', test: { kind: 'doubt', why } });
export const never: Statement = { kind: 'test', test: { kind: 'never' } };

/** Numbers that the kernel gives to names; both readers need them. */
export const ctStates = { INVALID: 1n, ESTABLISHED: 2n, RELATED: 4n, NEW: 8n, UNTRACKED: 64n } as const;
/** iptables' `--ctstate` also knows whether a connection is translated. */
export const ctStatesAndNat = { ...ctStates, SNAT: 1n << 16n, DNAT: 1n << 17n } as const;
export const ctStatuses = {
  EXPECTED: 1n,
  'SEEN-REPLY': 2n,
  ASSURED: 4n,
  CONFIRMED: 8n,
  SNAT: 16n,
  DNAT: 32n,
  DYING: 512n,
} as const;
export const tcpFlags = {
  FIN: 1n,
  SYN: 2n,
  RST: 4n,
  PSH: 8n,
  ACK: 16n,
  URG: 32n,
  ECN: 64n,
  ECE: 64n,
  CWR: 128n,
} as const;
export const routeTypes = {
  UNSPEC: 0n,
  UNICAST: 1n,
  LOCAL: 2n,
  BROADCAST: 3n,
  ANYCAST: 4n,
  MULTICAST: 5n,
  BLACKHOLE: 6n,
  UNREACHABLE: 7n,
  PROHIBIT: 8n,
} as const;
