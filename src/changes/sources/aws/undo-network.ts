import { isDeepStrictEqual } from 'node:util';
import type { GroupRule } from '../../../packet/cloud/model.ts';
import type { AccessNow, Deed, RemovedRule } from './deed.ts';
import type { AwsState } from './state.ts';
import { elsewhere, type Undone, undone, unresolved } from './undone.ts';

type Of<K extends Deed['kind']> = Extract<Deed, { kind: K }>;

export function undoRules(deed: Of<'group-rules'>, after: AwsState, earlier: AwsState | null): Undone {
  const id = groupId(deed.group, after);
  if (!isUsed(id, after)) return groupElsewhere(id);
  const group = after.groups[id];
  if (group === undefined) return unresolved(`The rules of ${id} could not be read.`);
  const resolved = deed.removed.map((rule) => resolveRule(rule, earlier));
  const [lost] = resolved.filter((rule) => !('peer' in rule));
  if (lost !== undefined) {
    return unresolved(`What the rule ${lost.id} said is not known: it was gone before the rules were read.`);
  }
  const removed = resolved.filter((rule) => 'peer' in rule);
  const rules = deed.egress ? group.egress : group.ingress;
  const without = rules.filter((rule) => !deed.added.some((one) => isSame(one, rule)));
  const restored = [...without, ...removed.filter((one) => !without.some((rule) => isSame(one, rule)))].map(copy);
  return undone(withGroup(after, { ...group, [deed.egress ? 'egress' : 'ingress']: restored }), after);
}

/** By the look before it. */
export function resolveRule(rule: RemovedRule, earlier: AwsState | null): RemovedRule {
  if ('peer' in rule || earlier === null) return rule;
  const known = Object.values(earlier.groups).flatMap(({ ingress, egress }) => [...ingress, ...egress]);
  return known.find(({ id }) => id === rule.id) ?? rule;
}

export function undoRulesChanged(deed: Of<'group-rules-changed'>, after: AwsState, earlier: AwsState | null): Undone {
  const id = groupId(deed.group, after);
  if (!isUsed(id, after)) return groupElsewhere(id);
  const group = after.groups[id];
  if (group === undefined) return unresolved(`The rules of ${id} could not be read.`);
  const were = deed.rules.map((rule) => resolveRule({ id: rule.id }, earlier));
  const known = were.filter((rule) => 'peer' in rule);
  if (known.length < were.length)
    return unresolved('What its rules said before is not known: they were not read before it.');
  const restored = (rules: readonly GroupRule[]) =>
    rules.map((rule) => copy(known.find((one) => one.id !== null && one.id === rule.id) ?? rule));
  return undone(
    withGroup(after, { ...group, ingress: restored(group.ingress), egress: restored(group.egress) }),
    after,
  );
}

export function undoAclEntry(deed: Of<'acl-entry'>, after: AwsState, earlier: AwsState | null): Undone {
  const acl = after.acls[deed.acl];
  if (acl === undefined) return elsewhere(`${deed.acl} is the network ACL of no subnet on the way.`);
  const isIt = (entry: { number: number; egress: boolean }) =>
    entry.number === deed.number && entry.egress === deed.egress;
  const known = deed.was === 'untold' ? (earlier?.acls[deed.acl]?.entries.find(isIt) ?? null) : deed.was;
  if (known === null) return unresolved(`What entry ${deed.number} of ${deed.acl} said before is not known.`);
  const others = acl.entries.filter((entry) => !isIt(entry));
  const entries = known === 'none' ? others : [...others, { ...known }];
  return undone({ ...after, acls: { ...after.acls, [acl.id]: { ...acl, entries } } }, after);
}

export function undoAclAssociation(deed: Of<'acl-association'>, after: AwsState, earlier: AwsState | null): Undone {
  const now = after.aclOf.find(({ id }) => id === deed.association || id === deed.replaced);
  const before = earlier?.aclOf.find(({ id, subnet }) => id === deed.replaced || subnet === now?.subnet) ?? null;
  const subnet = now?.subnet ?? before?.subnet;
  if (subnet === undefined || !after.interfaces.some((one) => one.subnet === subnet)) {
    return elsewhere('It is the network ACL of a subnet that is not on the way.');
  }
  const acl = before === null ? undefined : (after.acls[before.of] ?? earlier?.acls[before.of]);
  if (before === null || acl === undefined) return unresolved(`Which network ACL ${subnet} had before is not known.`);
  const aclOf = [...after.aclOf.filter((one) => one.subnet !== subnet), before];
  return undone({ ...after, aclOf, acls: { ...after.acls, [acl.id]: acl } }, after);
}

export function undoRoute(deed: Of<'route'>, after: AwsState, earlier: AwsState | null): Undone {
  const table = after.tables[deed.table];
  if (table === undefined) return elsewhere(`${deed.table} is the route table of no subnet on the way.`);
  const isIt = ({ destination }: { destination: string }) => destination === deed.destination;
  const known = deed.was === 'untold' ? (earlier?.tables[deed.table]?.routes.find(isIt) ?? null) : deed.was;
  if (known === null) return unresolved(`Where ${deed.table} sent ${deed.destination} before is not known.`);
  const others = table.routes.filter((route) => !isIt(route));
  const routes = known === 'none' ? others : [...others, { ...known }];
  return undone({ ...after, tables: { ...after.tables, [table.id]: { ...table, routes } } }, after);
}

export function undoTableAssociation(deed: Of<'table-association'>, after: AwsState, earlier: AwsState | null): Undone {
  const ids = [deed.association, deed.replaced];
  const now = after.tableOf.find(({ id }) => ids.includes(id));
  const before = earlier?.tableOf.find(({ id }) => id === deed.replaced) ?? null;
  const subnet = deed.subnet ?? now?.subnet ?? before?.subnet;
  if (subnet === undefined && Object.values(after.mainTables).includes(deed.table ?? '')) {
    return unresolved('It is the main route table of the network now; what it was before is not told.');
  }
  if (subnet === undefined || !after.interfaces.some((one) => one.subnet === subnet)) {
    return elsewhere('It is the route table of a subnet that is not on the way.');
  }
  const others = after.tableOf.filter((one) => one.subnet !== subnet);
  // It had none of its own: its network's main table.
  if (deed.replaced === null) return undone({ ...after, tableOf: others }, after);
  const table = before === null ? undefined : (after.tables[before.of] ?? earlier?.tables[before.of]);
  if (before === null || table === undefined) return unresolved(`Which route table ${subnet} had before is not known.`);
  return undone({ ...after, tableOf: [...others, before], tables: { ...after.tables, [table.id]: table } }, after);
}

/** Routes to a gateway that is not attached lead nowhere. */
export function undoGateway(deed: Of<'gateway'>, after: AwsState): Undone {
  const isOnTheWay = Object.values(after.tables).some(({ routes }) =>
    routes.some(({ target }) => target === deed.gateway),
  );
  if (!isOnTheWay) return elsewhere(`No route on the way leads to ${deed.gateway}.`);
  const led = (state: 'active' | 'blackhole'): AwsState => ({
    ...after,
    tables: Object.fromEntries(
      Object.entries(after.tables).map(([id, table]) => [
        id,
        {
          ...table,
          routes: table.routes.map((route) => (route.target === deed.gateway ? { ...route, state } : route)),
        },
      ]),
    ),
  });
  const isAttached = deed.done === 'attached';
  return undone(led(isAttached ? 'blackhole' : 'active'), led(isAttached ? 'active' : 'blackhole'));
}

export function undoInterface(deed: Of<'interface'>, after: AwsState, earlier: AwsState | null): Undone {
  const one = after.interfaces.find(({ id }) => id === deed.interface);
  if (one === undefined) return elsewhere(`${deed.interface} is not on the way.`);
  if (deed.groups === null) return elsewhere('Its security groups are as they were.');
  const before = deed.was ?? earlier?.interfaces.find(({ id }) => id === deed.interface)?.groups ?? null;
  if (before === null) return unresolved(`Which security groups ${deed.interface} had before is not known.`);
  return undone(
    withGroupsOf(
      after,
      earlier,
      ({ id }) => id === deed.interface,
      () => before,
    ),
    after,
  );
}

/** Gives interfaces other groups; those that nothing has any more come from the look before. */
export function withGroupsOf(
  after: AwsState,
  earlier: AwsState | null,
  which: (one: AwsState['interfaces'][number]) => boolean,
  groupsOf: (one: AwsState['interfaces'][number]) => readonly string[],
): AwsState {
  return {
    ...after,
    interfaces: after.interfaces.map((one) => (which(one) ? { ...one, groups: [...groupsOf(one)] } : one)),
    groups: { ...earlier?.groups, ...after.groups },
  };
}

export function undoManagedAccess(deed: Of<'managed-access'>, after: AwsState, earlier: AwsState | null): Undone {
  const { managed } = after;
  if (managed?.name !== deed.cluster) return elsewhere('It is another cluster.');
  const before: AccessNow | null = deed.was ?? earlier?.managed ?? null;
  if (before === null) return unresolved(`Whom the endpoint of ${deed.cluster} let in before is not known.`);
  const { now } = deed;
  const restored = {
    ...managed,
    publicAccess: now.publicAccess === null ? managed.publicAccess : (before.publicAccess ?? managed.publicAccess),
    privateAccess: now.privateAccess === null ? managed.privateAccess : (before.privateAccess ?? managed.privateAccess),
    publicCidrs: [...(now.publicCidrs === null ? managed.publicCidrs : (before.publicCidrs ?? managed.publicCidrs))],
  };
  return undone({ ...after, managed: restored }, after);
}

function groupId(group: string, { groups }: AwsState): string {
  return groups[group]?.id ?? Object.values(groups).find(({ name }) => name === group)?.id ?? group;
}

function isUsed(group: string, { interfaces }: AwsState): boolean {
  return interfaces.some(({ groups }) => groups.includes(group));
}

function groupElsewhere(id: string): Undone {
  return elsewhere(`${id} is on none of the network interfaces on the way to the API server.`);
}

function withGroup(state: AwsState, group: AwsState['groups'][string]): AwsState {
  return { ...state, groups: { ...state.groups, [group.id]: group } };
}

export function isSame(a: GroupRule, b: GroupRule): boolean {
  if (a.id !== null && b.id !== null) return a.id === b.id;
  return a.protocol === b.protocol && isDeepStrictEqual(a.ports, b.ports) && isDeepStrictEqual(a.peer, b.peer);
}

function copy(rule: GroupRule) {
  return { ...rule, ports: rule.ports === null ? null : { ...rule.ports }, peer: { ...rule.peer } };
}
