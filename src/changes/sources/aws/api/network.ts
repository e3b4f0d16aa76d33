import type { Instance, NetworkAclEntry, Route, SecurityGroupRule, Tag } from '@aws-sdk/client-ec2';
import type { AclEntry, CloudRoute, GroupPeer, GroupRule } from '../../../../packet/cloud/model.ts';
import type { Asker } from './ask.ts';
import type { AwsClients } from './clients.ts';
import type { Asked } from './failure.ts';
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

export interface Interface {
  readonly id: string;
  readonly description: string;
  readonly subnet: string;
  readonly vpc: string;
  /** Private ones. */
  readonly addresses: readonly string[];
  readonly publicAddresses: readonly string[];
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  readonly instance: string | null;
}

interface Machine {
  readonly id: string;
  /** By its tag; else its id. */
  readonly name: string;
  /** `running`, `stopped`, … */
  readonly state: string;
  readonly interfaces: readonly Interface[];
}

interface RuleOfGroup {
  readonly group: string;
  readonly egress: boolean;
  readonly rule: GroupRule;
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

/** As EC2 tells it by itself, and as a part of an instance. */
interface RawInterface {
  readonly NetworkInterfaceId?: string | undefined;
  readonly Description?: string | undefined;
  readonly SubnetId?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
  readonly PrivateIpAddresses?:
    | readonly {
        readonly PrivateIpAddress?: string | undefined;
        readonly Association?: { readonly PublicIp?: string | undefined } | undefined;
      }[]
    | undefined;
  readonly Ipv6Addresses?: readonly { readonly Ipv6Address?: string | undefined }[] | undefined;
  readonly Association?: { readonly PublicIp?: string | undefined } | undefined;
  readonly Groups?:
    | readonly { readonly GroupId?: string | undefined; readonly GroupName?: string | undefined }[]
    | undefined;
  readonly Attachment?: { readonly InstanceId?: string | undefined } | undefined;
}

function interfaceOf(raw: RawInterface): Interface {
  const { PrivateIpAddresses = [], Ipv6Addresses = [], Groups = [] } = raw;
  const own = [raw.PrivateIpAddress, ...PrivateIpAddresses.map((one) => one.PrivateIpAddress)];
  const six = Ipv6Addresses.map((one) => one.Ipv6Address);
  const outer = [raw.Association?.PublicIp, ...PrivateIpAddresses.map((one) => one.Association?.PublicIp)];
  return {
    id: raw.NetworkInterfaceId ?? '',
    description: raw.Description ?? '',
    subnet: raw.SubnetId ?? '',
    vpc: raw.VpcId ?? '',
    addresses: distinct([...own, ...six]),
    publicAddresses: distinct(outer),
    groups: Groups.flatMap(({ GroupId, GroupName }) => (GroupId ? [{ id: GroupId, name: GroupName ?? GroupId }] : [])),
    instance: raw.Attachment?.InstanceId || null,
  };
}

function distinct(texts: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(texts.flatMap((text) => (text ? [text] : [])))];
}

function machineOf({ InstanceId = '', Tags = [], State, NetworkInterfaces = [] }: Instance): Machine {
  return {
    id: InstanceId,
    name: nameIn(Tags) ?? InstanceId,
    state: State?.Name ?? 'unknown',
    interfaces: NetworkInterfaces.map((one) => ({
      ...interfaceOf({ ...one, Attachment: undefined }),
      instance: InstanceId,
    })),
  };
}

function nameIn(tags: readonly Tag[]): string | null {
  return tags.find(({ Key }) => Key === 'Name')?.Value || null;
}

function ruleOf(raw: SecurityGroupRule): readonly RuleOfGroup[] {
  const peer = peerOf(raw);
  if (raw.GroupId === undefined || peer === null) return [];
  const protocol = raw.IpProtocol ?? '-1';
  const rule: GroupRule = {
    id: raw.SecurityGroupRuleId ?? null,
    protocol,
    ports: portsOf(protocol, raw.FromPort, raw.ToPort),
    peer,
  };
  return [{ group: raw.GroupId, egress: raw.IsEgress === true, rule }];
}

function peerOf(raw: SecurityGroupRule): GroupPeer | null {
  const cidr = raw.CidrIpv4 || raw.CidrIpv6;
  if (cidr) return { kind: 'cidr', cidr };
  if (raw.PrefixListId) return { kind: 'prefixList', id: raw.PrefixListId };
  const group = raw.ReferencedGroupInfo?.GroupId;
  return group ? { kind: 'group', id: group } : null;
}

/** Of TCP and UDP; for others AWS keeps something else in the same fields, or -1. */
export function portsOf(protocol: string, from: number | null | undefined, to: number | null | undefined) {
  const hasPorts = /^(tcp|udp|6|17)$/i.test(protocol);
  if (!hasPorts || from === null || from === undefined || from < 0) return null;
  return { from, to: to ?? from };
}

function entryOf(raw: NetworkAclEntry): readonly AclEntry[] {
  const cidr = raw.CidrBlock || raw.Ipv6CidrBlock;
  if (!cidr || raw.RuleNumber === undefined) return [];
  const protocol = raw.Protocol ?? '-1';
  return [
    {
      number: raw.RuleNumber,
      egress: raw.Egress === true,
      action: raw.RuleAction === 'allow' ? 'allow' : 'deny',
      protocol,
      cidr,
      ports: portsOf(protocol, raw.PortRange?.From, raw.PortRange?.To),
    },
  ];
}

function routeOf(raw: Route): readonly CloudRoute[] {
  const destination = raw.DestinationCidrBlock || raw.DestinationIpv6CidrBlock || raw.DestinationPrefixListId;
  if (!destination) return [];
  const target =
    raw.GatewayId ||
    raw.NatGatewayId ||
    raw.TransitGatewayId ||
    raw.VpcPeeringConnectionId ||
    raw.NetworkInterfaceId ||
    raw.InstanceId ||
    raw.EgressOnlyInternetGatewayId ||
    raw.LocalGatewayId ||
    raw.CarrierGatewayId ||
    raw.CoreNetworkArn ||
    'unknown';
  return [{ destination, target, state: raw.State === 'blackhole' ? 'blackhole' : 'active' }];
}

function associationsOf<T extends { readonly SubnetId?: string | undefined }>(
  all: readonly T[],
  idOf: (one: T) => string | undefined,
) {
  return all.flatMap((one) => (one.SubnetId ? [{ id: idOf(one) ?? '', subnet: one.SubnetId }] : []));
}
