import type { AddressRange } from '../filter/address.ts';
import { parseRange, within } from '../filter/address.ts';
import { isIn } from './matching.ts';
import type { CloudModel, CloudRoute, RouteTable } from './model.ts';
import { agreed, type Ruling, ruling, unsure } from './ruling.ts';

/** Where a route leads, as far as it matters to who can be on the other side. */
export type Leads =
  /** Within the network. */
  | 'local'
  | 'internet'
  /** Out to the internet, but only what was begun from inside. */
  | 'outwards'
  /** To other networks of the cloud, as they are. */
  | 'network'
  /** To networks outside the cloud, as they are. */
  | 'premises'
  /** To a device that decides by itself. */
  | 'device';

/** Routes that may be taken to all of a range; null among them: that there is none. Null in all: not read. */
export function routesTo(
  range: AddressRange | null,
  id: string | null,
  model: CloudModel,
): readonly (CloudRoute | null)[] | null {
  const table = id !== null && Object.hasOwn(model.tables, id) ? model.tables[id] : undefined;
  if (table === undefined || range === null) return null;
  const sure: Match[] = [];
  const perhaps: CloudRoute[] = [];
  for (const route of table.routes) {
    const match = matchOf(route, range, model);
    if (match === 'perhaps') perhaps.push(route);
    else if (match !== null) sure.push(match);
  }
  const best = sure.reduce((longest, { size }) => (size < longest ? size : longest), endless);
  const longest = sure.filter(({ size }) => size === best);
  // A route of its own goes before one of a prefix list with the same destination.
  const own = longest.filter(({ inList }) => !inList);
  const chosen = (own.length > 0 ? own : longest).map(({ route }) => route);
  if (own.length > 0 && best === 1n) return chosen;
  return [...(chosen.length > 0 ? chosen : [null]), ...perhaps];
}

/** From one interface of the way to another. */
export function judgeRouteBetween(to: AddressRange | null, id: string | null, model: CloudModel): Ruling {
  const routes = routesTo(to, id, model);
  if (routes === null) return unread(id, to);
  // Every table has a route within its network: one without was read in part.
  const isWhole = tableOf(id, model).routes.some(({ target }) => leadsTo(target) === 'local');
  return agreed(
    routes.map((route) => {
      if (route === null) return isWhole ? missing(id) : unsure(`${id ?? ''}, which was read in part`);
      if (route.state === 'blackhole') return blackhole(route, id);
      const leads = leadsTo(route.target);
      return leads === 'local' || leads === 'network' || leads === 'premises' ? taken(route, id) : leftOpen(route, id);
    }),
    'which route it takes',
  );
}

export function unread(id: string | null, to: AddressRange | null): Ruling {
  return unsure(to === null ? 'the address it goes to, which was not read' : `${tableWords(id)}, which was not read`);
}

export function missing(id: string | null): Ruling {
  return ruling('deny', `${tableWords(id)} has no route`, 'to');
}

export function blackhole(route: CloudRoute, id: string | null): Ruling {
  return ruling('deny', `${routeWords(route, id)} is a blackhole`);
}

export function taken(route: CloudRoute, id: string | null): Ruling {
  return ruling('allow', routeWords(route, id));
}

export function leftOpen(route: CloudRoute, id: string | null): Ruling {
  return unsure(`what becomes of it at ${route.target}`, [{ text: routeWords(route, id), about: null }]);
}

/** `route 0.0.0.0/0 → igw-1 of rtb-1` */
export function routeWords({ destination, target }: CloudRoute, id: string | null): string {
  return `route ${destination} → ${target} of ${tableWords(id)}`;
}

export function leadsTo(target: string): Leads {
  if (target === 'local') return 'local';
  if (/^(igw|cagw)-/.test(target)) return 'internet';
  if (/^(nat|eigw)-/.test(target)) return 'outwards';
  if (/^(tgw|pcx)-|core-network/.test(target)) return 'network';
  if (/^(vgw|lgw)-/.test(target)) return 'premises';
  return 'device';
}

interface Match {
  readonly route: CloudRoute;
  /** How many addresses its destination has: the fewer, the longer the prefix. */
  readonly size: bigint;
  readonly inList: boolean;
}

const endless = 1n << 129n;

function matchOf(route: CloudRoute, range: AddressRange, model: CloudModel): Match | 'perhaps' | null {
  const destination = parseRange(route.destination);
  if (destination !== null) {
    const truth = isIn(range, route.destination);
    if (truth === true) return { route, size: sizeOf(destination), inList: false };
    return truth === false ? null : 'perhaps';
  }
  if (!Object.hasOwn(model.prefixLists, route.destination)) return 'perhaps';
  const cidrs = model.prefixLists[route.destination] ?? [];
  const truths = cidrs.map((cidr) => isIn(range, cidr));
  if (truths.some((truth) => typeof truth === 'object')) return 'perhaps';
  const sizes = cidrs.flatMap((cidr) => {
    const one = parseRange(cidr);
    return one !== null && within(range, one) ? [sizeOf(one)] : [];
  });
  return sizes.length === 0
    ? null
    : { route, size: sizes.reduce((least, size) => (size < least ? size : least)), inList: true };
}

function sizeOf({ lo, hi }: AddressRange): bigint {
  return hi - lo + 1n;
}

function tableOf(id: string | null, model: CloudModel): RouteTable {
  return (id === null ? undefined : model.tables[id]) ?? { id: '', routes: [] };
}

function tableWords(id: string | null): string {
  return id ?? 'the route table of its subnet';
}
