import { rules } from '../../src/playbook/rules.ts';
import type { Change } from '../../src/words/change.ts';
import type { Cause, Diagnosis, Hit, RuleAnswer } from '../../src/words/diagnosis.ts';
import type { Onset } from '../../src/words/onset.ts';
import type { RuleId } from '../../src/words/rule.ts';

/** Diagnoses as the correlation makes them, for what shows them. */

/** The first failures: 2026-11-22 14:03:30 UTC. */
export const beganAt = Date.UTC(2026, 10, 22, 14, 3, 30);

export function onset(over: Partial<Onset> = {}): Onset {
  return {
    id: 'prober:1',
    method: 'prober',
    earliestAt: beganAt,
    latestAt: beganAt + 5_000,
    words: '3 bad probes in a row from the bot',
    sources: [],
    scope: 'everywhere',
    recovery: null,
    ...over,
  };
}

export function report(at = beganAt - 25 * 60_000): Onset {
  const words = '<@U1> said "since 13:38"';
  return onset({ id: 'report:1', method: 'report', earliestAt: at, latestAt: at + 59_999, words, scope: 'unknown' });
}

function change(over: Partial<Change> = {}): Change {
  return {
    id: 'node-firewall:1',
    source: 'node-firewall',
    instance: 'cp-1',
    category: 'firewall',
    earliestAt: beganAt - 20_000,
    latestAt: beganAt - 20_000,
    observedAt: beganAt - 19_000,
    certainty: 'seen',
    actor: null,
    action: 'create',
    target: {
      kind: 'nftables',
      namespace: null,
      name: 'inet filter input',
      node: 'cp-1',
      addresses: [],
      ports: [6443],
    },
    summary: 'nftables on cp-1: rule "tcp dport 6443 drop" added',
    diff: [],
    effect: null,
    untilAt: null,
    link: null,
    ...over,
  };
}

export function hit(over: Partial<Hit> = {}): Hit {
  return {
    change: change(),
    placed: 'certain',
    side: 'before',
    distanceMs: 20_000,
    standing: 'explains',
    isEffect: false,
    reasons: ['Clients from everywhere were let in before it and are dropped after it.'],
    against: [],
    onlyWidened: false,
    ...over,
  };
}

/** One of so many that have nothing to do with it. */
export function decoy(number: number, over: Partial<Hit> = {}): Hit {
  return hit({
    change: change({
      id: `kube:${number}`,
      source: 'kube',
      category: 'control-plane',
      earliestAt: beganAt - number * 1_000,
      latestAt: beganAt - number * 1_000,
      actor: 'kubectl-edit',
      summary: `ConfigMap kube-system/decoy-${number} changed`,
    }),
    distanceMs: number * 1_000,
    standing: 'coincides',
    reasons: ['It has nothing to do with the way to the API server.'],
    ...over,
  });
}

export function answer(rule: RuleId, over: Partial<RuleAnswer> = {}): RuleAnswer {
  const hits = over.hits ?? [];
  return {
    rule,
    kind: hits.length > 0 ? 'inTheWindow' : 'nothing',
    widened: false,
    moreHits: 0,
    unseen: [],
    pendingUntilAt: null,
    justOutside: 0,
    ...over,
    hits,
  };
}

/** Every rule of the playbook; what is not given answers "nothing". */
export function diagnosis(given: readonly RuleAnswer[] = [], over: Partial<Diagnosis> = {}): Diagnosis {
  return {
    onset: onset(),
    answers: rules.map(({ id }) => given.find(({ rule }) => rule === id) ?? answer(id)),
    causes: [],
    notes: [],
    ...over,
  };
}

export function cause(over: Partial<Cause> = {}): Cause {
  return {
    key: 'node-firewall:1',
    standing: 'explains',
    title: 'nftables on cp-1: rule "tcp dport 6443 drop" added',
    rule: 'firewall',
    at: { earliestAt: beganAt - 20_000, latestAt: beganAt - 20_000 },
    changeId: 'node-firewall:1',
    reasons: [
      'Clients from everywhere were let in before it and are dropped after it.',
      'Step 4 finds the port blocked.',
    ],
    against: [],
    ...over,
  };
}

/** The typical one: a firewall rule that explains it, decoys, a restart after it, clouds that are not there. */
export function typical(): Diagnosis {
  const restart = hit({
    change: change({
      id: 'kube:restart',
      category: 'control-plane',
      earliestAt: beganAt + 60_000,
      latestAt: beganAt + 60_000,
      actor: 'kubelet',
      summary: 'kube-apiserver on cp-1 restarted (exit code 1)',
    }),
    side: 'after',
    distanceMs: 55_000,
    standing: 'coincides',
    isEffect: true,
    reasons: ['It restarted after the failure began: its liveness probe failed.'],
  });
  const noCloud = { kind: 'noData' as const, unseen: ['no cloud account is configured'] };
  return diagnosis(
    [
      answer('firewall', { hits: [hit()], justOutside: 1 }),
      answer('network-policy', { justOutside: 3 }),
      answer('control-plane', { hits: [decoy(90), restart] }),
      answer('load-balancer', { kind: 'nothingInWhatWasSeen', unseen: ['no cloud account is configured'] }),
      answer('security-group', noCloud),
      answer('maintenance', { kind: 'pending', pendingUntilAt: beganAt + 15 * 60_000 }),
      answer('cloud-logs', noCloud),
      answer('dns', { kind: 'nothingInWhatWasSeen', unseen: ['the bot was down until 13:58'] }),
    ],
    { causes: [cause()], notes: ['Probes of the endpoint from the bot were good until 14:03:30.'] },
  );
}
