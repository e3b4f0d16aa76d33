import { type AwsStandIn, xml } from './aws.ts';

/** A network load balancer before control-plane nodes, as AWS would describe it; what is changed in it is what AWS answers then. */
export interface Account {
  readonly balancer: Balancer;
  /** The load balancer's, on the internet. */
  readonly frontAddress: string;
  readonly network: { readonly cidr: string; readonly frontPrivateAddress: string };
  groupRules: Rule[];
  aclEntries: Entry[];
  routes: { destinationCidrBlock: string; gatewayId: string; state: string }[];
  targets: { id: string; port: number; state: string }[];
  listenerPort: number | null;
  keepsClientAddress: boolean;
  instances: { id: string; name: string; address: string; state: string }[];
  /** Where the endpoint's record in Route 53 leads. */
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

export interface Balancer {
  readonly name: string;
  readonly arn: string;
  readonly listenerArn: string;
  readonly targetGroupArn: string;
  readonly dnsName: string;
}

export function balancerNamed(name: string): Balancer {
  const arn = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012';
  return {
    name,
    arn: `${arn}:loadbalancer/net/${name}/50dc6c495c0c9188`,
    listenerArn: `${arn}:listener/net/${name}/50dc6c495c0c9188/f2f7dc8efc522ab2`,
    targetGroupArn: `${arn}:targetgroup/api/73e2d6bc24d8a067`,
    dnsName: `${name}-50dc6c495c0c9188.elb.eu-west-1.amazonaws.com`,
  };
}

/** Of TCP, on the API server's port. */
export function rule(id: string, group: string, egress: boolean, cidr: string): Rule {
  return { id, group, egress, protocol: 'tcp', from: 6443, to: 6443, cidr };
}

/** Everything, as a new group has it for what goes out. */
export function anythingOut(id: string, group: string): Rule {
  return { ...rule(id, group, true, '0.0.0.0/0'), protocol: '-1', from: -1, to: -1 };
}

/** As a new network has them: everything is let through. */
export function usualEntries(): Entry[] {
  const all = { protocol: '-1', cidr: '0.0.0.0/0' };
  return [
    { number: 100, egress: false, action: 'allow', ...all },
    { number: 100, egress: true, action: 'allow', ...all },
    { number: 32767, egress: false, action: 'deny', ...all },
    { number: 32767, egress: true, action: 'deny', ...all },
  ];
}

/** Puts it into the stand-in; what is changed in `account` later is what it answers then. */
export function serve(standIn: AwsStandIn, account: Account): void {
  const { balancer, frontAddress, network } = account;
  const put = (action: string, inside: (params: URLSearchParams) => unknown, item: 'item' | 'member' = 'item') =>
    standIn.answers.set(action, (params) => xml(inside(params), item));
  const filtered = (params: URLSearchParams) => ({
    name: params.get('Filter.1.Name') ?? '',
    values: [...params].flatMap(([key, value]) => (/^Filter\.1\.Value\.\d+$/.test(key) ? [value] : [])),
  });
  const front = {
    networkInterfaceId: 'eni-lb',
    description: `ELB net/${balancer.name}/50dc6c495c0c9188`,
    subnetId: 'subnet-a',
    vpcId: 'vpc-1',
    privateIpAddress: network.frontPrivateAddress,
    association: { publicIp: frontAddress },
    groupSet: [],
  };
  const own = ({ id, address }: Account['instances'][number]) => ({
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
      name === 'addresses.private-ip-address'
        ? account.instances.filter(({ address }) => values.includes(address))
        : [];
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
      reservationSet: account.instances
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
    securityGroupRuleSet: account.groupRules
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
        entrySet: account.aclEntries.map((one) => ({
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
        routeSet: account.routes,
      },
    ],
  }));
  put('ec2:GetManagedPrefixListEntries', () => ({ entrySet: [{ cidr: '203.0.113.0/24' }] }));
  put('ec2:DescribeVpcs', () => ({ vpcSet: [{ vpcId: 'vpc-1', cidrBlock: network.cidr }] }));
  put(
    'elasticloadbalancing:DescribeLoadBalancers',
    (params) =>
      params.get('Version') === '2012-06-01'
        ? { LoadBalancerDescriptions: [] }
        : {
            LoadBalancers: [
              {
                LoadBalancerArn: balancer.arn,
                LoadBalancerName: balancer.name,
                DNSName: balancer.dnsName,
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
        account.listenerPort === null
          ? []
          : [
              {
                ListenerArn: balancer.listenerArn,
                LoadBalancerArn: balancer.arn,
                Port: account.listenerPort,
                Protocol: 'TCP',
                DefaultActions: [{ Type: 'forward', TargetGroupArn: balancer.targetGroupArn }],
              },
            ],
    }),
    'member',
  );
  put(
    'elasticloadbalancing:DescribeTargetGroups',
    () => ({
      TargetGroups: [
        { TargetGroupArn: balancer.targetGroupArn, TargetGroupName: 'api', TargetType: 'instance', Port: 6443 },
      ],
    }),
    'member',
  );
  put(
    'elasticloadbalancing:DescribeTargetGroupAttributes',
    () => ({ Attributes: [{ Key: 'preserve_client_ip.enabled', Value: String(account.keepsClientAddress) }] }),
    'member',
  );
  put(
    'elasticloadbalancing:DescribeTargetHealth',
    () => ({
      TargetHealthDescriptions: account.targets.map(({ id, port, state }) => ({
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
      `<ResourceRecordSets><ResourceRecordSet><Name>api.prod.example.</Name><Type>A</Type><AliasTarget><HostedZoneId>Z2</HostedZoneId><DNSName>${account.recordValue}</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget></ResourceRecordSet></ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>300</MaxItems>`,
  );
}
