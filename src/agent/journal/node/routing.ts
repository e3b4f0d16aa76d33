import { z } from 'zod';
import { type AddressRange, parseAddress, parseRange } from '../../../packet/filter/address.ts';
import type { ChangeEffect } from '../../../words/change.ts';
import type { NodeRoute } from '../../firewall/network.ts';
import { isOwnDevice } from './own-rules.ts';
import type { NodeChange } from './tell.ts';

/** Addresses and routes of a node that a person gave it, without what pods and containers bring along. */
export const Routing = z.object({
  /** With prefix length. */
  addresses: z.array(z.object({ device: z.string(), cidr: z.string() })),
  routes: z.array(
    z.object({
      to: z.string(),
      via: z.string().nullable(),
      device: z.string(),
      metric: z.number(),
      rejects: z.boolean(),
    }),
  ),
});
export type Routing = z.infer<typeof Routing>;

/** What matters of the cluster, to judge what a change does. */
export interface RoutingMatters {
  /** Of the API server, wherever they are. */
  readonly apiAddresses: readonly string[];
  /** Addresses or CIDRs; empty: anyone. */
  readonly clients: readonly string[];
}

export function withoutPods(found: Routing, { apiAddresses }: RoutingMatters): Routing {
  const api = new Set(apiAddresses);
  return {
    addresses: found.addresses.filter(
      ({ device, cidr }) => api.has(bare(cidr)) || !(isOwnDevice(device) || isOfThisLink(cidr)),
    ),
    routes: found.routes
      .filter(({ device, to }) => !isOwnDevice(device) && !isOfThisLink(to))
      .map(({ to, via, device, metric, rejects }) => ({ to, via, device, metric, rejects })),
  };
}

/** `/proc/net/if_inet6`: addresses that the kernel makes and drops by itself (temporary), or does not use yet (tentative). */
export function passingAddresses(text: string): ReadonlySet<string> {
  const found = text.split('\n').flatMap((line) => {
    const [hex, , , , flags] = line.trim().split(/\s+/);
    if (hex === undefined || flags === undefined || (Number.parseInt(flags, 16) & PASSING) === 0) return [];
    const range = parseAddress((hex.match(/.{4}/g) ?? []).join(':'));
    return range === null ? [] : [range.lo];
  });
  return new Set(found.map(String));
}

/** IFA_F_TEMPORARY and IFA_F_TENTATIVE of `linux/if_addr.h`. */
const PASSING = 0x01 | 0x40;

export function isPassing(cidr: string, passing: ReadonlySet<string>): boolean {
  const address = parseAddress(bare(cidr));
  return address !== null && address.family === 6 && passing.has(String(address.lo));
}

/** Pure: what differs, in words, and what that does to clients; null when nothing does. Epoch ms. */
export function routingChange(
  before: Routing,
  after: Routing,
  matters: RoutingMatters,
  { sinceAt, lookedAt }: { readonly sinceAt: number; readonly lookedAt: number },
): NodeChange | null {
  const api = new Set(matters.apiAddresses);
  const gone = missing(before.addresses, after.addresses, addressKey);
  const come = missing(after.addresses, before.addresses, addressKey);
  const lost = missing(before.routes, after.routes, routeKey);
  const won = missing(after.routes, before.routes, routeKey);
  const lines = [
    ...gone.map(({ cidr, device }) => ({
      action: 'delete' as const,
      words: `address ${cidr} gone from ${device}`,
      api: api.has(bare(cidr)),
    })),
    ...come.map(({ cidr, device }) => ({
      action: 'create' as const,
      words: `address ${cidr} added to ${device}`,
      api: api.has(bare(cidr)),
    })),
    ...lost.map((route) => ({
      action: 'delete' as const,
      words: `${routeWords(route)} removed`,
      api: isDefault(route),
    })),
    ...won.map((route) => ({ action: 'create' as const, words: `${routeWords(route)} added`, api: isDefault(route) })),
  ].toSorted((a, b) => Number(b.api) - Number(a.api));
  const [first] = lines;
  if (first === undefined) return null;
  const more = lines.length === 1 ? '' : ` (and ${lines.length - 1} more with it)`;
  return {
    key: `routing:${Math.round(lookedAt)}:${lines.length}:${first.words}`,
    category: 'routing',
    earliestAt: sinceAt,
    latestAt: lookedAt,
    action: lines.every(({ action }) => action === first.action) ? first.action : 'update',
    target: {
      kind: gone.length + come.length > 0 ? 'address' : 'route',
      name: first.words.replace(/ (removed|added)$/, ''),
      addresses: [...gone, ...come].map(({ cidr }) => cidr).concat([...lost, ...won].map(({ to }) => to)),
    },
    summary: `${first.words}${more}`,
    diff: lines.map(({ words }) => words),
    effect: effectOf(before, after, matters),
  };
}

function effectOf(before: Routing, after: Routing, matters: RoutingMatters): ChangeEffect {
  const judged = (verdict: 'breaks' | 'mends' | 'none' | 'unknown', words: string): ChangeEffect => ({
    kind: 'judged',
    verdict,
    words: words.slice(0, 1_000),
  });
  const api = new Set(matters.apiAddresses);
  const ofApi = ({ addresses }: Routing) => addresses.filter(({ cidr }) => api.has(bare(cidr)));
  const vanished = missing(ofApi(before), ofApi(after), ({ cidr }) => bare(cidr));
  const appeared = missing(ofApi(after), ofApi(before), ({ cidr }) => bare(cidr));
  const [old, now] = [cutOff(before.routes, matters.clients), cutOff(after.routes, matters.clients)];
  const worse = missing(now, old, String);
  const better = missing(old, now, String);

  const [address] = vanished;
  if (address !== undefined) {
    return /\/(32|128)$/.test(address.cidr)
      ? judged('unknown', `the API server's address ${bare(address.cidr)} left this node; another node may have it now`)
      : judged('breaks', `the API server's address ${bare(address.cidr)} is no longer in use on this node`);
  }
  if (worse.length > 0) return judged('breaks', `no route leads back to ${worse.join(', ')}`);
  if (appeared.length > 0 || better.length > 0) {
    const words = [
      ...appeared.map(({ cidr }) => `the API server's address ${bare(cidr)} is in use on this node again`),
      ...better.map((client) => `a route leads back to ${client} again`),
    ];
    return judged('mends', words.join('; '));
  }
  const otherWay = clientRanges(matters.clients).some(
    ({ range }) => waysTo(before.routes, range).join() !== waysTo(after.routes, range).join(),
  );
  return otherWay
    ? judged('unknown', 'replies to clients may take another way than before')
    : judged('none', "it touches neither the API server's addresses nor a way back to its clients");
}

/** Which clients no route leads back to, in words. */
function cutOff(routes: readonly NodeRoute[], clients: readonly string[]): string[] {
  return clientRanges(clients)
    .filter(({ range }) => waysTo(routes, range).includes(NOWHERE))
    .map(({ words }) => words);
}

/** Where nobody named clients: those beyond the node's own networks, by a default route. */
function clientRanges(clients: readonly string[]): { words: string; range: AddressRange }[] {
  if (clients.length === 0) {
    return [
      { words: "IPv4 clients beyond the node's own networks", range: { family: 4, lo: 0n, hi: (1n << 32n) - 1n } },
      { words: "IPv6 clients beyond the node's own networks", range: { family: 6, lo: 0n, hi: (1n << 128n) - 1n } },
    ];
  }
  return clients.flatMap((client) => {
    const range = parseRange(client);
    return range === null ? [] : [{ words: client, range }];
  });
}

/** The route that decides for each part of the range: the narrowest, and of equally narrow ones that of the least metric. */
function waysTo(routes: readonly NodeRoute[], range: AddressRange): string[] {
  const touching = routes.flatMap((route) => {
    const to = parseRange(route.to);
    return to === null || to.family !== range.family || to.lo > range.hi || to.hi < range.lo ? [] : [{ route, to }];
  });
  const edges = [...new Set([range.lo, ...touching.flatMap(({ to }) => [to.lo, to.hi + 1n])])]
    .filter((edge) => edge >= range.lo && edge <= range.hi)
    .sort((a, b) => (a < b ? -1 : 1));
  const ways = edges.map((edge) => {
    const [narrowest] = touching
      .filter(({ to }) => to.lo <= edge && edge <= to.hi)
      .toSorted((a, b) => Number(a.to.hi - a.to.lo - (b.to.hi - b.to.lo)) || a.route.metric - b.route.metric);
    return narrowest === undefined || narrowest.route.rejects ? NOWHERE : routeKey(narrowest.route);
  });
  return ways.filter((way, place) => way !== ways[place - 1]);
}

const NOWHERE = 'nowhere';

function isDefault({ to }: NodeRoute): boolean {
  return to === '0.0.0.0/0' || to === '::/0';
}

function routeWords(route: NodeRoute): string {
  const what = isDefault(route)
    ? `default route${route.to.startsWith('::') ? ' of IPv6' : ''}`
    : `route to ${route.to}`;
  if (route.rejects) return `${what} that refuses packets`;
  return route.via === null ? `${what} by ${route.device}` : `${what} via ${route.via}`;
}

/** Link-local: of each interface's own making. */
function isOfThisLink(cidr: string): boolean {
  return /^(fe80:|169\.254\.|127\.|::1\/)/.test(cidr);
}

function bare(cidr: string): string {
  return cidr.split('/')[0] ?? cidr;
}

function addressKey({ device, cidr }: Routing['addresses'][number]): string {
  return `${device} ${cidr}`;
}

function routeKey({ to, via, device, metric, rejects }: NodeRoute): string {
  return `${to} ${via} ${device} ${metric} ${rejects}`;
}

function missing<T>(from: readonly T[], others: readonly T[], keyOf: (one: T) => string): T[] {
  const there = new Set(others.map(keyOf));
  return from.filter((one) => !there.has(keyOf(one)));
}
