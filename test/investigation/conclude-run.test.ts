import { describe, expect, test } from 'vitest';
import { concludeRun } from '../../src/investigation/conclude-run.ts';
import { stepById } from '../../src/playbook/playbook.ts';
import type { StepId } from '../../src/playbook/step.ts';
import type { Evidence } from '../../src/words/evidence.ts';
import type { VantageKind } from '../../src/words/vantage.ts';
import type { Verdict } from '../../src/words/verdict.ts';

const noon = Date.UTC(2026, 0, 5, 12);

function evidence(kind: VantageKind, verdict: Verdict, reason: string, ageMs = 0): Evidence {
  return {
    check: 'reachability',
    vantage: { kind, instance: kind === 'outside' ? 'bot' : `${kind}-1`, leavesBy: [] },
    verdict,
    reason,
    details: [],
    facts: null,
    gatheredAt: noon,
    asOfAt: noon - ageMs,
    tookMs: 1,
  };
}

function conclude(id: StepId, found: Evidence[], silent: VantageKind[] = [], provider: 'self' | 'eks' = 'self') {
  const { check } = stepById(id);
  const silences = silent.map((kind) => ({ kind, vantage: null, check, why: `no ${kind} answered` }));
  return concludeRun(stepById(id), found, silences, provider);
}

describe('the verdict of a step', () => {
  test('is that of the vantages that answer it; the others are told for comparison', () => {
    const run = conclude('inside', [evidence('outside', 'problem', 'Timed out.'), evidence('pod', 'ok', 'Answers.')]);
    expect(run).toMatchObject({ outcome: 'done', verdict: 'ok' });
    expect(run.reason).toBe('Pod pod-1: Answers. The bot: Timed out.');
  });

  test('a problem anywhere is a problem, and comes first', () => {
    const run = conclude('control-plane-pods', [
      evidence('pod', 'ok', 'Runs.'),
      evidence('node', 'problem', 'Crashes.'),
    ]);
    expect(run).toMatchObject({ verdict: 'problem', reason: 'Node node-1: Crashes. Pod pod-1: Runs.' });
  });

  test('those that say the same speak together, and nobody is named where all agree', () => {
    const same = [evidence('outside', 'ok', 'Clients use it.'), evidence('pod', 'ok', 'Clients use it.')];
    expect(conclude('endpoint', same).reason).toBe('Clients use it.');
    const nodes = ['cp-1', 'cp-2', 'cp-3'].map((instance, index) => {
      const one = evidence('node', index === 2 ? 'problem' : 'ok', index === 2 ? 'Not bound.' : 'Bound.');
      return { ...one, vantage: { ...one.vantage, instance } };
    });
    expect(conclude('listening', nodes).reason).toBe('Node cp-3: Not bound. Node cp-1 and node cp-2: Bound.');
  });

  test('a vantage that its own words name is not named once more', () => {
    const found = [
      evidence('node', 'problem', 'Nothing listens on node-1.'),
      evidence('pod', 'ok', 'On pod-10 all is well.'),
    ];
    expect(conclude('control-plane-pods', found).reason).toBe(
      'Nothing listens on node-1. Pod pod-1: On pod-10 all is well.',
    );
  });

  test('one control-plane node of two not looked at: not ok, but unknown', () => {
    const run = conclude('listening', [evidence('node', 'ok', 'Bound.')], ['node']);
    expect(run).toMatchObject({ outcome: 'done', verdict: 'unknown', missing: ['no node answered'] });
    expect(run.reason).toContain('no node answered');
  });

  test('where any vantage will do, a missing one is only mentioned', () => {
    const run = conclude('control-plane-pods', [evidence('pod', 'ok', 'Runs.')], ['node']);
    expect(run).toMatchObject({ verdict: 'ok', missing: ['no node answered'] });
  });

  test('where any vantage will do, one that sees it settles what another could not tell', () => {
    const run = conclude('control-plane-pods', [
      evidence('node', 'unknown', 'No status files.'),
      evidence('pod', 'ok', 'Runs.'),
    ]);
    expect(run.verdict).toBe('ok');
    const both = conclude('network-policies', [evidence('pod', 'ok', 'Fine.'), evidence('pod', 'unknown', 'Unread.')]);
    expect(both.verdict).toBe('unknown');
  });

  test('nobody answered: failed and unknown, with what to do', () => {
    const run = conclude('listening', [], ['node']);
    expect(run).toMatchObject({ outcome: 'failed', verdict: 'unknown' });
    expect(run.reason).toContain('Look on the control-plane node.');
  });

  test('a managed control plane has no node to look at', () => {
    const run = conclude('listening', [], ['node'], 'eks');
    expect(run).toMatchObject({ outcome: 'done', verdict: 'notApplicable', missing: [] });
    expect(run.reason).toContain('EKS');
  });
});

describe('old state', () => {
  test('"it ran three minutes ago" does not prove that it runs', () => {
    const run = conclude('control-plane-pods', [evidence('pod', 'ok', 'Runs.', 180_000)]);
    expect(run).toMatchObject({ verdict: 'unknown', reason: 'As of 11:57:00 UTC: Runs.' });
  });

  test('gives way to what was just seen', () => {
    const run = conclude('control-plane-pods', [
      evidence('pod', 'problem', 'Restarts.', 180_000),
      evidence('node', 'ok', 'Runs.'),
    ]);
    expect(run.verdict).toBe('ok');
  });

  test('of what changes only through the API server still holds', () => {
    const run = conclude('network-policies', [evidence('pod', 'ok', 'Nothing in the way.', 180_000)]);
    expect(run.verdict).toBe('ok');
  });
});
