import type { AclEntry, CloudRoute } from '../../../../packet/cloud/model.ts';
import type { Asker } from './ask.ts';
import type { AwsClients } from './clients.ts';
import type { Asked } from './failure.ts';
import {
  associationsOf,
  entryOf,
  type Interface,
  interfaceOf,
  type Machine,
  machineOf,
  type RuleOfGroup,
  routeOf,
  ruleOf,
} from './network-shapes.ts';
import { allPages } from './pages.ts';

/** What is read of EC2's network. An id that stands in no answer does not exist any more. */
export interface Network {
  /** Those that have one of the addresses, public or private. */
  interfacesAt(addresses: readonly string[], signal: AbortSignal): Promise<Asked<readonly Interface[]>>;
  /** Those of load balancers, by the descriptions that AWS gives them. */
  interfacesOf(descriptions: readonly string[], signal: AbortSignal): Promise<Asked<readonly Interface[]>>;
  /** Without those that are terminated for so long that AWS has forgotten them. */
  instances(ids: readonly string[], signal: AbortSignal): Promise<Asked<readonly Machine[]>>;
  groupRules(groups: readonly string[], signal: AbortSignal): Promise<Asked<readonly RuleOfGroup[]>>;
  acls(subnets: readonly string[], signal: AbortSignal): Promise<Asked<readonly Acl[]>>;
  tables(vpcs: readonly string[], signal: AbortSignal): Promise<Asked<readonly Table[]>>;
  prefixList(id: string, signal: AbortSignal): Promise<Asked<readonly string[]>>;
  cidrsOf(vpc: string, signal: AbortSignal): Promise<Asked<readonly string[]>>;
}

interface Acl {
  readonly id: string;
  readonly entries: readonly AclEntry[];
  readonly associations: readonly { readonly id: string; readonly subnet: string }[];
}

interface Table {
  readonly id: string;
  readonly vpc: string;
  readonly routes: readonly CloudRoute[];
  /** Its VPC's table for every subnet that names none. */
  readonly isMain: boolean;
  readonly associations: readonly { readonly id: string; readonly subnet: string }[];
}

export function network(clients: AwsClients, { ask }: Asker): Network {
  const load = () => Promise.all([clients.ec2(), import('@aws-sdk/client-ec2')]);
  const interfacesBy = (filters: readonly Filter[], signal: AbortSignal) =>
    allPages((token) =>
      ask(
        'ec2:DescribeNetworkInterfaces',
        async (abortSignal) => {
          const [client, { DescribeNetworkInterfacesCommand }] = await load();
          const command = new DescribeNetworkInterfacesCommand({ Filters: mutable(filters), ...from(token) });
          const { NetworkInterfaces = [], NextToken } = await client.send(command, { abortSignal });
          return { items: NetworkInterfaces.map(interfaceOf), next: NextToken };
        },
        signal,
      ),
    );

  return {
    async interfacesAt(addresses, signal) {
      const families = {
        four: addresses.filter((one) => !one.includes(':')),
        six: addresses.filter((one) => one.includes(':')),
      };
      const found: Interface[] = [];
      for (const [name, values] of [
        ['association.public-ip', families.four],
        ['addresses.private-ip-address', families.four],
        ['ipv6-addresses.ipv6-address', families.six],
      ] as const) {
        if (values.length === 0 || values.every((address) => found.some((one) => isAt(one, address)))) continue;
        const asked = await interfacesBy([{ Name: name, Values: values }], signal);
        if (asked.kind === 'failed') return asked;
        // Stand-ins know fewer filters than AWS.
        found.push(...asked.value.filter((one) => values.some((address) => isAt(one, address))));
      }
      return { kind: 'answer', value: byId(found) };
    },
    interfacesOf: (descriptions, signal) => interfacesBy([{ Name: 'description', Values: descriptions }], signal),
    instances: (ids, signal) =>
      allPages((token) =>
        ask(
          'ec2:DescribeInstances',
          async (abortSignal) => {
            const [client, { DescribeInstancesCommand }] = await load();
            // By a filter: an id that is gone would fail the whole question.
            const Filters = mutable([{ Name: 'instance-id', Values: ids }]);
            const answer = await client.send(new DescribeInstancesCommand({ Filters, ...from(token) }), {
              abortSignal,
            });
            const items = (answer.Reservations ?? []).flatMap(({ Instances = [] }) => Instances.map(machineOf));
            return { items, next: answer.NextToken };
          },
          signal,
        ),
      ),
    groupRules: (groups, signal) =>
      allPages((token) =>
        ask(
          'ec2:DescribeSecurityGroupRules',
          async (abortSignal) => {
            const [client, { DescribeSecurityGroupRulesCommand }] = await load();
            const Filters = mutable([{ Name: 'group-id', Values: groups }]);
            const command = new DescribeSecurityGroupRulesCommand({ Filters, MaxResults: 1000, ...from(token) });
            const { SecurityGroupRules = [], NextToken } = await client.send(command, { abortSignal });
            return { items: SecurityGroupRules.flatMap(ruleOf), next: NextToken };
          },
          signal,
        ),
      ),
    acls: (subnets, signal) =>
      allPages((token) =>
        ask(
          'ec2:DescribeNetworkAcls',
          async (abortSignal) => {
            const [client, { DescribeNetworkAclsCommand }] = await load();
            const Filters = mutable([{ Name: 'association.subnet-id', Values: subnets }]);
            const answer = await client.send(new DescribeNetworkAclsCommand({ Filters, ...from(token) }), {
              abortSignal,
            });
            const items = (answer.NetworkAcls ?? []).map((acl) => ({
              id: acl.NetworkAclId ?? '',
              entries: (acl.Entries ?? []).flatMap(entryOf),
              associations: associationsOf(acl.Associations ?? [], (one) => one.NetworkAclAssociationId),
            }));
            return { items, next: answer.NextToken };
          },
          signal,
        ),
      ),
    tables: (vpcs, signal) =>
      allPages((token) =>
        ask(
          'ec2:DescribeRouteTables',
          async (abortSignal) => {
            const [client, { DescribeRouteTablesCommand }] = await load();
            const Filters = mutable([{ Name: 'vpc-id', Values: vpcs }]);
            const answer = await client.send(new DescribeRouteTablesCommand({ Filters, ...from(token) }), {
              abortSignal,
            });
            const items = (answer.RouteTables ?? []).map((table) => ({
              id: table.RouteTableId ?? '',
              vpc: table.VpcId ?? '',
              routes: (table.Routes ?? []).flatMap(routeOf),
              isMain: (table.Associations ?? []).some(({ Main }) => Main === true),
              associations: associationsOf(table.Associations ?? [], (one) => one.RouteTableAssociationId),
            }));
            return { items, next: answer.NextToken };
          },
          signal,
        ),
      ),
    prefixList: (id, signal) =>
      allPages((token) =>
        ask(
          'ec2:GetManagedPrefixListEntries',
          async (abortSignal) => {
            const [client, { GetManagedPrefixListEntriesCommand }] = await load();
            const command = new GetManagedPrefixListEntriesCommand({ PrefixListId: id, ...from(token) });
            const { Entries = [], NextToken } = await client.send(command, { abortSignal });
            return { items: Entries.flatMap(({ Cidr }) => Cidr ?? []), next: NextToken };
          },
          signal,
        ),
      ),
    cidrsOf: (vpc, signal) =>
      allPages((token) =>
        ask(
          'ec2:DescribeVpcs',
          async (abortSignal) => {
            const [client, { DescribeVpcsCommand }] = await load();
            const Filters = mutable([{ Name: 'vpc-id', Values: [vpc] }]);
            const { Vpcs = [], NextToken } = await client.send(new DescribeVpcsCommand({ Filters, ...from(token) }), {
              abortSignal,
            });
            const items = Vpcs.flatMap(
              ({ CidrBlock, CidrBlockAssociationSet = [], Ipv6CidrBlockAssociationSet = [] }) => [
                ...(CidrBlock === undefined ? [] : [CidrBlock]),
                ...CidrBlockAssociationSet.flatMap((one) => one.CidrBlock ?? []),
                ...Ipv6CidrBlockAssociationSet.flatMap((one) => one.Ipv6CidrBlock ?? []),
              ],
            );
            return { items: [...new Set(items)], next: NextToken };
          },
          signal,
        ),
      ),
  };
}

interface Filter {
  readonly Name: string;
  readonly Values: readonly string[];
}

function mutable(filters: readonly Filter[]) {
  return filters.map(({ Name, Values }) => ({ Name, Values: [...Values] }));
}

function from(token: string | undefined) {
  return token === undefined ? {} : { NextToken: token };
}

function isAt({ addresses, publicAddresses }: Interface, address: string): boolean {
  return addresses.includes(address) || publicAddresses.includes(address);
}

function byId(found: readonly Interface[]): readonly Interface[] {
  return [...new Map(found.map((one) => [one.id, one])).values()];
}
