import { expect, test } from 'vitest';
import type { AgentInfo } from '../../src/link/hub-session.ts';
import { joinVantages, type OwnVantage } from '../../src/link/vantages.ts';
import type { Vantage } from '../../src/words/vantage.ts';

const hour = 60 * 60_000;
const own: OwnVantage = {
  checksFor: () => ['reachability'],
  vantageFor: () => ({ kind: 'outside', instance: 'bot', leavesBy: ['203.0.113.7'] }),
  run: async () => ({ kind: 'answered', facts: 'own', asOfAt: 1, gatheredAt: 1, tookMs: 1 }),
};
const node: Vantage = { kind: 'node', instance: 'cp-1', leavesBy: [] };
const pod: Vantage = { kind: 'pod', instance: 'apidown-1', leavesBy: [] };

function agent(vantage: Vantage): AgentInfo {
  return {
    cluster: 'prod',
    role: vantage.kind === 'node' ? 'node' : 'cluster',
    vantage,
    version: '1',
    checks: ['reachability'],
    keyId: 'k',
    epoch: 1,
    connectedAt: 0,
    lastSeenAt: 2 * hour,
    clockOffsetMs: 0,
    clockToleranceMs: 0,
    peerAddress: '127.0.0.1',
  };
}

/** A bot that stands inside, and reads no cloud. */
const nothing: OwnVantage = { ...own, checksFor: () => [] };

function setUp(withOwn: OwnVantage) {
  const agents = new Set<AgentInfo>();
  const listeners = new Set<Parameters<Parameters<typeof joinVantages>[0]['hub']['onChange']>[0]>();
  const hub: Parameters<typeof joinVantages>[0]['hub'] = {
    agents: () => [...agents],
    run: async () => ({ kind: 'offline' }),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const vantages = joinVantages({
    hub,
    sessions: {
      list: async () => [
        { role: 'node', vantage: node, version: '1', lastSeenAt: 5 },
        { role: 'cluster', vantage: pod, version: '1', lastSeenAt: 6 },
      ],
    },
    clusters: ['prod'],
    own: withOwn,
    clock: () => 2 * hour,
  });
  return {
    vantages,
    listeners,
    come(info: AgentInfo) {
      agents.add(info);
      for (const listener of listeners) listener({ kind: 'connected', agent: info });
    },
    go(info: AgentInfo) {
      agents.delete(info);
      for (const listener of listeners) listener({ kind: 'gone', agent: info, why: 'cut' });
    },
  };
}

test('agents seen in an earlier life of the bot are missed, save pods that were replaced long ago', async () => {
  const set = setUp(own);
  const vantages = await set.vantages;
  expect(vantages.absent('prod')).toEqual([{ vantage: node, lastSeenAt: 5 }]);
  const here = agent(node);
  set.come(here);
  expect(vantages.absent('prod')).toEqual([]);
  expect(vantages.connected('prod').map(({ vantage }) => vantage.instance)).toEqual(['bot', 'cp-1']);
  set.go(here);
  expect(vantages.absent('prod')).toEqual([{ vantage: node, lastSeenAt: 2 * hour }]);
});

test('the own vantage answers for itself, an agent through the hub', async () => {
  const vantages = await setUp(own).vantages;
  const command = { id: '1', check: 'reachability' as const, params: {}, deadlineAt: 1 };
  const { signal } = new AbortController();
  expect(await vantages.run('prod', own.vantageFor('prod'), command, signal)).toMatchObject({ facts: 'own' });
  expect(await vantages.run('prod', node, command, signal)).toEqual({ kind: 'offline' });
});

test('a bot inside the watched network is no vantage', async () => {
  expect((await setUp(nothing).vantages).connected('prod')).toEqual([]);
});

test('waiting ends when the agent comes, or when the signal says so, and leaves nothing behind', async () => {
  const set = setUp(nothing);
  const vantages = await set.vantages;
  const standing = set.listeners.size;
  const coming = vantages.awaitConnected('prod', node, new AbortController().signal);
  set.come(agent(node));
  expect(await coming).toBe(true);
  const abort = new AbortController();
  const never = vantages.awaitConnected('prod', pod, abort.signal);
  abort.abort();
  expect(await never).toBe(false);
  expect(set.listeners.size).toBe(standing);
  vantages.close();
  expect(set.listeners.size).toBe(0);
});
