import type { NodeNetwork } from '../../../checks/host-firewall/port.ts';
import type { ChangeEffect, RangePassage } from '../../../words/change.ts';
import { NOTICE_MS, type Notice } from '../../firewall/frames.ts';
import type { Rules } from '../../firewall/without-counters.ts';
import { type Listing, readingOf } from './listing.ts';
import { ownerOf } from './own-rules.ts';
import { type ApiPlace, passagesTo, sameVerdicts } from './passages.ts';
import { type Difference, differences } from './rules-diff.ts';
import type { NodeChange } from './tell.ts';

/** Two looks at the rules of a node, and what the kernel said in between. Epoch ms. */
export interface TwoLooks {
  readonly before: Rules;
  readonly after: Rules;
  /** What differs was not yet so then, and was so by then. */
  readonly sinceAt: number;
  readonly readAt: number;
  readonly notices: readonly Notice[];
  readonly place: ApiPlace | null;
  readonly network: NodeNetwork;
}

/** Pure: what was changed, in words, with what it does to clients; null when it is nothing worth telling. */
export function rulesChange(seen: TwoLooks): Omit<NodeChange, 'key'> | null {
  const { place, network } = seen;
  const [before, after] = comparable(seen.before, seen.after);
  const old = lookAt(before, place, network);
  const now = lookAt(after, place, network);
  const all = differences(old.listing, now.listing);
  if (all.length === 0) return null;
  const effect: Extract<ChangeEffect, { kind: 'passages' }> | null =
    place === null ? null : { kind: 'passages', port: place.port, before: old.passages, after: now.passages };
  const flips = effect !== null && !sameVerdicts(effect.before, effect.after);
  const decisive = flips ? decidingIn([...effect.after, ...effect.before]) : () => false;
  const told = worthTelling(all, flips, decisive);
  if (told.length === 0) return null;
  const ranked = told.toSorted((a, b) => rank(a, decisive) - rank(b, decisive));
  return {
    category: 'firewall',
    ...whenOf(told, seen),
    actor: actorOf(told, seen.notices),
    action: actionOf(told),
    target: {
      kind: kindOf(told),
      name: placesOf(ranked),
      addresses: flips ? (place?.addresses ?? []) : [],
      ports: portsIn(told),
    },
    summary: summaryOf(ranked),
    diff: ranked.map(({ words }) => words),
    effect,
  };
}

/** What is kept of a reading is little: the model of a large rule set takes a hundred megabytes. */
function lookAt(
  rules: Rules,
  place: ApiPlace | null,
  network: NodeNetwork,
): { listing: Listing; passages: RangePassage[] } {
  const { listing, ruleset } = readingOf(rules);
  return { listing, passages: place === null ? [] : passagesTo(place, ruleset, network) };
}

/** A reading that failed in one of the two is left out of both: it can't be told what differs there. */
function comparable(before: Rules, after: Rules): [Rules, Rules] {
  const names = ['nftables', 'iptables', 'ip6tables', 'iptablesLegacy', 'ip6tablesLegacy'] as const;
  const [old, now] = [{ ...before.readings }, { ...after.readings }];
  for (const name of names) {
    const [was, is] = [old[name], now[name]];
    if (is.kind === 'failed') old[name] = is;
    else if (was.kind === 'failed') now[name] = was;
  }
  return [
    { ...before, readings: old },
    { ...after, readings: now },
  ];
}

type Decisive = (difference: Difference) => boolean;

/** Is it about a rule, or policy, that stops clients before or after? */
function decidingIn(passages: readonly RangePassage[]): Decisive {
  const rules = new Set(passages.filter(({ verdict }) => verdict !== 'allow').flatMap(({ rule }) => rule ?? []));
  // Long rules are cut where they are named as the one that decides.
  return ({ texts }) => texts.some((text) => rules.has(text) || rules.has(`${text.slice(0, 400)}…`));
}

/** Bookkeeping only where it changes what becomes of clients, and nothing else explains that. */
function worthTelling(all: readonly Difference[], flips: boolean, decisive: Decisive): Difference[] {
  const byOthers = all.filter(({ bookkeeping }) => !bookkeeping);
  if (!flips) return byOthers;
  return byOthers.some(decisive) ? all.filter((one) => !one.bookkeeping || decisive(one)) : [...all];
}

/** What decides stands first. A table that is gone says more than its rules; one that came, less. */
function rank(difference: Difference, decisive: Decisive): number {
  const { aspect, action, bookkeeping } = difference;
  if (decisive(difference)) return 0;
  const order = aspect === 'table' && action === 'delete' ? 1 : aspect === 'rule' || aspect === 'set' ? 2 : 3;
  return order + (bookkeeping ? 10 : 0);
}

/** Within what the kernel said of the tables that are told of; where it said nothing of one, between the two looks. */
function whenOf(
  told: readonly Difference[],
  { sinceAt, readAt, notices }: TwoLooks,
): { earliestAt: number; latestAt: number } {
  const tables = [...new Set(told.map(({ table }) => table))];
  const about = notices.filter(
    ({ tables: named }) => named.length === 0 || named.some((name) => tables.includes(name)),
  );
  const unheard = tables.some((table) => !about.some(({ tables: named }) => named.includes(table)));
  const [first, last] = [about[0], about.at(-1)];
  if (unheard || first === undefined || last === undefined) return { earliestAt: sinceAt, latestAt: readAt };
  const latestAt = Math.min(last.lastAt, readAt);
  return { earliestAt: Math.min(Math.max(sinceAt, first.firstAt - NOTICE_MS), latestAt), latestAt };
}

function actorOf(told: readonly Difference[], notices: readonly Notice[]): string | null {
  const owners = told.map(({ table, name }) => ownerOf(table, name));
  const [owner] = owners;
  if (owner !== undefined && owner !== null && owners.every((one) => one === owner)) return owner;
  const tables = new Set(told.map(({ table }) => table));
  const about = notices.filter(({ tables: named }) => named.length === 0 || named.some((name) => tables.has(name)));
  const names = [...new Set(about.flatMap(({ by }) => by ?? []))];
  return names.length === 0 ? null : names.join(', ');
}

function actionOf(told: readonly Difference[]): Difference['action'] {
  const [first] = told;
  return first !== undefined && told.every(({ action }) => action === first.action) ? first.action : 'update';
}

function kindOf(told: readonly Difference[]): string {
  return told.every(({ table }) => table.startsWith('iptables-legacy ')) ? 'iptables' : 'nftables';
}

function placesOf(told: readonly Difference[]): string {
  const places = [...new Set(told.map(({ table, name }) => `${table} ${name}`.trim()))];
  return places.length <= 3 ? places.join(', ') : `${places.slice(0, 3).join(', ')} and ${places.length - 3} more`;
}

function summaryOf(ranked: readonly Difference[]): string {
  const [first] = ranked;
  const more = ranked.length - 1;
  const rest = more === 0 ? '' : ` (and ${more} more ${more === 1 ? 'change' : 'changes'} with it)`;
  return `${(first?.words ?? '').slice(0, 440)}${rest}`;
}

/** Single ports that the rules name; ranges would not fit. */
function portsIn(told: readonly Difference[]): number[] {
  const ports = told.flatMap(({ texts }) =>
    texts.flatMap((text) =>
      [...text.matchAll(/\b(?:dport|dports|--dport|--dports) (?:!= )?(?:\{ )?([\d, ]+)/g)].flatMap(([, list = '']) =>
        list.split(',').flatMap((port) => (port.trim() === '' ? [] : [Number(port)])),
      ),
    ),
  );
  return [...new Set(ports)].filter((port) => port > 0 && port <= 65_535);
}
