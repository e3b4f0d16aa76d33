import type { Chain, Ruleset } from '../../../packet/filter/model.ts';
import { kindOf, NftChain, NftDocument, NftRule, NftSet } from '../../../packet/filter/nft/document.ts';
import { elementText, ruleText } from '../../../packet/filter/nft/text.ts';
import { readRuleset } from '../../../packet/filter/ruleset.ts';
import type { Rules } from '../../firewall/without-counters.ts';
import { unreadIn } from '../../firewall/without-counters.ts';

/** A host's rules as people would list them, for telling what differs. */
export interface Listing {
  /** By place. */
  readonly chains: ReadonlyMap<string, ListedChain>;
  readonly sets: ReadonlyMap<string, ListedSet>;
}

export interface ListedChain {
  /** `inet filter`, as the kernel's notices name it; with `iptables-legacy ` before it where nobody announces anything. */
  readonly table: string;
  readonly name: string;
  /** `filter hook input priority 0`; empty for one that is only jumped to. */
  readonly hook: string;
  /** Empty where there is none. */
  readonly policy: string;
  readonly rules: readonly string[];
}

export interface ListedSet {
  readonly table: string;
  readonly name: string;
  readonly kind: 'set' | 'map';
  readonly elements: readonly string[];
}

export interface Reading {
  readonly ruleset: Ruleset;
  readonly listing: Listing;
}

export function readingOf(rules: Rules): Reading {
  const { readings } = rules;
  const textOf = (name: keyof typeof readings): string | null => {
    const reading = readings[name];
    return reading.kind === 'read' ? reading.text : null;
  };
  const nftables = textOf('nftables');
  const ruleset = readRuleset({
    nftables,
    iptables: textOf('iptables'),
    ip6tables: textOf('ip6tables'),
    iptablesLegacy: textOf('iptablesLegacy'),
    ip6tablesLegacy: textOf('ip6tablesLegacy'),
  });
  const unread = unreadIn(rules);
  const gaps = unread === null ? ruleset.gaps : [...ruleset.gaps, unread];
  const chains = new Map([...ruleset.chains.values()].map((chain) => keyed(listed(chain))));
  const sets = new Map<string, ListedSet>();
  if (nftables !== null) addRawNft(nftables, chains, sets);
  return { ruleset: { ...ruleset, gaps }, listing: { chains, sets } };
}

function listed({ reader, family, table, name, base, rules }: Chain): ListedChain {
  const place = `${family} ${table}`;
  return {
    table: reader === 'iptables-legacy' ? `iptables-legacy ${place}` : place,
    name,
    hook: base === null ? '' : `${base.type} hook ${base.hook} priority ${base.priority}`,
    policy: base?.policy ?? '',
    rules: rules.map(({ text }) => text),
  };
}

/** What the model has no place for: sets by their names, and families whose packets no client's connection is made of. */
function addRawNft(text: string, chains: Map<string, ListedChain>, sets: Map<string, ListedSet>): void {
  const items = itemsOf(text);
  const rules = items.flatMap(({ kind, body }) => (kind === 'rule' && isAskedFor(body) ? parsed(NftRule, body) : []));
  const grown = grownSets(rules);
  const rulesOf = Map.groupBy(rules, ({ family, table, chain }) => `${family} ${table} ${chain}`);
  for (const { kind, body } of items) {
    if (kind === 'set' || kind === 'map') {
      for (const set of parsed(NftSet, body)) {
        const table = `${set.family} ${set.table}`;
        // What packets add by themselves is no change that anybody made.
        const elements = grown.has(`${table} ${set.name}`) ? [] : set.elem.map(elementText).sort();
        sets.set(`${table} ${set.name}`, { table, name: set.name, kind, elements });
      }
    }
    if (kind === 'chain' && !isModelled(body)) {
      for (const { family, table, name, type, hook, prio, policy } of parsed(NftChain, body)) {
        const place = `${family} ${table}`;
        const base = hook === undefined ? null : `${type ?? 'filter'} hook ${hook} priority ${prio ?? 0}`;
        const listing = {
          table: place,
          name,
          hook: base ?? '',
          policy: base === null ? '' : (policy ?? 'accept'),
          rules: (rulesOf.get(`${place} ${name}`) ?? []).map(({ expr, comment }) => ruleText(expr, comment)),
        };
        chains.set(`${place} ${name}`, listing);
      }
    }
  }
}

/** Of many thousand rules only few are: those that no model holds, and those that add to sets. */
function isAskedFor(body: unknown): boolean {
  if (!isModelled(body)) return true;
  if (typeof body !== 'object' || body === null || !('expr' in body)) return true;
  return !Array.isArray(body.expr) || body.expr.some(isGrowing);
}

function isGrowing(statement: unknown): boolean {
  const kind = kindOf(statement)?.kind;
  return kind === 'set' || kind === 'map';
}

function isModelled(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'family' in body && MODELLED.has(body.family);
}

const MODELLED: ReadonlySet<unknown> = new Set(['ip', 'ip6', 'inet', 'netdev']);

function keyed(chain: ListedChain): [string, ListedChain] {
  return [`${chain.table} ${chain.name}`, chain];
}

function itemsOf(text: string): { kind: string; body: unknown }[] {
  try {
    const document = NftDocument.safeParse(JSON.parse(text));
    return document.success ? document.data.nftables.flatMap((item) => kindOf(item) ?? []) : [];
  } catch {
    // The ruleset says of the same text that it can't be read.
    return [];
  }
}

function parsed<T>(
  schema: { safeParse(body: unknown): { success: true; data: T } | { success: false } },
  body: unknown,
): T[] {
  const read = schema.safeParse(body);
  return read.success ? [read.data] : [];
}

/** Sets and maps that rules add to, by table and name. */
function grownSets(rules: readonly NftRule[]): ReadonlySet<string> {
  const grown = new Set<string>();
  for (const { family, table, expr } of rules) {
    for (const statement of expr) {
      if (!isGrowing(statement)) continue;
      const [, name] = /"(?:set|map)":"@([^"]+)"/.exec(JSON.stringify(kindOf(statement)?.body)) ?? [];
      if (name !== undefined) grown.add(`${family} ${table} ${name}`);
    }
  }
  return grown;
}
