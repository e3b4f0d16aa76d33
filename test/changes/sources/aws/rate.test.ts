import { afterEach, describe, expect, test } from 'vitest';
import { awsLimits } from '../../../../src/changes/sources/aws/pace.ts';
import { type AwsStage, minute, never, noon, record, stage } from './stage.ts';

const open: AwsStage[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** Looks by itself for hours, on a clock of its own, as `keepLooking` would. */
async function steadily(on: AwsStage, hours: number): Promise<readonly { at: number; region: string }[]> {
  const asked: { at: number; region: string }[] = [];
  for (let at = noon; at < noon + hours * 60 * minute; at += on.source.lookEveryMs) {
    on.clock.at = at;
    const before = on.aws.asked.length;
    await on.source.look({ fromAt: at - 20 * minute, toAt: at }, never);
    asked.push(...on.aws.asked.slice(before).map(({ region }) => ({ at, region })));
  }
  return asked;
}

function mostInAnHour(asked: readonly { at: number; region: string }[], region: string): number {
  const times = asked.filter((one) => one.region === region).map(({ at }) => at);
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 60 * minute).length));
}

describe('requests of a steady hour', () => {
  test('at most 60 for an account and region, and rules are read at least every 20 minutes', async () => {
    const on = await stage();
    open.push(on);
    const asked = await steadily(on, 3);
    expect(mostInAnHour(asked, 'eu-west-1')).toBeLessThanOrEqual(60);
    const reads = on.aws.asked.filter(({ action }) => action === 'ec2:DescribeSecurityGroupRules').length;
    expect(reads).toBeGreaterThanOrEqual(9);
  });

  test('also with Route 53, where that is asked in the same region', async () => {
    const on = await stage({ entry: { region: 'us-east-1', hostedZoneIds: ['Z0123'] } });
    open.push(on);
    expect(mostInAnHour(await steadily(on, 3), 'us-east-1')).toBeLessThanOrEqual(60);
  });

  test('also with several clusters in one account', async () => {
    const on = await stage({ entry: { clusters: ['a', 'b', 'c'] } });
    open.push(on);
    expect(mostInAnHour(await steadily(on, 3), 'eu-west-1')).toBeLessThanOrEqual(60);
  });
});

describe('LookupEvents', () => {
  test('never more than two in any second, however many ask, and however many pages there are', async () => {
    const limits = awsLimits({ now: Date.now });
    const pace = limits.of('123456789012', 'eu-west-1');
    expect(limits.of('123456789012', 'eu-west-1')).toBe(pace);
    const times: number[] = [];
    const ask = () =>
      pace.lookup(async () => {
        times.push(performance.now());
      }, never);
    await Promise.all([ask(), ask(), ask(), ask()]);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500);
  });

  test('who leaves while waiting holds nobody up', async () => {
    const pace = awsLimits({ now: Date.now }, 20).of('1', 'r');
    const first = Promise.withResolvers<void>();
    const held = pace.lookup(() => first.promise, never);
    const leaving = new AbortController();
    const left = pace.lookup(async () => 'never', leaving.signal);
    const third = pace.lookup(async () => 'asked', never);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    first.resolve();
    await held;
    expect(await third).toBe('asked');
  });

  test('other accounts and regions have a pace of their own', () => {
    const limits = awsLimits({ now: Date.now });
    expect(limits.of('1', 'r')).not.toBe(limits.of('2', 'r'));
    expect(limits.of('1', 'r')).not.toBe(limits.of('1', 's'));
  });
});

test('asked sooner than it looks by itself, it reads rules anew; so does an event on the way', async () => {
  const on = await stage();
  open.push(on);
  const reads = () => on.aws.asked.filter(({ action }) => action === 'ec2:DescribeSecurityGroupRules').length;
  const at = async (time: number) => {
    on.clock.at = time;
    await on.source.look({ fromAt: noon - 20 * minute, toAt: time }, never);
    return reads();
  };
  expect(await at(noon)).toBe(1);
  expect(await at(noon + minute)).toBe(2);
  expect(await at(noon + 6 * minute)).toBe(2);
  on.aws.records = [
    record('RevokeSecurityGroupIngress', noon + 5 * minute, {
      groupId: 'sg-api',
      ipPermissions: {
        items: [{ ipProtocol: 'tcp', fromPort: 1, toPort: 1, ipRanges: { items: [{ cidrIp: '192.0.2.0/24' }] } }],
      },
    }),
  ];
  expect(await at(noon + 11 * minute)).toBe(3);
});
