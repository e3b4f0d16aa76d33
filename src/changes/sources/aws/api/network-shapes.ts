import type { Instance, NetworkAclEntry, Route, SecurityGroupRule, Tag } from '@aws-sdk/client-ec2';
import type { AclEntry, CloudRoute, GroupPeer, GroupRule } from '../../../../packet/cloud/model.ts';

/** EC2's answers in the terms that are used here. */
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

export interface Machine {
  readonly id: string;
  /** By its tag; else its id. */
  readonly name: string;
  /** `running`, `stopped`, … */
  readonly state: string;
  readonly interfaces: readonly Interface[];
}

export interface RuleOfGroup {
  readonly group: string;
  readonly egress: boolean;
  readonly rule: GroupRule;
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

export function interfaceOf(raw: RawInterface): Interface {
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

export function machineOf({ InstanceId = '', Tags = [], State, NetworkInterfaces = [] }: Instance): Machine {
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

export function ruleOf(raw: SecurityGroupRule): readonly RuleOfGroup[] {
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

export function entryOf(raw: NetworkAclEntry): readonly AclEntry[] {
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

export function routeOf(raw: Route): readonly CloudRoute[] {
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

export function associationsOf<T extends { readonly SubnetId?: string | undefined }>(
  all: readonly T[],
  idOf: (one: T) => string | undefined,
) {
  return all.flatMap((one) => (one.SubnetId ? [{ id: idOf(one) ?? '', subnet: one.SubnetId }] : []));
}
