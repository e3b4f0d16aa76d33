import { afterEach, beforeEach, expect, test } from 'vitest';
import { judgeWay } from '../../../../src/packet/cloud/judge-way.ts';
import { balancerArn, frontAddress } from './prod.ts';
import { type AwsStage, minute, never, noon, stage } from './stage.ts';

/** What is on the way to the API server, as it is read and told. */
let on: AwsStage;
beforeEach(async () => {
  on = await stage();
});
afterEach(() => on.close());

async function current() {
  const found = await on.source.currentModel('prod', never);
  if (found.kind !== 'model') throw new Error(found.trouble.words);
  return found;
}

test('from the endpoint’s address over load balancer and target group to the nodes, as a path', async () => {
  const { path, model, troubles } = await current();
  expect(troubles).toEqual([]);
  expect(path[0]).toBe(
    `api.prod.example (${frontAddress}) → nlb api-prod (subnet-a):443, network ACL acl-1 → target group api (3 of 3 healthy) → cp-1 (i-1) 10.0.1.1:6443, security groups sg-api (api), network ACL acl-1`,
  );
  const [way] = model.ways;
  expect(way).toMatchObject({ addresses: [frontAddress], port: 443, unread: [] });
  expect(way && judgeWay(model, way, '203.0.113.7').verdict).toBe('allow');
  expect(way && judgeWay(model, way, '192.0.2.7').verdict).toBe('deny');
});

test('targets that don’t see the client’s address', async () => {
  on.world.keepsClientAddress = false;
  const { model } = await current();
  expect(model.ways[0]?.hops.map(({ sees }) => sees)).toEqual(['client', 'hop before', 'hop before', 'hop before']);
});

test('what may not be read is named, and what hangs on it is unknown', async () => {
  on.aws.faults.set('ec2:DescribeSecurityGroupRules', {
    kind: 'error',
    code: 'UnauthorizedOperation',
    status: 403,
    times: 99,
  });
  const { model, path, troubles } = await current();
  expect(troubles).toMatchObject([{ kind: 'refused' }]);
  expect(path.at(-1)).toBe(
    'not sure: ec2:DescribeSecurityGroupRules is not allowed; add it to the policy of these credentials',
  );
  const [way] = model.ways;
  expect(way?.unread).not.toEqual([]);
  expect(way && judgeWay(model, way, '203.0.113.7').verdict).toBe('unknown');
});

test('a name that does not resolve any more: the way of the last look', async () => {
  await current();
  on.names.set('api.prod.example', null);
  on.clock.at = noon + minute;
  const { model, path } = await current();
  expect(model.ways.map(({ addresses }) => addresses)).toEqual([[frontAddress]]);
  expect(path.at(-1)).toContain('could not be looked up');
});

test('a name that leads elsewhere: the way of the last look, and that it does', async () => {
  await current();
  on.names.set('api.prod.example', { addresses: ['192.0.2.99'], names: [] });
  on.clock.at = noon + minute;
  const { model, path } = await current();
  expect(model.ways.map(({ addresses }) => addresses)).toEqual([[frontAddress]]);
  expect(path.at(-1)).toContain('api.prod.example leads to 192.0.2.99, which nothing of this account has');
});

test('a name that leads away from an instance: the way of the last look, as long as it has that address', async () => {
  on.names.set('api.prod.example', { addresses: ['10.0.1.1'], names: [] });
  await current();
  on.names.set('api.prod.example', { addresses: ['192.0.2.99'], names: [] });
  for (const after of [minute, 2 * minute]) {
    on.clock.at = noon + after;
    const { model, path } = await current();
    expect(model.ways.map(({ addresses }) => addresses)).toEqual([['10.0.1.1']]);
    expect(path.at(-1)).toContain('api.prod.example leads to 192.0.2.99, which nothing of this account has');
  }
  on.world.instances = on.world.instances.map((one) => (one.id === 'i-1' ? { ...one, address: '10.0.1.77' } : one));
  on.clock.at = noon + 3 * minute;
  expect((await current()).model.ways).toEqual([]);
});

test('a listener that is gone: nothing is behind the port', async () => {
  on.world.listenerPort = 8443;
  const { model, path } = await current();
  expect(model.ways).toEqual([]);
  expect(path).toEqual(['api.prod.example → nlb api-prod, with nothing behind port 443']);
});

test('by the arn that is configured, where no address is known', async () => {
  await on.close();
  on = await stage({ entry: { loadBalancerArns: [balancerArn] } });
  on.names.clear();
  const { model } = await current();
  expect(model.ways[0]?.addresses).toEqual([frontAddress]);
});

test('read once for all who ask within seconds, and anew after that', async () => {
  await current();
  const asked = on.aws.asked.length;
  on.clock.at = noon + 3_000;
  await current();
  expect(on.aws.asked).toHaveLength(asked);
  on.clock.at = noon + 10_000;
  await current();
  expect(on.aws.asked.length).toBeGreaterThan(asked);
});

test('two who ask at once are answered by one reading; one who leaves waits for nobody', async () => {
  const leaving = new AbortController();
  const first = current();
  const second = current();
  const left = on.source.currentModel('prod', leaving.signal);
  leaving.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  expect((await first).model).toEqual((await second).model);
  expect(on.aws.asked.filter(({ action }) => action === 'ec2:DescribeSecurityGroupRules')).toHaveLength(1);
});

test('when AWS can’t be asked: why, and what was read while it could be', async () => {
  await current();
  on.clock.at = noon + minute;
  on.aws.faults.set('*', { kind: 'error', code: 'ExpiredToken', status: 403 });
  const found = await on.source.currentModel('prod', never);
  expect(found).toMatchObject({ kind: 'trouble', trouble: { kind: 'expired' }, last: { model: { readAt: noon } } });
});

test('of a cluster that it was not configured for nothing is known', async () => {
  expect(await on.source.currentModel('stage', never)).toMatchObject({ kind: 'trouble', last: null });
  expect(on.aws.asked).toEqual([]);
});
