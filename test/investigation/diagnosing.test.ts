import { afterEach, describe, expect, test, vi } from 'vitest';
import type { GoodStretch } from '../../src/correlation/situation.ts';
import { createDiagnosing, type DiagnosingPorts } from '../../src/investigation/diagnosing.ts';
import { leadingCause } from '../../src/investigation/leading.ts';
import { createInvestigations } from '../../src/investigation/service.ts';
import type { Investigation } from '../../src/investigation/state.ts';
import { createLog } from '../../src/ops/log.ts';
import { rules } from '../../src/playbook/rules.ts';
import { openStore } from '../../src/store/open.ts';
import type { Change } from '../../src/words/change.ts';
import type { CheckId } from '../../src/words/check.ts';
import type { Actor } from '../../src/words/person.ts';
import { scriptedVantages, threeVantages } from '../fakes/vantages.ts';
import { outageOf, proberOnset, reportOnset } from './onset.ts';

const alice: Actor = { kind: 'person', id: 'U0ALICE' };
const room = { channel: 'C0INC', thread: null };
const minute = 60_000;
const nowAt = Date.UTC(2026, 10, 22, 14, 30);
const clients = '203.0.113.0/24';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function setUp(broken: readonly CheckId[] = []) {
  const opened = await openStore({ kind: 'sqlite', file: ':memory:' });
  if (opened.kind !== 'open') throw new Error(opened.message);
  const { store } = opened;
  const scripted = scriptedVantages(async () => ({
    kind: 'answered',
    facts: {},
    gatheredAt: nowAt,
    asOfAt: nowAt,
    tookMs: 1,
  }));
  scripted.connected.push(...threeVantages);
  const log = createLog({ name: 'test', level: 'silent' });
  const clock = { now: () => nowAt };
  const good: GoodStretch[] = [];
  let judged = 0;
  const clusters = {
    profile: async (name: string) => ({
      name,
      knowledge: { endpoints: [], caPem: '', controlPlaneNodes: ['cp-1'], provider: 'self' as const, asOfAt: 1 },
      sources: [],
      gateways: [],
    }),
  };
  const seen: Investigation[] = [];
  const service = createInvestigations({
    store: store.investigations,
    vantages: scripted.vantages,
    clusters,
    clock,
    log,
    judge: (check) =>
      broken.includes(check)
        ? { verdict: 'problem', reason: 'broken', details: [] }
        : { verdict: 'ok', reason: 'fine', details: [] },
    endpointIn: () => null,
    endpointOf: async () => 'https://10.0.0.10:6443',
    outagesOf: async () => [],
    onChange(state) {
      seen.push(state);
      diagnosing.changed(state);
    },
  });
  const diagnosingPorts = {
    investigations: service,
    journal: {
      coverage: store.changes.coverage,
      between(...asked: Parameters<typeof store.changes.between>) {
        judged += 1;
        return store.changes.between(...asked);
      },
    },
    clusters,
    expected: () => [
      {
        source: 'node-firewall',
        instance: 'cp-1',
        categories: ['firewall'],
        words: 'host firewall of cp-1',
        lateMs: 0,
        absent: null,
        trouble: null,
      },
    ],
    notApplicable: () => ({}),
    goodStretches: async () => good,
    linksLost: () => [],
    clock,
    log,
  } satisfies DiagnosingPorts;
  const diagnosing = createDiagnosing(diagnosingPorts);
  cleanups.push(store.close, service.close, diagnosing.close);
  const until = (id: string, isIt: (state: Investigation) => boolean) =>
    vi.waitFor(
      async () => {
        const state = await service.find(id);
        if (state === null || !isIt(state)) throw new Error(JSON.stringify(state?.diagnoses));
        return state;
      },
      { timeout: 5_000 },
    );
  /** Judges once more from the beginning, and waits until that is written down. */
  async function judgeAnew(): Promise<void> {
    const before = judged;
    const anew = createDiagnosing(diagnosingPorts);
    anew.learned('prod');
    await vi.waitFor(() => expect(judged).toBeGreaterThan(before));
    await anew.close();
  }
  return { store, service, diagnosing, good, seen, until, judgeAnew };
}

/** A rule that drops those clients, as the node told it. */
function dropRule(at: number): Change {
  return {
    id: `node-firewall:cp-1:${at}`,
    source: 'node-firewall',
    instance: 'cp-1',
    category: 'firewall',
    earliestAt: at,
    latestAt: at,
    observedAt: at,
    certainty: 'seen',
    actor: 'nft',
    action: 'update',
    target: {
      kind: 'nftables',
      namespace: null,
      name: 'inet filter input',
      node: 'cp-1',
      addresses: ['10.0.0.10'],
      ports: [6443],
    },
    summary: 'nftables on cp-1: rule added: ip saddr 203.0.113.0/24 tcp dport 6443 drop',
    diff: [],
    effect: {
      kind: 'passages',
      port: 6443,
      before: [{ first: '0.0.0.0', last: '255.255.255.255', to: '10.0.0.10', verdict: 'allow', rule: null }],
      after: [
        { first: '0.0.0.0', last: '203.0.112.255', to: '10.0.0.10', verdict: 'allow', rule: null },
        { first: '203.0.113.0', last: '203.0.113.255', to: '10.0.0.10', verdict: 'deny', rule: 'drop' },
        { first: '203.0.114.0', last: '255.255.255.255', to: '10.0.0.10', verdict: 'allow', rule: null },
      ],
    },
    untilAt: null,
    link: null,
  };
}

async function opened(set: Awaited<ReturnType<typeof setUp>>, report: ReturnType<typeof reportOnset> | null) {
  const answer = await set.service.open({ cluster: 'prod', by: alice, room, endpoint: null, report });
  if (answer.kind === 'refused') throw new Error(answer.message);
  return answer.investigation.id;
}

const answerOf = (state: Investigation, rule: string) => state.diagnoses[0]?.answers.find((one) => one.rule === rule);

describe('a report', () => {
  const onsetAt = nowAt - 2 * minute;

  test('whose cause lies 25 min back is explained only after widening, and that is told beside the button', async () => {
    const set = await setUp();
    await set.store.changes.add('prod', [dropRule(onsetAt - 25 * minute)]);
    const id = await opened(set, reportOnset(onsetAt, [clients]));
    const narrow = await set.until(id, (state) => answerOf(state, 'firewall') !== undefined);
    expect(leadingCause(narrow)).toBeNull();
    expect(answerOf(narrow, 'firewall')).toMatchObject({ hits: [], justOutside: 1 });

    await set.service.act(id, alice, { kind: 'widen', rules: rules.map((rule) => rule.id) });
    const wide = await set.until(id, (state) => leadingCause(state) !== null);
    expect(leadingCause(wide)?.cause).toMatchObject({ standing: 'explains', rule: 'firewall' });
    expect(answerOf(wide, 'firewall')?.hits[0]).toMatchObject({ onlyWidened: true, standing: 'explains' });
    expect(wide.causesFound).toHaveLength(1);
  });

  test('is contradicted where probes of that path were good in between', async () => {
    const set = await setUp();
    const changedAt = onsetAt - 25 * minute;
    await set.store.changes.add('prod', [dropRule(changedAt)]);
    set.good.push({
      series: {
        cluster: 'prod',
        vantage: { kind: 'outside', instance: 'ci' },
        path: 'endpoint',
        host: '10.0.0.10',
        port: 6443,
        address: '10.0.0.10',
      },
      leavesBy: ['203.0.113.9'],
      fromAt: changedAt - 60 * minute,
      toAt: onsetAt - minute,
    });
    const id = await opened(set, reportOnset(onsetAt, [clients]));
    await set.service.act(id, alice, { kind: 'widen', rules: rules.map((rule) => rule.id) });
    const state = await set.until(id, (one) => (answerOf(one, 'firewall')?.hits.length ?? 0) > 0);
    expect(answerOf(state, 'firewall')?.hits[0]).toMatchObject({ standing: 'contradicted' });
    expect(answerOf(state, 'firewall')?.hits[0]?.against.join(' ')).toMatch(/good/);
    expect(leadingCause(state)).toBeNull();
  });
});

test('a change that arrives later turns into a cause by itself', async () => {
  const set = await setUp(['host-firewall', 'reachability']);
  const onset = proberOnset(nowAt - minute);
  await set.service.outageSeen(outageOf({ ...onset, sources: ['203.0.113.9'], scope: 'someVantages' }));
  const [standing] = await set.service.listOpen();
  if (standing === undefined) throw new Error('nothing stands by');
  await set.until(standing.id, (state) => state.diagnoses.length === 1);
  await set.store.changes.add('prod', [dropRule(onset.earliestAt - minute)]);
  set.diagnosing.learned('prod');
  const state = await set.until(standing.id, (one) => leadingCause(one) !== null);
  expect(state.causesFound.map(({ cause }) => cause.standing)).toEqual(['explains']);
});

test('a report of long ago is judged anew by what sources tell only once they are asked about it', async () => {
  const set = await setUp();
  const onsetAt = nowAt - 9 * 60 * minute;
  const id = await opened(set, reportOnset(onsetAt, [clients]));
  await set.until(id, (state) => answerOf(state, 'firewall') !== undefined);
  await set.store.changes.add('prod', [dropRule(onsetAt - minute)]);
  set.diagnosing.learned('prod');
  const state = await set.until(id, (one) => leadingCause(one) !== null);
  expect(leadingCause(state)?.cause).toMatchObject({ standing: 'explains', rule: 'firewall' });
});

test('both onsets are judged where a person and the prober differ', async () => {
  const set = await setUp();
  await set.service.outageSeen(outageOf(proberOnset(nowAt - minute)));
  const id = await opened(set, reportOnset(nowAt - 20 * minute, [clients]));
  const state = await set.until(id, (one) => one.diagnoses.length === 2);
  expect(state.diagnoses.map(({ onset }) => onset.method).toSorted()).toEqual(['prober', 'report']);
});

test('judging again and finding the same writes nothing down', async () => {
  const set = await setUp();
  const id = await opened(set, reportOnset(nowAt - 2 * minute, [clients]));
  await set.until(id, (state) => Object.values(state.steps).every(({ status }) => status === 'done'));
  await set.diagnosing.close();
  await set.judgeAnew();
  const { seq } = await set.until(id, (state) => state.diagnoses.length === 1);
  await set.judgeAnew();
  expect((await set.service.find(id))?.seq).toBe(seq);
});

test('what is stored of a judgement is short: the ranges it was judged by are not kept twice', async () => {
  const set = await setUp();
  await set.store.changes.add('prod', [dropRule(nowAt - 5 * minute)]);
  const id = await opened(set, reportOnset(nowAt - 2 * minute, [clients]));
  const state = await set.until(id, (one) => leadingCause(one) !== null);
  expect(answerOf(state, 'firewall')?.hits[0]?.change.effect).toBeNull();
});
