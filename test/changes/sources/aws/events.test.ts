import { describe, expect, test } from 'vitest';
import type { Deed } from '../../../../src/changes/sources/aws/deed.ts';
import { readEvent } from '../../../../src/changes/sources/aws/events/event.ts';
import { knownEvent } from '../../../../src/changes/sources/aws/events/known.ts';
import { balancerArn, listenerArn, targetGroupArn } from './prod.ts';
import { noon, record } from './stage.ts';

/** Each event in the form that AWS documents, and what is understood by it. */
type Case = readonly [name: string, request: unknown, deed: Partial<Deed>, response?: unknown];

const items = (...all: unknown[]) => ({ items: all });
const tcp = { ipProtocol: 'tcp', fromPort: 6443, toPort: 6443 };
const api = { protocol: 'tcp', ports: { from: 6443, to: 6443 } };
const short = { kind: 'cidr', cidr: '192.0.2.0/24' } as const;

const ec2: readonly Case[] = [
  [
    'AuthorizeSecurityGroupIngress',
    {
      groupId: 'sg-1',
      ipPermissions: items({
        ...tcp,
        groups: {},
        ipRanges: items({ cidrIp: '192.0.2.0/24', description: 'x' }),
        ipv6Ranges: items({ cidrIpv6: '2001:db8::/32' }),
        prefixListIds: items({ prefixListId: 'pl-1' }),
      }),
    },
    {
      kind: 'group-rules',
      group: 'sg-1',
      egress: false,
      removed: [],
      added: [
        { id: null, ...api, peer: short },
        { id: null, ...api, peer: { kind: 'cidr', cidr: '2001:db8::/32' } },
        { id: null, ...api, peer: { kind: 'prefixList', id: 'pl-1' } },
      ],
    },
  ],
  [
    'AuthorizeSecurityGroupEgress',
    { groupId: 'sg-1', ipPermissions: items({ ipProtocol: '-1', ipRanges: items({ cidrIp: '0.0.0.0/0' }) }) },
    {
      egress: true,
      added: [{ id: null, protocol: '-1', ports: null, peer: { kind: 'cidr', cidr: '0.0.0.0/0' } }],
    },
  ],
  [
    'RevokeSecurityGroupIngress',
    { groupName: 'api', cidrIp: '192.0.2.0/24', ipProtocol: 'tcp', fromPort: 6443, toPort: 6443 },
    { group: 'api', egress: false, removed: [{ id: null, ...api, peer: short }] },
  ],
  [
    'RevokeSecurityGroupEgress',
    { groupId: 'sg-1', securityGroupRuleIds: items({ securityGroupRuleId: 'sgr-1' }) },
    { egress: true, removed: [{ id: 'sgr-1' }] },
  ],
  [
    'RevokeSecurityGroupIngress',
    { groupId: 'sg-1', securityGroupRuleIds: items({ securityGroupRuleId: 'sgr-1' }) },
    { removed: [{ id: 'sgr-1', ...api, peer: { kind: 'group', id: 'sg-2' } }] },
    {
      revokedSecurityGroupRuleSet: items({
        groupId: 'sg-1',
        securityGroupRuleId: 'sgr-1',
        ...tcp,
        referencedGroupId: 'sg-2',
      }),
    },
  ],
  [
    'ModifySecurityGroupRules',
    {
      ModifySecurityGroupRulesRequest: {
        GroupId: 'sg-1',
        SecurityGroupRule: {
          SecurityGroupRuleId: 'sgr-1',
          tag: 1,
          SecurityGroupRule: { IpProtocol: 'tcp', FromPort: 6443, ToPort: 6443, CidrIpv4: '192.0.2.0/24' },
        },
      },
    },
    { kind: 'group-rules-changed', group: 'sg-1', rules: [{ id: 'sgr-1', now: { ...api, peer: short } }] },
  ],
  [
    'CreateSecurityGroup',
    { groupName: 'api', vpcId: 'vpc-1' },
    { kind: 'group', group: 'sg-9', done: 'created' },
    { groupId: 'sg-9' },
  ],
  ['DeleteSecurityGroup', { groupId: 'sg-9' }, { kind: 'group', group: 'sg-9', done: 'deleted' }],
  [
    'CreateNetworkAcl',
    { vpcId: 'vpc-1' },
    { kind: 'acl', acl: 'acl-9', done: 'created' },
    { networkAcl: { networkAclId: 'acl-9' } },
  ],
  ['DeleteNetworkAcl', { networkAclId: 'acl-9' }, { kind: 'acl', acl: 'acl-9', done: 'deleted' }],
  [
    'CreateNetworkAclEntry',
    {
      networkAclId: 'acl-1',
      ruleNumber: 50,
      egress: false,
      ruleAction: 'deny',
      icmpTypeCode: {},
      portRange: { from: 6443, to: 6443 },
      aclProtocol: '6',
      cidrBlock: '192.0.2.0/24',
    },
    {
      kind: 'acl-entry',
      was: 'none',
      now: { number: 50, egress: false, action: 'deny', protocol: '6', cidr: '192.0.2.0/24', ports: api.ports },
    },
  ],
  [
    'ReplaceNetworkAclEntry',
    {
      networkAclId: 'acl-1',
      ruleNumber: 50,
      egress: true,
      ruleAction: 'allow',
      portRange: {},
      aclProtocol: '-1',
      ipv6CidrBlock: '::/0',
    },
    { was: 'untold', now: { number: 50, egress: true, action: 'allow', protocol: '-1', cidr: '::/0', ports: null } },
  ],
  [
    'DeleteNetworkAclEntry',
    { networkAclId: 'acl-1', ruleNumber: 50, egress: true },
    { number: 50, egress: true, now: null, was: 'untold' },
  ],
  [
    'ReplaceNetworkAclAssociation',
    { associationId: 'aclassoc-1', networkAclId: 'acl-2' },
    { kind: 'acl-association', replaced: 'aclassoc-1', association: 'aclassoc-2', acl: 'acl-2' },
    { newAssociationId: 'aclassoc-2' },
  ],
  [
    'CreateRoute',
    { routeTableId: 'rtb-1', destinationCidrBlock: '0.0.0.0/0', gatewayId: 'igw-1' },
    { kind: 'route', was: 'none', now: { destination: '0.0.0.0/0', target: 'igw-1', state: 'active' } },
  ],
  [
    'ReplaceRoute',
    { routeTableId: 'rtb-1', destinationIpv6CidrBlock: '::/0', natGatewayId: 'nat-1' },
    { was: 'untold', destination: '::/0', now: { destination: '::/0', target: 'nat-1', state: 'active' } },
  ],
  [
    'DeleteRoute',
    { routeTableId: 'rtb-1', destinationPrefixListId: 'pl-1' },
    { destination: 'pl-1', now: null, was: 'untold' },
  ],
  [
    'CreateRouteTable',
    { vpcId: 'vpc-1' },
    { kind: 'table', table: 'rtb-9', done: 'created' },
    { routeTable: { routeTableId: 'rtb-9' } },
  ],
  ['DeleteRouteTable', { routeTableId: 'rtb-9' }, { kind: 'table', table: 'rtb-9', done: 'deleted' }],
  [
    'AssociateRouteTable',
    { routeTableId: 'rtb-1', subnetId: 'subnet-1' },
    { kind: 'table-association', replaced: null, association: 'rtbassoc-1', subnet: 'subnet-1', table: 'rtb-1' },
    { associationId: 'rtbassoc-1' },
  ],
  [
    'DisassociateRouteTable',
    { associationId: 'rtbassoc-1' },
    { replaced: 'rtbassoc-1', association: null, table: null },
  ],
  [
    'ReplaceRouteTableAssociation',
    { associationId: 'rtbassoc-1', routeTableId: 'rtb-2' },
    { replaced: 'rtbassoc-1', association: 'rtbassoc-2', table: 'rtb-2' },
    { newAssociationId: 'rtbassoc-2' },
  ],
  [
    'AttachInternetGateway',
    { internetGatewayId: 'igw-1', vpcId: 'vpc-1' },
    { kind: 'gateway', gateway: 'igw-1', vpc: 'vpc-1', done: 'attached' },
  ],
  ['DetachInternetGateway', { internetGatewayId: 'igw-1', vpcId: 'vpc-1' }, { done: 'detached' }],
  ['DeleteInternetGateway', { internetGatewayId: 'igw-1' }, { done: 'deleted', vpc: null }],
  [
    'StopInstances',
    { instancesSet: items({ instanceId: 'i-1' }, { instanceId: 'i-2' }), force: false },
    { kind: 'instances', instances: ['i-1', 'i-2'], done: 'stopped' },
  ],
  ['TerminateInstances', { instancesSet: items({ instanceId: 'i-1' }) }, { done: 'terminated' }],
  ['RebootInstances', { instancesSet: items({ instanceId: 'i-1' }) }, { done: 'rebooted' }],
  [
    'ModifyNetworkInterfaceAttribute',
    { networkInterfaceId: 'eni-1', groupSet: items({ groupId: 'sg-1' }) },
    { kind: 'interface', interface: 'eni-1', groups: ['sg-1'] },
  ],
  [
    'ModifyNetworkInterfaceAttribute',
    { networkInterfaceId: 'eni-1', sourceDestCheck: { value: false } },
    { groups: null },
  ],
];

const elb: readonly Case[] = [
  [
    'CreateListener',
    { loadBalancerArn: balancerArn, port: 443, protocol: 'TCP', defaultActions: [{ type: 'forward' }] },
    { kind: 'listener', balancer: balancerArn, listener: listenerArn, port: 443, done: 'created' },
    { listeners: [{ listenerArn, loadBalancerArn: balancerArn, port: 443 }] },
  ],
  ['ModifyListener', { listenerArn, port: 8443 }, { balancer: balancerArn, port: 8443, done: 'modified' }],
  ['DeleteListener', { listenerArn }, { balancer: balancerArn, listener: listenerArn, port: null, done: 'deleted' }],
  [
    'CreateLoadBalancerListeners',
    { loadBalancerName: 'old', listeners: [{ loadBalancerPort: 443, instancePort: 6443 }] },
    { balancer: 'old', port: 443, done: 'created' },
  ],
  [
    'DeleteLoadBalancerListeners',
    { loadBalancerName: 'old', loadBalancerPorts: [443] },
    { balancer: 'old', port: 443, done: 'deleted' },
  ],
  ['ModifyRule', { ruleArn: 'arn:aws:elasticloadbalancing:r:1:listener-rule/app/x/1/2/3' }, { kind: 'listener-rule' }],
  [
    'ModifyTargetGroup',
    { targetGroupArn, healthCheckPort: '10256' },
    { kind: 'target-group', what: 'healthCheckPort = 10256' },
  ],
  [
    'ModifyTargetGroupAttributes',
    { targetGroupArn, attributes: [{ key: 'preserve_client_ip.enabled', value: 'false' }] },
    { what: 'preserve_client_ip.enabled = false' },
  ],
  [
    'RegisterTargets',
    { targetGroupArn, targets: [{ id: 'i-1', port: 6443 }] },
    { kind: 'targets', targets: [{ id: 'i-1', port: 6443 }], done: 'registered' },
  ],
  [
    'DeregisterTargets',
    { targetGroupArn, targets: [{ id: '10.0.1.1' }] },
    { targets: [{ id: '10.0.1.1', port: null }], done: 'deregistered' },
  ],
  [
    'RegisterInstancesWithLoadBalancer',
    { loadBalancerName: 'old', instances: [{ instanceId: 'i-1' }] },
    { group: 'old', done: 'registered' },
  ],
  [
    'DeregisterInstancesFromLoadBalancer',
    { loadBalancerName: 'old', instances: [{ instanceId: 'i-1' }] },
    { group: 'old', done: 'deregistered' },
  ],
  [
    'SetSecurityGroups',
    { loadBalancerArn: balancerArn, securityGroups: ['sg-1'] },
    { kind: 'balancer-groups', balancer: balancerArn, groups: ['sg-1'] },
  ],
  [
    'ApplySecurityGroupsToLoadBalancer',
    { loadBalancerName: 'old', securityGroups: ['sg-1'] },
    { balancer: 'old', groups: ['sg-1'] },
  ],
  [
    'SetSubnets',
    { loadBalancerArn: balancerArn, subnetMappings: [{ subnetId: 'subnet-1' }] },
    { kind: 'balancer-subnets', subnets: ['subnet-1'] },
  ],
  [
    'ModifyLoadBalancerAttributes',
    { loadBalancerArn: balancerArn, attributes: [{ key: 'deletion_protection.enabled', value: 'true' }] },
    { kind: 'balancer-attributes', attributes: ['deletion_protection.enabled = true'] },
  ],
  [
    'ModifyLoadBalancerAttributes',
    { loadBalancerName: 'old', loadBalancerAttributes: { crossZoneLoadBalancing: { enabled: true } } },
    { balancer: 'old', attributes: [] },
  ],
  [
    'DeleteLoadBalancer',
    { loadBalancerArn: balancerArn },
    { kind: 'balancer', balancer: balancerArn, done: 'deleted' },
  ],
  [
    'CreateLoadBalancer',
    { name: 'api-prod', type: 'network' },
    { balancer: balancerArn, done: 'created' },
    { loadBalancers: [{ loadBalancerArn: balancerArn }] },
  ],
];

type OfService = readonly [source: string, name: string, request: unknown, deed: Partial<Deed>, response?: unknown];

const others: readonly OfService[] = [
  [
    'eks',
    'UpdateClusterConfig',
    { name: 'prod', resourcesVpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ['192.0.2.0/24'] } },
    {
      kind: 'managed-access',
      cluster: 'prod',
      now: { publicAccess: true, privateAccess: null, publicCidrs: ['192.0.2.0/24'] },
    },
  ],
  ['eks', 'UpdateClusterConfig', { name: 'prod', logging: {} }, { kind: 'managed-other' }],
  ['eks', 'UpdateClusterVersion', { name: 'prod', version: '1.34' }, { kind: 'managed-version', version: '1.34' }],
  [
    'route53',
    'ChangeResourceRecordSets',
    {
      hostedZoneId: 'Z1',
      changeBatch: {
        changes: [
          {
            action: 'DELETE',
            resourceRecordSet: {
              name: 'API.prod.example.',
              type: 'A',
              aliasTarget: { hostedZoneId: 'Z2', dNSName: 'lb.example.', evaluateTargetHealth: false },
            },
          },
        ],
      },
    },
    {
      kind: 'records',
      zone: 'Z1',
      records: [{ done: 'deleted', name: 'api.prod.example', type: 'A', values: ['lb.example'], ttl: null }],
    },
  ],
];

const all: readonly OfService[] = [
  ...ec2.map((one) => ['ec2', ...one] as const),
  ...elb.map((one) => ['elasticloadbalancing', ...one] as const),
  ...others,
];

describe('events in their documented forms', () => {
  const named = all.map((one) => ({ title: `${one[1]}: ${JSON.stringify(one[2]).slice(0, 80)}`, one }));
  test.each(named)('$title', ({ one: [source, name, request, deed, response] }) => {
    expect(deedOf(source, name, request, response)).toMatchObject(deed);
  });

  test('every name of the documents is understood', () => {
    expect(all.filter(([source, name]) => knownEvent(`${source}.amazonaws.com`, name) === null)).toEqual([]);
  });

  test('the same name of another service is not', () => {
    expect(knownEvent('lightsail.amazonaws.com', 'RebootInstances')).toBeNull();
    expect(knownEvent('ec2.amazonaws.com', 'DescribeInstances')).toBeNull();
  });

  test('a form that is not documented is refused, not guessed', () => {
    for (const request of [
      {},
      { groupId: 'sg-1' },
      { groupId: 'sg-1', ipPermissions: items({ ...tcp, ipRanges: items({}) }) },
    ]) {
      expect(() => deedOf('ec2', 'RevokeSecurityGroupIngress', request)).toThrow();
    }
  });
});

describe('who did it', () => {
  test.each([
    [{ arn: 'arn:aws:iam::123456789012:user/ops/alice', accessKeyId: 'AKIAXX' }, 'alice'],
    [{ arn: 'arn:aws:sts::123456789012:assumed-role/Deployer/ci-42' }, 'ci-42'],
    [{ arn: 'arn:aws:iam::123456789012:root' }, 'root'],
    [{ type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' }, 'autoscaling.amazonaws.com'],
    [{ accessKeyId: 'AKIAXX' }, null],
    [undefined, null],
    ['what', null],
  ])('%o is %s', (userIdentity, actor) => {
    expect(eventOf('ec2', 'DeleteRoute', {}, undefined, userIdentity)).toMatchObject({
      kind: 'event',
      event: { actor },
    });
  });
});

function eventOf(source: string, name: string, request: unknown, response: unknown, userIdentity: unknown) {
  const eventSource = `${source}.amazonaws.com`;
  const told = record(name, noon, request, { eventSource, responseElements: response ?? null, userIdentity });
  return readEvent({ id: told.eventID, name, at: noon, json: JSON.stringify(told) });
}

function deedOf(source: string, name: string, request: unknown, response?: unknown): Deed | undefined {
  const read = eventOf(source, name, request, response, { arn: 'x/y' });
  if (read.kind !== 'event') throw new Error(read.kind);
  return knownEvent(read.event.source, name)?.read(read.event)[0];
}
