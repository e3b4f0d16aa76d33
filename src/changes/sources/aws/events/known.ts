import type { ChangeCategory } from '../../../../words/change.ts';
import type { Deed } from '../deed.ts';
import {
  readBalancer,
  readBalancerAttributes,
  readBalancerGroups,
  readBalancerSubnets,
  readListener,
  readListenerRule,
  readTargetGroup,
  readTargets,
} from './balancers.ts';
import type { AwsEvent } from './event.ts';
import { readGroup, readRules, readRulesChanged } from './group-rules.ts';
import {
  readAcl,
  readAclAssociation,
  readAclEntry,
  readGateway,
  readInstances,
  readInterface,
  readRoute,
  readTable,
  readTableAssociation,
} from './network.ts';
import { readManagedConfig, readManagedVersion, readRecords } from './others.ts';

interface KnownEvent {
  readonly category: ChangeCategory;
  /** What was done; throws when the record has another form than is documented. */
  readonly read: (event: AwsEvent) => readonly Deed[];
}

/** Events that can be about the way to an API server, by service and name; of others nothing is told. */
export function knownEvent(source: string | null, name: string): KnownEvent | null {
  const found = byName[name];
  if (found === undefined) return null;
  // Services name things alike: the first part of the source tells them apart, where it is known.
  return source === null || found.source === source.split('.')[0] ? found : null;
}

const of = (source: string, category: ChangeCategory, names: readonly string[], read: KnownEvent['read']) =>
  names.map((name) => [name, { source, category, read }] as const);

const byName: Readonly<Record<string, KnownEvent & { readonly source: string }>> = Object.fromEntries([
  ...of(
    'ec2',
    'security-group',
    [
      'AuthorizeSecurityGroupIngress',
      'AuthorizeSecurityGroupEgress',
      'RevokeSecurityGroupIngress',
      'RevokeSecurityGroupEgress',
    ],
    readRules,
  ),
  ...of('ec2', 'security-group', ['ModifySecurityGroupRules'], readRulesChanged),
  ...of('ec2', 'security-group', ['CreateSecurityGroup', 'DeleteSecurityGroup'], readGroup),
  ...of('ec2', 'security-group', ['ModifyNetworkInterfaceAttribute'], readInterface),
  ...of('ec2', 'security-group', ['CreateNetworkAcl', 'DeleteNetworkAcl'], readAcl),
  ...of(
    'ec2',
    'security-group',
    ['CreateNetworkAclEntry', 'DeleteNetworkAclEntry', 'ReplaceNetworkAclEntry'],
    readAclEntry,
  ),
  ...of('ec2', 'security-group', ['ReplaceNetworkAclAssociation'], readAclAssociation),
  ...of('ec2', 'routing', ['CreateRoute', 'ReplaceRoute', 'DeleteRoute'], readRoute),
  ...of('ec2', 'routing', ['CreateRouteTable', 'DeleteRouteTable'], readTable),
  ...of(
    'ec2',
    'routing',
    ['AssociateRouteTable', 'DisassociateRouteTable', 'ReplaceRouteTableAssociation'],
    readTableAssociation,
  ),
  ...of('ec2', 'routing', ['AttachInternetGateway', 'DetachInternetGateway', 'DeleteInternetGateway'], readGateway),
  ...of('ec2', 'cloud', ['StopInstances', 'TerminateInstances', 'RebootInstances'], readInstances),
  ...of(
    'elasticloadbalancing',
    'load-balancer',
    [
      'CreateListener',
      'ModifyListener',
      'DeleteListener',
      'CreateLoadBalancerListeners',
      'DeleteLoadBalancerListeners',
    ],
    readListener,
  ),
  ...of('elasticloadbalancing', 'load-balancer', ['ModifyRule'], readListenerRule),
  ...of('elasticloadbalancing', 'load-balancer', ['ModifyTargetGroup', 'ModifyTargetGroupAttributes'], readTargetGroup),
  ...of(
    'elasticloadbalancing',
    'load-balancer',
    [
      'RegisterTargets',
      'DeregisterTargets',
      'RegisterInstancesWithLoadBalancer',
      'DeregisterInstancesFromLoadBalancer',
    ],
    readTargets,
  ),
  ...of('elasticloadbalancing', 'load-balancer', ['CreateLoadBalancer', 'DeleteLoadBalancer'], readBalancer),
  ...of(
    'elasticloadbalancing',
    'security-group',
    ['SetSecurityGroups', 'ApplySecurityGroupsToLoadBalancer'],
    readBalancerGroups,
  ),
  ...of('elasticloadbalancing', 'load-balancer', ['SetSubnets'], readBalancerSubnets),
  ...of('elasticloadbalancing', 'load-balancer', ['ModifyLoadBalancerAttributes'], readBalancerAttributes),
  ...of('eks', 'security-group', ['UpdateClusterConfig'], readManagedConfig),
  ...of('eks', 'cloud', ['UpdateClusterVersion'], readManagedVersion),
  ...of('route53', 'dns', ['ChangeResourceRecordSets'], readRecords),
]);
