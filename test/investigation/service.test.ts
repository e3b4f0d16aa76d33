import { describe, expect, test, vi } from 'vitest';
import type { WalkCommand } from '../../src/investigation/commands.ts';
import type { CheckAnswer, ClusterProfile } from '../../src/investigation/ports.ts';
import { createInvestigations } from '../../src/investigation/service.ts';
import type { Investigation } from '../../src/investigation/state.ts';
import { createLog } from '../../src/ops/log.ts';
import { steps } from '../../src/playbook/playbook.ts';
import type { Outage } from '../../src/words/onset.ts';
import type { Actor } from '../../src/words/person.ts';
import { memoryInvestigations } from '../fakes/investigation-store.ts';
import { type Asked, readingBot, scriptedVantages, threeVantages } from '../fakes/vantages.ts';

const alice: Actor = { kind: 'person', id: 'U0ALICE' };
const bob: Actor = { kind: 'person', id: 'U0BOB' };
const room = { channel: 'C0INC', thread: null };

const profile: ClusterProfile = {
  name: 'prod',
  knowledge: {
    endpoints: [],
    caPem: '',
    controlPlaneNodes: ['cp-1'],
    provider: 'self',
    asOfAt: 1,
  },
  sources: ['198.51.100.0/24'],
  gateways: [],
};

const good = async (): Promise<CheckAnswer> => ({
  kind: 'answered',
  facts: { fine: true },
  gatheredAt: 1_000,
  asOfAt: 1_000,
  tookMs: 5,
});

function setUp(
  options: {
    answer?: (asked: Asked, signal: AbortSignal) => Promise<CheckAnswer>;
    store?: ReturnType<typeof memoryInvestigations>;
    endpoint?: string | null;
    connected?: typeof threeVantages;
    outages?: readonly Outage[];
  } = {},
) {
  const store = options.store ?? memoryInvestigations();
  const scripted = scriptedVantages(options.answer ?? good);
  scripted.connected.push(...(options.connected ?? threeVantages));
  const changes: Investigation[] = [];
  let now = 1_000;
  const service = createInvestigations({
    store,
    vantages: scripted.vantages,
    clusters: { profile: async (name) => ({ ...profile, name }) },
    clock: { now: () => now },
    log: createLog({ name: 'test', level: 'silent' }),
    judge: (check, _params, facts) =>
      facts === 'garbage'
        ? { kind: 'malformed', message: 'not an object' }
        : { verdict: 'ok', reason: `${check} is fine`, details: [] },
    endpointIn: (facts) => (typeof facts === 'object' && facts !== null && 'url' in facts ? String(facts.url) : null),
    outagesOf: async () => options.outages ?? [],
    endpointOf: async () => (options.endpoint === undefined ? 'https://api.example:6443' : options.endpoint),
    onChange: (investigation) => changes.push(investigation),
  });
  const settled = (id: string) =>
    vi.waitFor(async () => {
      const state = await service.find(id);
      if (state === null || Object.values(state.steps).some((step) => step.status === 'running')) {
        throw new Error('still running');
      }
      return state;
    });
  return { service, store, changes, settled, ...scripted, tick: (ms: number) => (now += ms) };
}

async function opened(set: ReturnType<typeof setUp>): Promise<Investigation> {
  const answer = await set.service.open({ cluster: 'prod', by: alice, room, endpoint: null });
  if (answer.kind === 'refused') throw new Error(answer.message);
  return answer.investigation;
}

describe('opening', () => {
  test('starts all six steps at once and keeps what each vantage found', async () => {
    const set = setUp();
    const { id } = await opened(set);
    const state = await set.settled(id);
    for (const step of steps) {
      expect(state.steps[step.id]).toMatchObject({ status: 'done', runs: [{ run: 1, verdict: 'ok' }] });
    }
    expect(state.steps.inside.runs[0]?.evidence.map(({ vantage }) => vantage.kind)).toEqual(['outside', 'pod', 'node']);
    expect(state.current).toBe('endpoint');
    expect(state.steps.inside.reached).toBe(false);
  });

  test('a second person in the same channel joins the first', async () => {
    const set = setUp();
    const [first, second] = await Promise.all([
      set.service.open({ cluster: 'prod', by: alice, room, endpoint: null }),
      set.service.open({ cluster: 'prod', by: bob, room, endpoint: null }),
    ]);
    expect([first?.kind, second?.kind].sort()).toEqual(['joined', 'opened']);
    const elsewhere = await set.service.open({
      cluster: 'prod',
      by: bob,
      room: { ...room, thread: '1.2' },
      endpoint: null,
    });
    expect(elsewhere.kind).toBe('opened');
    expect(await set.service.listOpen()).toHaveLength(2);
  });

  test('without an endpoint step 1 goes first, and the others ask about what it found', async () => {
    const set = setUp({
      endpoint: null,
      answer: async ({ check }) =>
        ({ ...(await good()), facts: check === 'endpoint' ? { url: 'https://10.0.0.9:7443' } : {} }) as CheckAnswer,
    });
    const { id } = await opened(set);
    await vi.waitFor(async () => expect((await set.service.find(id))?.steps['control-plane-pods'].status).toBe('done'));
    const state = await set.settled(id);
    expect(state.endpoint).toBe('https://10.0.0.9:7443');
    expect(set.asked.find(({ check }) => check === 'listening')?.params).toMatchObject({ port: 7443 });
  });

  test('with nobody connected every step is unknown and says who is missing', async () => {
    const set = setUp({ connected: [] });
    const { id } = await opened(set);
    const state = await set.settled(id);
    expect(state.steps.listening).toMatchObject({ status: 'failed', runs: [{ verdict: 'unknown' }] });
    expect(state.steps.listening.runs[0]?.missing).toEqual(['node cp-1 has no agent connected']);
    expect(state.steps['network-policies'].runs[0]?.missing).toEqual(['no cluster agent is connected']);
  });
});

describe('answers', () => {
  test.each([
    [{ kind: 'timedOut', afterMs: 15_000 }, 'node cp-1 did not answer within 15 s'],
    [{ kind: 'offline' }, 'node cp-1 is not connected to the bot'],
    [{ kind: 'failed', message: 'no such file' }, 'node cp-1 could not run the check: no such file'],
    [
      { kind: 'answered', facts: 'garbage', asOfAt: 1, gatheredAt: 1, tookMs: 1 },
      "node cp-1 answered with something this bot can't read (not an object): compare versions",
    ],
  ] as const)('%o is said, not guessed over', async (answer, words) => {
    const set = setUp({ answer: async ({ vantage }) => (vantage.kind === 'node' ? answer : good()) });
    const { id } = await opened(set);
    const state = await set.settled(id);
    expect(state.steps.listening.runs[0]).toMatchObject({ status: 'failed', verdict: 'unknown', missing: [words] });
    expect(state.steps.inside.runs[0]).toMatchObject({ verdict: 'ok', missing: [words] });
  });
});

describe('walking', () => {
  const walk = async (set: ReturnType<typeof setUp>, id: string, by: Actor, command: WalkCommand) =>
    (await set.service.act(id, by, command)).kind;

  test('a double click and two people at once move the walk once', async () => {
    const set = setUp();
    const { id } = await opened(set);
    const next: WalkCommand = { kind: 'next', from: 'endpoint' };
    const kinds = await Promise.all([walk(set, id, alice, next), walk(set, id, alice, next), walk(set, id, bob, next)]);
    expect(kinds.sort()).toEqual(['already', 'already', 'done']);
    expect((await set.service.find(id))?.current).toBe('inside');
  });

  test('the loser of a race is told who won and when', async () => {
    const set = setUp();
    const { id } = await opened(set);
    set.tick(500);
    await set.service.act(id, alice, { kind: 'skip', step: 'endpoint' });
    expect(await set.service.act(id, bob, { kind: 'skip', step: 'endpoint' })).toMatchObject({
      kind: 'already',
      by: alice,
      at: 1_500,
    });
  });

  test('running again keeps the earlier evidence beside the later', async () => {
    const set = setUp();
    const { id } = await opened(set);
    await set.settled(id);
    const again: WalkCommand = { kind: 'run-again', step: 'listening', afterRun: 1 };
    expect(await walk(set, id, alice, again)).toBe('done');
    expect(await walk(set, id, bob, again)).toBe('already');
    const state = await set.settled(id);
    expect(state.steps.listening.runs.map((run) => [run.run, run.status, run.by])).toEqual([
      [1, 'done', { kind: 'itself' }],
      [2, 'done', alice],
    ]);
  });

  test('a record by hand is kept word for word, a redelivered one once', async () => {
    const set = setUp();
    const { id } = await opened(set);
    await set.settled(id);
    const record = { command: 'ss -ltn', output: 'LISTEN 0 4096 *:6443', note: '' };
    const command: WalkCommand = { kind: 'record', step: 'listening', afterRun: 1, verdict: 'ok', record };
    expect(await walk(set, id, alice, command)).toBe('done');
    expect(await walk(set, id, alice, command)).toBe('already');
    expect(await walk(set, id, bob, { ...command, record: { ...record, note: 'on cp-2' } })).toBe('done');
    const state = await set.service.find(id);
    expect(state?.steps.listening.status).toBe('recorded');
    expect(state?.steps.listening.runs.map((run) => run.record?.note)).toEqual([undefined, '', 'on cp-2']);
  });

  test('a concluded investigation takes nothing more, and its running checks stop', async () => {
    const set = setUp({
      answer: (_asked, signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'offline' }))),
    });
    const { id } = await opened(set);
    await vi.waitFor(() => expect(set.asked.length).toBeGreaterThan(0));
    expect(await walk(set, id, alice, { kind: 'conclude', summary: 'a rule was removed' })).toBe('done');
    expect(await walk(set, id, bob, { kind: 'conclude', summary: 'me too' })).toBe('already');
    expect(await walk(set, id, bob, { kind: 'next', from: 'endpoint' })).toBe('refused');
    await set.service.close();
    const state = await set.service.find(id);
    expect(state?.conclusion).toMatchObject({ by: alice, summary: 'a rule was removed' });
    expect(state?.steps.listening.runs).toMatchObject([{ status: 'interrupted', evidence: [] }]);
  });

  test('everything stands on the timeline with who and when', async () => {
    const set = setUp();
    const { id } = await opened(set);
    await set.settled(id);
    set.tick(60_000);
    await set.service.act(id, bob, { kind: 'next', from: 'endpoint' });
    const state = await set.service.find(id);
    expect(state?.timeline.at(0)).toMatchObject({
      by: alice,
      text: 'opened for prod, endpoint https://api.example:6443',
    });
    expect(state?.timeline.at(-1)).toEqual({ at: 61_000, by: bob, text: 'went to step 2 From inside' });
    expect(state?.timeline.length).toBe(state?.seq);
  });
});

describe('checks beside those of the steps', () => {
  const inside = threeVantages.filter(({ vantage }) => vantage.kind !== 'outside');
  const reading = threeVantages.map((one) =>
    one.vantage.kind === 'outside' ? { ...one, checks: [...one.checks, ...readingBot.checks] } : one,
  );
  const checksOf = (asked: readonly { readonly vantage: { readonly kind: string }; readonly check: string }[]) =>
    asked.map(({ vantage, check }) => `${vantage.kind} ${check}`);

  test('one vantage is asked for each that it offers, and each answer is kept as what it is', async () => {
    const set = setUp({ connected: reading });
    const { id } = await opened(set);
    const { steps: found } = await set.settled(id);
    const [endpoint, firewall] = [found.endpoint.runs[0], found.firewall.runs[0]];
    expect(checksOf(endpoint?.asked ?? [])).toEqual(['outside endpoint', 'outside endpoint-path', 'pod endpoint']);
    expect(checksOf(endpoint?.evidence ?? []).sort()).toEqual(checksOf(endpoint?.asked ?? []).sort());
    expect(checksOf(firewall?.asked ?? [])).toEqual(['outside cloud-firewall', 'node host-firewall']);
    expect(firewall).toMatchObject({ verdict: 'ok', missing: [] });
    const asked = (check: string) => set.asked.find((one) => one.check === check)?.params;
    expect(asked('host-firewall')).toMatchObject({ cloudToo: true });
    expect(asked('cloud-firewall')).toEqual({
      sources: ['198.51.100.0/24', '203.0.113.7'],
      entry: { host: 'api.example', port: 6443, addresses: [] },
    });
  });

  test('that nobody offers them changes nothing', async () => {
    const set = setUp();
    const { id } = await opened(set);
    const { steps: found } = await set.settled(id);
    expect(checksOf(found.firewall.runs[0]?.asked ?? [])).toEqual(['node host-firewall']);
    expect(found.firewall.runs[0]).toMatchObject({ verdict: 'ok', missing: [] });
    expect(set.asked.find(({ check }) => check === 'host-firewall')?.params).toMatchObject({ cloudToo: false });
  });

  test('a bot that only reads stands in for no vantage outside', async () => {
    const set = setUp({ connected: [readingBot, ...inside] });
    const { id } = await opened(set);
    const { steps: found } = await set.settled(id);
    expect(found.endpoint.runs[0]?.missing).toEqual(['no vantage outside the cluster is connected']);
    expect(found.inside.runs[0]?.evidence.map(({ vantage }) => vantage.kind)).toEqual(['pod', 'node']);
    expect(found.firewall.runs[0]).toMatchObject({ verdict: 'ok', missing: [] });
  });

  test('one that does not answer for the cloud leaves step 4 open, and step 1 as it is', async () => {
    const set = setUp({
      connected: reading,
      answer: async ({ check }) => (readingBot.checks.includes(check) ? { kind: 'timedOut', afterMs: 15_000 } : good()),
    });
    const { id } = await opened(set);
    const { steps: found } = await set.settled(id);
    const why = 'the bot, asked for the cloud rules, did not answer within 15 s';
    expect(found.firewall.runs[0]).toMatchObject({ verdict: 'unknown', missing: [why] });
    expect(found.endpoint.runs[0]).toMatchObject({ verdict: 'ok', missing: [] });
    expect(found.endpoint.runs[0]?.reason).toContain('the bot, asked for the path, did not answer within 15 s.');
  });

  test('the endpoint is only learned from the step itself', async () => {
    const url = 'https://10.0.0.9:7443';
    const set = setUp({
      connected: reading,
      endpoint: null,
      answer: async ({ check }) =>
        ({
          ...(await good()),
          facts: check === 'endpoint-path' ? { url: 'https://elsewhere:1' } : { url },
        }) as CheckAnswer,
    });
    const { id } = await opened(set);
    await vi.waitFor(async () => expect((await set.service.find(id))?.endpoint).toBe(url));
  });

  test('after a restart only what was not answered is asked again', async () => {
    const store = memoryInvestigations();
    const hanging = setUp({
      store,
      connected: reading,
      answer: ({ check }, signal) =>
        readingBot.checks.includes(check)
          ? new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'offline' })))
          : good(),
    });
    const { id } = await opened(hanging);
    await vi.waitFor(async () => {
      const { steps: found } = (await hanging.service.find(id)) ?? { steps: null };
      expect(found?.endpoint.runs[0]?.evidence).toHaveLength(2);
      expect(found?.firewall.runs[0]?.evidence).toHaveLength(1);
    });
    await hanging.service.close();

    const restarted = setUp({ store, connected: reading });
    await restarted.service.resume();
    const { steps: found } = await restarted.settled(id);
    expect(checksOf(restarted.asked).sort()).toEqual(['outside cloud-firewall', 'outside endpoint-path']);
    expect(found.endpoint.runs[0]?.evidence).toHaveLength(3);
    expect(found.firewall.runs).toMatchObject([{ run: 1, status: 'done', verdict: 'ok' }]);
  });

  test('events of an earlier version, which named no check, are of the step itself', async () => {
    const set = setUp({ connected: [] });
    const { id } = await opened(set);
    await set.settled(id);
    const { vantage } = readingBot;
    await set.service.learn(id, ({ steps: now }) => [
      { kind: 'run-started', at: 1, by: alice, step: 'inside', run: now.inside.runs.length + 1 },
      { kind: 'vantage-asked', at: 1, by: alice, step: 'inside', run: now.inside.runs.length + 1, vantage },
    ]);
    expect((await set.service.find(id))?.steps.inside.runs.at(-1)?.asked).toEqual([{ vantage, check: 'reachability' }]);
  });
});

describe('a bot that stops', () => {
  test('is picked up where it was: vantages that had answered are not asked again', async () => {
    const store = memoryInvestigations();
    const hanging = setUp({
      store,
      answer: ({ vantage }, signal) =>
        vantage.kind === 'node'
          ? new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'offline' })))
          : good(),
    });
    const { id } = await opened(hanging);
    await vi.waitFor(async () => {
      const state = await hanging.service.find(id);
      expect(state?.steps.inside.runs[0]?.evidence).toHaveLength(2);
      expect(state?.steps['control-plane-pods'].runs[0]?.evidence).toHaveLength(1);
    });
    await hanging.service.close();
    expect((await hanging.service.find(id))?.steps.listening.status).toBe('running');

    const restarted = setUp({ store });
    await restarted.service.resume();
    const state = await restarted.settled(id);
    expect(restarted.asked.map(({ vantage }) => vantage.kind)).toEqual(['node', 'node', 'node', 'node']);
    expect(state.steps.inside.runs).toMatchObject([{ run: 1, status: 'done', verdict: 'ok' }]);
    expect(state.steps.inside.runs[0]?.evidence).toHaveLength(3);
  });

  test('that was away for long marks its runs interrupted and offers them again', async () => {
    const store = memoryInvestigations();
    const hanging = setUp({
      store,
      answer: (_asked, signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'offline' }))),
    });
    const { id } = await opened(hanging);
    await vi.waitFor(() => expect(hanging.asked.length).toBe(10));
    await hanging.service.close();
    const restarted = setUp({ store });
    restarted.tick(10 * 60_000);
    await restarted.service.resume();
    const state = await restarted.settled(id);
    expect(restarted.asked).toEqual([]);
    expect(state.steps.listening).toMatchObject({ status: 'failed', runs: [{ status: 'interrupted' }] });
    expect((await restarted.service.act(id, alice, { kind: 'run-again', step: 'listening', afterRun: 1 })).kind).toBe(
      'done',
    );
    await restarted.settled(id);
  });
});
