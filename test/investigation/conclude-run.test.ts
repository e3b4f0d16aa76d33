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

describe('a further check that counts: the cloud beside the firewalls of the nodes', () => {
  const letIn = '203.0.113.7 → nlb api-prod:443 allowed → cp-1:6443 allowed';
  const shut = '203.0.113.7 → nlb api-prod:443 denied by sg-0a1';

  function cloud(verdict: Verdict, way: string, more = ''): Evidence {
    const reason = `${way}.${more}`;
    return { ...evidence('outside', verdict, reason), check: 'cloud-firewall', way };
  }
  const node = (verdict: Verdict, reason: string): Evidence => ({
    ...evidence('node', verdict, reason),
    check: 'host-firewall',
  });
  const lets = node('ok', 'The firewall of node-1 lets 203.0.113.7 reach 10.0.0.10:6443, and lets the replies out.');
  const drops = node('problem', 'The firewall of node-1 drops connections from 203.0.113.7 to 10.0.0.10:6443.');

  test('both let clients in: one line from the client to the API server', () => {
    expect(conclude('firewall', [cloud('ok', letIn), lets])).toMatchObject({
      verdict: 'ok',
      reason: `${letIn} → the firewall of node-1 lets 203.0.113.7 reach 10.0.0.10:6443, and lets the replies out.`,
    });
  });

  test('whoever answered first, the way begins at the client', () => {
    expect(conclude('firewall', [drops, cloud('ok', letIn)])).toMatchObject({
      verdict: 'problem',
      reason: `${letIn} → the firewall of node-1 drops connections from 203.0.113.7 to 10.0.0.10:6443.`,
    });
  });

  test('the cloud denies: the node behind it is told for itself', () => {
    expect(conclude('firewall', [lets, cloud('problem', shut)])).toMatchObject({
      verdict: 'problem',
      reason: `${shut}. ${lets.reason}`,
    });
  });

  test('what else the cloud says comes after the way', () => {
    const run = conclude('firewall', [cloud('unknown', '203.0.113.7 → nlb', ' Only a part fares so.'), lets]);
    expect(run.verdict).toBe('unknown');
    expect(run.reason).toMatch(/^203\.0\.113\.7 → nlb → the firewall of node-1 lets .* out\. Only a part fares so\.$/);
  });

  test('a cloud that was to answer and did not leaves it open', () => {
    const check = 'cloud-firewall' as const;
    const silence = {
      kind: 'outside' as const,
      vantage: null,
      check,
      why: 'the bot, asked for the cloud rules, broke',
    };
    const run = concludeRun(stepById('firewall'), [lets], [silence], 'self');
    expect(run).toMatchObject({ verdict: 'unknown', missing: [silence.why] });
    expect(run.reason).toContain('the bot, asked for the cloud rules, broke.');
  });

  test('a node that was to answer and did not leaves it open, whatever the cloud says', () => {
    expect(conclude('firewall', [cloud('ok', letIn)], ['node'])).toMatchObject({ outcome: 'done', verdict: 'unknown' });
    expect(conclude('firewall', [cloud('problem', shut)], ['node'])).toMatchObject({ verdict: 'problem' });
  });

  test('a cloud that does not stand on the way changes nothing', () => {
    const beside = { ...evidence('outside', 'notApplicable', 'No cloud.'), check: 'cloud-firewall' as const };
    expect(conclude('firewall', [beside, lets])).toMatchObject({ verdict: 'ok', reason: `${lets.reason} No cloud.` });
    expect(conclude('firewall', [beside], ['node'])).toMatchObject({ outcome: 'failed', verdict: 'unknown' });
  });

  test("of a provider's control plane the cloud alone decides", () => {
    expect(conclude('firewall', [cloud('ok', letIn)], ['node'], 'eks')).toMatchObject({
      outcome: 'done',
      verdict: 'ok',
      reason: `${letIn}.`,
      missing: [],
    });
    expect(conclude('firewall', [cloud('problem', shut)], ['node'], 'eks').verdict).toBe('problem');
    const none = conclude('firewall', [], ['node'], 'eks');
    expect(none).toMatchObject({ verdict: 'notApplicable', missing: [] });
    expect(none.reason).toContain('access list');
  });

  test('an old reading of a cloud does not prove that it lets clients in, and hides no fresh look at a node', () => {
    const old = { ...cloud('ok', letIn), asOfAt: noon - 180_000 };
    const run = conclude('firewall', [old, lets]);
    expect(run.verdict).toBe('unknown');
    expect(run.reason).toMatch(/^As of 11:57:00 UTC: 203\.0\.113\.7 → .* → the firewall of node-1 lets/);
  });
});

describe('a further check that is only told: the path beside the endpoint', () => {
  const clients = [evidence('outside', 'ok', 'Clients use it.'), evidence('pod', 'ok', 'Clients use it.')];
  const path = (verdict: Verdict): Evidence => ({
    ...evidence('outside', verdict, 'The way in: api → nlb → cp-1:6443.'),
    check: 'endpoint-path',
  });

  test('is one line after what the step found, and never makes it worse', () => {
    expect(conclude('endpoint', [...clients, path('ok')])).toMatchObject({
      verdict: 'ok',
      reason: 'Clients use it. The way in: api → nlb → cp-1:6443.',
    });
    expect(conclude('endpoint', [...clients, path('unknown')]).verdict).toBe('ok');
    expect(conclude('endpoint', [...clients, path('notApplicable')]).reason).toBe('Clients use it.');
  });

  test("does not stand in for the step's own", () => {
    expect(conclude('endpoint', [path('ok')], ['outside'])).toMatchObject({ outcome: 'failed', verdict: 'unknown' });
  });

  test('when it did not answer, that is told without being missing', () => {
    const why = 'the bot, asked for the path, did not answer within 15 s';
    const silence = { kind: 'outside' as const, vantage: null, check: 'endpoint-path' as const, why };
    expect(concludeRun(stepById('endpoint'), clients, [silence], 'self')).toEqual({
      outcome: 'done',
      verdict: 'ok',
      reason: `Clients use it. ${why}.`,
      missing: [],
    });
  });
});
