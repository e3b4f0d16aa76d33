import {
  type AddressRange,
  formatAddress,
  isLoopback,
  parseAddress,
  parseRange,
} from '../../../packet/filter/address.ts';
import { type Answer, ask, type Passage } from '../../../packet/filter/ask.ts';
import type { Host } from '../../../packet/filter/host.ts';
import type { Ruleset } from '../../../packet/filter/model.ts';
import type { RangePassage } from '../../../words/change.ts';
import { isOwnDevice } from './own-rules.ts';

/** Where clients reach the API server on this node. */
export interface ApiPlace {
  readonly port: number;
  readonly addresses: readonly string[];
  /** Who connects, by configuration: addresses or CIDRs; empty: anyone. */
  readonly clients: readonly string[];
}

/** What becomes of every client's new connection to the API server here, in ranges that are treated alike. Pure. */
export function passagesTo(place: ApiPlace, ruleset: Ruleset, host: Host): RangePassage[] {
  const addresses = place.addresses.slice(0, MOST_ADDRESSES);
  return addresses.flatMap((text): RangePassage[] => {
    const address = parseAddress(text);
    const source = address === null ? null : parseRange(address.family === 4 ? '0.0.0.0/0' : '::/0');
    if (address === null || source === null) return [];
    const most = Math.floor(MOST_PASSAGES / addresses.length);
    const partsOf = (range: AddressRange) =>
      ask({ source: range, address, port: place.port }, ruleset, host).map((passage) => passageOf(passage, text));
    const parts = partsOf(source);
    if (isTellable(parts, most)) return parts;
    // Large block lists: then at least for those who are known to connect.
    const known = place.clients.flatMap((client) => {
      const range = parseRange(client);
      return range?.family === address.family ? [range] : [];
    });
    const theirs = known.slice(0, most).flatMap(partsOf);
    return theirs.length > 0 && theirs.length <= most ? theirs : parts.length === 1 ? parts : [wholly(source, text)];
  });
}

/** The same verdict for every client, whichever rule gives it. */
export function sameVerdicts(before: readonly RangePassage[], after: readonly RangePassage[]): boolean {
  return JSON.stringify(verdicts(before)) === JSON.stringify(verdicts(after));
}

/** The addresses of the API server that this node has; where it has none of them, clients end at one of its own. */
export function addressesHere(asked: readonly string[], host: Host): string[] {
  const own = host.interfaces.flatMap(({ name, addresses }) =>
    addresses.flatMap((cidr) => {
      const text = cidr.split('/')[0] ?? '';
      const range = parseAddress(text);
      return range === null || isLoopback(range) || text.startsWith('fe80:') ? [] : [{ name, text, range }];
    }),
  );
  const wanted = asked.flatMap((text) => parseAddress(text) ?? []);
  const here = own.filter(({ range }) => wanted.some((one) => one.family === range.family && one.lo === range.lo));
  const found = here.length > 0 ? here : own.filter(({ name }) => !isOwnDevice(name));
  return [...new Set(found.map(({ text }) => text))];
}

const MOST_PASSAGES = 256;
const MOST_ADDRESSES = 8;

function passageOf(passage: Passage, to: string): RangePassage {
  const range = parseRange(passage.source);
  const [first, last] =
    range === null
      ? [passage.source, passage.source]
      : [range.lo, range.hi].map((end) => formatAddress(range.family, end));
  const decisive = worse(passage.in, passage.replies);
  return {
    first: first ?? passage.source,
    last: last ?? passage.source,
    to,
    verdict: decisive.verdict,
    rule: decisive.rule === null ? null : decisive.rule.text.slice(0, 500),
  };
}

const ranks = { deny: 0, unknown: 1, allow: 2 } as const;

function worse(way: Answer, back: Answer): Answer {
  return ranks[back.verdict] < ranks[way.verdict] ? back : way;
}

/** A source that the rules cut too often is judged whole, which leaves it unknown. */
function isTellable(parts: readonly RangePassage[], most: number): boolean {
  const [only] = parts;
  return parts.length <= most && !(parts.length === 1 && only?.verdict === 'unknown');
}

/** Cut into more parts than can be told. */
function wholly({ family, lo, hi }: AddressRange, to: string): RangePassage {
  return { first: formatAddress(family, lo), last: formatAddress(family, hi), to, verdict: 'unknown', rule: null };
}

/** Without rules, and with neighbours that are treated alike as one. */
function verdicts(passages: readonly RangePassage[]): unknown[] {
  const merged: { to: string; verdict: string; first: string; last: string }[] = [];
  for (const { to, verdict, first, last } of passages) {
    const before = merged.at(-1);
    if (before?.to === to && before.verdict === verdict) before.last = last;
    else merged.push({ to, verdict, first, last });
  }
  return merged;
}
