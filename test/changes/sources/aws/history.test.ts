import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rule } from '../../../../dev/stand-in/account.ts';
import type { CloudTrailRecord } from '../../../../dev/stand-in/aws.ts';
import { readRange } from '../../../../src/correlation/ranges.ts';
import { readEffect } from '../../../../src/correlation/read-effect.ts';
import type { Change } from '../../../../src/words/change.ts';
import { balancerArn, frontAddress, listenerArn, targetGroupArn } from './prod.ts';
import { type AwsStage, minute, never, noon, record, stage } from './stage.ts';

let on: AwsStage;
beforeEach(async () => {
  on = await stage();
});
afterEach(() => on.close());

const stretch = { fromAt: noon - 60 * minute, toAt: noon };
const at = noon - 20 * minute;
const permission = (cidr: string, port = 6443) => ({
  items: [{ ipProtocol: 'tcp', fromPort: port, toPort: port, ipRanges: { items: [{ cidrIp: cidr }] } }],
});
/** By the rule's id alone: what the rule allowed is not told. */
const revokedById = record('RevokeSecurityGroupIngress', at, {
  groupId: 'sg-api',
  securityGroupRuleIds: { items: [{ securityGroupRuleId: 'sgr-in' }] },
});
const elb = { eventSource: 'elasticloadbalancing.amazonaws.com' };

/** A look of before, then one in which CloudTrail tells these. */
async function told(...records: CloudTrailRecord[]): Promise<readonly Change[]> {
  on.aws.records.push(...records);
  const { changes, troubles } = await on.source.look(stretch, never);
  expect(troubles).toEqual([]);
  return changes.map(({ change }) => change).filter(({ id }) => !id.includes(':seen:'));
}

/** What it did to a client, as the diagnosis reads it. */
function effectOn(client: string, change: Change | undefined): string | null {
  const [range, server] = [readRange(client), readRange(frontAddress)];
  if (change?.effect == null || range === null || server === null) return null;
  const failing = [{ text: client, range, translated: false }];
  return readEffect(change.effect, { failing, known: 'told', servers: [server] }).kind;
}

describe('a security group', () => {
  test('a rule revoked, told in nested permissions: it explains for those whom it let in, and for no others', async () => {
    on.world.groupRules = on.world.groupRules.filter(({ id }) => id !== 'sgr-in');
    const [change] = await told(
      record('RevokeSecurityGroupIngress', at, { groupId: 'sg-api', ipPermissions: permission('203.0.113.0/24') }),
    );
    expect(change).toMatchObject({
      id: `aws:RevokeSecurityGroupIngress-${at}`,
      category: 'security-group',
      actor: 'alice',
      action: 'update',
      earliestAt: at,
      latestAt: at + 999,
      target: { kind: 'security group', name: 'sg-api', addresses: ['203.0.113.0/24'], ports: [443, 6443] },
      summary: 'security group sg-api (api): no longer allowed in: tcp 6443 203.0.113.0/24',
      diff: ['- in tcp 6443 203.0.113.0/24'],
      link: `https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/RevokeSecurityGroupIngress-${at}`,
    });
    expect(effectOn('203.0.113.7', change)).toBe('breaks');
    expect(effectOn('10.0.9.9', change)).toBe('none');
  });

  test('a rule revoked by its id alone is explained by the look of before', async () => {
    on.clock.at = at - minute;
    await on.source.look(stretch, never);
    on.clock.at = noon;
    on.world.groupRules = on.world.groupRules.filter(({ id }) => id !== 'sgr-in');
    const [change] = await told(revokedById);
    expect(change?.summary).toBe('security group sg-api (api): no longer allowed in: tcp 6443 203.0.113.0/24 (sgr-in)');
    expect(effectOn('203.0.113.7', change)).toBe('breaks');
  });

  test('a look of the same second, which tells whole seconds alone, was before it when it still holds the rule', async () => {
    on.clock.at = at + 300;
    await on.source.look(stretch, never);
    on.clock.at = noon;
    on.world.groupRules = on.world.groupRules.filter(({ id }) => id !== 'sgr-in');
    const [change] = await told(revokedById);
    expect(change?.summary).toContain('no longer allowed in: tcp 6443 203.0.113.0/24 (sgr-in)');
    expect(effectOn('203.0.113.7', change)).toBe('breaks');
  });

  test('while the rules can’t be read since, what a rule that was revoked in the second of the look did is unknown', async () => {
    on.clock.at = at + 300;
    await on.source.look(stretch, never);
    on.clock.at = noon;
    on.aws.faults.set('ec2:DescribeSecurityGroupRules', { kind: 'error', code: 'UnauthorizedOperation', status: 403 });
    on.aws.records.push(revokedById);
    const { changes } = await on.source.look(stretch, never);
    const [change] = changes.map((one) => one.change);
    expect(change?.summary).toContain('(sgr-in)');
    expect(effectOn('203.0.113.7', change)).not.toBe('none');
    expect(effectOn('203.0.113.7', change)).not.toBe('mends');
  });

  test('a rule revoked by an id that no look has seen: unknown, never unrelated', async () => {
    const [change] = await told(
      record('RevokeSecurityGroupIngress', at, { groupId: 'sg-api', securityGroupRuleIds: { items: ['sgr-gone'] } }),
    );
    expect(change?.effect).toEqual({
      kind: 'judged',
      verdict: 'unknown',
      words: 'What the rule sgr-gone said is not known: it was gone before the rules were read.',
    });
    expect(change?.target).toMatchObject({ addresses: [], ports: [] });
  });

  test('a rule that was allowed, told flat with the rules in the response', async () => {
    on.world.groupRules.push(rule('sgr-new', 'sg-api', false, '192.0.2.0/24'));
    const [change] = await told(
      record(
        'AuthorizeSecurityGroupIngress',
        at,
        { groupId: 'sg-api', cidrIp: '192.0.2.0/24', ipProtocol: 'tcp', fromPort: 6443, toPort: 6443 },
        {
          responseElements: {
            securityGroupRuleSet: {
              items: [
                {
                  groupId: 'sg-api',
                  securityGroupRuleId: 'sgr-new',
                  isEgress: false,
                  ipProtocol: 'tcp',
                  fromPort: 6443,
                  toPort: 6443,
                  cidrIpv4: '192.0.2.0/24',
                },
              ],
            },
          },
        },
      ),
    );
    expect(change?.summary).toBe('security group sg-api (api): allowed in: tcp 6443 192.0.2.0/24 (sgr-new)');
    expect(effectOn('192.0.2.7', change)).toBe('mends');
  });

  test('a rule that was changed, told in capitals, by the look of before', async () => {
    on.clock.at = at - minute;
    await on.source.look(stretch, never);
    on.clock.at = noon;
    on.world.groupRules = on.world.groupRules.map((one) =>
      one.id === 'sgr-in' ? { ...one, cidr: '203.0.113.64/26' } : one,
    );
    const [change] = await told(
      record('ModifySecurityGroupRules', at, {
        ModifySecurityGroupRulesRequest: {
          GroupId: 'sg-api',
          SecurityGroupRule: {
            SecurityGroupRuleId: 'sgr-in',
            tag: 1,
            SecurityGroupRule: {
              IpProtocol: 'tcp',
              FromPort: 6443,
              ToPort: 6443,
              CidrIpv4: '203.0.113.64/26',
              Description: 'x',
            },
          },
        },
      }),
    );
    expect(effectOn('203.0.113.7', change)).toBe('breaks');
    expect(effectOn('203.0.113.70', change)).toBe('none');
  });

  test('what was revoked and allowed again is judged as it was when it was revoked', async () => {
    const [revoked, allowed] = await told(
      record('RevokeSecurityGroupIngress', at, { groupId: 'sg-api', ipPermissions: permission('203.0.113.0/24') }),
      record('AuthorizeSecurityGroupIngress', at + 10 * minute, {
        groupId: 'sg-api',
        ipPermissions: permission('203.0.113.0/24'),
      }),
    );
    expect(revoked?.summary).toContain('no longer allowed');
    expect(effectOn('203.0.113.7', revoked)).toBe('breaks');
    expect(effectOn('203.0.113.7', allowed)).toBe('mends');
  });

  test('a group that is on no interface of the way is out of scope, and says why', async () => {
    const [change] = await told(
      record('RevokeSecurityGroupIngress', at, { groupId: 'sg-web', ipPermissions: permission('203.0.113.0/24', 443) }),
    );
    expect(change?.effect).toEqual({
      kind: 'judged',
      verdict: 'none',
      words: 'sg-web is on none of the network interfaces on the way to the API server.',
    });
  });

  test('another port of the same group changes nothing for clients', async () => {
    const [change] = await told(
      record('RevokeSecurityGroupIngress', at, { groupId: 'sg-api', ipPermissions: permission('203.0.113.0/24', 22) }),
    );
    expect(change?.target.ports).toEqual([22]);
    expect(change?.effect).toMatchObject({ kind: 'judged', verdict: 'none' });
  });

  test('a peer that is a group: what it did can’t be told for everyone', async () => {
    const [change] = await told(
      record('RevokeSecurityGroupIngress', at, {
        groupId: 'sg-api',
        ipPermissions: {
          items: [
            {
              ipProtocol: 'tcp',
              fromPort: 6443,
              toPort: 6443,
              groups: { items: [{ groupId: 'sg-bastion', userId: '1' }] },
            },
          ],
        },
      }),
    );
    expect(change?.diff).toEqual(['- in tcp 6443 sg-bastion']);
    expect(change?.target.addresses).toEqual([]);
    expect(effectOn('10.9.9.9', change)).not.toBe('breaks');
  });
});

describe('network ACLs and routes', () => {
  test('an entry that denies the way back explains', async () => {
    on.world.aclEntries.push({
      number: 50,
      egress: true,
      action: 'deny',
      protocol: '6',
      cidr: '203.0.113.0/24',
      from: 1024,
      to: 65535,
    });
    const [change] = await told(
      record('CreateNetworkAclEntry', at, {
        networkAclId: 'acl-1',
        ruleNumber: 50,
        egress: true,
        ruleAction: 'deny',
        icmpTypeCode: {},
        portRange: { from: 1024, to: 65535 },
        aclProtocol: '6',
        cidrBlock: '203.0.113.0/24',
      }),
    );
    expect(change).toMatchObject({
      category: 'security-group',
      action: 'create',
      summary: 'network ACL acl-1: entry 50 out added: deny tcp 1024-65535 203.0.113.0/24',
    });
    expect(effectOn('203.0.113.7', change)).toBe('breaks');
    expect(effectOn('192.0.2.1', change)).toBe('none');
  });

  test('an entry deleted is explained by the look of before; without one it is unknown', async () => {
    const deleted = record('DeleteNetworkAclEntry', at, { networkAclId: 'acl-1', ruleNumber: 100, egress: false });
    const [unseen] = await told(deleted);
    expect(unseen?.effect).toMatchObject({ verdict: 'unknown' });
  });

  test('a route deleted', async () => {
    on.clock.at = at - minute;
    await on.source.look(stretch, never);
    on.clock.at = noon;
    on.world.routes.pop();
    const [change] = await told(
      record('DeleteRoute', at, { routeTableId: 'rtb-main', destinationCidrBlock: '0.0.0.0/0' }),
    );
    expect(change).toMatchObject({ category: 'routing', action: 'delete', target: { addresses: ['0.0.0.0/0'] } });
    expect(change?.summary).toBe('route table rtb-main: route deleted: 0.0.0.0/0 to igw-1');
    expect(effectOn('203.0.113.7', change)).toBe('breaks');
  });

  test('a gateway detached: routes to it lead nowhere', async () => {
    on.world.routes = on.world.routes.map((one) => (one.gatewayId === 'igw-1' ? { ...one, state: 'blackhole' } : one));
    const [change] = await told(record('DetachInternetGateway', at, { internetGatewayId: 'igw-1', vpcId: 'vpc-1' }));
    expect(change?.category).toBe('routing');
    expect(effectOn('203.0.113.7', change)).toBe('breaks');
  });
});

describe('load balancers and instances', () => {
  test('one of three targets deregistered: others stand behind it', async () => {
    on.world.targets = on.world.targets.filter(({ id }) => id !== 'i-1');
    const [change] = await told(
      record('DeregisterTargets', at, { targetGroupArn, targets: [{ id: 'i-1', port: 6443 }] }, elb),
    );
    expect(change).toMatchObject({
      category: 'load-balancer',
      effect: { kind: 'judged', verdict: 'none', words: '2 of 2 targets still take connections.' },
    });
  });

  test('the last target deregistered: it breaks', async () => {
    on.world.targets = [];
    const [change] = await told(
      record('DeregisterTargets', at, { targetGroupArn, targets: [{ id: 'i-3', port: 6443 }] }, elb),
      record('DeregisterTargets', at - minute, { targetGroupArn, targets: [{ id: 'i-1' }, { id: 'i-2' }] }, elb),
    ).then((changes) => changes.toReversed());
    expect(change?.effect).toEqual({
      kind: 'judged',
      verdict: 'breaks',
      words: 'Nothing healthy stands behind it any more.',
    });
  });

  test('the listener of the API’s port deleted, after a look that knew it', async () => {
    on.clock.at = at - minute;
    await on.source.look(stretch, never);
    on.clock.at = noon;
    on.world.listenerPort = null;
    const [change] = await told(record('DeleteListener', at, { listenerArn }, elb));
    expect(change).toMatchObject({
      summary: 'listener api-prod: deleted',
      effect: { verdict: 'breaks', words: 'Nothing takes connections at port 443 any more.' },
    });
  });

  test('a listener of another port, and a load balancer of something else, are out of scope', async () => {
    const other = listenerArn.replaceAll('api-prod', 'shop');
    const changes = await told(
      record('CreateListener', at, { loadBalancerArn: balancerArn, port: 8443 }, elb),
      record('DeleteListener', at + minute, { listenerArn: other }, elb),
    );
    expect(changes.map(({ effect }) => effect)).toMatchObject([
      { verdict: 'none', words: 'It is about port 8443 of api-prod; clients use 443.' },
      { verdict: 'none', words: 'It is a load balancer that is not on the way.' },
    ]);
  });

  test('one control-plane node stopped, and all of them', async () => {
    const stopped = (ids: string[], when: number) =>
      record('StopInstances', when, {
        instancesSet: { items: ids.map((instanceId) => ({ instanceId })) },
        force: false,
      });
    const [one, all] = await told(stopped(['i-1'], at), stopped(['i-1', 'i-2', 'i-3'], at + minute));
    expect(one).toMatchObject({
      category: 'cloud',
      action: 'end',
      summary: 'instance cp-1 (i-1): stopped',
      effect: { verdict: 'none', words: '2 of 3 targets still take connections.' },
    });
    expect(all?.effect).toMatchObject({ verdict: 'breaks' });
  });
});

describe('what is not told', () => {
  test('an event that was refused changed nothing', async () => {
    const changes = await told(
      record(
        'RevokeSecurityGroupIngress',
        at,
        { groupId: 'sg-api', ipPermissions: permission('203.0.113.0/24') },
        { errorCode: 'Client.UnauthorizedOperation' },
      ),
    );
    expect(changes).toEqual([]);
  });

  test('events of other names', async () => {
    expect(await told(record('CreateTags', at, {}), record('RunInstances', at, {}))).toEqual([]);
  });

  test('one that can’t be read is a trouble of its category, and a gap in it; the others are told', async () => {
    on.aws.records = [
      record('RevokeSecurityGroupIngress', at, { groupId: 'sg-api' }),
      record('DeleteRoute', at, { routeTableId: 'rtb-main', destinationCidrBlock: '10.1.0.0/16' }),
      record('CreateNetworkAclEntry', at + minute, {}, { raw: '{"eventID":' }),
    ];
    const { changes, troubles, covered } = await on.source.look(stretch, never);
    expect(changes.map(({ change }) => change.category)).toEqual(['routing']);
    expect(troubles).toMatchObject([{ kind: 'malformed', categories: ['security-group'] }]);
    const untilAt = noon - 15 * minute;
    expect(covered.filter(({ categories }) => categories.includes('security-group'))).toEqual([
      { fromAt: stretch.fromAt, toAt: at - 1, categories: ['security-group'] },
      { fromAt: at + 1_000, toAt: at + minute - 1, categories: ['security-group'] },
      { fromAt: at + minute + 1_000, toAt: untilAt, categories: ['security-group'] },
    ]);
    expect(covered.find(({ categories }) => categories.includes('routing'))).toMatchObject({
      fromAt: stretch.fromAt,
      toAt: untilAt,
    });
  });
});

describe('CloudTrail', () => {
  test('is read page by page', async () => {
    on.aws.records = Array.from({ length: 120 }, (_, n) =>
      record('RevokeSecurityGroupIngress', at - n * 1_000, {
        groupId: 'sg-web',
        ipPermissions: permission(`192.0.2.${n}/32`),
      }),
    );
    const { changes } = await on.source.look(stretch, never);
    expect(changes).toHaveLength(120);
    expect(on.aws.asked.filter(({ action }) => action === 'cloudtrail:LookupEvents')).toHaveLength(3);
  });

  test('that throttles is asked again, and nothing is lost', async () => {
    on.aws.faults.set('cloudtrail:LookupEvents', { kind: 'error', code: 'ThrottlingException', times: 2 });
    const changes = await told(
      record('DeleteRoute', at, { routeTableId: 'rtb-x', destinationCidrBlock: '10.1.0.0/16' }),
    );
    expect(changes).toHaveLength(1);
  });

  test('an event that is delivered late is told by the next look', async () => {
    const late = record('DeleteRoute', at, { routeTableId: 'rtb-x', destinationCidrBlock: '10.1.0.0/16' });
    const first = await on.source.look(stretch, never);
    on.clock.at = noon + 2 * minute;
    on.aws.records = [late];
    const second = await on.source.look(stretch, never);
    expect([first.changes, second.changes].map(({ length }) => length)).toEqual([0, 1]);
    expect(first.covered.every(({ toAt }) => toAt < at + 15 * minute)).toBe(true);
  });

  test('of Route 53 is asked in us-east-1', async () => {
    const other = await stage({ entry: { hostedZoneIds: ['Z0123'] } });
    try {
      const change = {
        action: 'UPSERT',
        resourceRecordSet: { name: 'api.prod.example.', type: 'A', tTL: 60, resourceRecords: [{ value: '192.0.2.1' }] },
      };
      other.aws.records = [
        record(
          'ChangeResourceRecordSets',
          at,
          { hostedZoneId: 'Z0123', changeBatch: { changes: [change] } },
          { eventSource: 'route53.amazonaws.com', awsRegion: 'us-east-1' },
        ),
      ];
      const { changes, covered } = await other.source.look(stretch, never);
      expect(changes.map(({ change }) => change)).toMatchObject([
        {
          category: 'dns',
          summary: 'DNS record api.prod.example: A api.prod.example set: 192.0.2.1 (TTL 60 s)',
          effect: null,
        },
      ]);
      const asked = other.aws.asked.filter(({ action }) => action === 'cloudtrail:LookupEvents');
      expect(asked.map(({ region }) => region).sort()).toEqual(['eu-west-1', 'us-east-1']);
      expect(covered.flatMap(({ categories }) => categories)).toContain('dns');
    } finally {
      await other.close();
    }
  });
});

describe('EKS', () => {
  test('who may reach the public endpoint', async () => {
    const other = await stage({ entry: { eksCluster: 'prod' } });
    try {
      const served = (cidrs: string[]) =>
        JSON.stringify({
          cluster: {
            name: 'prod',
            version: '1.33',
            status: 'ACTIVE',
            resourcesVpcConfig: {
              endpointPublicAccess: true,
              endpointPrivateAccess: false,
              publicAccessCidrs: cidrs,
              vpcId: 'vpc-1',
            },
          },
        });
      other.aws.answers.set('eks:DescribeCluster', served(['0.0.0.0/0']));
      other.clock.at = at - minute;
      await other.source.look(stretch, never);
      other.aws.answers.set('eks:DescribeCluster', served(['192.0.2.0/24']));
      other.clock.at = noon;
      other.aws.records = [
        record(
          'UpdateClusterConfig',
          at,
          { name: 'prod', resourcesVpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ['192.0.2.0/24'] } },
          { eventSource: 'eks.amazonaws.com' },
        ),
      ];
      const { changes } = await other.source.look(stretch, never);
      const [change] = changes.map((one) => one.change);
      expect(change).toMatchObject({ category: 'security-group', diff: ['- 0.0.0.0/0', '+ 192.0.2.0/24'] });
      expect(effectOn('203.0.113.7', change)).toBe('breaks');
      expect(effectOn('192.0.2.7', change)).toBe('none');
    } finally {
      await other.close();
    }
  });
});
