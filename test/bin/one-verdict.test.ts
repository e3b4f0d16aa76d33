import { afterEach, expect, test, vi } from 'vitest';
import { ownVantage } from '../../src/bin/own-vantage.ts';
import type { CloudAccount } from '../../src/checks/cloud-firewall/port.ts';
import { judgeFacts } from '../../src/checks/contracts.ts';
import type { FirewallAnswer, HostFirewallFacts } from '../../src/checks/host-firewall/contract.ts';
import { endpointIn } from '../../src/investigation/endpoint-in.ts';
import { createInvestigations } from '../../src/investigation/service.ts';
import type { StepRun } from '../../src/investigation/state.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { createLog } from '../../src/ops/log.ts';
import type { StepId } from '../../src/playbook/step.ts';
import { type ClusterKnowledge, parseEndpoint } from '../../src/words/endpoint.ts';
import { account, balancerAddress, behindBalancer, fakeCloud } from '../fakes/cloud.ts';
import { memoryInvestigations } from '../fakes/investigation-store.ts';
import { scriptedVantages } from '../fakes/vantages.ts';

/** The bot reads a cloud, a node its own firewall; all that lies between is the real thing. */

const client = '203.0.113.7';
const log = createLog({ name: 'test', level: 'silent' });
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const allow: FirewallAnswer = { verdict: 'allow', how: null, seen: null, rule: null, why: 'no rule stands in its way' };
const drop: FirewallAnswer = {
  ...{ verdict: 'deny', how: 'drop', seen: 'a timeout', why: 'it is dropped' },
  rule: { place: 'inet filter input, handle 12', text: 'tcp dport 6443 drop' },
};

function onNode(inward: FirewallAnswer): HostFirewallFacts {
  const passages = [{ source: client, in: inward, replies: allow }];
  return {
    kind: 'judged',
    judged: [{ source: client, address: '10.0.1.6', passages, parts: 1 }],
    ...{ leftOut: [], readers: [], rules: 3, chains: 1, unseen: null, readAt: Date.now() },
  };
}

async function look(
  id: StepId,
  accounts: readonly CloudAccount[] | null,
  node: FirewallAnswer | null,
  provider: ClusterKnowledge['provider'] = 'self',
): Promise<StepRun> {
  const own = await ownVantage({
    ...{ clusters: ['prod'], outside: false, clock: Date.now, log, endpointOf: async () => null },
    around: { cloud: accounts === null ? null : fakeCloud({ read: () => accounts }), paths: [] },
  });
  closing.push(own.close);
  const scripted = scriptedVantages(async ({ vantage, check, params }, signal) => {
    const deadlineAt = Date.now() + 10_000;
    if (vantage.kind === 'outside') return own.run('prod', { check, params, deadlineAt }, signal);
    const facts = node === null ? {} : onNode(node);
    return { kind: 'answered', facts, gatheredAt: Date.now(), asOfAt: Date.now(), tookMs: 1 };
  });
  const checks = own.checksFor('prod');
  if (checks.length > 0) scripted.connected.push({ vantage: own.vantageFor('prod'), checks });
  if (node !== null) {
    const vantage = { kind: 'node' as const, instance: 'cp-1', leavesBy: [] };
    scripted.connected.push({ vantage, checks: ['host-firewall'] });
  }
  const controlPlaneNodes = node === null ? [] : ['cp-1'];
  const endpoints = [parseEndpoint('https://10.0.1.6:6443', 'endpointslice', 1)];
  const knowledge: ClusterKnowledge = { endpoints, caPem: '', controlPlaneNodes, provider, asOfAt: 1 };
  const investigations = createInvestigations({
    store: memoryInvestigations(),
    vantages: scripted.vantages,
    clusters: { profile: async (name) => ({ name, knowledge, sources: [client], gateways: [] }) },
    clock: systemClock,
    log,
    judge: judgeFacts,
    endpointIn,
    endpointOf: async () => `https://${balancerAddress}:443`,
    outagesOf: async () => [],
    onChange: () => {},
  });
  closing.push(investigations.close);
  const by = { kind: 'person' as const, id: 'U1' };
  const opened = await investigations.open({ cluster: 'prod', by, room: null, endpoint: null });
  if (opened.kind === 'refused') throw new Error(opened.message);
  return vi.waitFor(async () => {
    const [run] = (await investigations.find(opened.investigation.id))?.steps[id].runs ?? [];
    if (run === undefined || run.status === 'running') throw new Error('not through yet');
    return run;
  });
}

const letting = () => [account(behindBalancer(['203.0.113.0/24'], { readAt: Date.now() }))];
const denying = () => [
  account(behindBalancer(['192.0.2.0/24'], { readAt: Date.now() }), {
    recent: [{ id: 'sg-0a1', words: 'removed 14:03:12 UTC by alice' }],
  }),
];

test('both let the client in: ok, from the client to the API server', async () => {
  expect(await look('firewall', letting(), allow)).toMatchObject({
    verdict: 'ok',
    missing: [],
    reason:
      '203.0.113.7 → nlb api-prod:443 allowed → cp-1 (i-0abc):6443 allowed, and so are the replies → the firewall of cp-1 lets 203.0.113.7 reach 10.0.1.6:6443, and lets the replies out.',
  });
});

test('the cloud denies: the rule, and what was done to it', async () => {
  const { verdict, reason } = await look('firewall', denying(), allow);
  expect(verdict).toBe('problem');
  expect(reason).toMatch(
    /^203\.0\.113\.7 → nlb api-prod:443 allowed → cp-1 \(i-0abc\):6443 denied: no rule of sg-0a1 \(api\) allows tcp 6443 from 203\.0\.113\.7 \(removed 14:03:12 UTC by alice\)\. The firewall of cp-1 lets/,
  );
});

test('the node denies what the cloud let in', async () => {
  const { verdict, reason } = await look('firewall', letting(), drop);
  expect(verdict).toBe('problem');
  expect(reason).toMatch(
    /allowed, and so are the replies → the firewall of cp-1 drops connections from 203\.0\.113\.7/,
  );
});

test('a cloud that can not be read leaves it open', async () => {
  const gone = account(null, { troubles: ['the credentials have expired; renew them'] });
  expect((await look('firewall', [gone], allow)).verdict).toBe('unknown');
});

test('no cloud configured: as ever, and it says so', async () => {
  expect(await look('firewall', null, allow)).toMatchObject({
    verdict: 'ok',
    reason: expect.stringContaining('Firewalls outside the node were not looked at.'),
  });
});

test('of a managed control plane the cloud alone decides, and without one it is not applicable', async () => {
  expect(await look('firewall', letting(), null, 'eks')).toMatchObject({ verdict: 'ok', missing: [] });
  expect((await look('firewall', denying(), null, 'eks')).verdict).toBe('problem');
  expect((await look('firewall', null, null, 'eks')).verdict).toBe('notApplicable');
});

test('the path stands in step 1, read by a bot that is no vantage', async () => {
  const run = await look('endpoint', letting(), allow);
  expect(run.missing).toContain('no vantage outside the cluster is connected');
  expect(run.evidence).toMatchObject([
    {
      check: 'endpoint-path',
      verdict: 'ok',
      reason: 'The way in: 198.51.100.10 → nlb api-prod:443 → cp-1 (i-0abc):6443 (healthy).',
    },
  ]);
});
