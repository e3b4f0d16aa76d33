import {
  AttachVpnGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkAclEntryCommand,
  CreateRouteCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpnGatewayCommand,
  DeleteNetworkAclEntryCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { startAwsStandIn } from '../../../dev/stand-in/aws.ts';
import { record } from '../../changes/sources/aws/stage.ts';
import type { Undo } from './faults.ts';
import { installMoto, startMoto } from './moto.ts';

/** An account that has the gateway's address: state in moto, and what was done in CloudTrail's words beside it. */
export interface AwsEdge {
  readonly region: string;
  readonly url: string;
  /** What the bot signs its questions with. */
  readonly env: Readonly<Record<string, string>>;
  /** A rule of the gateway's own group is taken away by its id, as the console does it. */
  revoke(cidr: string): Promise<Undo>;
  /** Replies to these clients are denied by the subnet's ACL. */
  denyReplies(cidr: string): Promise<Undo>;
  /** A rule of a group that nothing on the way carries, and an entry of the ACL for another port. */
  decoys(): Promise<Undo>;
  /** CloudTrail tells of nothing that was done so far. */
  forget(): void;
  /** moto alone ends, and with it everything but history. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const region = 'eu-west-1';
const env = { AWS_ACCESS_KEY_ID: 'testing', AWS_SECRET_ACCESS_KEY: 'testing' };

/** @param allowed who may connect at the port */
export async function startAwsEdge(at: {
  readonly address: string;
  readonly network: string;
  readonly port: number;
  readonly allowed: readonly string[];
}): Promise<AwsEdge> {
  await installMoto();
  const moto = await startMoto();
  const aws = await startAwsStandIn(moto.url);
  const ec2 = new EC2Client({
    endpoint: moto.url,
    region,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
  });
  const { group, other, acl } = await makeNetwork(ec2, at);

  /** Delivered at once; CloudTrail tells whole seconds. */
  const recorded = (name: string, parameters: unknown) => {
    const happenedAt = Math.floor(Date.now() / 1_000) * 1_000;
    const eventID = `${name}-${happenedAt}-${aws.records.length}`;
    aws.records.push(record(name, happenedAt, parameters, { eventID }));
  };
  const authorize = (GroupId: string, port: number, CidrIp: string) =>
    ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [permission(port, [CidrIp])] }));
  const addEntry = async (entry: {
    ruleNumber: number;
    egress: boolean;
    cidrBlock: string;
    portRange: { from: number; to: number };
  }): Promise<Undo> => {
    const { ruleNumber: RuleNumber, egress: Egress, cidrBlock: CidrBlock, portRange } = entry;
    const PortRange = { From: portRange.from, To: portRange.to };
    const what = { NetworkAclId: acl, RuleNumber, Egress };
    await ec2.send(
      new CreateNetworkAclEntryCommand({ ...what, RuleAction: 'deny', Protocol: '6', CidrBlock, PortRange }),
    );
    recorded('CreateNetworkAclEntry', { networkAclId: acl, ruleAction: 'deny', aclProtocol: '6', ...entry });
    return async () => void (await ec2.send(new DeleteNetworkAclEntryCommand(what)));
  };

  return {
    region,
    url: aws.url,
    env,
    async revoke(cidr) {
      const ofGroup = { Filters: [{ Name: 'group-id', Values: [group] }] };
      const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand(ofGroup));
      const id = SecurityGroupRules.find(({ CidrIpv4 }) => CidrIpv4 === cidr)?.SecurityGroupRuleId;
      if (id === undefined) throw new Error(`no rule lets ${cidr} in`);
      await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: group, SecurityGroupRuleIds: [id] }));
      recorded('RevokeSecurityGroupIngress', {
        groupId: group,
        securityGroupRuleIds: { items: [{ securityGroupRuleId: id }] },
      });
      return async () => void (await authorize(group, at.port, cidr));
    },
    denyReplies: (cidrBlock) =>
      addEntry({ ruleNumber: 50, egress: true, cidrBlock, portRange: { from: 1024, to: 65535 } }),
    async decoys() {
      await authorize(other, 5432, '203.0.113.0/24');
      const ranges = { items: [{ cidrIp: '203.0.113.0/24' }] };
      const items = [{ ipProtocol: 'tcp', fromPort: 5432, toPort: 5432, ipRanges: ranges }];
      recorded('AuthorizeSecurityGroupIngress', { groupId: other, ipPermissions: { items } });
      const undoEntry = await addEntry({
        ruleNumber: 60,
        egress: false,
        cidrBlock: '0.0.0.0/0',
        portRange: { from: 9999, to: 9999 },
      });
      return async () => {
        await undoEntry();
        const taken = { GroupId: other, IpPermissions: [permission(5432, ['203.0.113.0/24'])] };
        await ec2.send(new RevokeSecurityGroupIngressCommand(taken));
      };
    },
    forget() {
      aws.records = [];
    },
    stop: moto.close,
    async close() {
      ec2.destroy();
      await aws.close();
      await moto.close();
    },
  };
}

function permission(port: number, cidrs: readonly string[]) {
  return { IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: cidrs.map((CidrIp) => ({ CidrIp })) };
}

/** One instance with the gateway's address, reached from networks on premises as they are. */
async function makeNetwork(
  ec2: EC2Client,
  { address, network, port, allowed }: Parameters<typeof startAwsEdge>[0],
): Promise<{ group: string; other: string; acl: string }> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: network }));
  const vpc = Vpc?.VpcId ?? '';
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: network }));
  const { VpnGateway } = await ec2.send(new CreateVpnGatewayCommand({ Type: 'ipsec.1' }));
  const gateway = VpnGateway?.VpnGatewayId ?? '';
  await ec2.send(new AttachVpnGatewayCommand({ VpcId: vpc, VpnGatewayId: gateway }));
  const ofVpc = { Filters: [{ Name: 'vpc-id', Values: [vpc] }] };
  const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand(ofVpc));
  const toPremises = { DestinationCidrBlock: '0.0.0.0/0', GatewayId: gateway };
  await ec2.send(new CreateRouteCommand({ RouteTableId: RouteTables[0]?.RouteTableId ?? '', ...toPremises }));
  const { NetworkAcls = [] } = await ec2.send(new DescribeNetworkAclsCommand(ofVpc));
  const groupOf = async (GroupName: string, of: readonly string[]) => {
    const made = await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId: vpc }));
    const GroupId = made.GroupId ?? '';
    if (of.length > 0) {
      await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [permission(port, of)] }));
    }
    return GroupId;
  };
  const group = await groupOf('edge', allowed);
  const other = await groupOf('decoy', []);
  await ec2.send(
    new RunInstancesCommand({
      ImageId: 'ami-12c6146b',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: Subnet?.SubnetId ?? '',
      PrivateIpAddress: address,
      SecurityGroupIds: [group],
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'edge-1' }] }],
    }),
  );
  return { group, other, acl: NetworkAcls[0]?.NetworkAclId ?? '' };
}
