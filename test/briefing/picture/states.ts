import type { InvestigationEvent } from '../../../src/investigation/events.ts';
import { replay } from '../../../src/investigation/evolve.ts';
import type { Investigation } from '../../../src/investigation/state.ts';
import { steps } from '../../../src/playbook/playbook.ts';
import { rules } from '../../../src/playbook/rules.ts';
import type { Change } from '../../../src/words/change.ts';
import type { Cause, Diagnosis, Hit, RuleAnswer } from '../../../src/words/diagnosis.ts';
import type { Onset } from '../../../src/words/onset.ts';

export const onsetAt = Date.UTC(2026, 10, 22, 14, 3, 12);
const by = { kind: 'itself' as const };

const onset: Onset = {
  id: 'prober:1',
  method: 'prober',
  earliestAt: onsetAt,
  latestAt: onsetAt + 5_000,
  words: 'the bot saw the first bad probe',
  sources: [],
  scope: 'outsideOnly',
  recovery: null,
};

function change(id: string, category: Change['category'], at: number, summary: string): Change {
  return {
    id,
    source: 'kube',
    instance: 'pod-1',
    category,
    earliestAt: at,
    latestAt: at,
    observedAt: at,
    certainty: 'seen',
    actor: null,
    action: 'update',
    target: { kind: 'thing', namespace: null, name: id, node: null, addresses: [], ports: [] },
    summary,
    diff: [],
    effect: null,
    untilAt: null,
    link: null,
  };
}

function hit(of: Change, standing: Hit['standing'], more: Partial<Hit> = {}): Hit {
  const distanceMs = Math.abs(onsetAt - of.earliestAt);
  return {
    change: of,
    placed: 'certain',
    side: of.earliestAt < onsetAt ? 'before' : 'after',
    distanceMs,
    standing,
    isEffect: false,
    reasons: ['it stands near'],
    against: [],
    onlyWidened: false,
    ...more,
  };
}

/** An outage with this many changes in its windows. */
export function withChanges(amount: number): Investigation {
  const events: InvestigationEvent[] = [
    {
      kind: 'opened',
      at: onsetAt + 20_000,
      by,
      id: 'inv-a',
      cluster: 'prod',
      endpoint: 'https://10.0.0.10:6443',
      room: null,
    },
    { kind: 'onset-found', at: onsetAt + 20_000, by, onset },
    ...steps.flatMap((step, index): InvestigationEvent[] => [
      { kind: 'run-started', at: onsetAt + 20_000, by, step: step.id, run: 1 },
      {
        kind: 'run-finished',
        at: onsetAt + 21_000,
        by,
        step: step.id,
        run: 1,
        outcome: 'done',
        verdict: (['ok', 'ok', 'ok', 'problem', 'unknown', 'ok'] as const)[index] ?? 'ok',
        reason: 'looked',
        missing: [],
      },
    ]),
    { kind: 'diagnosed', at: onsetAt + 22_000, by, diagnosis: diagnosis(amount) },
  ];
  const state = replay(events);
  if (state === null) throw new Error('nothing came of it');
  return state;
}

function diagnosis(amount: number): Diagnosis {
  const hits = Array.from({ length: amount }, (_, index) => index).map((index): [string, Hit] => {
    if (index === 0) {
      const drop = change(
        'nft',
        'firewall',
        onsetAt - 72_000,
        'nftables on cp-1: rule `tcp dport 6443 drop` added to inet filter input',
      );
      return ['firewall', hit(drop, 'explains')];
    }
    const rule = rules[index % 6];
    if (rule === undefined) throw new Error('no rule');
    const at = onsetAt - ((index * 37_000) % Math.max(1, rule.narrow.beforeMs)) + (index % 5 === 0 ? 90_000 : 0);
    const one = change(
      `c${index}`,
      rule.feeds[0] ?? 'cloud',
      at,
      `ConfigMap kube-system/<settings-${index}> & "more" changed: data keys differ`,
    );
    const standing = (['coincides', 'possible', 'coincides', 'contradicted'] as const)[index % 4] ?? 'coincides';
    return [rule.id, hit(one, standing, rule.id === 'control-plane' && at > onsetAt ? { isEffect: true } : {})];
  });
  const answers = rules.map((rule): RuleAnswer => {
    const own = hits.filter(([id]) => id === rule.id).map(([, one]) => one);
    return {
      rule: rule.id,
      kind: own.length > 0 ? 'inTheWindow' : rule.id === 'security-group' ? 'noData' : 'nothing',
      widened: false,
      hits: own.slice(0, 50),
      moreHits: Math.max(0, own.length - 50),
      unseen: [],
      pendingUntilAt: null,
      justOutside: 0,
    };
  });
  const causes = hits
    .filter(([, one]) => one.standing === 'explains' || one.standing === 'possible')
    .map(
      ([rule, one]): Cause => ({
        key: one.change.id,
        standing: one.standing,
        title: one.change.summary,
        rule: rule as Cause['rule'],
        at: { earliestAt: one.change.earliestAt, latestAt: one.change.latestAt },
        changeId: one.change.id,
        reasons: one.reasons,
        against: [],
      }),
    );
  return { onset, answers, causes, notes: [] };
}
