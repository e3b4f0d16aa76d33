import type { Change, ChangeEffect, RangePassage } from '../words/change.ts';
import { isWithin, overlap, type Range, readRange, readSpan, sizeOf } from './ranges.ts';
import { listed } from './words.ts';

/** What a change does to the clients that fail, by its rules before and after; null: that was not evaluated. */
export interface Effect {
  readonly kind: 'breaks' | 'partly' | 'mends' | 'none' | 'unknown';
  /** A sentence. */
  readonly words: string;
}

/** Whom it is about. */
export interface Clients {
  /** Addresses of those that fail; empty: not told, everyone's. */
  readonly failing: readonly Client[];
  /** How they are known: told with the onset, or as outside vantages that fail. */
  readonly known: 'told' | 'vantages' | 'nobody';
  /** Where they connect to. */
  readonly servers: readonly Range[];
}

export interface Client {
  readonly text: string;
  readonly range: Range;
  /** It may be another address by the time it arrives. */
  readonly translated: boolean;
}

/** As many as a change keeps: then there may be more that are not told. */
const mostPassages = 256;

export function readEffect(effect: ChangeEffect, clients: Clients): Effect {
  switch (effect.kind) {
    case 'judged':
      return { kind: effect.verdict, words: effect.words };
    case 'passages':
      return ofPassages(effect, clients);
    default:
      return effect satisfies never;
  }
}

/** How it treats connections from here after it; what it was before is not asked. `unknown`: it may deny them. */
export function treatsAfter({ effect }: Change, from: readonly Range[], to: Range | null): RangePassage['verdict'] {
  if (effect?.kind !== 'passages') {
    return effect?.kind === 'judged' && effect.verdict === 'breaks' ? 'deny' : 'allow';
  }
  const verdicts = effect.after.flatMap(({ first, last, to: told, verdict }) => {
    const range = readSpan(first, last);
    const server = readRange(told);
    if (range === null || (to !== null && server !== null && !isWithin(to, server))) return [];
    return from.some((one) => isWithin(one, range)) ? [verdict] : [];
  });
  return verdicts.find((verdict) => verdict === 'deny') ?? verdicts.find((one) => one === 'unknown') ?? 'allow';
}

type Passages = Extract<ChangeEffect, { kind: 'passages' }>;

function ofPassages(effect: Passages, clients: Clients): Effect {
  const { servers, atEndpoint } = chooseServers(effect, clients);
  const before = new Map(servers.map((to) => [to, ranges(effect.before, to)]));
  const after = new Map(servers.map((to) => [to, ranges(effect.after, to)]));
  const cut = effect.before.length >= mostPassages || effect.after.length >= mostPassages;
  const comparisons = (who: Client | null) =>
    servers.flatMap((to) => {
      const sides = { before: before.get(to) ?? [], after: after.get(to) ?? [], cut };
      return compare(sides, who?.range ?? null).map((one) => ({ ...one, to, who }));
    });

  const everyone = () => worst(comparisons(null), atEndpoint);
  if (clients.failing.length === 0) return everyone();
  const found = worst(clients.failing.flatMap(comparisons), atEndpoint);
  const mayBeAnother = clients.known === 'vantages' && clients.failing.some(({ translated }) => translated);
  if (found.kind !== 'none' || !mayBeAnother) return found;
  const others = everyone();
  if (others.kind !== 'breaks' && others.kind !== 'partly') return found;
  const addresses = listed(clients.failing.map(({ text }) => text));
  return {
    kind: 'partly',
    words: `${others.words} The failing vantages leave by ${addresses}, which is not among them, unless they arrive as others.`,
  };
}

/** Those of its addresses that clients connect to; all of them where that is not known (a balancer stands before it). */
function chooseServers({ before, after }: Passages, { servers }: Clients) {
  const named = [...new Set([...before, ...after].map(({ to }) => to))].sort();
  const reached = named.filter((to) => {
    const range = readRange(to);
    return range !== null && servers.some((server) => isWithin(range, server));
  });
  return reached.length > 0 ? { servers: reached, atEndpoint: true } : { servers: named, atEndpoint: false };
}

interface Treated {
  readonly range: Range;
  readonly passage: RangePassage;
}

function ranges(passages: readonly RangePassage[], to: string): readonly Treated[] {
  return passages
    .filter((passage) => passage.to === to)
    .flatMap((passage) => {
      const range = readSpan(passage.first, passage.last);
      return range === null ? [] : [{ range, passage }];
    })
    .sort((a, b) => a.range.family - b.range.family || (a.range.first < b.range.first ? -1 : 1));
}

interface Sides {
  readonly before: readonly Treated[];
  readonly after: readonly Treated[];
  readonly cut: boolean;
}

type Share = 'broken' | 'mended' | 'denied' | 'allowed' | 'unsure';

/** How a client (null: everyone) fares by it on its way to one server; for everyone each family for itself. */
interface Comparison {
  readonly kind: 'breaks' | 'partly' | 'mends' | 'none' | 'unknown';
  readonly example: RangePassage | null;
}

function compare(sides: Sides, who: Range | null): readonly Comparison[] {
  const families = who === null ? ([4, 6] as const) : [who.family];
  return families.flatMap((family) => {
    const [before, after] = [narrowed(sides.before, family, who), narrowed(sides.after, family, who)];
    if (before.length === 0 && after.length === 0) return who === null || !sides.cut ? [] : [unsure];
    return [judge(before, after, who === null ? null : sizeOf(who), sides.cut)];
  });
}

const unsure: Comparison = { kind: 'unknown', example: null };

function narrowed(treated: readonly Treated[], family: 4 | 6, who: Range | null): readonly Treated[] {
  const ofFamily = treated.filter(({ range }) => range.family === family);
  if (who === null) return ofFamily;
  return ofFamily.flatMap(({ range, passage }) => {
    const common = overlap(range, who);
    return common === null ? [] : [{ range: common, passage }];
  });
}

function judge(before: readonly Treated[], after: readonly Treated[], size: number | null, cut: boolean): Comparison {
  const shares: Record<Share, number> = { broken: 0, mended: 0, denied: 0, allowed: 0, unsure: 0 };
  let example: RangePassage | null = null;
  // Both are in order and neither overlaps itself: each pair that has something in common is met once.
  for (let b = 0, a = 0; b < before.length && a < after.length; ) {
    const [old, now] = [before[b], after[a]];
    if (old === undefined || now === undefined) break;
    const common = overlap(old.range, now.range);
    if (common !== null) {
      const share = shareOf(old.passage, now.passage);
      shares[share] += sizeOf(common);
      if (share === 'broken') example ??= now.passage;
    }
    if (old.range.last < now.range.last) b += 1;
    else a += 1;
  }
  const { broken, mended, denied, allowed } = shares;
  if (broken > 0) {
    // Of everyone: do most of those who could still can?
    const whole = size === null ? broken > allowed : broken + denied >= size * nearlyAll;
    return { kind: whole ? 'breaks' : 'partly', example };
  }
  const told = broken + mended + denied + allowed + shares.unsure;
  if (shares.unsure > 0 || (cut && size !== null && told < size * nearlyAll)) return unsure;
  return { kind: mended > 0 ? 'mends' : 'none', example };
}

/** Sizes of IPv6 ranges are near, not exact. */
const nearlyAll = 1 - 1e-9;

function shareOf(before: RangePassage, after: RangePassage): Share {
  if (before.verdict === 'unknown' || after.verdict === 'unknown') {
    const same = before.verdict === after.verdict && before.rule === after.rule;
    return same ? 'allowed' : 'unsure';
  }
  if (after.verdict === 'deny') return before.verdict === 'deny' ? 'denied' : 'broken';
  return before.verdict === 'deny' ? 'mended' : 'allowed';
}

type Told = Comparison & { readonly to: string; readonly who: Client | null };

function worst(comparisons: readonly Told[], atEndpoint: boolean): Effect {
  const of = (kind: Comparison['kind']) => comparisons.filter((one) => one.kind === kind);
  const broken = [...of('breaks'), ...of('partly')];
  if (broken.length > 0) {
    const forAll = of('breaks').length === comparisons.length;
    const everyone = comparisons.every(({ who }) => who === null);
    // Without a client to ask for, one family of two or one address of several is enough: most come by it.
    const explains = forAll || (everyone && atEndpoint && of('breaks').length > 0);
    return { kind: explains ? 'breaks' : 'partly', words: brokenWords(broken, explains) };
  }
  if (of('unknown').length > 0) {
    return {
      kind: 'unknown',
      words: 'Whether the clients that fail were let in before it, and are after it, could not be told.',
    };
  }
  if (of('mends').length > 0) return { kind: 'mends', words: 'It lets clients in that were kept out before.' };
  return {
    kind: 'none',
    words: 'For the clients that fail it changed nothing: their way to the API port is treated as before.',
  };
}

function brokenWords(broken: readonly Told[], whole: boolean): string {
  const [first] = broken;
  const clients = listed(broken.flatMap(({ who }) => who?.text ?? []));
  const ranges = listed(broken.flatMap(({ example }) => (example === null ? [] : [rangeWords(example)])));
  const who = clients === '' ? (whole ? 'most clients' : `clients from ${ranges}`) : clients;
  const some = clients !== '' && !whole ? 'a part of ' : '';
  const rule = first?.example?.rule ?? null;
  const by = rule === null ? '' : ` by \`${rule}\``;
  return `${some}${who} could connect to ${listed(broken.map(({ to }) => to))} before it and ${who === clients && broken.length === 1 ? 'is' : 'are'} denied after it${by}.`;
}

function rangeWords({ first, last }: RangePassage): string {
  return first === last ? first : `${first}–${last}`;
}
