import type { AwsEntry } from '../../../../src/changes/sources/aws/entry.ts';
import { type AwsStandIn, xml } from './stand-in.ts';

/** A network load balancer before three control-plane nodes, as AWS would describe it. */
export interface Prod {
  groupRules: Rule[];
  aclEntries: Entry[];
  routes: { destinationCidrBlock: string; gatewayId: string; state: string }[];
  targets: { id: string; port: number; state: string }[];
  listenerPort: number | null;
  keepsClientAddress: boolean;
  instances: { id: string; name: string; address: string; state: string }[];
  recordValue: string;
}

export interface Rule {
  id: string;
  group: string;
  egress: boolean;
  protocol: string;
  from: number;
  to: number;
  cidr?: string;
  list?: string;
  peer?: string;
}

interface Entry {
  number: number;
  egress: boolean;
  action: string;
  protocol: string;
  cidr: string;
  from?: number;
  to?: number;
}

const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012';
export const balancerArn = `${ARN}:loadbalancer/net/api-prod/50dc6c495c0c9188`;
export const listenerArn = `${ARN}:listener/net/api-prod/50dc6c495c0c9188/f2f7dc8efc522ab2`;
export const targetGroupArn = `${ARN}:targetgroup/api/73e2d6bc24d8a067`;
export const frontAddress = '198.51.100.10';

export function prod(): Prod {
  const nodes = [1, 2, 3];
  return {
    groupRules: [
      rule('sgr-in', 'sg-api', false, '203.0.113.0/24'),
      rule('sgr-in2', 'sg-api', false, '10.0.0.0/16'),
      { ...rule('sgr-out', 'sg-api', true, '0.0.0.0/0'), protocol: '-1', from: -1, to: -1 },
    ],
    aclEntries: [
      { number: 100, egress: false, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0' },
      { number: 100, egress: true, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0' },
      { number: 32767, egress: false, action: 'deny', protocol: '-1', cidr: '0.0.0.0/0' },
      { number: 32767, egress: true, action: 'deny', protocol: '-1', cidr: '0.0.0.0/0' },
    ],
    routes: [
      { destinationCidrBlock: '10.0.0.0/16', gatewayId: 'local', state: 'active' },
      { destinationCidrBlock: '0.0.0.0/0', gatewayId: 'igw-1', state: 'active' },
    ],
    targets: nodes.map((n) => ({ id: `i-${n}`, port: 6443, state: 'healthy' })),
    listenerPort: 443,
    keepsClientAddress: true,
    instances: nodes.map((n) => ({ id: `i-${n}`, name: `cp-${n}`, address: `10.0.1.${n}`, state: 'running' })),
    recordValue: 'api-prod-50dc6c495c0c9188.elb.eu-west-1.amazonaws.com.',
  };
}

export function rule(id: string, group: string, egress: boolean, cidr: string): Rule {
  return { id, group, egress, protocol: 'tcp', from: 6443, to: 6443, cidr };
}

export function entryOf(url: string, more: Partial<AwsEntry> = {}): AwsEntry {
  return {
    name: 'prod-eu',
    region: 'eu-west-1',
    clusters: ['prod'],
    credentials: { profile: null, roleArn: null, externalId: null, webIdentityTokenFile: null },
    endpointUrl: url,
    eksCluster: null,
    hostedZoneIds: [],
    loadBalancerArns: [],
    ...more,
  };
}

/** Puts it into the stand-in; what is changed in `world` later is what it answers then. */
export function serve(standIn: AwsStandIn, world: Prod): void {
  const put = (action: string, inside: (params: URLSearchParams) => unknown, item: 'item' | 'member' = 'item') =>
    standIn.answers.set(action, (params) => xml(inside(params), item));
  const filtered = (params: URLSearchParams) => ({
    name: params.get('Filter.1.Name') ?? '',
    values: [...params].flatMap(([key, value]) => (/^Filter\.1\.Value\.\d+$/.test(key) ? [value] : [])),
  });
  const front = {
    networkInterfaceId: 'eni-lb',
    description: 'ELB net/api-prod/50dc6c495c0c9188',
    subnetId: 'subnet-a',
    vpcId: 'vpc-1',
    privateIpAddress: '10.0.0.10',
    association: { publicIp: frontAddress },
    groupSet: [],
  };
  const own = ({ id, address }: Prod['instances'][number]) => ({
    networkInterfaceId: `eni-${id}`,
    description: '',
    subnetId: 'subnet-b',
    vpcId: 'vpc-1',
    privateIpAddress: address,
    privateIpAddressesSet: [{ privateIpAddress: address }],
    groupSet: [{ groupId: 'sg-api', groupName: 'api' }],
  });
  put(
    'sts:GetCallerIdentity',
    () => ({ Account: '123456789012', Arn: 'arn:aws:iam::123456789012:user/apidown', UserId: 'U' }),
    'member',
  );
  put('ec2:DescribeNetworkInterfaces', (params) => {
    const { name, values } = filtered(params);
    const isFront =
      (name === 'association.public-ip' && values.includes(frontAddress)) ||
      (name === 'description' && values.includes(front.description));
    const nodes =
      name === 'addresses.private-ip-address' ? world.instances.filter(({ address }) => values.includes(address)) : [];
    return {
      networkInterfaceSet: [
        ...(isFront ? [front] : []),
        ...nodes.map((one) => ({ ...own(one), attachment: { instanceId: one.id } })),
      ],
    };
  });
  put('ec2:DescribeInstances', (params) => {
    const { values } = filtered(params);
    return {
      reservationSet: world.instances
        .filter(({ id }) => values.includes(id))
        .map((one) => ({
          instancesSet: [
            {
              instanceId: one.id,
              instanceState: { name: one.state },
              tagSet: [{ key: 'Name', value: one.name }],
              networkInterfaceSet: [own(one)],
            },
          ],
        })),
    };
  });
  put('ec2:DescribeSecurityGroupRules', (params) => ({
    securityGroupRuleSet: world.groupRules
      .filter(({ group }) => filtered(params).values.includes(group))
      .map((one) => ({
        securityGroupRuleId: one.id,
        groupId: one.group,
        isEgress: one.egress,
        ipProtocol: one.protocol,
        fromPort: one.from,
        toPort: one.to,
        cidrIpv4: one.cidr,
        prefixListId: one.list,
        referencedGroupInfo: one.peer === undefined ? undefined : { groupId: one.peer },
      })),
  }));
  put('ec2:DescribeNetworkAcls', () => ({
    networkAclSet: [
      {
        networkAclId: 'acl-1',
        associationSet: ['subnet-a', 'subnet-b'].map((subnetId) => ({
          networkAclAssociationId: `aclassoc-${subnetId}`,
          networkAclId: 'acl-1',
          subnetId,
        })),
        entrySet: world.aclEntries.map((one) => ({
          ruleNumber: one.number,
          egress: one.egress,
          ruleAction: one.action,
          protocol: one.protocol,
          cidrBlock: one.cidr,
          portRange: one.from === undefined ? undefined : { from: one.from, to: one.to },
        })),
      },
    ],
  }));
  put('ec2:DescribeRouteTables', () => ({
    routeTableSet: [
      {
        routeTableId: 'rtb-main',
        vpcId: 'vpc-1',
        associationSet: [{ routeTableAssociationId: 'rtbassoc-main', routeTableId: 'rtb-main', main: true }],
        routeSet: world.routes,
      },
    ],
  }));
  put('ec2:GetManagedPrefixListEntries', () => ({ entrySet: [{ cidr: '203.0.113.0/24' }] }));
  put('ec2:DescribeVpcs', () => ({ vpcSet: [{ vpcId: 'vpc-1', cidrBlock: '10.0.0.0/16' }] }));
  put(
    'elasticloadbalancing:DescribeLoadBalancers',
    (params) =>
      params.get('Version') === '2012-06-01'
        ? { LoadBalancerDescriptions: [] }
        : {
            LoadBalancers: [
              {
                LoadBalancerArn: balancerArn,
                LoadBalancerName: 'api-prod',
                DNSName: 'api-prod-50dc6c495c0c9188.elb.eu-west-1.amazonaws.com',
                Type: 'network',
              },
            ],
          },
    'member',
  );
  put(
    'elasticloadbalancing:DescribeListeners',
    () => ({
      Listeners:
        world.listenerPort === null
          ? []
          : [
              {
                ListenerArn: listenerArn,
                LoadBalancerArn: balancerArn,
                Port: world.listenerPort,
                Protocol: 'TCP',
                DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
              },
            ],
    }),
    'member',
  );
  put(
    'elasticloadbalancing:DescribeTargetGroups',
    () => ({
      TargetGroups: [{ TargetGroupArn: targetGroupArn, TargetGroupName: 'api', TargetType: 'instance', Port: 6443 }],
    }),
    'member',
  );
  put(
    'elasticloadbalancing:DescribeTargetGroupAttributes',
    () => ({ Attributes: [{ Key: 'preserve_client_ip.enabled', Value: String(world.keepsClientAddress) }] }),
    'member',
  );
  put(
    'elasticloadbalancing:DescribeTargetHealth',
    () => ({
      TargetHealthDescriptions: world.targets.map(({ id, port, state }) => ({
        Target: { Id: id, Port: port },
        TargetHealth: { State: state },
      })),
    }),
    'member',
  );
  put('elasticloadbalancing:DescribeInstanceHealth', () => ({ InstanceStates: [] }), 'member');
  standIn.answers.set(
    'route53:ListResourceRecordSets',
    () =>
      `<ResourceRecordSets><ResourceRecordSet><Name>api.prod.example.</Name><Type>A</Type><AliasTarget><HostedZoneId>Z2</HostedZoneId><DNSName>${world.recordValue}</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget></ResourceRecordSet></ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>300</MaxItems>`,
  );
}
