import type { CheckAnswer, ConnectedVantage, Vantages } from '../../src/investigation/ports.ts';
import type { CheckId } from '../../src/words/check.ts';
import { sameVantage, type Vantage } from '../../src/words/vantage.ts';

export interface Asked {
  readonly vantage: Vantage;
  readonly check: CheckId;
  readonly params: unknown;
}

/** Vantages whose answers a test decides; nothing runs anywhere. */
export function scriptedVantages(answer: (asked: Asked, signal: AbortSignal) => Promise<CheckAnswer>) {
  const connected: ConnectedVantage[] = [];
  const absent: { vantage: Vantage; lastSeenAt: number }[] = [];
  const asked: Asked[] = [];
  const vantages: Vantages = {
    connected: () => connected,
    absent: () => absent,
    async awaitConnected(_cluster, vantage) {
      return connected.some((one) => sameVantage(one.vantage, vantage));
    },
    async run(_cluster, vantage, { check, params }, signal) {
      const question = { vantage, check, params };
      asked.push(question);
      return answer(question, signal);
    },
  };
  return { vantages, connected, absent, asked };
}

const allChecks: readonly CheckId[] = [
  'endpoint',
  'reachability',
  'listening',
  'host-firewall',
  'network-policies',
  'control-plane-pods',
];

/** The bot inside the networks that it watches: it probes nothing, and reads what it has credentials for. */
export const readingBot: ConnectedVantage = {
  vantage: { kind: 'outside', instance: 'bot', leavesBy: [] },
  checks: ['cloud-firewall', 'endpoint-path'],
};

/** The bot outside, one pod and one control-plane node. */
export const threeVantages: readonly ConnectedVantage[] = [
  { vantage: { kind: 'outside', instance: 'bot', leavesBy: ['203.0.113.7'] }, checks: ['endpoint', 'reachability'] },
  { vantage: { kind: 'pod', instance: 'apidown-abc', leavesBy: [] }, checks: allChecks },
  { vantage: { kind: 'node', instance: 'cp-1', leavesBy: [] }, checks: allChecks },
];
