import type { ExpectedSource, GoodStretch, Situation, StepFinding } from '../../src/correlation/situation.ts';
import { stepById } from '../../src/playbook/playbook.ts';
import { furthest } from '../../src/playbook/rules.ts';
import type { StepId } from '../../src/playbook/step.ts';
import { type Change, ChangeCategory, type ChangeEffect, type CoverageSpan } from '../../src/words/change.ts';
import type { Evidence } from '../../src/words/evidence.ts';
import type { Onset } from '../../src/words/onset.ts';
import type { Phase, ProbeFailureKind, ProbePath, ProbeResult } from '../../src/words/probe.ts';
import { RuleId } from '../../src/words/rule.ts';

export const minute = 60_000;
/** When it began, in all of these. */
export const T = Date.UTC(2026, 10, 22, 14, 5, 0);

export function onsetAt(given: Partial<Onset> = {}): Onset {
  return {
    id: 'prober:prod:1',
    method: 'prober',
    earliestAt: T,
    latestAt: T,
    words: 'seen by the bot',
    sources: [],
    scope: 'unknown',
    recovery: null,
    ...given,
  };
}

type GivenChange = Partial<Omit<Change, 'target'>> & { at?: number; target?: Partial<Change['target']> };

let count = 0;

/** One change; `at` is both its earliest and its latest. */
export function change(given: GivenChange = {}): Change {
  const { at = T - minute, target, ...rest } = given;
  count += 1;
  const id = given.id ?? `test:${count}`;
  return {
    id,
    source: 'kube',
    instance: 'apidown-1',
    category: 'firewall',
    earliestAt: at,
    latestAt: at,
    observedAt: at,
    certainty: 'seen',
    actor: null,
    action: 'update',
    summary: `change ${id}`,
    diff: [],
    effect: null,
    untilAt: null,
    link: null,
    ...rest,
    target: { kind: 'thing', namespace: null, name: id, node: null, addresses: [], ports: [], ...target },
  };
}

export function judged(verdict: 'breaks' | 'mends' | 'none' | 'unknown', words = `it ${verdict}`): ChangeEffect {
  return { kind: 'judged', verdict, words };
}

/** Every IPv4 client, the range given treated otherwise. */
export function passages(
  to: string,
  before: 'allow' | 'deny' | 'unknown',
  after: 'allow' | 'deny' | 'unknown',
  range: readonly [string, string] = ['0.0.0.0', '255.255.255.255'],
): ChangeEffect {
  const rule = 'tcp dport 6443 drop';
  const whole = { first: '0.0.0.0', last: '255.255.255.255', to, verdict: before, rule: null };
  const [first, last] = range;
  if (first === whole.first && last === whole.last) {
    return { kind: 'passages', port: 6443, before: [whole], after: [{ ...whole, verdict: after, rule }] };
  }
  return {
    kind: 'passages',
    port: 6443,
    before: [whole],
    after: [
      { ...whole, last: step(first, -1) },
      { ...whole, first, last, verdict: after, rule },
      ...(last === whole.last ? [] : [{ ...whole, first: step(last, 1) }]),
    ],
  };
}

function step(address: string, by: number): string {
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) + by;
  return [24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256).join('.');
}

/** Every category watched by one source that saw everything. */
export const everything: ExpectedSource = {
  source: 'all',
  instance: null,
  categories: ChangeCategory.options,
  words: 'everything',
  lateMs: 0,
  absent: null,
  trouble: null,
};

export function seenBetween(fromAt: number, toAt: number, given: Partial<CoverageSpan> = {}): CoverageSpan {
  return { source: 'all', instance: 'x', categories: ChangeCategory.options, fromAt, toAt, ...given };
}

/** One control-plane node, three hours after the onset, with all of it seen. */
export function situation(given: Partial<Situation> = {}): Situation {
  const onset = given.onset ?? onsetAt();
  return {
    onset,
    changes: [],
    expected: [everything],
    coverage: [seenBetween(onset.earliestAt - furthest.beforeMs, onset.latestAt + furthest.afterMs)],
    steps: [],
    good: [],
    linksLost: [],
    widened: new Set(),
    endpoint: { addresses: ['10.0.0.1'], port: 6443 },
    notApplicable: {},
    clockToleranceMs: 0,
    nowAt: onset.latestAt + 3 * 60 * minute,
    ...given,
  };
}

export const allWidened: Situation['widened'] = new Set(RuleId.options);

export function evidence(
  step: StepId,
  verdict: Evidence['verdict'],
  given: Partial<Evidence> & { node?: string } = {},
): StepFinding {
  const { node = 'cp-1', ...rest } = given;
  const { check, runsOn } = stepById(step);
  const kind = runsOn[0] ?? 'node';
  const instance = kind === 'node' ? node : kind === 'pod' ? 'apidown-1' : 'bot';
  const at = given.gatheredAt ?? T + 5_000;
  return {
    step,
    verdict,
    evidence: [
      {
        check,
        vantage: { kind, instance, leavesBy: [] },
        verdict,
        reason: `${step} is ${verdict}.`,
        details: [],
        facts: null,
        gatheredAt: at,
        tookMs: 10,
        asOfAt: at,
        ...rest,
      },
    ],
  };
}

export function probe(
  failure: { phase: Phase; kind: ProbeFailureKind } | null,
  given: Partial<ProbeResult> & { path?: ProbePath } = {},
): ProbeResult {
  const { path = 'endpoint', ...rest } = given;
  return {
    target: { path, host: 'api.example', port: 6443 },
    address: '10.0.0.1',
    startedAt: T + 4_000,
    tookMs: 3,
    phases: {},
    failure: failure === null ? null : { ...failure, message: `${failure.kind} at 10.0.0.1:6443` },
    tlsFaults: [],
    certificate: null,
    byClusterCa: true,
    httpStatus: failure === null ? 200 : null,
    good: failure === null,
    ...rest,
  };
}

/** What one vantage found in step 2. */
export function reached(
  from: 'bot' | 'pod' | 'node',
  result: ProbeResult,
  leavesBy: readonly string[] = [],
): StepFinding {
  const vantages = {
    bot: { kind: 'outside', instance: 'bot' },
    pod: { kind: 'pod', instance: 'apidown-1' },
    node: { kind: 'node', instance: 'cp-1' },
  } as const;
  return evidence('inside', result.failure === null ? 'ok' : 'problem', {
    vantage: { ...vantages[from], leavesBy: [...leavesBy] },
    facts: { results: [result] },
  });
}

export function nothingListens(node = 'cp-1'): StepFinding {
  return evidence('listening', 'problem', {
    node,
    reason: `Nothing on ${node} listens on port 6443.`,
    facts: { sockets: [], unread: [], ownAddresses: [{ address: '10.0.0.1' }], probes: [] },
  });
}

export function good(fromAt: number, toAt: number, given: Partial<GoodStretch> = {}): GoodStretch {
  return {
    series: {
      cluster: 'prod',
      vantage: { kind: 'outside', instance: 'bot' },
      path: 'endpoint',
      host: 'api.example',
      port: 6443,
      address: '10.0.0.1',
    },
    leavesBy: ['198.51.100.7'],
    fromAt,
    toAt,
    ...given,
  };
}

/** The decoys that lie in the windows of every story: none of them is ever its cause. */
export function decoys(at = T - minute): readonly Change[] {
  return [
    change({
      id: 'decoy:configmap',
      at,
      category: 'control-plane',
      target: { kind: 'ConfigMap', namespace: 'kube-system', name: 'team-notes' },
    }),
    change({
      id: 'decoy:policy',
      at: at + 1,
      category: 'network-policy',
      effect: judged('none'),
      target: { kind: 'NetworkPolicy', namespace: 'shop', name: 'web' },
    }),
    change({
      id: 'decoy:port',
      at: at + 2,
      source: 'node-firewall',
      effect: passages('10.0.0.1', 'allow', 'allow'),
      target: { kind: 'nftables', node: 'cp-1', ports: [9100] },
    }),
  ];
}
