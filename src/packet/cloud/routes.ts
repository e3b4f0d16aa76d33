import { type AddressRange, within } from '../filter/address.ts';
import type { Known } from './known.ts';
import { isIn } from './matching.ts';
import type { CloudRoute, RouteTable } from './model.ts';
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
  known: Known,
): readonly (CloudRoute | null)[] | null {
  const table = known.table(id);
  if (table === null || range === null) return null;
  return known.routesOf(range, table.id, () => choose(table, range, known));
}

/** From one interface of the way to another. */
export function judgeRouteBetween(to: AddressRange | null, id: string | null, known: Known): Ruling {
  const routes = routesTo(to, id, known);
  if (routes === null) return unread(id, to);
  // Every table has a route within its network: one without was read in part.
  const isWhole = known.table(id)?.routes.some(({ target }) => leadsTo(target) === 'local') ?? false;
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

function choose(table: RouteTable, range: AddressRange, known: Known): readonly (CloudRoute | null)[] {
  const sure: Match[] = [];
  const perhaps: CloudRoute[] = [];
  for (const route of table.routes) {
    const match = matchOf(route, range, known);
    if (match === 'perhaps') perhaps.push(route);
    else if (match !== null) sure.push(match);
  }
  // Nothing but a subnet's whole CIDR may go before the route within the network, so that no prefix list does.
  const isLocal = sure.some(({ route }) => leadsTo(route.target) === 'local');
  const eligible = isLocal ? sure.filter(({ inList }) => !inList) : sure;
  const best = eligible.reduce((longest, { size }) => (size < longest ? size : longest), endless);
  const longest = eligible.filter(({ size }) => size === best);
  // Of the same destination: static routes, then those of prefix lists, then what is propagated (from a `vgw-` alone).
  const written = longest.filter(({ route, inList }) => !inList && !route.target.startsWith('vgw-'));
  const chosen = (written.length > 0 ? written : longest).map(({ route }) => route);
  const isSettled = isLocal || (best === 1n && written.length > 0);
  const unsettled = perhaps.filter(({ destination }) => known.range(destination) !== null || !isSettled);
  return [...(chosen.length > 0 ? chosen : [null]), ...unsettled];
}

interface Match {
  readonly route: CloudRoute;
  /** How many addresses its destination has: the fewer, the longer the prefix. */
  readonly size: bigint;
  readonly inList: boolean;
}

const endless = 1n << 129n;

function matchOf(route: CloudRoute, range: AddressRange, known: Known): Match | 'perhaps' | null {
  const destination = known.range(route.destination);
  if (destination !== null) {
    const truth = isIn(range, route.destination, known);
    if (truth === true) return { route, size: sizeOf(destination), inList: false };
    return truth === false ? null : 'perhaps';
  }
  const cidrs = known.prefixList(route.destination);
  if (cidrs === null) return 'perhaps';
  const truths = cidrs.map((cidr) => isIn(range, cidr, known));
  if (truths.some((truth) => typeof truth === 'object')) return 'perhaps';
  const sizes = cidrs.flatMap((cidr) => {
    const one = known.range(cidr);
    return one !== null && within(range, one) ? [sizeOf(one)] : [];
  });
  return sizes.length === 0
    ? null
    : { route, size: sizes.reduce((least, size) => (size < least ? size : least)), inList: true };
}

function sizeOf({ lo, hi }: AddressRange): bigint {
  return hi - lo + 1n;
}

function tableWords(id: string | null): string {
  return id ?? 'the route table of its subnet';
}
