import type { Interface } from './api/network-shapes.ts';
import type { AwsApi } from './api/open.ts';
import type { AwsState } from './state.ts';
import { distinct, type Told } from './told.ts';

type Guards = Pick<AwsState, 'groups' | 'acls' | 'aclOf' | 'tables' | 'tableOf' | 'mainTables'> & {
  readonly prefixListIds: readonly string[];
};

/** What guards these interfaces, and where their replies go. */
export async function readGuards(
  api: AwsApi,
  interfaces: readonly Interface[],
  told: Told,
  signal: AbortSignal,
): Promise<Guards> {
  const names = new Map(interfaces.flatMap(({ groups }) => groups.map(({ id, name }) => [id, name] as const)));
  const subnets = distinct(interfaces.map(({ subnet }) => subnet));
  const vpcs = distinct(interfaces.map(({ vpc }) => vpc));
  const ruled = names.size === 0 ? null : await api.network.groupRules([...names.keys()].sort(), signal);
  const rules = ruled === null ? [] : told(ruled, []);
  const acls = subnets.length === 0 ? [] : told(await api.network.acls(subnets, signal), []);
  const tables = vpcs.length === 0 ? [] : told(await api.network.tables(vpcs, signal), []);
  const of = (group: string, egress: boolean) =>
    rules.filter((one) => one.group === group && one.egress === egress).map(({ rule }) => ({ ...rule }));
  // One that has no rules is in no answer; one that could not be read must be in no table.
  const readGroups = ruled?.kind === 'answer' ? [...names] : [];
  const used = tables.filter(
    ({ isMain, associations }) => isMain || associations.some(({ subnet }) => subnets.includes(subnet)),
  );
  const prefixListIds = distinct([
    ...rules.flatMap(({ rule }) => (rule.peer.kind === 'prefixList' ? rule.peer.id : [])),
    ...used.flatMap(({ routes }) =>
      routes.flatMap(({ destination }) => (destination.startsWith('pl-') ? destination : [])),
    ),
  ]);
  return {
    groups: Object.fromEntries(
      readGroups.map(([id, name]) => [id, { id, name, ingress: of(id, false), egress: of(id, true) }]),
    ),
    acls: Object.fromEntries(
      acls.map(({ id, entries }) => [id, { id, entries: entries.map((entry) => ({ ...entry })) }]),
    ),
    aclOf: acls.flatMap(({ id: of, associations }) => associations.map((one) => ({ ...one, of }))),
    tables: Object.fromEntries(
      used.map(({ id, routes }) => [id, { id, routes: routes.map((route) => ({ ...route })) }]),
    ),
    tableOf: used.flatMap(({ id: of, associations }) => associations.map((one) => ({ ...one, of }))),
    mainTables: Object.fromEntries(used.flatMap(({ isMain, vpc, id }) => (isMain ? [[vpc, id]] : []))),
    prefixListIds,
  };
}
