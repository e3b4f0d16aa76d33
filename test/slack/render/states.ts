import fc from 'fast-check';
import type { InvestigationEvent } from '../../../src/investigation/events.ts';
import { evolve } from '../../../src/investigation/evolve.ts';
import type { Investigation } from '../../../src/investigation/state.ts';
import { steps } from '../../../src/playbook/playbook.ts';
import { rules } from '../../../src/playbook/rules.ts';
import type { CardContext } from '../../../src/slack/render/card.ts';
import type { Change } from '../../../src/words/change.ts';
import { CheckId } from '../../../src/words/check.ts';
import { type Cause, type Diagnosis, type Hit, type RuleAnswer, Standing } from '../../../src/words/diagnosis.ts';
import type { Evidence } from '../../../src/words/evidence.ts';
import { type Onset, OnsetMethod, OutageScope } from '../../../src/words/onset.ts';
import type { Vantage } from '../../../src/words/vantage.ts';
import { Verdict } from '../../../src/words/verdict.ts';

/** What a cluster, a cloud or a person may write to make a fool of us. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '<!channel>',
    '<@U0EVIL> <!here> <http://evil.example|ok>',
    '```\n*bold*\n```',
    'a'.repeat(300),
    '&<>'.repeat(4000),
    '\u202Eevil\u202C\u200B\u0007\u0000',
    'שלום'.repeat(80),
    '😀'.repeat(2000),
    '2001:db8:100:a:b:c:d:1',
    '\n\n\n',
    '',
    ' ',
    '|a|b|',
    '\ud800 alone',
  ),
  fc.string({ unit: 'binary', maxLength: 400 }),
);

const text = fc.oneof(fc.constant('It is fine.'), hostile);
/** Names that the product's own schemas let through: 1 to 253 characters. */
const name = fc.oneof(
  fc.constant('cp-1'),
  hostile.map((value) => value.slice(0, 253) || 'x'),
);

const vantages: fc.Arbitrary<Vantage> = fc.record({
  kind: fc.constantFrom('outside', 'pod', 'node'),
  instance: name,
  leavesBy: fc.array(fc.oneof(fc.constant('10.0.0.5'), hostile), { maxLength: 5 }),
});

const times = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 11, 31) });
const actors = fc.oneof(
  fc.constant({ kind: 'itself' as const }),
  fc.constantFrom('U1', 'U2').map((id) => ({ kind: 'person' as const, id })),
  name.map((id) => ({ kind: 'person' as const, id })),
);
const base = fc.record({ at: times, by: actors });
const stepIds = fc.constantFrom(...steps.map(({ id }) => id));
const runs = fc.integer({ min: 1, max: 3 });
const verdicts = fc.constantFrom(...Verdict.options);

const probe = fc.record({
  target: fc.record({ path: fc.constant('endpoint' as const), host: name, port: fc.constant(6443) }),
  address: fc.constantFrom('10.0.0.10', null),
  startedAt: times,
  tookMs: fc.nat(10_000),
  phases: fc.constant({ resolve: 1, connect: 2 }),
  failure: fc.constantFrom(null, { phase: 'tls' as const, kind: 'timeout' as const, message: 'x' }),
  tlsFaults: fc.constant([]),
  certificate: fc.constant(null),
  byClusterCa: fc.constant(null),
  httpStatus: fc.constant(null),
  good: fc.boolean(),
});

const evidence: fc.Arbitrary<Evidence> = fc.record({
  check: fc.constantFrom(...CheckId.options),
  vantage: vantages,
  verdict: verdicts,
  reason: text,
  way: fc.oneof(fc.constant(undefined), text),
  details: fc.array(fc.record({ label: text, value: text }), { maxLength: 30 }),
  facts: fc.oneof(fc.constant(null), fc.record({ probes: fc.array(probe, { maxLength: 12 }) })),
  gatheredAt: times,
  tookMs: fc.nat(100_000),
  asOfAt: times,
});

const interval = fc.tuple(times, fc.nat(120_000)).map(([at, width]) => ({ earliestAt: at, latestAt: at + width }));

const onsets: fc.Arbitrary<Onset> = fc
  .record({
    id: fc.constantFrom('prober:1', 'prober:2', 'report:U1', '<!channel>', 'x'.repeat(200)),
    method: fc.constantFrom(...OnsetMethod.options),
    between: interval,
    words: text,
    sources: fc.array(name, { maxLength: 5 }),
    scope: fc.constantFrom(...OutageScope.options),
    recovery: fc.option(interval),
  })
  .map(({ between, ...rest }) => ({ ...rest, ...between }));

const ruleIds = fc.constantFrom(...rules.map(({ id }) => id));
const standings = fc.constantFrom(...Standing.options);
const reasons = fc.array(text, { maxLength: 6 });

const changes: fc.Arbitrary<Change> = fc
  .record({ id: name, when: interval, actor: fc.option(name), summary: text, certainty: fc.boolean() })
  .map(({ id, when, actor, summary, certainty }) => ({
    id,
    source: 'kube',
    instance: 'agent',
    category: 'control-plane',
    ...when,
    observedAt: when.latestAt,
    certainty: certainty ? 'seen' : 'latestKnown',
    actor,
    action: 'update',
    target: { kind: 'ConfigMap', namespace: 'kube-system', name: 'x', node: null, addresses: [], ports: [] },
    summary,
    diff: [],
    effect: null,
    untilAt: null,
    link: null,
  }));

const hits: fc.Arbitrary<Hit> = fc.record({
  change: changes,
  placed: fc.constantFrom('certain', 'possible'),
  side: fc.constantFrom('before', 'during', 'after'),
  distanceMs: fc.nat(7_200_000),
  standing: standings,
  isEffect: fc.boolean(),
  reasons,
  against: reasons,
  onlyWidened: fc.boolean(),
});

const answers: fc.Arbitrary<Omit<RuleAnswer, 'rule'>> = fc.record({
  kind: fc.constantFrom('inTheWindow', 'nothing', 'nothingInWhatWasSeen', 'noData', 'pending', 'notApplicable'),
  widened: fc.boolean(),
  // As many as there are, of a few kinds: what counts is how much there is to show.
  hits: fc
    .tuple(fc.array(hits, { maxLength: 3 }), fc.constantFrom(1, 1, 5, 16))
    .map(([some, times]) => Array.from({ length: times }, () => some).flat()),
  moreHits: fc.constantFrom(0, 0, 450, 1_000_000),
  unseen: reasons,
  pendingUntilAt: fc.option(times),
  justOutside: fc.constantFrom(0, 0, 1, 4, 10_000),
});

const causes: fc.Arbitrary<Cause> = fc.record({
  key: name,
  standing: standings,
  title: text,
  rule: fc.option(ruleIds),
  at: fc.option(interval),
  changeId: fc.option(name),
  reasons,
  against: reasons,
});

const diagnoses: fc.Arbitrary<Diagnosis> = fc.record({
  onset: onsets,
  answers: fc
    .array(answers, { minLength: rules.length, maxLength: rules.length })
    .map((all) => all.map((answer, index) => ({ ...answer, rule: rules[index]?.id ?? 'firewall' }))),
  causes: fc.array(causes, { maxLength: 20 }),
  notes: reasons,
});

const later: fc.Arbitrary<Later> = fc.oneof(
  fc.tuple(base, stepIds, runs).map(([rest, step, run]) => ({ kind: 'run-started' as const, ...rest, step, run })),
  fc
    .tuple(base, stepIds, runs, vantages, fc.constantFrom(undefined, ...CheckId.options))
    .map(([rest, step, run, vantage, check]) => ({
      kind: 'vantage-asked' as const,
      ...rest,
      step,
      run,
      vantage,
      check,
    })),
  fc
    .tuple(base, stepIds, runs, evidence)
    .map(([rest, step, run, found]) => ({ kind: 'evidence-gathered' as const, ...rest, step, run, evidence: found })),
  fc
    .tuple(base, stepIds, runs, verdicts, text, fc.array(text, { maxLength: 30 }), fc.constantFrom('done', 'failed'))
    .map(([rest, step, run, verdict, reason, missing, outcome]) => ({
      kind: 'run-finished' as const,
      ...rest,
      step,
      run,
      verdict,
      reason,
      missing,
      outcome,
    })),
  fc.tuple(base, stepIds, runs).map(([rest, step, run]) => ({ kind: 'run-interrupted' as const, ...rest, step, run })),
  fc.tuple(base, fc.option(stepIds)).map(([rest, to]) => ({ kind: 'moved' as const, ...rest, to })),
  fc.tuple(base, stepIds).map(([rest, step]) => ({ kind: 'skipped' as const, ...rest, step })),
  fc
    .tuple(base, stepIds, runs, verdicts, text, text, text)
    .map(([rest, step, run, verdict, command, output, note]) => ({
      kind: 'recorded' as const,
      ...rest,
      step,
      run,
      verdict,
      record: { command, output, note },
    })),
  fc.tuple(base, text).map(([rest, url]) => ({ kind: 'endpoint-set' as const, ...rest, url })),
  fc.tuple(base, onsets).map(([rest, onset]) => ({ kind: 'onset-found' as const, ...rest, onset })),
  fc
    .tuple(base, fc.array(ruleIds, { minLength: 1, maxLength: rules.length }))
    .map(([rest, some]) => ({ kind: 'widened' as const, ...rest, rules: some })),
  base.map((rest) => ({ kind: 'picture-asked' as const, ...rest })),
  base.map((rest) => ({ kind: 'brought' as const, ...rest, room: { channel: 'C1', thread: null } })),
);

type Later = Exclude<InvestigationEvent, { kind: 'opened' }>;

const conclusions: fc.Arbitrary<Later> = fc.oneof(
  // As older versions wrote it.
  fc.tuple(base, text).map(([rest, summary]) => ({ kind: 'concluded' as const, ...rest, summary })),
  fc
    .tuple(base, text, fc.record({ key: name, title: text, standing: standings }), text, reasons)
    .map(([rest, summary, cause, impact, actions]) => ({
      kind: 'concluded' as const,
      ...rest,
      summary,
      cause,
      impact,
      actions: [...actions, ...actions, ...actions],
    })),
);

const issues: fc.Arbitrary<readonly Later[]> = fc.oneof(
  base.map((rest) => [{ kind: 'issue-asked' as const, ...rest }]),
  fc.tuple(base, text).map(([rest, why]) => [{ kind: 'issue-failed' as const, ...rest, why }]),
  fc
    .tuple(
      base,
      text,
      fc.constantFrom('https://github.example/acme/operations/issues/1', 'javascript:alert(1)', '<!channel>'),
    )
    .map(([rest, of, url]) => [{ kind: 'issue-opened' as const, ...rest, name: of, url }]),
);

/** Any investigation that events can add up to, whoever wrote what stands in it. */
export const investigations: fc.Arbitrary<Investigation> = fc
  .record({
    opening: base,
    cluster: name,
    endpoint: fc.oneof(fc.constant(null), fc.constant('https://10.0.0.10:6443'), hostile),
    events: fc.array(later, { maxLength: 40 }),
    judged: fc.array(fc.tuple(base, diagnoses), { maxLength: 4 }),
    incident: fc.boolean(),
    conclusion: fc.option(conclusions),
    issue: fc.option(issues),
  })
  .map(({ opening, cluster, endpoint, events, judged, incident, conclusion, issue }) => {
    const opened = {
      kind: 'opened' as const,
      ...opening,
      id: 'inv-k3f9x2',
      cluster,
      endpoint,
      room: { channel: 'C1', thread: null },
      ...(incident ? { incident: 'prober:1' } : {}),
    };
    const diagnosed = judged.flatMap(([rest, diagnosis]) => [
      { kind: 'onset-found' as const, ...rest, onset: diagnosis.onset },
      { kind: 'diagnosed' as const, ...rest, diagnosis },
    ]);
    const concluded = conclusion === null ? [] : [conclusion, ...(issue ?? [])];
    return [...events, ...diagnosed, ...concluded].reduce<Investigation>(following, evolve(null, opened));
  });

/** Runs are counted within their step, as the service counts them. */
function following(state: Investigation, event: InvestigationEvent): Investigation {
  if (event.kind !== 'run-started' && event.kind !== 'recorded') return evolve(state, event);
  return evolve(state, { ...event, run: state.steps[event.step].runs.length + 1 });
}

export const surroundings: fc.Arbitrary<CardContext> = fc.record({
  connected: fc.array(vantages, { maxLength: 30 }),
  absent: fc.array(fc.record({ vantage: vantages, lastSeenAt: times }), { maxLength: 30 }),
  issuesIn: fc.constantFrom('acme/operations', 'x'.repeat(200)),
});
