import { randomUUID } from 'node:crypto';
import { type Account, anythingOut, balancerNamed, rule, serve, usualEntries } from './account.ts';
import { startAwsStandIn } from './aws.ts';
import { addresses, apiPort, nodeName } from './objects.ts';
import { isIn } from './ranges.ts';

/**
 * The account that the stand-in cluster lives in: a network load balancer, which keeps clients' addresses, before the
 * control-plane node and its security group. What is changed in it is in force at once, and CloudTrail tells of it.
 */
export interface StandInCloud {
  readonly url: string;
  readonly region: string;
  /** What the bot signs its questions with. */
  readonly env: Readonly<Record<string, string>>;
  /** Does the load balancer have somewhere to send a connection? */
  leadsOn(): boolean;
  /** Do the security groups let connections from this address in? */
  admits(address: string): boolean;
  /** The rule that lets everybody connect is taken out of the node's security group. */
  closeGroup(): void;
  openGroup(): void;
  /** The node is taken out of the load balancer's target group. */
  deregister(): void;
  register(): void;
  /** Something that breaks nothing: a rule for a port of databases, in a group that nothing on the way carries. */
  openElsewhere(): void;
  close(): Promise<void>;
}

const region = 'eu-west-1';
const instance = 'i-0c4f2a9b7d1e6f853';
const group = 'sg-api';
const world = { id: 'sgr-05b1c7de4f09a3b62', cidr: '0.0.0.0/0' };

export async function startCloud(): Promise<StandInCloud> {
  const aws = await startAwsStandIn();
  const balancer = balancerNamed('api-demo');
  const everybody = rule(world.id, group, false, world.cidr);
  const target = { id: instance, port: apiPort, state: 'healthy' };
  const account: Account = {
    balancer,
    frontAddress: addresses.balancer,
    network: { cidr: addresses.nodes, frontPrivateAddress: '198.51.100.5' },
    groupRules: [
      everybody,
      rule('sgr-0e8d6b3f21a7c9540', group, false, addresses.nodes),
      anythingOut('sgr-0a9f1c2e3d4b5a697', group),
    ],
    aclEntries: usualEntries(),
    routes: [
      { destinationCidrBlock: addresses.nodes, gatewayId: 'local', state: 'active' },
      { destinationCidrBlock: '0.0.0.0/0', gatewayId: 'igw-1', state: 'active' },
    ],
    targets: [target],
    listenerPort: apiPort,
    keepsClientAddress: true,
    instances: [{ id: instance, name: nodeName, address: addresses.node, state: 'running' }],
    recordValue: `${balancer.dnsName}.`,
  };
  serve(aws, account);

  const told = (eventName: string, service: 'ec2' | 'elasticloadbalancing', requestParameters: unknown) => {
    aws.records.push({
      eventID: randomUUID(),
      eventName,
      eventSource: `${service}.amazonaws.com`,
      // Whole seconds, as CloudTrail has them.
      eventTime: `${new Date().toISOString().slice(0, 19)}Z`,
      awsRegion: region,
      userIdentity: { type: 'AssumedRole', arn: 'arn:aws:sts::123456789012:assumed-role/Platform/ben' },
      requestParameters,
      responseElements: { _return: true },
    });
  };
  const permission = (port: number, cidrIp: string) => ({
    items: [{ ipProtocol: 'tcp', fromPort: port, toPort: port, ipRanges: { items: [{ cidrIp }] } }],
  });
  const members = { targetGroupArn: balancer.targetGroupArn, targets: [{ id: instance, port: apiPort }] };
  let opened = 0;

  return {
    url: aws.url,
    region,
    env: { AWS_ACCESS_KEY_ID: 'AKIASTANDINSTANDIN00', AWS_SECRET_ACCESS_KEY: 'stand-in' },
    leadsOn: () => account.listenerPort === apiPort && account.targets.length > 0,
    admits: (address) =>
      account.groupRules.some(
        ({ egress, from, to, cidr }) =>
          !egress && from <= apiPort && to >= apiPort && cidr !== undefined && isIn([cidr], address),
      ),
    closeGroup() {
      if (!account.groupRules.includes(everybody)) return;
      account.groupRules = account.groupRules.filter((one) => one !== everybody);
      const ids = { items: [{ securityGroupRuleId: world.id }] };
      told('RevokeSecurityGroupIngress', 'ec2', { groupId: group, securityGroupRuleIds: ids });
    },
    openGroup() {
      if (account.groupRules.includes(everybody)) return;
      account.groupRules.push(everybody);
      const ipPermissions = permission(apiPort, world.cidr);
      told('AuthorizeSecurityGroupIngress', 'ec2', { groupId: group, ipPermissions });
    },
    deregister() {
      if (account.targets.length === 0) return;
      account.targets = [];
      told('DeregisterTargets', 'elasticloadbalancing', members);
    },
    register() {
      if (account.targets.length > 0) return;
      account.targets = [target];
      told('RegisterTargets', 'elasticloadbalancing', members);
    },
    openElsewhere() {
      opened += 1;
      const cidr = `10.20.${opened % 256}.0/24`;
      account.groupRules.push({ ...rule(`sgr-decoy-${opened}`, 'sg-reports', false, cidr), from: 5432, to: 5432 });
      const ipPermissions = permission(5432, cidr);
      told('AuthorizeSecurityGroupIngress', 'ec2', { groupId: 'sg-reports', ipPermissions });
    },
    close: aws.close,
  };
}
