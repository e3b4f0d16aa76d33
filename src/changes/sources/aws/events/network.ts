import { z } from 'zod';
import { portsOf } from '../api/network-shapes.ts';
import type { Deed } from '../deed.ts';
import type { AwsEvent } from './event.ts';
import { Id, items, Port } from './shapes.ts';

/** Network ACLs. */
export function readAclEntry({ name, request }: AwsEvent): readonly Deed[] {
  if (name === 'DeleteNetworkAclEntry') {
    const { networkAclId: acl, ruleNumber: number, egress } = EntryKey.parse(request);
    return [{ kind: 'acl-entry', acl, number, egress, now: null, was: 'untold' }];
  }
  const { networkAclId: acl, ruleNumber: number, egress, ruleAction: action, ...told } = Entry.parse(request);
  const cidr = Id.parse(told.cidrBlock ?? told.ipv6CidrBlock);
  const protocol = told.aclProtocol;
  const now = {
    number,
    egress,
    action,
    protocol,
    cidr,
    ports: portsOf(protocol, told.portRange?.from, told.portRange?.to),
  };
  return [{ kind: 'acl-entry', acl, number, egress, now, was: name === 'CreateNetworkAclEntry' ? 'none' : 'untold' }];
}

export function readAcl({ name, request, response }: AwsEvent): readonly Deed[] {
  if (name === 'DeleteNetworkAcl') {
    return [{ kind: 'acl', acl: z.object({ networkAclId: Id }).parse(request).networkAclId, done: 'deleted' }];
  }
  const { networkAcl } = z.object({ networkAcl: z.object({ networkAclId: Id }) }).parse(response);
  return [{ kind: 'acl', acl: networkAcl.networkAclId, done: 'created' }];
}

export function readAclAssociation({ request, response }: AwsEvent): readonly Deed[] {
  const { associationId, networkAclId: acl } = z.object({ associationId: Id, networkAclId: Id }).parse(request);
  const { newAssociationId } = z.object({ newAssociationId: Id.optional() }).parse(response);
  return [{ kind: 'acl-association', association: newAssociationId ?? associationId, replaced: associationId, acl }];
}

/** Routes and route tables. */
export function readRoute({ name, request }: AwsEvent): readonly Deed[] {
  const { routeTableId: table, ...told } = RouteRequest.parse(request);
  const destination = Id.parse(
    told.destinationCidrBlock ?? told.destinationIpv6CidrBlock ?? told.destinationPrefixListId,
  );
  if (name === 'DeleteRoute') return [{ kind: 'route', table, destination, now: null, was: 'untold' }];
  const target =
    told.gatewayId ??
    told.natGatewayId ??
    told.transitGatewayId ??
    told.vpcPeeringConnectionId ??
    told.networkInterfaceId ??
    told.instanceId ??
    told.egressOnlyInternetGatewayId ??
    told.vpcEndpointId ??
    told.localGatewayId ??
    told.carrierGatewayId ??
    told.coreNetworkArn;
  const now = { destination, target: Id.parse(told.localTarget === true ? 'local' : target), state: 'active' } as const;
  return [{ kind: 'route', table, destination, now, was: name === 'CreateRoute' ? 'none' : 'untold' }];
}

export function readTable({ name, request, response }: AwsEvent): readonly Deed[] {
  if (name === 'DeleteRouteTable') {
    return [{ kind: 'table', table: z.object({ routeTableId: Id }).parse(request).routeTableId, done: 'deleted' }];
  }
  const { routeTable } = z.object({ routeTable: z.object({ routeTableId: Id }) }).parse(response);
  return [{ kind: 'table', table: routeTable.routeTableId, done: 'created' }];
}

export function readTableAssociation({ name, request, response }: AwsEvent): readonly Deed[] {
  const asked = TableAssociation.parse(request);
  const answered = z.object({ associationId: Id.optional(), newAssociationId: Id.optional() }).parse(response);
  const subnet = asked.subnetId ?? null;
  switch (name) {
    case 'AssociateRouteTable':
      return [
        {
          kind: 'table-association',
          replaced: null,
          association: answered.associationId ?? null,
          subnet,
          table: Id.parse(asked.routeTableId),
        },
      ];
    case 'DisassociateRouteTable':
      return [
        { kind: 'table-association', replaced: Id.parse(asked.associationId), association: null, subnet, table: null },
      ];
    default:
      return [
        {
          kind: 'table-association',
          replaced: Id.parse(asked.associationId),
          association: answered.newAssociationId ?? asked.associationId ?? null,
          subnet,
          table: Id.parse(asked.routeTableId),
        },
      ];
  }
}

export function readGateway({ name, request }: AwsEvent): readonly Deed[] {
  const { internetGatewayId: gateway, vpcId } = z
    .object({ internetGatewayId: Id, vpcId: Id.optional() })
    .parse(request);
  const done = { AttachInternetGateway: 'attached', DetachInternetGateway: 'detached' } as const;
  return [
    {
      kind: 'gateway',
      gateway,
      vpc: vpcId ?? null,
      done: name === 'AttachInternetGateway' || name === 'DetachInternetGateway' ? done[name] : 'deleted',
    },
  ];
}

/** Interfaces and instances. */
export function readInterface({ request }: AwsEvent): readonly Deed[] {
  const { networkInterfaceId, groupSet } = InterfaceRequest.parse(request);
  const groups = groupSet.map(({ groupId }) => groupId);
  return [{ kind: 'interface', interface: networkInterfaceId, groups: groups.length === 0 ? null : groups, was: null }];
}

export function readInstances({ name, request }: AwsEvent): readonly Deed[] {
  const { instancesSet } = z.object({ instancesSet: items(z.object({ instanceId: Id })) }).parse(request);
  const instances = z
    .array(Id)
    .min(1)
    .parse(instancesSet.map(({ instanceId }) => instanceId));
  const done = name === 'StopInstances' ? 'stopped' : name === 'RebootInstances' ? 'rebooted' : 'terminated';
  return [{ kind: 'instances', instances, done }];
}

const EntryKey = z.object({ networkAclId: Id, ruleNumber: z.number().int(), egress: z.boolean() });
const Entry = EntryKey.extend({
  ruleAction: z.enum(['allow', 'deny']),
  aclProtocol: z.union([z.string(), z.number()]).transform(String),
  cidrBlock: z.string().optional(),
  ipv6CidrBlock: z.string().optional(),
  portRange: z.object({ from: Port, to: Port }).nullish(),
});

const optional = Id.optional();
const RouteRequest = z.object({
  routeTableId: Id,
  destinationCidrBlock: optional,
  destinationIpv6CidrBlock: optional,
  destinationPrefixListId: optional,
  gatewayId: optional,
  natGatewayId: optional,
  transitGatewayId: optional,
  vpcPeeringConnectionId: optional,
  networkInterfaceId: optional,
  instanceId: optional,
  egressOnlyInternetGatewayId: optional,
  vpcEndpointId: optional,
  localGatewayId: optional,
  carrierGatewayId: optional,
  coreNetworkArn: optional,
  localTarget: z.boolean().optional(),
});

const TableAssociation = z.object({ routeTableId: optional, subnetId: optional, associationId: optional });

const InterfaceRequest = z.object({ networkInterfaceId: Id, groupSet: items(z.object({ groupId: Id })) });
