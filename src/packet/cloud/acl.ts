import type { AddressRange } from '../filter/address.ts';
import type { Truth } from '../filter/value.ts';
import type { Known } from './known.ts';
import { allOf, isForTcp, isIn, portsOf, portWords, trafficWords } from './matching.ts';
import type { AclEntry, PortRange } from './model.ts';
import { distinct, type RuleWords, type Ruling, unsure } from './ruling.ts';

/** Where connections come from: clients, and load balancers towards their targets, take any of these. */
export const ephemeral: PortRange = { from: 1024, to: 65535 };

/**
 * Does a subnet's ACL let packets pass that go to these ports, and come from (or go to) this address? Only where all
 * ports fare alike is it known.
 */
export function judgeAcl(
  id: string | null,
  direction: 'ingress' | 'egress',
  peer: AddressRange | null,
  ports: PortRange,
  known: Known,
): Ruling {
  if (id === null || known.aclEntries(id, direction) === null)
    return unsure(`${id ?? 'the network ACL of its subnet'}, which was not read`);
  const outcomes = outcomesOf(id, direction, peer, ports, known);
  const allowed = outcomes.filter(({ action }) => action === 'allow');
  const denied = outcomes.filter(({ action }) => action === 'deny');
  if (denied.length === 0) return { verdict: 'allow', rules: wordsOf(allowed), why: null };
  if (allowed.length === 0) return { verdict: 'deny', rules: wordsOf(denied), why: null };
  const doubt = outcomes.find(({ why }) => why !== null);
  return unsure(
    doubt?.why ?? `which of the ports ${portWords(ports)} it goes to: only a part of them is let pass`,
    wordsOf(denied),
  );
}

/** The entries that may be about packets to these ports. */
export function entriesFor(
  id: string | null,
  direction: 'ingress' | 'egress',
  ports: PortRange,
  known: Known,
): readonly AclEntry[] {
  const entries = known.aclEntries(id, direction) ?? [];
  return entries.filter((entry) => isForTcp(entry.protocol) !== false && portsOf(entry, ports) !== null);
}

/** What may become of a packet; `why`: it is not sure that it is this entry that decides. */
interface Outcome {
  readonly action: 'allow' | 'deny';
  readonly rule: RuleWords;
  readonly why: string | null;
}

function outcomesOf(
  acl: string,
  direction: 'ingress' | 'egress',
  peer: AddressRange | null,
  ports: PortRange,
  known: Known,
): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  let left: readonly PortRange[] = [ports];
  for (const entry of known.aclEntries(acl, direction) ?? []) {
    const truth = allOf([isForTcp(entry.protocol), isIn(peer, entry.cidr, known)]);
    if (truth === false) continue;
    const parts = left.map((part) => portsOf(entry, part));
    if (parts.every((part) => part === null)) continue;
    const doubt: Truth = truth === true ? (parts.find(isDoubt) ?? true) : truth;
    const why = doubt === true ? null : doubt.why;
    outcomes.push({ action: entry.action, rule: entryWords(acl, entry, direction, ports), why });
    if (why === null) left = left.flatMap((part) => without(part, portsOf(entry, part)));
    if (left.length === 0) return outcomes;
  }
  return [...outcomes, { action: 'deny', rule: defaultWords(acl, direction, ports), why: null }];
}

type Part = ReturnType<typeof portsOf>;

function isDoubt(part: Part): part is { readonly why: string } {
  return part !== null && 'why' in part;
}

function without(whole: PortRange, part: Part): readonly PortRange[] {
  if (part === null || isDoubt(part)) return [whole];
  return [
    { from: whole.from, to: part.from - 1 },
    { from: part.to + 1, to: whole.to },
  ].filter(({ from, to }) => from <= to);
}

function wordsOf(outcomes: readonly Outcome[]): readonly RuleWords[] {
  return distinct(outcomes.map(({ rule }) => rule));
}

/** The number that a cloud gives to the last entry, which denies what none before it matches. */
const lastEntry = 32767;

function entryWords(acl: string, entry: AclEntry, direction: 'ingress' | 'egress', ports: PortRange): RuleWords {
  if (entry.number >= lastEntry && entry.action === 'deny') return defaultWords(acl, direction, ports);
  const action = entry.action === 'allow' ? 'allows' : 'denies';
  const about = direction === 'ingress' ? 'from' : 'to';
  const text = `${acl} ${direction} rule ${entry.number} ${action} ${trafficWords(entry)} ${about} ${entry.cidr}`;
  return { text, about: null };
}

function defaultWords(acl: string, direction: 'ingress' | 'egress', ports: PortRange): RuleWords {
  const text = `no ${direction} rule of ${acl} allows tcp ${portWords(ports)}`;
  return { text, about: direction === 'ingress' ? 'from' : 'to' };
}
