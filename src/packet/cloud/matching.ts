import { type AddressRange, within } from '../filter/address.ts';
import type { Truth } from '../filter/value.ts';
import type { Known } from './known.ts';
import type { PortRange } from './model.ts';

/** Does a rule for this protocol see TCP? By name or number, as clouds tell it. */
export function isForTcp(protocol: string): Truth {
  const name = protocol.trim().toLowerCase();
  if (everyProtocol.has(name) || name === 'tcp' || name === '6') return true;
  const number = /^\d{1,3}$/.test(name) ? Number(name) : null;
  if (number !== null ? number <= 255 && number !== 6 : otherProtocols.has(name)) return false;
  return { why: `what the protocol \`${protocol}\` is` };
}

/** The part of these ports that the rule is for; a doubt when it can't be told. */
export function portsOf(
  rule: { readonly protocol: string; readonly ports: PortRange | null },
  asked: PortRange,
): PortRange | null | { readonly why: string } {
  if (rule.ports === null || everyProtocol.has(rule.protocol.trim().toLowerCase())) return asked;
  const { from, to } = rule.ports;
  if (from < 0 || to < from) return { why: `which ports \`${from}-${to}\` are` };
  const common = { from: Math.max(from, asked.from), to: Math.min(to, asked.to) };
  return common.from > common.to ? null : common;
}

/** Is all of it in the CIDR, or none? A doubt where only a part is, or the address isn't known. */
export function isIn(range: AddressRange | null, cidr: string, known: Pick<Known, 'range'>): Truth {
  const outer = known.range(cidr);
  if (outer === null) return { why: `what \`${cidr}\` means` };
  if (range === null) return { why: 'the address of the other end, which was not read' };
  if (within(range, outer)) return true;
  return overlaps(range, outer) ? { why: 'which of its addresses is meant' } : false;
}

export function isInAny(range: AddressRange | null, cidrs: readonly string[], known: Pick<Known, 'range'>): Truth {
  return anyOf(cidrs.map((cidr) => isIn(range, cidr, known)));
}

export function anyOf(truths: readonly Truth[]): Truth {
  if (truths.includes(true)) return true;
  return truths.find((truth) => truth !== false) ?? false;
}

export function allOf(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.find((truth) => truth !== true) ?? true;
}

/** `tcp 6443`, `tcp 1024-65535`, `tcp`, `all traffic`. */
export function trafficWords({ protocol, ports }: { protocol: string; ports: PortRange | null }): string {
  const name = protocol.trim().toLowerCase();
  if (everyProtocol.has(name)) return 'all traffic';
  const called = name === '6' ? 'tcp' : name;
  return ports === null ? called : `${called} ${portWords(ports)}`;
}

export function portWords({ from, to }: PortRange): string {
  return from === to ? String(from) : `${from}-${to}`;
}

function overlaps(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.lo <= b.hi && b.lo <= a.hi;
}

const everyProtocol: ReadonlySet<string> = new Set(['-1', 'all']);
const otherProtocols: ReadonlySet<string> = new Set(['udp', 'icmp', 'icmpv6', 'sctp', 'gre', 'esp', 'ah']);
