import type { AddressRange } from '../filter/address.ts';
import type { Truth } from '../filter/value.ts';
import type { Known, PortRule, RuleMatch } from './known.ts';
import { allOf, isIn, isInAny, trafficWords } from './matching.ts';
import type { GroupPeer, GroupRule, SecurityGroup } from './model.ts';
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
  known: Known,
): Ruling {
  if (groups === null) return passed;
  // Those that can have groups always have one: a list of none was read from something else.
  if (groups.length === 0) return unsure('whether it has no security group: none was read');
  const about = direction === 'ingress' ? 'from' : 'to';
  const doubts: { why: string; rules: RuleWords[] }[] = [];
  const read: SecurityGroup[] = [];
  for (const id of groups) {
    const group = known.group(id);
    if (group === null) {
      doubts.push({ why: `${id}, which was not read`, rules: [] });
      continue;
    }
    read.push(group);
    const words = (rule: GroupRule) => inWords(group, rule, about);
    const { rule, doubt } = matchIn(id, direction, peer, port, known);
    if (rule !== null) return ruling('allow', words(rule));
    if (doubt !== null) doubts.push({ why: doubt.why, rules: [{ text: words(doubt.rule), about: null }] });
  }
  const [doubt] = doubts;
  if (doubt !== undefined) return unsure(doubt.why, doubt.rules);
  return ruling('deny', `no rule of ${read.map(groupWords).join(' and ')} allows tcp ${port}`, about);
}

/** Rules for addresses before those for groups, which hang on more than the address. */
function matchIn(
  group: string,
  direction: 'ingress' | 'egress',
  { range, carries }: Peer,
  port: number,
  known: Known,
): RuleMatch {
  const rules = known.rules(group, direction, port);
  const byAddress = () => firstOf(rules, (peer) => isAddressed(peer, range, known));
  const found = range === null ? byAddress() : known.matchOf(range, `${direction} ${port} ${group}`, byAddress);
  if (found.rule !== null) return found;
  const byGroup = firstOf(rules, (peer) => peer.kind === 'group' && carries(peer.id));
  return { rule: byGroup.rule, doubt: found.doubt ?? byGroup.doubt };
}

function firstOf(rules: readonly PortRule[], isMeant: (peer: GroupPeer) => Truth): RuleMatch {
  let doubt: RuleMatch['doubt'] = null;
  for (const { rule, fits } of rules) {
    const truth = allOf([fits, isMeant(rule.peer)]);
    if (truth === true) return { rule, doubt: null };
    if (truth !== false) doubt ??= { why: truth.why, rule };
  }
  return { rule: null, doubt };
}

function isAddressed(peer: GroupPeer, range: AddressRange | null, known: Known): Truth {
  switch (peer.kind) {
    case 'cidr':
      return isIn(range, peer.cidr, known);
    case 'group':
      return false;
    case 'prefixList': {
      const cidrs = known.prefixList(peer.id);
      return cidrs === null ? { why: `${peer.id}, which was not read` } : isInAny(range, cidrs, known);
    }
    default:
      return peer satisfies never;
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
