import { type AddressRange, parseRange } from '../filter/address.ts';
import type { Truth } from '../filter/value.ts';
import { allOf, isForTcp, portsOf } from './matching.ts';
import type { AclEntry, CloudModel, CloudRoute, GroupRule, RouteTable, SecurityGroup } from './model.ts';

/**
 * What was read of a cloud, by id; null: it was not. Remembers what was worked out of it: a range of clients is asked
 * about in thousands of parts, and each part at every interface.
 */
export interface Known {
  group(id: string): SecurityGroup | null;
  /** Of a group that was read: its rules that may be about TCP to this port. */
  rules(group: string, direction: 'ingress' | 'egress', port: number): readonly PortRule[];
  table(id: string | null): RouteTable | null;
  prefixList(id: string): readonly string[] | null;
  /** In the order in which they are asked. */
  aclEntries(id: string | null, direction: 'ingress' | 'egress'): readonly AclEntry[] | null;
  /** Null: the text means no range of addresses. The same for the same text. */
  range(cidr: string): AddressRange | null;
  /** Works it out unless it was for this range and key. */
  readonly matchOf: PerRange<RuleMatch>;
  readonly routesOf: PerRange<readonly (CloudRoute | null)[]>;
}

export interface PortRule {
  readonly rule: GroupRule;
  /** Is it about TCP to this port? Never false. */
  readonly fits: Truth;
}

/** The first rule that surely matches an address; null: none does. `doubt`: the first that may. */
export interface RuleMatch {
  readonly rule: GroupRule | null;
  readonly doubt: { readonly why: string; readonly rule: GroupRule } | null;
}

type PerRange<T> = (range: AddressRange, key: string, work: () => T) => T;

export function knownOf(model: CloudModel): Known {
  const entries = remembered((key: string) => {
    const [direction, id = ''] = key.split(' ');
    const acl = find(model.acls, id);
    if (acl === null) return null;
    return acl.entries.filter(({ egress }) => egress === (direction === 'egress')).sort((a, b) => a.number - b.number);
  });
  const rules = remembered((key: string) => {
    const [direction, port, id = ''] = key.split(' ');
    const group = find(model.groups, id);
    return (
      (direction === 'egress' ? group?.egress : group?.ingress)?.flatMap((rule) => forPort(rule, Number(port))) ?? []
    );
  });
  return {
    group: (id) => find(model.groups, id),
    rules: (group, direction, port) => rules(`${direction} ${port} ${group}`),
    table: (id) => find(model.tables, id),
    prefixList: (id) => find(model.prefixLists, id),
    aclEntries: (id, direction) => (id === null ? null : entries(`${direction} ${id}`)),
    range: remembered(parseRange),
    matchOf: rememberedPerRange(),
    routesOf: rememberedPerRange(),
  };
}

function forPort(rule: GroupRule, port: number): readonly PortRule[] {
  const ports = portsOf(rule, { from: port, to: port });
  const fits = allOf([isForTcp(rule.protocol), ports === null ? false : 'why' in ports ? ports : true]);
  return fits === false ? [] : [{ rule, fits }];
}

function find<T>(all: Readonly<Record<string, T>>, id: string | null): T | null {
  return id !== null && Object.hasOwn(all, id) ? (all[id] ?? null) : null;
}

function remembered<T>(work: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = work(key);
    made.set(key, value);
    return value;
  };
}

function rememberedPerRange<T>(): PerRange<T> {
  const made = new WeakMap<AddressRange, Map<string, T>>();
  return (range, key, work) => {
    const ofRange = made.get(range) ?? new Map<string, T>();
    made.set(range, ofRange);
    const known = ofRange.get(key);
    if (known !== undefined) return known;
    const value = work();
    ofRange.set(key, value);
    return value;
  };
}
