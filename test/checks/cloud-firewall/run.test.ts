import { describe, expect, test } from 'vitest';
import { type CloudFirewallParams, cloudFirewall } from '../../../src/checks/cloud-firewall/contract.ts';
import type { CloudAccount } from '../../../src/checks/cloud-firewall/port.ts';
import { cloudFirewallRunner } from '../../../src/checks/cloud-firewall/run.ts';
import type { ResolveHost } from '../../../src/checks/endpoint/resolve.ts';
import type { CloudModel } from '../../../src/packet/cloud/model.ts';
import { account, balancerAddress, behindBalancer, fakeCloud } from '../../fakes/cloud.ts';

const nowAt = 1_000_000;
const entry = { host: balancerAddress, port: 443, addresses: [balancerAddress] };
const resolvesTo =
  (...addresses: string[]): ResolveHost =>
  async (host) => ({ host, addresses, fault: null, tookMs: 1, dns: null });

async function look(
  accounts: readonly CloudAccount[],
  params: Partial<CloudFirewallParams> = {},
  resolve: ResolveHost = resolvesTo(),
) {
  const cloud = fakeCloud({ read: () => accounts });
  const runner = cloudFirewallRunner({ cluster: 'prod', cloud, resolve, clock: () => nowAt });
  const asked = { sources: ['203.0.113.7'], entry, ...params };
  const { facts, asOfAt } = await runner.run(asked, AbortSignal.timeout(30_000));
  expect(cloudFirewall.facts.parse(facts)).toEqual(facts);
  const vantage = { kind: 'outside' as const, instance: 'bot', leavesBy: [] };
  return { facts, asOfAt, ...cloudFirewall.judge({ params: asked, facts, vantage, nowAt }) };
}

const read = (from: readonly string[], given: Partial<CloudModel> = {}) =>
  account(behindBalancer(from, { readAt: nowAt, ...given }));

describe('a packet from a source', () => {
  test('is let in by the rule that says so', async () => {
    const found = await look([read(['203.0.113.0/24'])]);
    expect(found.verdict).toBe('ok');
    expect(found.way).toMatch(/^203\.0\.113\.7 → nlb api-prod:443 allowed → cp-1 \(i-0abc\):6443 allowed/);
    expect(found.facts.walked[0]?.steps.length).toBeGreaterThan(2);
  });

  test('is denied by the group that has no rule for it, with what was lately done to that group', async () => {
    const words = 'removed 14:03:12 UTC by alice';
    const recent = [
      { id: 'sg-0ee', words: 'another one' },
      { id: 'sg-0a1', words },
    ];
    const found = await look([{ ...read(['198.51.100.0/24']), recent }]);
    expect(found.verdict).toBe('problem');
    expect(found.reason).toMatch(
      /^203\.0\.113\.7 → nlb api-prod:443 allowed → cp-1 \(i-0abc\):6443 denied: .*sg-0a1 \(api\).* \(removed 14:03:12 UTC by alice\)\.$/,
    );
    expect(found.facts.judged[0]?.walks[0]).toMatchObject({ ids: ['sg-0a1'], changed: words, by: 'rules' });
  });

  test('of an endpoint of a provider is judged by its access list', async () => {
    const access = { publicAccess: true, privateAccess: false, publicCidrs: ['203.0.113.0/24'], networkCidrs: [] };
    const hop = { kind: 'managed-endpoint', name: 'EKS prod', port: 443, sees: 'client', health: null } as const;
    const ways = [{ addresses: [balancerAddress], port: 443, hops: [{ ...hop, interfaces: [], access }], unread: [] }];
    expect((await look([read([], { ways })])).verdict).toBe('ok');
    const other = await look([read([], { ways })], { sources: ['192.0.2.1'] });
    expect(other.facts.judged[0]?.walks[0]?.ids).toEqual(['prod']);
    expect(other.reason).toMatch(/^192\.0\.2\.1 → EKS prod:443 denied: the access list of EKS prod /);
  });

  test('gets no reply where a network ACL denies it', async () => {
    const acls = behindBalancer([]).acls['acl-1']?.entries ?? [];
    const reply = { number: 90, egress: true, action: 'deny', protocol: '6', cidr: '203.0.113.0/24' } as const;
    const entries = [...acls, { ...reply, ports: { from: 1024, to: 65535 } }];
    const found = await look([read(['0.0.0.0/0'], { acls: { 'acl-1': { id: 'acl-1', entries } } })]);
    expect(found.verdict).toBe('problem');
    expect(found.reason).toMatch(
      /replies at .* denied: acl-1 egress rule 90 denies tcp 1024-65535 to 203\.0\.113\.0\/24\.$/,
    );
    expect(found.facts.judged[0]?.walks[0]).toMatchObject({ ids: ['acl-1'] });
  });

  test('gets no reply where no route leads back, and that is told as a route', async () => {
    const tables = {
      'rtb-1': { id: 'rtb-1', routes: [{ destination: '10.0.0.0/16', target: 'local', state: 'active' as const }] },
    };
    const found = await look([read(['0.0.0.0/0'], { tables })]);
    expect(found.verdict).toBe('problem');
    expect(found.facts.judged[0]?.walks[0]).toMatchObject({ by: 'routes', ids: ['rtb-1'] });
  });

  test('finds no target behind a balancer that has none', async () => {
    const ways = behindBalancer([]).ways.map((way) => ({ ...way, hops: way.hops.slice(0, 1) }));
    const found = await look([read([], { ways })]);
    expect(found).toMatchObject({ verdict: 'problem', reason: expect.stringContaining('nlb api-prod has no target') });
    expect(found.facts.judged[0]?.walks[0]).toMatchObject({ by: 'targets', ids: [] });
  });

  test('of a range that is let in by half is neither', async () => {
    const found = await look([read(['203.0.113.0/25'])], { sources: ['203.0.113.0/24'] });
    expect(found.verdict).toBe('unknown');
    expect(found.reason).toContain('203.0.113.128/25');
    expect(found.reason).toContain('Whether the failing clients are among those that are not let in is not known.');
  });

  test('that has a private address is not judged by it', async () => {
    const found = await look([read(['203.0.113.0/24'])], { sources: ['192.168.1.5'] });
    expect(found.verdict).toBe('unknown');
    expect(found.reason).toContain('192.168.1.5');
    const beside = await look([read(['203.0.113.0/24'])], { sources: ['192.168.1.5', '203.0.113.7'] });
    expect(beside.verdict).toBe('ok');
  });
});

describe('which ways are asked about', () => {
  test('those at the addresses that the name has', async () => {
    const named = { host: 'api.example.com', port: 443, addresses: [] };
    const there = await look([read([])], { entry: named }, resolvesTo(balancerAddress));
    expect(there.verdict).toBe('problem');
    const elsewhere = await look([read([])], { entry: named }, resolvesTo('192.0.2.1'));
    expect(elsewhere).toMatchObject({ verdict: 'unknown', facts: { judged: [], waysIn: 0, elsewhere: 1 } });
  });

  test('those at the port, while the name does not resolve', async () => {
    const named = { host: 'api.example.com', port: 443, addresses: [] };
    expect((await look([read([])], { entry: named })).verdict).toBe('problem');
    expect((await look([read([])], { entry: { ...named, port: 6443 } })).facts.waysIn).toBe(0);
  });

  test('all, while nobody knows what clients connect to', async () => {
    expect((await look([read([])], { entry: null })).facts.waysIn).toBe(1);
  });

  test('of all accounts; one that can not be read hides no denial of another', async () => {
    const gone = account(null, { name: 'AWS dev', troubles: ['the credentials have expired; renew them'] });
    expect((await look([gone, read([])])).verdict).toBe('problem');
    const alone = await look([gone]);
    expect(alone).toMatchObject({
      verdict: 'unknown',
      reason: "The cloud's rules can't be read: AWS dev: the credentials have expired; renew them.",
    });
  });
});

test('nobody said who fails: everyone is asked about', async () => {
  expect((await look([read(['0.0.0.0/0'])], { sources: [] })).verdict).toBe('ok');
});

test('what was read just now is live; an older reading is told with its age', async () => {
  expect((await look([read([], { readAt: nowAt - 2_000 })])).asOfAt).toBe(nowAt);
  expect((await look([read([], { readAt: nowAt - 120_000 })])).asOfAt).toBe(nowAt - 120_000);
  const elsewhere = account({ ...behindBalancer([]), ways: [] }, { name: 'AWS dev' });
  expect((await look([elsewhere, read([])])).asOfAt).toBe(nowAt);
});

test('facts stay small, however many sources and ways there are', async () => {
  const model = behindBalancer([], { readAt: nowAt });
  const ways = Array.from({ length: 10 }, () => model.ways).flat();
  const sources = Array.from({ length: 64 }, (_, place) => `203.0.113.${place}`);
  const { facts } = await look([account({ ...model, ways })], { sources });
  expect(facts.judged[0]?.ways.deny).toBe(10);
  expect(JSON.stringify(facts).length).toBeLessThan(250_000);
});
