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
  const rules = items.flatMap(({ kind, body }) => (kind === 'rule' ? parsed(NftRule, body) : []));
  const grown = grownSets(rules);
  for (const { kind, body } of items) {
    if (kind === 'set' || kind === 'map') {
      for (const set of parsed(NftSet, body)) {
        const table = `${set.family} ${set.table}`;
        // What packets add by themselves is no change that anybody made.
        const elements = grown.has(`${table} ${set.name}`) ? [] : set.elem.map(elementText).sort();
        sets.set(`${table} ${set.name}`, { table, name: set.name, kind, elements });
      }
    }
    if (kind === 'chain') {
      for (const chain of parsed(NftChain, body)) {
        const table = `${chain.family} ${chain.table}`;
        const [key, listing] = keyed({
          table,
          name: chain.name,
          hook:
            chain.hook === undefined ? '' : `${chain.type ?? 'filter'} hook ${chain.hook} priority ${chain.prio ?? 0}`,
          policy: chain.hook === undefined ? '' : (chain.policy ?? 'accept'),
          rules: rules
            .filter((rule) => rule.chain === chain.name && `${rule.family} ${rule.table}` === table)
            .map((rule) => ruleText(rule.expr, rule.comment)),
        });
        if (!chains.has(key) && !MODELLED.has(chain.family)) chains.set(key, listing);
      }
    }
  }
}

const MODELLED: ReadonlySet<string> = new Set(['ip', 'ip6', 'inet', 'netdev']);

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
      const thing = kindOf(statement);
      if (thing?.kind !== 'set' && thing?.kind !== 'map') continue;
      const [, name] = /"(?:set|map)":"@([^"]+)"/.exec(JSON.stringify(thing.body)) ?? [];
      if (name !== undefined) grown.add(`${family} ${table} ${name}`);
    }
  }
  return grown;
}
