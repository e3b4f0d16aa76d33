import type { AddressRange } from '../filter/address.ts';
import type { Truth } from '../filter/value.ts';
import { allOf, isForTcp, isIn, isInAny, portsOf, trafficWords } from './matching.ts';
import type { CloudModel, GroupPeer, GroupRule, SecurityGroup } from './model.ts';
import { passed, type RuleWords, type Ruling, ruling, unsure } from './ruling.ts';

/** The other end of a packet, as security groups tell it. */
export interface Peer {
  /** Null: not known. No rule treats one part of it differently from another, else that is a doubt. */
  readonly range: AddressRange | null;
  /** Is it, or does it come from, an interface that carries the group? */
  carries(group: string): Truth;
}

/**
 * Does a group of an interface let a new connection in (or out)? They add up, and only allow; what a group lets in it
 * lets answer. `groups`: null where the interface is of a kind that has none.
 */
export function judgeGroups(
  groups: readonly string[] | null,
  direction: 'ingress' | 'egress',
  peer: Peer,
  port: number,
  model: CloudModel,
): Ruling {
  if (groups === null) return passed;
  // Those that can have groups always have one: a list of none was read from something else.
  if (groups.length === 0) return unsure('whether it has no security group: none was read');
  const about = direction === 'ingress' ? 'from' : 'to';
  const doubts: { why: string; rules: RuleWords[] }[] = [];
  const read: SecurityGroup[] = [];
  for (const id of groups) {
    const group = Object.hasOwn(model.groups, id) ? model.groups[id] : undefined;
    if (group === undefined) {
      doubts.push({ why: `${id}, which was not read`, rules: [] });
      continue;
    }
    read.push(group);
    for (const rule of group[direction]) {
      const truth = matches(rule, peer, port, model);
      if (truth === true) return ruling('allow', inWords(group, rule, about));
      if (truth !== false) doubts.push({ why: truth.why, rules: [{ text: inWords(group, rule, about), about: null }] });
    }
  }
  const [doubt] = doubts;
  if (doubt !== undefined) return unsure(doubt.why, doubt.rules);
  return ruling('deny', `no rule of ${read.map(groupWords).join(' and ')} allows tcp ${port}`, about);
}

/** The rules of an interface that may be about this port, for either end. */
export function rulesFor(groups: readonly string[] | null, port: number, model: CloudModel): readonly GroupRule[] {
  return (groups ?? []).flatMap((id) =>
    (Object.hasOwn(model.groups, id) ? (model.groups[id]?.ingress ?? []) : []).filter(
      (rule) => isForTcp(rule.protocol) !== false && portsOf(rule, { from: port, to: port }) !== null,
    ),
  );
}

function matches(rule: GroupRule, peer: Peer, port: number, model: CloudModel): Truth {
  const ports = portsOf(rule, { from: port, to: port });
  if (ports === null) return false;
  return allOf([isForTcp(rule.protocol), 'why' in ports ? ports : true, isPeer(rule.peer, peer, model)]);
}

function isPeer(of: GroupPeer, peer: Peer, model: CloudModel): Truth {
  switch (of.kind) {
    case 'cidr':
      return isIn(peer.range, of.cidr);
    case 'group':
      return peer.carries(of.id);
    case 'prefixList': {
      const cidrs = Object.hasOwn(model.prefixLists, of.id) ? model.prefixLists[of.id] : undefined;
      return cidrs === undefined ? { why: `${of.id}, which was not read` } : isInAny(peer.range, cidrs);
    }
    default:
      return of satisfies never;
  }
}

function inWords(group: SecurityGroup, rule: GroupRule, about: 'from' | 'to'): string {
  const id = rule.id === null ? '' : ` (${rule.id})`;
  return `${groupWords(group)} allows ${trafficWords(rule)} ${about} ${peerWords(rule.peer)}${id}`;
}

function groupWords({ id, name }: SecurityGroup): string {
  return name === '' || name === id ? id : `${id} (${name})`;
}

function peerWords(peer: GroupPeer): string {
  return peer.kind === 'cidr' ? peer.cidr : peer.id;
}
