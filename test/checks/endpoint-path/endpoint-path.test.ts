import { describe, expect, test } from 'vitest';
import type { CloudAccount } from '../../../src/checks/cloud-firewall/port.ts';
import type { HostResolution } from '../../../src/checks/endpoint/contract.ts';
import { endpointPath } from '../../../src/checks/endpoint-path/contract.ts';
import type { PathPort } from '../../../src/checks/endpoint-path/port.ts';
import { endpointPathRunner } from '../../../src/checks/endpoint-path/run.ts';
import type { PathHop } from '../../../src/checks/endpoint-path/way.ts';
import { account, balancerAddress, behindBalancer, fakeCloud } from '../../fakes/cloud.ts';

const nowAt = 1_000_000;
const entry = { host: 'api.example.com', port: 443, addresses: [] };

function resolution(host: string, given: Partial<HostResolution> = {}): HostResolution {
  const records = [{ name: host, type: 'CNAME' as const, value: 'lb.example.net', ttlSeconds: null }];
  return {
    ...{ host, addresses: [balancerAddress], fault: null, tookMs: 1 },
    dns: { servers: ['192.0.2.53'], records, faults: [] },
    ...given,
  };
}

async function look(
  given: {
    accounts?: readonly CloudAccount[] | null;
    paths?: readonly PathPort[];
    entry?: typeof entry | null;
    resolved?: Partial<HostResolution>;
  } = {},
) {
  const { accounts = [account(behindBalancer(['0.0.0.0/0']))] } = given;
  const runner = endpointPathRunner({
    cluster: 'prod',
    cloud: accounts === null ? null : fakeCloud({ read: () => accounts }),
    paths: given.paths ?? [],
    resolve: async (host) => resolution(host, given.resolved),
    clock: () => nowAt,
  });
  const params = { entry: given.entry === undefined ? entry : given.entry };
  const { facts } = await runner.run(params, AbortSignal.timeout(5_000));
  expect(endpointPath.facts.parse(facts)).toEqual(facts);
  const vantage = { kind: 'outside' as const, instance: 'bot', leavesBy: [] };
  return { facts, ...endpointPath.judge({ params, facts, vantage, nowAt }) };
}

describe('a path that a cloud knows', () => {
  test('is told in one line, from the name to the nodes', async () => {
    expect(await look()).toMatchObject({
      verdict: 'ok',
      reason:
        'The way in: api.example.com → lb.example.net → 198.51.100.10 → nlb api-prod:443 → cp-1 (i-0abc):6443 (healthy).',
    });
  });

  test('and in full under Details: interfaces with their groups, lists and tables', async () => {
    const { details } = await look();
    expect(details).toEqual([
      {
        label: 'Path',
        value: 'api.example.com → lb.example.net → 198.51.100.10 → nlb api-prod:443 → cp-1 (i-0abc):6443 (healthy)',
      },
      {
        label: 'nlb api-prod, interface eni-lb',
        value: '10.0.1.5; subnet-1; no security groups; network ACL acl-1; routes rtb-1',
      },
      {
        label: 'cp-1 (i-0abc), interface eni-cp1',
        value: '10.0.1.6; subnet-1; security groups sg-0a1 (api); network ACL acl-1; routes rtb-1',
      },
    ]);
  });

  test('targets stand beside each other, with what the balancer makes of them', async () => {
    const model = behindBalancer([]);
    const ways = model.ways.map((way) => {
      const targets = way.hops.filter(({ kind }) => kind === 'node');
      const others = ['cp-2', 'cp-3'].flatMap((name) =>
        targets.map((hop) => ({ ...hop, name, health: name === 'cp-2' ? 'unhealthy' : null })),
      );
      return { ...way, hops: [...way.hops, ...others] };
    });
    const { reason } = await look({ accounts: [account({ ...model, ways })] });
    expect(reason).toContain('→ nlb api-prod:443 → cp-1 (i-0abc):6443 (healthy), cp-2:6443 (unhealthy), cp-3:6443.');
  });

  test('of a managed control plane ends at its endpoint, with the access list', async () => {
    const access = {
      publicAccess: true,
      privateAccess: false,
      publicCidrs: ['203.0.113.0/24'],
      networkCidrs: ['10.0.0.0/16'],
    };
    const hop = { kind: 'managed-endpoint', name: 'EKS prod', port: 443, sees: 'client', health: null } as const;
    const ways = [{ addresses: [balancerAddress], port: 443, hops: [{ ...hop, interfaces: [], access }], unread: [] }];
    const found = await look({ accounts: [account(behindBalancer([], { ways }))] });
    expect(found.reason).toMatch(/198\.51\.100\.10 → EKS prod:443\.$/);
    expect(found.details).toContainEqual({
      label: 'EKS prod, access list',
      value: 'public for 203.0.113.0/24; not private',
    });
  });

  test('that is not at the address in use is only counted', async () => {
    expect(await look({ resolved: { addresses: ['192.0.2.1'] } })).toMatchObject({
      verdict: 'notApplicable',
      reason:
        'Of what stands before api.example.com → lb.example.net → 192.0.2.1 nothing is known to a cloud or a load balancer that is read. One way is known, by other addresses.',
    });
  });
});

describe('a path that a load balancer tells itself', () => {
  const hop: PathHop = { kind: 'load-balancer', name: 'HAProxy lb-1', port: 443, health: null, parts: [] };
  const target: PathHop = { kind: 'node', name: 'cp-1', port: 6443, health: 'UP', parts: [] };
  const haproxy = (addresses: string[], troubles: string[] = []): PathPort => ({
    clusters: ['prod'],
    describe: async () => ({
      ways: [{ by: 'HAProxy lb-1', addresses, port: 443, hops: [hop, target], unread: [] }],
      troubles,
    }),
  });

  test('is told without any cloud', async () => {
    const found = await look({ accounts: null, paths: [haproxy([balancerAddress])] });
    expect(found.verdict).toBe('ok');
    expect(found.reason).toMatch(/198\.51\.100\.10 → HAProxy lb-1:443 → cp-1:6443 \(UP\)\.$/);
  });

  test('and beside what a cloud knows', async () => {
    const { reason, details } = await look({ paths: [haproxy([balancerAddress])] });
    expect(reason).toContain('and 1 other way under Details.');
    expect(details[0]?.value.split('\n')).toHaveLength(2);
  });

  test('what it can not tell is said with what is known, and instead of it', async () => {
    const trouble = 'HAProxy lb-1: the socket can not be opened';
    expect((await look({ paths: [haproxy([balancerAddress], [trouble])] })).reason).toContain(
      `Not all of it could be read: ${trouble}.`,
    );
    const alone = await look({ accounts: null, paths: [haproxy(['192.0.2.9'], [trouble])] });
    expect(alone).toMatchObject({
      verdict: 'unknown',
      reason: `What stands before the API server could not be read: ${trouble}.`,
    });
  });
});

test('where nothing beside DNS is known it is not applicable, and an address stands for itself', async () => {
  const found = await look({
    accounts: [account(null)],
    entry: { host: '192.0.2.1', port: 6443, addresses: [] },
    resolved: { addresses: ['192.0.2.1'], dns: null },
  });
  expect(found).toMatchObject({
    verdict: 'notApplicable',
    reason: 'Of what stands before 192.0.2.1 nothing is known to a cloud or a load balancer that is read.',
  });
});
