import { type Account, anythingOut, balancerNamed, rule, usualEntries } from '../../../../dev/stand-in/account.ts';
import type { AwsEntry } from '../../../../src/changes/sources/aws/entry.ts';

const balancer = balancerNamed('api-prod');
export const { arn: balancerArn, listenerArn, targetGroupArn } = balancer;
export const frontAddress = '198.51.100.10';

/** Three control-plane nodes that clients of a public range and the network's own may connect to. */
export function prod(): Account {
  const nodes = [1, 2, 3];
  return {
    balancer,
    frontAddress,
    network: { cidr: '10.0.0.0/16', frontPrivateAddress: '10.0.0.10' },
    groupRules: [
      rule('sgr-in', 'sg-api', false, '203.0.113.0/24'),
      rule('sgr-in2', 'sg-api', false, '10.0.0.0/16'),
      anythingOut('sgr-out', 'sg-api'),
    ],
    aclEntries: usualEntries(),
    routes: [
      { destinationCidrBlock: '10.0.0.0/16', gatewayId: 'local', state: 'active' },
      { destinationCidrBlock: '0.0.0.0/0', gatewayId: 'igw-1', state: 'active' },
    ],
    targets: nodes.map((n) => ({ id: `i-${n}`, port: 6443, state: 'healthy' })),
    listenerPort: 443,
    keepsClientAddress: true,
    instances: nodes.map((n) => ({ id: `i-${n}`, name: `cp-${n}`, address: `10.0.1.${n}`, state: 'running' })),
    recordValue: `${balancer.dnsName}.`,
  };
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
