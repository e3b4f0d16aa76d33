import type { AddressRange } from '../filter/address.ts';
import type { Truth } from '../filter/value.ts';
import type { Known } from './known.ts';
import type { CloudInterface, CloudRoute } from './model.ts';
import { isPublic } from './public-address.ts';
import { blackhole, leadsTo, leftOpen, missing, routesTo, routeWords, taken, unread } from './routes.ts';
import { agreed, type Ruling, unsure } from './ruling.ts';

/** Who connects, by the address that its packets arrive with, and where to. */
export interface Client {
  readonly range: AddressRange;
  /** Null: not known. */
  readonly to: AddressRange | null;
}

/** What a client may be to an interface, besides an address. */
export interface Standing {
  /** In its subnet. */
  readonly near: Truth;
  /** On an interface of the cloud that carries some group. */
  readonly carries: Truth;
}

export function standingOf({ range, to }: Client, face: CloudInterface | null, known: Known): Standing {
  if (comesByInternet({ range, to }, face, known)) return { near: false, carries: false };
  const routes = face === null ? null : routesTo(range, face.table, known);
  if (routes === null) return { near: sameSubnet, carries: someGroup };
  const leads = routes.flatMap((route) => (route === null ? [] : [leadsTo(route.target)]));
  const isLocal = leads.includes('local') || leads.includes('device');
  return {
    near: isLocal ? sameSubnet : false,
    carries: isLocal || leads.includes('network') ? someGroup : false,
  };
}

const sameSubnet = { why: 'whether the client is in the same subnet' };
const someGroup = { why: 'whether the client carries a security group that a rule names' };

/** Do replies from an interface find back to a client? */
export function judgeRouteBack(client: Client, face: CloudInterface, known: Known): Ruling {
  const routes = routesTo(client.range, face.table, known);
  if (routes === null) return unread(face.table, client.range);
  return agreed(
    routes.map((route) => judgeRoute(route, client, face, known)),
    'which route the replies take',
  );
}

/** An address of a network that is met over the internet is not its own: gateways translate it, for IPv4. */
export function isTranslated(to: AddressRange | null, faces: readonly CloudInterface[], known: Known): boolean {
  if (to === null || to.family !== 4 || isPublic(to) !== true) return false;
  return !faces.some((face) => hasAddress(face, to, known));
}

export function addressesOf({ addresses }: CloudInterface, known: Known): readonly AddressRange[] {
  return addresses.flatMap((text) => known.range(text) ?? []);
}

export function hasAddress(face: CloudInterface, to: AddressRange | null, known: Known): boolean {
  return addressesOf(face, known).some(({ family, lo }) => family === to?.family && lo === to.lo);
}

export const arrivesAsAnother = 'the address it arrives as: its own is a private one';

function judgeRoute(route: CloudRoute | null, client: Client, face: CloudInterface, known: Known): Ruling {
  const { table } = face;
  if (route === null) return missing(table);
  if (route.state === 'blackhole') return blackhole(route, table);
  const rules = [{ text: routeWords(route, table), about: null }];
  const fromInternet = comesByInternet(client, face, known);
  const leads = leadsTo(route.target);
  switch (leads) {
    case 'local':
    case 'network':
    case 'premises':
      return fromInternet
        ? unsure('whether its connection comes by an internet gateway: the replies do not leave by one', rules)
        : taken(route, table);
    case 'internet': {
      const known = isPublic(client.range);
      if (known === true) return taken(route, table);
      return unsure(known === false ? arrivesAsAnother : known.why, rules);
    }
    case 'outwards': {
      const isIPv6 = client.range.family === 6 && client.to !== null && isPublic(client.to) === true;
      if (fromInternet || (isIPv6 && isPublic(client.range) === true)) {
        const text = `${routeWords(route, table)} carries no replies to connections from outside`;
        return { verdict: 'deny', rules: [{ text, about: null }], why: null };
      }
      return unsure('by which way it comes', rules);
    }
    case 'device':
      return leftOpen(route, table);
    default:
      return leads satisfies never;
  }
}

function comesByInternet({ range, to }: Client, face: CloudInterface | null, known: Known): boolean {
  return isTranslated(to, face === null ? [] : [face], known) && isPublic(range) === true;
}
