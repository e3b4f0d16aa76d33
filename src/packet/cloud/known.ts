import { type AddressRange, parseRange } from '../filter/address.ts';
import type { AclEntry, CloudModel, RouteTable, SecurityGroup } from './model.ts';

/** What was read of a cloud, by id; null: it was not. Remembers what it worked out, since every part of a range asks the same. */
export interface Known {
  group(id: string): SecurityGroup | null;
  table(id: string | null): RouteTable | null;
  prefixList(id: string): readonly string[] | null;
  /** In the order in which they are asked. */
  aclEntries(id: string | null, direction: 'ingress' | 'egress'): readonly AclEntry[] | null;
  /** Null: the text means no range of addresses. */
  range(cidr: string): AddressRange | null;
}

export function knownOf(model: CloudModel): Known {
  const range = remembered(parseRange);
  const ordered = remembered((key: string) => {
    const [direction, id = ''] = key.split(' ');
    const acl = find(model.acls, id);
    if (acl === null) return null;
    return acl.entries.filter(({ egress }) => egress === (direction === 'egress')).sort((a, b) => a.number - b.number);
  });
  return {
    group: (id) => find(model.groups, id),
    table: (id) => find(model.tables, id),
    prefixList: (id) => find(model.prefixLists, id),
    aclEntries: (id, direction) => (id === null ? null : ordered(`${direction} ${id}`)),
    range,
  };
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
