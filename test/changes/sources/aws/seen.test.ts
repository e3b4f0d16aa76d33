import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rule } from '../../../../dev/stand-in/account.ts';
import { memoryShelf } from './memory-shelf.ts';
import { type AwsStage, minute, never, noon, record, stage } from './stage.ts';

/** What differs between two looks at the way, and how an event that is told later finds it. */
let on: AwsStage;
beforeEach(async () => {
  on = await stage();
});
afterEach(() => on.close());

const stretch = { fromAt: noon - 60 * minute, toAt: noon + 60 * minute };
const look = async (at: number) => {
  on.clock.at = at;
  const { changes, troubles } = await on.source.look(stretch, never);
  expect(troubles).toEqual([]);
  return changes.map(({ change }) => change);
};
const revoke = () => {
  on.world.groupRules = on.world.groupRules.filter(({ id }) => id !== 'sgr-in');
};
const revoked = (at: number) =>
  record('RevokeSecurityGroupIngress', at, {
    groupId: 'sg-api',
    securityGroupRuleIds: { items: [{ securityGroupRuleId: 'sgr-in' }] },
  });

describe('a rule that is gone at the next look', () => {
  test('is a change between the two, by nobody, before CloudTrail tells', async () => {
    expect(await look(noon)).toEqual([]);
    revoke();
    const [change, ...others] = await look(noon + 2 * minute);
    expect(others).toEqual([]);
    expect(change).toMatchObject({
      category: 'security-group',
      certainty: 'seen',
      actor: null,
      earliestAt: noon,
      latestAt: noon + 2 * minute,
      diff: ['- in tcp 6443 203.0.113.0/24 (sgr-in)'],
      effect: { kind: 'passages' },
    });
  });

  test('covers nothing that CloudTrail has not delivered', async () => {
    await look(noon);
    revoke();
    on.clock.at = noon + 2 * minute;
    const { covered } = await on.source.look(stretch, never);
    expect(Math.max(...covered.map(({ toAt }) => toAt))).toBe(noon - 13 * minute);
  });

  test('is the event’s under the same id once that is told, also after a restart', async () => {
    const shelf = memoryShelf();
    await on.close();
    on = await stage({ shelf });
    await look(noon);
    revoke();
    const [seen] = await look(noon + 2 * minute);
    const { aws, world } = on;
    await on.source.close?.();
    const next = await stage({ shelf, on: aws, nowAt: noon + 14 * minute });
    next.world.groupRules = world.groupRules;
    on = next;
    on.aws.records = [revoked(noon + minute)];
    const told = await look(noon + 14 * minute);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ id: seen?.id, actor: 'alice', earliestAt: noon + minute });
    expect(await look(noon + 16 * minute)).toEqual([{ ...told[0], observedAt: noon + 16 * minute }]);
  });

  test('is not told when an event told of it while rules could not be read', async () => {
    await look(noon);
    revoke();
    on.aws.records = [revoked(noon + minute)];
    on.aws.faults.set('ec2:DescribeSecurityGroupRules', { kind: 'error', code: 'InternalError', status: 500 });
    on.clock.at = noon + 2 * minute;
    const first = await on.source.look(stretch, never);
    // What came after the newest reading can't be judged yet.
    expect(first.changes.map(({ change }) => change.effect)).toEqual([null]);
    on.aws.faults.clear();
    const second = await look(noon + 4 * minute);
    expect(second.map(({ id }) => id)).toEqual(first.changes.map(({ change }) => change.id));
    expect(second[0]?.effect?.kind).toBe('passages');
  });

  test('takes one event’s place, not that of another in the same minutes', async () => {
    await look(noon);
    revoke();
    on.world.groupRules.push(rule('sgr-out2', 'sg-api', true, '192.0.2.0/24'));
    const seen = await look(noon + 2 * minute);
    expect(seen).toHaveLength(2);
    on.aws.records = [
      revoked(noon + minute),
      record('DeleteRoute', noon + minute, { routeTableId: 'rtb-x', destinationCidrBlock: '10.1.0.0/16' }),
    ];
    const told = await look(noon + 14 * minute);
    expect(told).toHaveLength(3);
    expect(told.filter(({ actor }) => actor === null)).toHaveLength(1);
  });
});

test('how healthy targets are is no change', async () => {
  await look(noon);
  for (const target of on.world.targets) target.state = 'unhealthy';
  expect(await look(noon + 2 * minute)).toEqual([]);
});

test('every kind of thing on the way is compared', async () => {
  await look(noon);
  on.world.aclEntries.push({ number: 50, egress: true, action: 'deny', protocol: '6', cidr: '0.0.0.0/0' });
  on.world.routes.pop();
  on.world.targets.pop();
  on.world.instances[0] = { id: 'i-1', name: 'cp-1', address: '10.0.1.1', state: 'stopped' };
  const changes = await look(noon + 2 * minute);
  expect(changes.map(({ summary }) => summary).sort()).toEqual([
    'instance cp-1 (i-1): stopped',
    'network ACL acl-1: entry 50 out added: deny tcp 0.0.0.0/0',
    'route table rtb-main: route deleted: 0.0.0.0/0 to igw-1',
    'target group api: cp-3 (i-3):6443 deregistered',
  ]);
});

test('a look that could read less is not compared, and the way of before stays known', async () => {
  await look(noon);
  on.aws.faults.set('ec2:DescribeSecurityGroupRules', {
    kind: 'error',
    code: 'UnauthorizedOperation',
    status: 403,
    times: 5,
  });
  on.clock.at = noon + 2 * minute;
  const { changes, troubles, covered } = await on.source.look(stretch, never);
  expect(changes).toEqual([]);
  expect(covered).not.toEqual([]);
  expect(troubles).toMatchObject([
    {
      kind: 'refused',
      words: expect.stringContaining('ec2:DescribeSecurityGroupRules is not allowed; add it to the policy'),
    },
  ]);
  expect((await on.source.knownModel('prod'))?.model.groups).toHaveProperty('sg-api');
});
