import type { AddressRange } from '../filter/address.ts';
import type { Truth } from '../filter/value.ts';
import { judgeAccess } from './access.ts';
import { ephemeral, judgeAcl } from './acl.ts';
import { addressesOf, type Client, judgeRouteBack, standingOf } from './client-side.ts';
import { judgeGroups } from './groups.ts';
import type { Known } from './known.ts';
import { anyOf } from './matching.ts';
import { judgeRouteBetween } from './routes.ts';
import { passed, type Ruling, unsure } from './ruling.ts';
import type { Choice } from './stages.ts';

/** What is asked at a hop, in the order of the way in (or back). */
export interface Asked {
  readonly what:
    | 'access list'
    | 'acl in'
    | 'group in'
    | 'group out'
    | 'acl out'
    | 'route on'
    | 'acl replies'
    | 'acl replies in'
    | 'route back';
  readonly ruling: Ruling;
}

/** One possible way from one hop to the next, or from the client to the first. */
export interface Leg {
  /** At the hop before: out, and the replies in. Empty for the first. */
  readonly leaving: readonly Asked[];
  readonly repliesIn: readonly Asked[];
  /** At the hop itself. */
  readonly arriving: readonly Asked[];
  readonly replies: readonly Asked[];
}

/** From the client to the first hop. */
export function firstLeg(choice: Choice, client: Client, known: Known): Leg {
  const { near, carries } = standingOf(client, choice.face, known);
  const source: Source = { range: client.range, words: null, carries: () => carries, near };
  const back = choice.face === null ? null : judgeRouteBack(client, choice.face, known);
  return { leaving: [], repliesIn: [], ...arrival(choice, source, back, known) };
}

/** From one hop to the next, in each way that is possible: by the addresses that they have, and whose the next one sees. */
export function legsBetween(from: Choice, to: Choice, client: Client, known: Known): readonly Leg[] {
  const keeping = () => keptLegs(from, to, client, known);
  const replacing = () => replacedLegs(from, to, known);
  const { sees } = to.hop;
  switch (sees) {
    case 'client':
      return keeping();
    case 'hop before':
      return replacing();
    case 'unknown':
      return [...keeping(), ...replacing()];
    default:
      return sees satisfies never;
  }
}

/** The other end of packets that arrive. */
interface Source {
  readonly range: AddressRange | null;
  /** Null: the client. */
  readonly words: string | null;
  readonly carries: (group: string) => Truth;
  /** Is it in the subnet that they arrive in? Then no ACL is asked. */
  readonly near: Truth;
}

/**
 * With the client's address kept. A rule for a group of the balancer lets them in all the same, and the replies go
 * back to it by no route. Source: AWS, "Security groups for your Network Load Balancer". A target without an address
 * of the client's family sees the balancer's ("Edit target group attributes", client IP preservation).
 */
function keptLegs(from: Choice, to: Choice, client: Client, known: Known): readonly Leg[] {
  const own = to.face === null ? [] : addressesOf(to.face, known);
  const targets = own.filter(({ family }) => family === client.range.family);
  if (own.length > 0 && targets.length === 0) return replacedLegs(from, to, known);
  const standing = standingOf(client, from.face, known);
  const isSame = sharesSubnet(from, to);
  const source: Source = {
    range: client.range,
    words: null,
    carries: (group) => anyOf([carriesGroup(from, group), standing.carries]),
    near: isSame ? keptWithin : standing.near,
  };
  const arrived = arrival(to, source, null, known);
  return orUnknown(targets).map((target) => ({
    ...departure(from, to, target, isSame ? keptWithin : false, known),
    ...arrived,
  }));
}

const keptWithin = {
  why: "whether a network ACL is asked within its subnet, for packets that keep the client's address",
};

function replacedLegs(from: Choice, to: Choice, known: Known): readonly Leg[] {
  const sources = orUnknown(from.face === null ? [] : addressesOf(from.face, known));
  const targets = orUnknown(to.face === null ? [] : addressesOf(to.face, known));
  const pairs = sources.flatMap((source) =>
    targets.flatMap((target) =>
      source === null || target === null || source.family === target.family ? [{ source, target }] : [],
    ),
  );
  const isSame = sharesSubnet(from, to);
  return (pairs.length > 0 ? pairs : [{ source: null, target: null }]).map(({ source: range, target }) => {
    const carries = (group: string) => carriesGroup(from, group);
    const source: Source = { range, words: from.hop.name, carries, near: isSame };
    const back = isSame ? passed : judgeRouteBetween(range, to.face?.table ?? null, known);
    return { ...departure(from, to, target, isSame, known), ...arrival(to, source, back, known) };
  });
}

/** At the hop that they come to. `back`: how replies find back, null when that is not asked. */
function arrival(
  { hop, face }: Choice,
  source: Source,
  back: Ruling | null,
  known: Known,
): Pick<Leg, 'arriving' | 'replies'> {
  const arriving: Asked[] = [];
  if (hop.kind === 'managed-endpoint') {
    const { ruling, side } = judgeAccess(hop.access, hop.name, source.range, known);
    arriving.push({ what: 'access list', ruling: told(ruling, source.words) });
    if (side !== 'private') return { arriving, replies: [] };
  }
  if (face === null) {
    const ruling = unsure(`the interfaces of ${hop.name}, which were not read`);
    return { arriving: [...arriving, { what: 'group in', ruling }], replies: [] };
  }
  const { port } = hop;
  const acl = (direction: 'ingress' | 'egress', ports: { from: number; to: number }) =>
    told(unlessNear(source.near, judgeAcl(face.acl, direction, source.range, ports, known)), source.words);
  const groups = judgeGroups(face.groups, 'ingress', source, port, known);
  arriving.push({ what: 'acl in', ruling: acl('ingress', { from: port, to: port }) });
  arriving.push({ what: 'group in', ruling: told(groups, source.words) });
  const replies: Asked[] = [{ what: 'acl replies', ruling: acl('egress', ephemeral) }];
  if (back !== null) replies.push({ what: 'route back', ruling: told(back, source.words) });
  return { arriving, replies };
}

/** At the hop that they leave from. */
function departure(
  { hop, face }: Choice,
  to: Choice,
  target: AddressRange | null,
  near: Truth,
  known: Known,
): Pick<Leg, 'leaving' | 'repliesIn'> {
  if (face === null) {
    const ruling = unsure(`the interfaces of ${hop.name}, which were not read`);
    return { leaving: [{ what: 'group out', ruling }], repliesIn: [] };
  }
  const { name, port } = to.hop;
  const acl = (direction: 'ingress' | 'egress', ports: { from: number; to: number }) =>
    told(unlessNear(near, judgeAcl(face.acl, direction, target, ports, known)), name);
  const peer = { range: target, carries: (group: string) => carriesGroup(to, group) };
  const route = near === false ? judgeRouteBetween(target, face.table, known) : passed;
  return {
    leaving: [
      { what: 'group out', ruling: told(judgeGroups(face.groups, 'egress', peer, port, known), name) },
      { what: 'acl out', ruling: acl('egress', { from: port, to: port }) },
      { what: 'route on', ruling: told(route, name) },
    ],
    repliesIn: [{ what: 'acl replies in', ruling: acl('ingress', ephemeral) }],
  };
}

function unlessNear(near: Truth, ruling: Ruling): Ruling {
  if (near === true) return passed;
  return near !== false && ruling.verdict === 'deny' ? unsure(near.why, ruling.rules) : ruling;
}

function carriesGroup({ hop, face }: Choice, group: string): Truth {
  if (face === null) return { why: `the interfaces of ${hop.name}, which were not read` };
  if (face.groups?.length === 0) return { why: `which security groups ${hop.name} has: none was read` };
  return face.groups?.includes(group) ?? false;
}

function sharesSubnet(a: Choice, b: Choice): boolean {
  return a.face !== null && a.face.subnet !== '' && a.face.subnet === b.face?.subnet;
}

function orUnknown(addresses: readonly AddressRange[]): readonly (AddressRange | null)[] {
  return addresses.length > 0 ? addresses : [null];
}

/** Names the other end in its sentence, unless that is the client. */
function told(ruling: Ruling, who: string | null): Ruling {
  if (who === null) return ruling;
  const rules = ruling.rules.map(({ text, about }) => ({
    text: about === null ? text : `${text} ${about} ${who}`,
    about: null,
  }));
  return { ...ruling, rules };
}
