import { expect, test } from 'vitest';
import { type MeasuredBot, tellState } from '../../src/bin/bot-metrics.ts';
import type { AgentInfo } from '../../src/link/hub-session.ts';
import { createLog } from '../../src/ops/log.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { memoryInvestigations } from '../fakes/investigation-store.ts';

const node: AgentInfo = {
  ...{ cluster: 'prod', role: 'node', vantage: { kind: 'node', instance: 'cp-1', leavesBy: [] }, version: '0.1.0' },
  ...{ checks: [], keyId: 'k', epoch: 1, connectedAt: 1_000, lastSeenAt: 5_000, clockOffsetMs: -250 },
  ...{ clockToleranceMs: 1, peerAddress: '10.0.0.10' },
};

async function told(bot: Partial<MeasuredBot>): Promise<readonly string[]> {
  const metrics = createMetrics();
  const store = { ping: async () => {}, investigations: memoryInvestigations() };
  tellState(
    { metrics, log: createLog({ name: 'test', level: 'silent' }) },
    {
      ...{ clusters: ['prod'], hub: { agents: () => [node] }, slack: { state: () => ({ kind: 'connected' }) } },
      ...{ vantages: { absent: () => [] }, store, storeFile: ':memory:', prober: () => null },
      outageOf: async () => null,
      ...bot,
    },
  );
  return (await metrics.metrics()).split('\n').filter((line) => line.startsWith('apidown_'));
}

test('an agent is up with its clock and its version, and one that was seen before is told as away', async () => {
  const gone = { vantage: { kind: 'node' as const, instance: 'cp-2', leavesBy: [] }, lastSeenAt: 2_000 };
  const lines = await told({ vantages: { absent: () => [gone] } });
  expect(lines).toEqual(
    expect.arrayContaining([
      'apidown_agents_connected{cluster="prod"} 1',
      'apidown_agent_up{cluster="prod",vantage="node",instance="cp-1"} 1',
      'apidown_agent_up{cluster="prod",vantage="node",instance="cp-2"} 0',
      'apidown_agent_last_seen_timestamp_seconds{cluster="prod",vantage="node",instance="cp-1"} 5',
      'apidown_agent_last_seen_timestamp_seconds{cluster="prod",vantage="node",instance="cp-2"} 2',
      'apidown_agent_clock_offset_seconds{cluster="prod",vantage="node",instance="cp-1"} -0.25',
      'apidown_agent_info{cluster="prod",vantage="node",instance="cp-1",version="0.1.0"} 1',
    ]),
  );
});

test('exactly one state of the prober holds, and it is told when it last looked', async () => {
  const lines = await told({ prober: () => ({ watching: () => ({ kind: 'probed', lastAt: 7_000, isGood: false }) }) });
  expect(lines.filter((line) => line.startsWith('apidown_prober_state') && line.endsWith(' 1'))).toEqual([
    'apidown_prober_state{cluster="prod",state="bad"} 1',
  ]);
  expect(lines).toContain('apidown_probe_last_timestamp_seconds{cluster="prod"} 7');
  expect(await told({})).toContain('apidown_prober_state{cluster="prod",state="notYet"} 1');
});

test('a store that fails is told as such, and what it holds is not told', async () => {
  const failing = async () => {
    throw new Error('the disk is full');
  };
  const lines = await told({
    store: { ping: failing, investigations: { ...memoryInvestigations(), open: failing } },
    outageOf: failing,
  });
  expect(lines).toContain('apidown_store_up 0');
  expect(lines.filter((line) => /^apidown_(cluster_down|investigations_open)/.test(line))).toEqual([]);
  expect(lines).toContain('apidown_agents_connected{cluster="prod"} 1');
});
