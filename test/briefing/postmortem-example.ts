import type { InvestigationEvent } from '../../src/investigation/events.ts';
import { replay } from '../../src/investigation/evolve.ts';
import type { Investigation } from '../../src/investigation/state.ts';
import { steps } from '../../src/playbook/playbook.ts';
import type { StepId } from '../../src/playbook/step.ts';
import type { Evidence } from '../../src/words/evidence.ts';
import type { Vantage } from '../../src/words/vantage.ts';
import { beganAt, cause, decoy, onset, report, typical } from './diagnoses.ts';

const itself = { kind: 'itself' as const };
const ana = { kind: 'person' as const, id: 'U0ANA' };
const bo = { kind: 'person' as const, id: 'U0BO' };
const minute = 60_000;

const bot: Vantage = { kind: 'outside', instance: 'bot', leavesBy: ['198.51.100.9'] };
const pod: Vantage = { kind: 'pod', instance: 'apidown-7d9f', leavesBy: ['10.244.1.7'] };
const node: Vantage = { kind: 'node', instance: 'cp-1', leavesBy: ['10.0.0.10'] };

function evidence(check: Evidence['check'], vantage: Vantage, verdict: Evidence['verdict'], reason: string): Evidence {
  const gatheredAt = beganAt + 11_000;
  return { check, vantage, verdict, reason, details: [], facts: null, gatheredAt, tookMs: 120, asOfAt: gatheredAt };
}

const found: Readonly<
  Record<StepId, { readonly verdict: Evidence['verdict']; readonly evidence: readonly Evidence[] }>
> = {
  endpoint: {
    verdict: 'ok',
    evidence: [evidence('endpoint', bot, 'ok', 'https://api.prod.example:6443 resolves to 203.0.113.10.')],
  },
  inside: {
    verdict: 'problem',
    evidence: [
      evidence('reachability', bot, 'problem', 'TCP to 203.0.113.10 port 6443 got no answer within 4 s.'),
      evidence('reachability', pod, 'ok', 'TCP and TLS to 10.0.0.10 port 6443 work.'),
    ],
  },
  listening: {
    verdict: 'ok',
    evidence: [evidence('listening', node, 'ok', 'kube-apiserver listens on *:6443.')],
  },
  firewall: {
    verdict: 'problem',
    evidence: [evidence('host-firewall', node, 'problem', 'inet filter input drops tcp dport 6443 for 198.51.100.9.')],
  },
  'network-policies': {
    verdict: 'ok',
    evidence: [evidence('network-policies', pod, 'ok', 'No NetworkPolicy keeps clients from the API server.')],
  },
  'control-plane-pods': { verdict: 'unknown', evidence: [] },
};

/** A firewall rule that was added by hand, found, taken back, and concluded: what documents show as an example. */
export function exampleInvestigation(): Investigation {
  const began = onset({
    scope: 'outsideOnly',
    recovery: { earliestAt: beganAt + 14 * minute, latestAt: beganAt + 14 * minute + 5_000 },
  });
  const contradicted = cause({
    key: 'kube:2',
    standing: 'contradicted',
    title: 'NetworkPolicy kube-system/deny-all created',
    rule: 'network-policy',
    reasons: [],
    against: ['Probes of this path were good for 6 min while it stood.'],
  });
  const judged = typical();
  const answers = judged.answers.map((answer) =>
    answer.rule === 'control-plane'
      ? { ...answer, hits: [...answer.hits, decoy(41)] }
      : { ...answer, widened: answer.rule === 'network-policy' },
  );
  const events: InvestigationEvent[] = [
    {
      kind: 'opened',
      at: beganAt + 10_000,
      by: itself,
      id: 'inv-k3f9x2',
      cluster: 'prod',
      endpoint: 'https://api.prod.example:6443',
      room: null,
      incident: 'prober:1',
    },
    { kind: 'onset-found', at: beganAt + 10_000, by: itself, onset: began },
    ...steps.flatMap(({ id }): InvestigationEvent[] => [
      { kind: 'run-started', at: beganAt + 10_000, by: itself, step: id, run: 1 },
      ...found[id].evidence.map((one) => ({
        kind: 'evidence-gathered' as const,
        at: beganAt + 11_000,
        by: itself,
        step: id,
        run: 1,
        evidence: one,
      })),
      {
        kind: 'run-finished',
        at: beganAt + 12_000,
        by: itself,
        step: id,
        run: 1,
        outcome: found[id].evidence.length > 0 ? 'done' : 'failed',
        verdict: found[id].verdict,
        reason: found[id].evidence[0]?.reason ?? 'No vantage could tell.',
        missing: found[id].evidence.length > 0 ? [] : ['node cp-1 did not answer within 20 s'],
      },
    ]),
    {
      kind: 'diagnosed',
      at: beganAt + 13_000,
      by: itself,
      diagnosis: { ...judged, onset: began, answers, causes: [cause(), contradicted] },
    },
    { kind: 'brought', at: beganAt + 2 * minute, by: ana, room: { channel: 'C0INC', thread: null } },
    { kind: 'moved', at: beganAt + 3 * minute, by: ana, to: 'inside' },
    {
      kind: 'onset-found',
      at: beganAt + 4 * minute,
      by: bo,
      onset: { ...report(beganAt - 30_000), words: 'Bo said "since 14:03"' },
    },
    { kind: 'widened', at: beganAt + 5 * minute, by: ana, rules: ['network-policy'] },
    {
      kind: 'recorded',
      at: beganAt + 9 * minute,
      by: bo,
      step: 'firewall',
      run: 2,
      verdict: 'problem',
      record: {
        command: 'nft list chain inet filter input | grep 6443',
        output: '  tcp dport 6443 drop # handle 12',
        note: 'added by hand at 14:03, taken back at 14:17',
      },
    },
    {
      kind: 'concluded',
      at: beganAt + 25 * minute,
      by: ana,
      cause: { key: 'node-firewall:1', title: cause().title, standing: 'explains' },
      summary: 'The rule was tested on cp-1 in place of the staging node.\nBo took it back by hand.',
      impact: 'Nobody could deploy for 14 minutes; running workloads were not touched.',
      actions: ['Load firewall rules of control-plane nodes from Git alone', 'Tell the two nodes apart in the prompt'],
    },
  ];
  const state = replay(events);
  if (state === null) throw new Error('nothing came of it');
  return state;
}
