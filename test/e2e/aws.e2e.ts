import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateManagedPrefixListCommand,
  CreateNetworkAclEntryCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteRouteCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  CreateLoadBalancerCommand as CreateClassicCommand,
  ElasticLoadBalancingClient,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeregisterTargetsCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AwsStandIn, startAwsStandIn } from '../../dev/stand-in/aws.ts';
import type { AwsEntry } from '../../src/changes/sources/aws/entry.ts';
import { awsLimits } from '../../src/changes/sources/aws/pace.ts';
import type { NameAnswer } from '../../src/changes/sources/aws/read-state.ts';
import { type AwsSource, awsSource } from '../../src/changes/sources/aws/source.ts';
import { judgeWay } from '../../src/packet/cloud/judge-way.ts';
import type { Change } from '../../src/words/change.ts';
import { memoryShelf } from '../changes/sources/aws/memory-shelf.ts';
import { entryOf } from '../changes/sources/aws/prod.ts';
import { never, record } from '../changes/sources/aws/stage.ts';
import { installMoto, type Moto, startMoto } from './harness/moto.ts';

/** The source against moto for all state, and recorded events beside it: moto keeps none. */
let moto: Moto;
let aws: AwsStandIn;
let clients: ReturnType<typeof clientsOf>;

beforeAll(async () => {
  process.env.AWS_ACCESS_KEY_ID ??= 'testing';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'testing';
  await installMoto();
  moto = await startMoto();
});
afterAll(() => moto?.close());

beforeEach(async () => {
  await moto.reset();
  aws = await startAwsStandIn(moto.url);
  clients = clientsOf(moto.url);
});
afterEach(() => aws.close());

const hour = { fromAt: Date.now() - 3_600_000, toAt: Date.now() + 3_600_000 };

describe('a network load balancer before two nodes', () => {
  test('is found by its name, and told as a path; packets are judged by its rules', async () => {
    const made = await makeWay();
    const source = sourceOf({}, { addresses: [made.front], names: [made.dnsName] });
    const { model, path } = await modelOf(source);
    expect(path).toHaveLength(2);
    expect(path[0]).toMatch(
      /^api\.prod\.example \(.+\) → nlb api-prod \(subnet-\w+\):443, security groups sg-\w+ \(front\), network ACL acl-\w+ → target group api \(. of 2 healthy\) → cp-1 \(i-\w+\) 10\.0\.1\.\d+:6443.*, security groups sg-\w+ \(api\), network ACL acl-\w+$/,
    );
    const [way] = model.ways;
    if (way === undefined) throw new Error('no way was found');
    expect(way.unread).toEqual([]);
    expect(way.hops.map(({ kind, sees }) => [kind, sees])).toEqual([
      ['load-balancer', 'client'],
      ['node', 'client'],
      ['node', 'client'],
    ]);
    expect(judgeWay(model, way, '203.0.113.7')).toMatchObject({ verdict: 'allow' });
    expect(judgeWay(model, way, '192.0.2.7')).toMatchObject({ verdict: 'deny' });
  });

  test('a rule revoked by its id: seen between two looks, then told by CloudTrail in its place', async () => {
    const made = await makeWay();
    const source = sourceOf({}, { addresses: [made.front], names: [made.dnsName] });
    await source.look(hour, never);
    const { SecurityGroupRules = [] } = await clients.ec2.send(
      new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [made.group] }] }),
    );
    const id = SecurityGroupRules.find(({ CidrIpv4 }) => CidrIpv4 === '203.0.113.0/24')?.SecurityGroupRuleId ?? '';
    await clients.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: made.group, SecurityGroupRuleIds: [id] }));
    const revokedAt = clock.at + 60_000;
    clock.at += 120_000;
    const [seen] = await changesOf(source);
    expect(seen).toMatchObject({ category: 'security-group', actor: null, effect: { kind: 'passages' } });
    expect(seen?.diff).toEqual([`- in tcp 6443 203.0.113.0/24 (${id})`]);

    aws.records.push(
      record('RevokeSecurityGroupIngress', Math.floor(revokedAt / 1000) * 1000, {
        groupId: made.group,
        securityGroupRuleIds: { items: [{ securityGroupRuleId: id }] },
      }),
    );
    clock.at += 12 * 60_000;
    const [told, ...others] = await changesOf(source);
    expect(others).toEqual([]);
    expect(told).toMatchObject({ id: seen?.id, actor: 'alice', effect: { kind: 'passages' } });
    expect(deniedAfter(told)).toContain('203.0.113.0-203.0.113.255');
  });

  test('an ACL entry on the way back, a route, and a target', async () => {
    const made = await makeWay();
    const source = sourceOf({}, { addresses: [made.front], names: [made.dnsName] });
    await source.look(hour, never);
    await clients.ec2.send(
      new CreateNetworkAclEntryCommand({
        NetworkAclId: made.acl,
        RuleNumber: 50,
        Egress: true,
        RuleAction: 'deny',
        Protocol: '6',
        CidrBlock: '203.0.113.0/24',
        PortRange: { From: 1024, To: 65535 },
      }),
    );
    await clients.ec2.send(new DeleteRouteCommand({ RouteTableId: made.table, DestinationCidrBlock: '0.0.0.0/0' }));
    await clients.balancers.send(
      new DeregisterTargetsCommand({ TargetGroupArn: made.targetGroup, Targets: [{ Id: made.instances[0] }] }),
    );
    clock.at += 60_000;
    const changes = await changesOf(source);
    expect(changes.map(({ category, action }) => `${category} ${action}`).sort()).toEqual([
      'load-balancer update',
      'routing delete',
      'security-group create',
    ]);
    const entry = changes.find(({ category }) => category === 'security-group');
    // Judged with the route in place, which went in the same moment: one is not blamed for the other.
    expect(entry?.effect?.kind).toBe('passages');
  });

  test('a prefix list in a rule is read', async () => {
    const made = await makeWay();
    const { PrefixList } = await clients.ec2.send(
      new CreateManagedPrefixListCommand({
        PrefixListName: 'offices',
        AddressFamily: 'IPv4',
        MaxEntries: 5,
        Entries: [{ Cidr: '198.51.100.0/24' }],
      }),
    );
    const id = PrefixList?.PrefixListId ?? '';
    await clients.ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: made.group,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: 6443, ToPort: 6443, PrefixListIds: [{ PrefixListId: id }] }],
      }),
    );
    const { model } = await modelOf(sourceOf({}, { addresses: [made.front], names: [made.dnsName] }));
    expect(model.prefixLists[id]).toEqual(['198.51.100.0/24']);
  });

  test('is found by Route 53 where a name is an alias; a record pointed elsewhere is seen', async () => {
    const made = await makeWay();
    const { HostedZone } = await clients.route53.send(
      new CreateHostedZoneCommand({ Name: 'prod.example', CallerReference: 'x' }),
    );
    const zone = HostedZone?.Id?.split('/').at(-1) ?? '';
    const point = (value: object) =>
      clients.route53.send(
        new ChangeResourceRecordSetsCommand({
          HostedZoneId: zone,
          ChangeBatch: {
            Changes: [{ Action: 'UPSERT', ResourceRecordSet: { Name: 'api.prod.example', Type: 'A', ...value } }],
          },
        }),
      );
    await point({ AliasTarget: { HostedZoneId: 'Z2', DNSName: made.dnsName, EvaluateTargetHealth: false } });
    const source = sourceOf({ hostedZoneIds: [zone] }, { addresses: ['198.51.100.99'], names: [] });
    const { path } = await modelOf(source);
    expect(path[0]).toContain('nlb api-prod');
    await point({ TTL: 60, ResourceRecords: [{ Value: '192.0.2.9' }] });
    // By itself it is read again as often as the rate allows.
    clock.at += 20 * 60_000;
    const changes = await changesOf(source);
    expect(changes).toMatchObject([{ category: 'dns', summary: expect.stringContaining('192.0.2.9'), effect: null }]);
  });

  test('examined, every permission is there', async () => {
    const made = await makeWay();
    const source = sourceOf({}, { addresses: [made.front], names: [made.dnsName] });
    const examined = await source.examine(never);
    expect(examined.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  });
});

test('an instance that has the address itself', async () => {
  const made = await makeWay();
  const source = sourceOf({}, { addresses: [made.direct], names: [] });
  const { model, path } = await modelOf(source);
  expect(model.ways.map(({ hops }) => hops.map(({ kind }) => kind))).toEqual([['node']]);
  expect(path[0]).toMatch(/^api\.prod\.example \(.+\) → cp-1 \(i-\w+\)/);
});

test('a classic load balancer', async () => {
  const made = await makeWay();
  const { DNSName = '' } = await clients.classic.send(
    new CreateClassicCommand({
      LoadBalancerName: 'old-api',
      Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 443, InstanceProtocol: 'TCP', InstancePort: 6443 }],
      Subnets: [made.frontSubnet],
    }),
  );
  await clients.classic.send(
    new RegisterInstancesWithLoadBalancerCommand({
      LoadBalancerName: 'old-api',
      Instances: made.instances.map((InstanceId) => ({ InstanceId })),
    }),
  );
  const { model } = await modelOf(sourceOf({}, { addresses: ['198.51.100.98'], names: [DNSName] }));
  const [way] = model.ways;
  expect(way?.hops.map(({ kind, port, sees }) => [kind, port, sees])).toEqual([
    ['load-balancer', 443, 'client'],
    ['node', 6443, 'hop before'],
    ['node', 6443, 'hop before'],
  ]);
});

test('EKS: the endpoint’s own list decides', async () => {
  const { Vpc } = await clients.ec2.send(new CreateVpcCommand({ CidrBlock: '10.7.0.0/16' }));
  const { Subnet } = await clients.ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: '10.7.1.0/24' }));
  await clients.eks.send(
    new CreateClusterCommand({
      name: 'prod',
      roleArn: 'arn:aws:iam::123456789012:role/eks',
      resourcesVpcConfig: {
        subnetIds: [Subnet?.SubnetId ?? ''],
        endpointPublicAccess: true,
        endpointPrivateAccess: false,
        publicAccessCidrs: ['203.0.113.0/24'],
      },
    }),
  );
  const current = await sourceOf({ eksCluster: 'prod' }, { addresses: ['198.51.100.97'], names: [] }).currentModel(
    'prod',
    never,
  );
  if (current.kind !== 'model') throw new Error(current.trouble.words);
  expect(current.path[0]).toContain('EKS prod:443, public for 203.0.113.0/24');
});

let clock = { at: Date.now(), now: () => clock.at };

function sourceOf(entry: Partial<AwsEntry>, answer: NameAnswer): AwsSource {
  clock = { at: Date.now(), now: () => clock.at };
  return awsSource(entryOf(aws.url, entry), {
    endpointOf: async () => ({ host: 'api.prod.example', port: 443 }),
    lookUp: async () => answer,
    shelf: memoryShelf(),
    clock,
    limits: awsLimits(clock, 0),
  });
}

async function modelOf(source: AwsSource) {
  const current = await source.currentModel('prod', never);
  if (current.kind !== 'model') throw new Error(current.trouble.words);
  expect(current.troubles).toEqual([]);
  return current;
}

async function changesOf(source: AwsSource): Promise<readonly Change[]> {
  const { changes, troubles } = await source.look(hour, never);
  expect(troubles).toEqual([]);
  return changes.map(({ change }) => change);
}

function deniedAfter(change: Change | undefined): readonly string[] {
  if (change?.effect?.kind !== 'passages') return [];
  const { before, after } = change.effect;
  const denied = after.filter(({ verdict }) => verdict === 'deny');
  // Where what was let in before is denied now.
  return before
    .filter(
      ({ verdict, first }) => verdict === 'allow' && denied.some((one) => one.first <= first && first <= one.last),
    )
    .map(({ first, last }) => `${first}-${last}`);
}

function clientsOf(endpoint: string) {
  const config = { endpoint, region: 'eu-west-1' };
  return {
    ec2: new EC2Client(config),
    balancers: new ElasticLoadBalancingV2Client(config),
    classic: new ElasticLoadBalancingClient(config),
    eks: new EKSClient(config),
    route53: new Route53Client(config),
  };
}

/** What one would make by hand: a network with two nodes in it, and a load balancer before them. */
async function makeWay() {
  const { ec2, balancers } = clients;
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const vpc = Vpc?.VpcId ?? '';
  const subnet = async (CidrBlock: string) =>
    (await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock }))).Subnet?.SubnetId ?? '';
  const frontSubnet = await subnet('10.0.0.0/24');
  const nodeSubnet = await subnet('10.0.1.0/24');
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const gateway = InternetGateway?.InternetGatewayId ?? '';
  await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpc, InternetGatewayId: gateway }));
  const ofVpc = { Filters: [{ Name: 'vpc-id', Values: [vpc] }] };
  const table = (await ec2.send(new DescribeRouteTablesCommand(ofVpc))).RouteTables?.[0]?.RouteTableId ?? '';
  await ec2.send(
    new CreateRouteCommand({ RouteTableId: table, DestinationCidrBlock: '0.0.0.0/0', GatewayId: gateway }),
  );
  const acl = (await ec2.send(new DescribeNetworkAclsCommand(ofVpc))).NetworkAcls?.[0]?.NetworkAclId ?? '';
  const groupOf = async (name: string, port: number, cidrs: readonly string[]) => {
    const { GroupId = '' } = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId: vpc }),
    );
    const IpPermissions = cidrs.map((CidrIp) => ({
      IpProtocol: 'tcp',
      FromPort: port,
      ToPort: port,
      IpRanges: [{ CidrIp }],
    }));
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    return GroupId;
  };
  const frontGroup = await groupOf('front', 443, ['0.0.0.0/0']);
  const group = await groupOf('api', 6443, ['203.0.113.0/24', '10.0.0.0/16']);
  const instances: string[] = [];
  for (const name of ['cp-1', 'cp-2']) {
    const { Instances = [] } = await ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-12c6146b',
        MinCount: 1,
        MaxCount: 1,
        SubnetId: nodeSubnet,
        SecurityGroupIds: [group],
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: name }] }],
      }),
    );
    instances.push(Instances[0]?.InstanceId ?? '');
  }
  const [balancer] =
    (
      await balancers.send(
        new CreateLoadBalancerCommand({
          Name: 'api-prod',
          Type: 'network',
          Scheme: 'internet-facing',
          Subnets: [frontSubnet],
        }),
      )
    ).LoadBalancers ?? [];
  const balancerArn = balancer?.LoadBalancerArn ?? '';
  const { TargetGroups = [] } = await balancers.send(
    new CreateTargetGroupCommand({ Name: 'api', Protocol: 'TCP', Port: 6443, VpcId: vpc, TargetType: 'instance' }),
  );
  const targetGroup = TargetGroups[0]?.TargetGroupArn ?? '';
  await balancers.send(
    new ModifyTargetGroupAttributesCommand({
      TargetGroupArn: targetGroup,
      Attributes: [{ Key: 'preserve_client_ip.enabled', Value: 'true' }],
    }),
  );
  await balancers.send(
    new RegisterTargetsCommand({ TargetGroupArn: targetGroup, Targets: instances.map((Id) => ({ Id, Port: 6443 })) }),
  );
  await balancers.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancerArn,
      Protocol: 'TCP',
      Port: 443,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroup }],
    }),
  );
  // AWS makes them for its load balancers; moto doesn't.
  const { NetworkInterface } = await ec2.send(
    new CreateNetworkInterfaceCommand({
      SubnetId: frontSubnet,
      Description: `ELB ${balancerArn.split(':loadbalancer/').at(-1)}`,
      Groups: [frontGroup],
    }),
  );
  const address = async (to: object) => {
    const { PublicIp = '', AllocationId = '' } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    await ec2.send(new AssociateAddressCommand({ AllocationId, ...to }));
    return PublicIp;
  };
  return {
    frontSubnet,
    group,
    acl,
    table,
    instances,
    targetGroup,
    dnsName: balancer?.DNSName ?? '',
    front: await address({ NetworkInterfaceId: NetworkInterface?.NetworkInterfaceId ?? '' }),
    direct: await address({ InstanceId: instances[0] }),
  };
}
