import type { ChangeAction } from '../../../words/change.ts';
import type { ListedChain, ListedSet, Listing } from './listing.ts';
import { isOwnBookkeeping, isOwnRule } from './own-rules.ts';

/** One thing that differs between two listings. */
export interface Difference {
  /** `inet filter` */
  readonly table: string;
  /** Chain or set; empty for a whole table. */
  readonly name: string;
  readonly aspect: 'table' | 'chain' | 'rule' | 'set';
  readonly action: Extract<ChangeAction, 'create' | 'update' | 'delete'>;
  /** ``rule `tcp dport 6443 drop` added to inet filter input`` */
  readonly words: string;
  /** Rules and policies that it is about, for finding the one that decides and the ports. */
  readonly texts: readonly string[];
  /** What kube-proxy, network plugins and container runtimes do all day in places of their own. */
  readonly bookkeeping: boolean;
}

/** Pure: what differs, chain by chain and set by set; whole tables in one line before their parts. */
export function differences(before: Listing, after: Listing): Difference[] {
  const tables = tablesOf(before, after);
  const whole = new Set(tables.map(({ table }) => table));
  const chains = pairs(before.chains, after.chains).flatMap(([old, now]) => chainDifferences(old, now));
  const sets = pairs(before.sets, after.sets).flatMap(([old, now]) => setDifferences(old, now));
  // With a table its chains come and go; only one that drops does something by itself.
  const telling = chains.filter(
    ({ table, aspect, texts }) => !whole.has(table) || aspect !== 'chain' || texts.includes(DROPS),
  );
  return [...tables, ...telling, ...sets];
}

const DROPS = 'policy drop';

function tablesOf(before: Listing, after: Listing): Difference[] {
  const [old, now] = [tableNames(before), tableNames(after)];
  const told = (table: string, action: 'create' | 'delete', of: Listing): Difference => {
    const chains = [...of.chains.values()].filter((chain) => chain.table === table);
    const rules = chains.reduce((sum, chain) => sum + chain.rules.length, 0);
    return {
      table,
      name: '',
      aspect: 'table',
      action,
      words: `table ${table} ${verbs[action]}, with ${count(chains.length, 'chain')} and ${count(rules, 'rule')}`,
      texts: [],
      bookkeeping: isOwnBookkeeping(table, '') || (chains.length > 0 && chains.every(isBookkeeping)),
    };
  };
  return [
    ...[...old].filter((table) => !now.has(table)).map((table) => told(table, 'delete', before)),
    ...[...now].filter((table) => !old.has(table)).map((table) => told(table, 'create', after)),
  ];
}

function tableNames({ chains, sets }: Listing): ReadonlySet<string> {
  return new Set([...chains.values(), ...sets.values()].map(({ table }) => table));
}

function chainDifferences(old: ListedChain | null, now: ListedChain | null): Difference[] {
  const chain = now ?? old;
  if (chain === null) return [];
  const { table, name } = chain;
  const own = isOwnBookkeeping(table, name);
  const place = `${table} ${name}`;
  const told: Difference[] = [];
  const tell = (
    action: Difference['action'],
    words: string,
    texts: readonly string[],
    bookkeeping = own,
    aspect: Difference['aspect'] = 'chain',
  ): void => void told.push({ table, name, aspect, action, words, texts, bookkeeping });

  if (old === null || now === null) {
    const action = old === null ? 'create' : 'delete';
    const how = chain.hook === '' ? '' : ` (${chain.hook}, policy ${chain.policy})`;
    tell(action, `chain ${place} ${verbs[action]}${how}`, policyText(chain), isBookkeeping(chain));
  } else {
    if (old.policy !== now.policy) {
      tell(
        'update',
        `policy of ${place} changed from ${old.policy || 'none'} to ${now.policy || 'none'}`,
        policyText(now),
      );
    }
    if (old.hook !== now.hook) {
      tell('update', `chain ${place} moved from ${old.hook || 'no hook'} to ${now.hook || 'no hook'}`, []);
    }
  }
  ruleDifferences(old?.rules ?? [], now?.rules ?? [], place, (action, words, texts) =>
    tell(action, words, texts, own || texts.every(isOwnRule), 'rule'),
  );
  return told;
}

function policyText({ policy }: ListedChain): string[] {
  return policy === '' ? [] : [`policy ${policy}`];
}

/** iptables makes a table with its chains when it is first used; they do nothing by themselves. */
function isBookkeeping({ table, name, hook, policy, rules }: ListedChain): boolean {
  if (isOwnBookkeeping(table, name)) return true;
  return IPTABLES_TABLE.test(table) && hook !== '' && policy === 'accept' && rules.every(isOwnRule);
}

const IPTABLES_TABLE = /^(iptables-legacy )?ip6? (filter|nat|mangle|raw|security)$/;

function ruleDifferences(
  old: readonly string[],
  now: readonly string[],
  place: string,
  tell: (action: Difference['action'], words: string, texts: readonly string[]) => void,
): void {
  const gone = without(old, now);
  const come = without(now, old);
  const [from] = gone;
  const [to] = come;
  if (
    gone.length === 1 &&
    come.length === 1 &&
    from !== undefined &&
    to !== undefined &&
    old.indexOf(from) === now.indexOf(to)
  ) {
    tell('update', `rule ${quoted(from)} of ${place} became ${quoted(to)}`, [from, to]);
    return;
  }
  for (const text of gone) tell('delete', `rule ${quoted(text)} deleted from ${place}`, [text]);
  for (const text of come) tell('create', `rule ${quoted(text)} added to ${place}`, [text]);
  const stayedOld = kept(old, gone);
  const stayedNow = kept(now, come);
  const moved = stayedNow.filter((text, at) => stayedOld[at] !== text);
  if (moved.length > 0) tell('update', `rules of ${place} stand in another order`, moved);
}

function setDifferences(old: ListedSet | null, now: ListedSet | null): Difference[] {
  const set = now ?? old;
  if (set === null) return [];
  const { table, name, kind } = set;
  const own = isOwnBookkeeping(table, name);
  const place = `${kind} ${table} ${name}`;
  const base = { table, name, aspect: 'set', bookkeeping: own } as const;
  if (old === null || now === null) {
    const action = old === null ? 'create' : 'delete';
    const elements = set.elements.length === 0 ? '' : `, with ${listed(set.elements)}`;
    return [{ ...base, action, words: `${place} ${verbs[action]}${elements}`, texts: set.elements }];
  }
  const told: Difference[] = [];
  const gone = without(old.elements, now.elements);
  const come = without(now.elements, old.elements);
  if (gone.length > 0) {
    told.push({ ...base, action: 'delete', words: `${listed(gone)} taken from ${place}`, texts: gone });
  }
  if (come.length > 0)
    told.push({ ...base, action: 'create', words: `${listed(come)} added to ${place}`, texts: come });
  return told;
}

function listed(elements: readonly string[]): string {
  const told = elements.slice(0, TOLD_ELEMENTS).join(', ');
  const left = elements.length - TOLD_ELEMENTS;
  return left > 0 ? `${told} and ${left} more` : told;
}

const verbs = { create: 'added', update: 'changed', delete: 'deleted' } as const;
const TOLD_ELEMENTS = 8;

/** By both maps' keys: what it was, and what it is. */
function pairs<T>(old: ReadonlyMap<string, T>, now: ReadonlyMap<string, T>): [T | null, T | null][] {
  const keys = new Set([...old.keys(), ...now.keys()]);
  return [...keys].map((key) => [old.get(key) ?? null, now.get(key) ?? null]);
}

/** Those of `all` that `others` doesn't hold as often. */
function without(all: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const text of others) left.set(text, (left.get(text) ?? 0) + 1);
  return all.filter((text) => {
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count <= 0;
  });
}

/** Those that stayed, in their order; of equal rules the last ones are the ones that are left out. */
function kept(all: readonly string[], left: readonly string[]): string[] {
  const drop = new Map<string, number>();
  for (const text of left) drop.set(text, (drop.get(text) ?? 0) + 1);
  return all
    .toReversed()
    .filter((text) => {
      const count = drop.get(text) ?? 0;
      if (count > 0) drop.set(text, count - 1);
      return count === 0;
    })
    .toReversed();
}

function quoted(text: string): string {
  return `\`${text.length <= LONGEST_RULE ? text : `${text.slice(0, LONGEST_RULE)}…`}\``;
}

const LONGEST_RULE = 200;

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
