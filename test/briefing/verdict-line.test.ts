import { describe, expect, test } from 'vitest';
import { verdictLine } from '../../src/briefing/verdict-line.ts';
import type { InvestigationEvent } from '../../src/investigation/events.ts';
import { replay } from '../../src/investigation/evolve.ts';
import { StepId } from '../../src/playbook/step.ts';
import type { VantageKind } from '../../src/words/vantage.ts';
import type { Verdict } from '../../src/words/verdict.ts';

interface Found {
  readonly verdict?: Verdict;
  readonly reason?: string;
  /** Verdicts of single vantages. */
  readonly from?: readonly [VantageKind, Verdict][];
  readonly running?: boolean;
}

function lineOf(found: Partial<Record<StepId, Found>>) {
  const by = { kind: 'itself' as const };
  const events: InvestigationEvent[] = [
    { kind: 'opened', at: 0, by, id: 'inv-1', cluster: 'prod', endpoint: null, room: null },
  ];
  for (const step of StepId.options) {
    const { verdict = 'ok', reason = `${step} fine.`, from = [], running = false } = found[step] ?? {};
    events.push({ kind: 'run-started', at: 1, by, step, run: 1 });
    for (const [kind, seen] of from) {
      const vantage = { kind, instance: kind, leavesBy: [] };
      const evidence = {
        check: 'reachability' as const,
        vantage,
        verdict: seen,
        reason: '',
        details: [],
        facts: null,
        gatheredAt: 2,
        asOfAt: 2,
        tookMs: 1,
      };
      events.push({ kind: 'evidence-gathered', at: 2, by, step, run: 1, evidence });
    }
    if (!running)
      events.push({ kind: 'run-finished', at: 3, by, step, run: 1, outcome: 'done', verdict, reason, missing: [] });
  }
  const investigation = replay(events);
  if (investigation === null) throw new Error('no investigation');
  return verdictLine(investigation);
}

const reach = (outside: Verdict, pod: Verdict, verdict: Verdict = pod): Partial<Record<StepId, Found>> => ({
  inside: {
    verdict,
    from: [
      ['outside', outside],
      ['pod', pod],
    ],
  },
});

describe('the one line', () => {
  test('healthy', () => {
    expect(lineOf(reach('ok', 'ok'))).toEqual({
      verdict: 'ok',
      text: 'Reachable from outside and from inside. No problem found in any step.',
    });
  });

  test('a success inside alone proves nothing for clients outside', () => {
    expect(lineOf({ inside: { verdict: 'ok', from: [['pod', 'ok']] } })).toEqual({
      verdict: 'unknown',
      text: 'Reachable from inside the cluster; nobody looked from outside. No problem found in any step.',
    });
    expect(lineOf(reach('unknown', 'ok')).text).toMatch(
      /^Reachable from inside the cluster; from outside it could not/,
    );
  });

  test('tells from where it fails, and the problem nearest to the process first', () => {
    const line = lineOf({
      ...reach('problem', 'problem'),
      firewall: { verdict: 'problem', reason: 'Rule 7 drops it.' },
      'control-plane-pods': { verdict: 'problem', reason: 'kube-apiserver exits with 1.' },
    });
    expect(line).toEqual({
      verdict: 'problem',
      text: 'Not reachable, neither from outside nor from inside the cluster. Control plane pods: kube-apiserver exits with 1.',
    });
  });

  test('a failure that no step explains is said to be one', () => {
    expect(lineOf(reach('problem', 'ok')).text).toBe(
      'Not reachable from outside, while it is from inside the cluster. The steps found nothing that explains it.',
    );
  });

  test('while steps run, no verdict is given that they could turn over', () => {
    expect(lineOf({ ...reach('ok', 'ok'), listening: { running: true } })).toEqual({
      verdict: 'unknown',
      text: 'Reachable from outside and from inside. 5 of 6 steps are through.',
    });
    expect(lineOf({ ...reach('problem', 'ok'), listening: { running: true } }).text).not.toContain(
      'nothing that explains',
    );
  });

  test('what could not be told is named, and never called fine', () => {
    expect(
      lineOf({ ...reach('ok', 'ok'), listening: { verdict: 'unknown' }, firewall: { verdict: 'unknown' } }),
    ).toEqual({
      verdict: 'unknown',
      text: 'Reachable from outside and from inside. No problem found, but it could not be told everywhere: 3 Listening, 4 Firewall.',
    });
  });

  test('steps that do not apply are no doubt', () => {
    expect(lineOf({ ...reach('ok', 'ok'), listening: { verdict: 'notApplicable' } }).verdict).toBe('ok');
  });

  test('a problem recorded by hand counts without evidence', () => {
    expect(lineOf({ inside: { verdict: 'problem', reason: 'Recorded by hand: refused' } }).text).toContain(
      'From inside: Recorded by hand: refused',
    );
  });
});
