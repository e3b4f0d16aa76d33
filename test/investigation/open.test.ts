import { describe, expect, test, vi } from 'vitest';
import { waits } from '../../src/investigation/open.ts';
import { createInvestigations } from '../../src/investigation/service.ts';
import type { Investigation } from '../../src/investigation/state.ts';
import { createLog } from '../../src/ops/log.ts';
import { steps } from '../../src/playbook/playbook.ts';
import type { Outage } from '../../src/words/onset.ts';
import type { Actor } from '../../src/words/person.ts';
import type { Vantage } from '../../src/words/vantage.ts';
import { memoryInvestigations } from '../fakes/investigation-store.ts';
import { scriptedVantages, threeVantages } from '../fakes/vantages.ts';
import { outageOf, proberOnset, reportOnset } from './onset.ts';

const alice: Actor = { kind: 'person', id: 'U0ALICE' };
const room = { channel: 'C0INC', thread: null };
const asked = { cluster: 'prod', by: alice, room, endpoint: null };

function setUp() {
  const store = memoryInvestigations();
  const scripted = scriptedVantages(async () => ({
    kind: 'answered',
    facts: {},
    gatheredAt: now,
    asOfAt: now,
    tookMs: 1,
  }));
  scripted.connected.push(...threeVantages);
  let now = 1_000_000;
  const outages: Outage[] = [];
  const service = createInvestigations({
    store,
    vantages: scripted.vantages,
    clusters: {
      profile: async (name) => ({
        name,
        knowledge: { endpoints: [], caPem: '', controlPlaneNodes: [], provider: 'self', asOfAt: 1 },
        sources: [],
        gateways: [],
      }),
    },
    clock: { now: () => now },
    log: createLog({ name: 'test', level: 'silent' }),
    judge: () => ({ verdict: 'problem', reason: 'broken', details: [] }),
    endpointIn: () => null,
    endpointOf: async () => 'https://api.example:6443',
    outagesOf: async () => outages,
    onChange: () => {},
  });
  return {
    service,
    outages,
    connected: scripted.connected,
    tick: (ms: number) => (now += ms),
    now: () => now,
    one: async () => {
      const [only, ...others] = await service.listOpen();
      expect(others).toEqual([]);
      if (only === undefined) throw new Error('none is open');
      return only;
    },
    settled: (id: string) =>
      vi.waitFor(async () => {
        const state = await service.find(id);
        if (state === null || runsOf(state).some(({ status }) => status === 'running'))
          throw new Error('still running');
        return state;
      }),
  };
}

const runsOf = (state: Investigation) => Object.values(state.steps).flatMap(({ runs }) => runs);

describe('at an onset', () => {
  test('all six checks run by themselves and are kept, and nobody is bothered', async () => {
    const set = setUp();
    await set.service.outageSeen(outageOf(proberOnset(set.now() - 5_000)));
    const state = await set.settled((await set.one()).id);
    expect(waits(state)).toBe(true);
    expect(runsOf(state)).toHaveLength(steps.length);
    expect(runsOf(state).every(({ evidence }) => evidence.length > 0)).toBe(true);
    expect(state.onsets.map(({ id }) => id)).toEqual([`prober:${set.now() - 5_000}`]);
  });

  test('the same outage told again changes nothing; its end is learned', async () => {
    const set = setUp();
    const beganAt = set.now() - 5_000;
    await set.service.outageSeen(outageOf(proberOnset(beganAt)));
    const { id } = await set.one();
    const { seq } = await set.settled(id);
    await set.service.outageSeen(outageOf(proberOnset(beganAt)));
    expect((await set.one()).seq).toBe(seq);
    await set.service.outageSeen(outageOf(proberOnset(beganAt, set.now())));
    expect((await set.one()).onsets).toEqual([proberOnset(beganAt, set.now())]);
    expect(runsOf(await set.one())).toHaveLength(steps.length);
  });

  test('a stretch that is over when it is heard of opens nothing', async () => {
    const set = setUp();
    await set.service.outageSeen(outageOf(proberOnset(1, 2)));
    expect(await set.service.listOpen()).toEqual([]);
  });

  test('an investigation that is open learns the onset and looks anew; none other is opened', async () => {
    const set = setUp();
    const opened = await set.service.open(asked);
    if (opened.kind === 'refused') throw new Error(opened.message);
    await set.settled(opened.investigation.id);
    await set.service.outageSeen(outageOf(proberOnset(set.now())));
    const state = await set.settled((await set.one()).id);
    expect(state.onsets).toHaveLength(1);
    expect(runsOf(state)).toHaveLength(2 * steps.length);
  });

  test('what an agent that was away tells of an outage long over is not what an investigation is about', async () => {
    const set = setUp();
    await set.service.open(asked);
    await set.service.outageSeen(outageOf(proberOnset(set.now() - 60 * 60_000, set.now() - 30 * 60_000)));
    expect((await set.one()).onsets).toEqual([]);
    await set.service.outageSeen(outageOf(proberOnset(set.now() - 60 * 60_000, set.now() - 5 * 60_000)));
    expect((await set.one()).onsets).toHaveLength(1);
  });

  test('every down stretch of a flapping endpoint keeps its own onset', async () => {
    const set = setUp();
    const flap = proberOnset(set.now() - 60_000);
    await set.service.outageSeen(outageOf(flap));
    await set.service.outageSeen(outageOf({ ...flap, recovery: { earliestAt: 1, latestAt: 2 } }));
    await set.service.outageSeen(outageOf(proberOnset(set.now()), flap.id));
    expect((await set.one()).onsets).toHaveLength(2);
  });
});

describe('a vantage that was away', () => {
  const node: Vantage = { kind: 'node', instance: 'cp-1', leavesBy: [] };

  async function withoutNode() {
    const set = setUp();
    const away = set.connected.splice(
      set.connected.findIndex(({ vantage }) => vantage.kind === 'node'),
      1,
    );
    await set.service.outageSeen(outageOf(proberOnset(set.now())));
    const state = await set.settled((await set.one()).id);
    expect(state.steps.listening.runs.map(({ status }) => status)).toEqual(['failed']);
    return { ...set, id: state.id, comeBack: () => set.connected.push(...away) };
  }

  test('is asked as soon as it is back, by the steps that had to go without it, once', async () => {
    const { service, settled, id, comeBack } = await withoutNode();
    comeBack();
    await service.vantageBack('prod', node);
    const state = await settled(id);
    expect(state.steps.listening.runs.map(({ status }) => status)).toEqual(['failed', 'done']);
    expect(state.steps['network-policies'].runs).toHaveLength(1);
    await service.vantageBack('prod', node);
    expect((await settled(id)).steps.listening.runs).toHaveLength(2);
  });

  test('is not, when the outage was over long before', async () => {
    const { service, settled, id, comeBack, now, tick } = await withoutNode();
    await service.outageSeen(outageOf(proberOnset(now(), now())));
    tick(2 * 60 * 60_000);
    comeBack();
    await service.vantageBack('prod', node);
    expect((await settled(id)).steps.listening.runs).toHaveLength(1);
  });
});

describe('asked for in another channel', () => {
  const elsewhere = {
    ...asked,
    by: { kind: 'person' as const, id: 'U0BOB' },
    room: { channel: 'C0OTHER', thread: null },
  };

  async function opened(set: ReturnType<typeof setUp>) {
    const first = await set.service.open(asked);
    if (first.kind === 'refused') throw new Error(first.message);
    return first.investigation.id;
  }

  test('during the same outage it is the first one, whoever asks and whatever they tell', async () => {
    const set = setUp();
    const outage = outageOf(proberOnset(set.now()));
    set.outages.push(outage);
    await set.service.outageSeen(outage);
    const id = await opened(set);
    const second = await set.service.open({ ...elsewhere, report: reportOnset(set.now()) });
    expect(second).toMatchObject({ kind: 'joined', investigation: { id, room, openedBy: alice } });
    expect((await set.one()).onsets.map(({ method }) => method)).toEqual(['prober', 'report']);
  });

  test('also when somebody was faster than the prober', async () => {
    const set = setUp();
    const id = await opened(set);
    set.tick(50 * 60_000);
    const outage = outageOf(proberOnset(set.now()));
    set.outages.push(outage);
    await set.service.outageSeen(outage);
    expect(await set.service.open(elsewhere)).toMatchObject({ kind: 'joined', investigation: { id } });
  });

  test('one that was left open long before is not about it', async () => {
    const set = setUp();
    await opened(set);
    set.tick(2 * 60 * 60_000);
    const outage = outageOf(proberOnset(set.now()));
    set.outages.push(outage);
    await set.service.outageSeen(outage);
    expect(await set.service.open(elsewhere)).toMatchObject({
      kind: 'opened',
      investigation: { room: elsewhere.room },
    });
  });

  test('without an outage that is seen each channel has its own', async () => {
    const set = setUp();
    await opened(set);
    expect(await set.service.open(elsewhere)).toMatchObject({ kind: 'opened' });
  });
});

describe('when it is asked for', () => {
  test('what stood by is brought into the room, with what was found at the onset', async () => {
    const set = setUp();
    await set.service.outageSeen(outageOf(proberOnset(set.now())));
    const standing = await set.settled((await set.one()).id);
    set.tick(14_000);
    const opened = await set.service.open(asked);
    expect(opened).toMatchObject({ kind: 'opened', investigation: { id: standing.id, room, openedBy: alice } });
    // Found a moment ago: fresh enough.
    expect(runsOf(await set.settled(standing.id))).toHaveLength(steps.length);
  });

  test('evidence of the onset stays when it is old, and a new look stands beside it', async () => {
    const set = setUp();
    await set.service.outageSeen(outageOf(proberOnset(set.now())));
    const standing = await set.settled((await set.one()).id);
    set.tick(10 * 60_000);
    await set.service.open(asked);
    const state = await set.settled(standing.id);
    expect(state.steps.firewall.runs.map(({ startedAt }) => startedAt)).toEqual([1_000_000, 1_600_000]);
  });

  test('of an outage that is over by then, everything is looked at once more', async () => {
    const set = setUp();
    const beganAt = set.now();
    await set.service.outageSeen(outageOf(proberOnset(beganAt)));
    const standing = await set.settled((await set.one()).id);
    await set.service.outageSeen(outageOf(proberOnset(beganAt, set.now())));
    set.tick(10_000);
    await set.service.open(asked);
    expect(runsOf(await set.settled(standing.id))).toHaveLength(2 * steps.length);
  });

  test('twice at once it is brought once, and joined by the second', async () => {
    const set = setUp();
    await set.service.outageSeen(outageOf(proberOnset(set.now())));
    const kinds = (await Promise.all([set.service.open(asked), set.service.open(asked)])).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['joined', 'opened']);
    await set.one();
  });

  test('what was over hours ago is left alone', async () => {
    const set = setUp();
    const beganAt = set.now();
    await set.service.outageSeen(outageOf(proberOnset(beganAt)));
    await set.service.outageSeen(outageOf(proberOnset(beganAt, beganAt + 60_000)));
    const old = await set.one();
    set.tick(3 * 60 * 60_000);
    const opened = await set.service.open(asked);
    expect(opened).toMatchObject({ kind: 'opened' });
    if (opened.kind !== 'refused') expect(opened.investigation.id).not.toBe(old.id);
  });

  test('a report is an onset of its own, and the sources it names are asked about', async () => {
    const set = setUp();
    const report = reportOnset(set.now() - 60_000, ['203.0.113.0/24']);
    const opened = await set.service.open({ ...asked, report });
    expect(opened).toMatchObject({ kind: 'opened', investigation: { onsets: [report] } });
  });

  test('one who joins with a report adds it, and the checks run anew for its sources', async () => {
    const set = setUp();
    const first = await set.service.open(asked);
    if (first.kind === 'refused') throw new Error(first.message);
    await set.settled(first.investigation.id);
    const report = reportOnset(set.now(), ['203.0.113.7']);
    const joined = await set.service.open({ ...asked, report });
    expect(joined).toMatchObject({ kind: 'joined', investigation: { id: first.investigation.id, onsets: [report] } });
    expect(runsOf(await set.settled(first.investigation.id))).toHaveLength(2 * steps.length);
  });

  test('a terminal joins whatever is open of the cluster', async () => {
    const set = setUp();
    const first = await set.service.open(asked);
    const second = await set.service.open({ ...asked, room: null });
    if (first.kind === 'refused' || second.kind === 'refused') throw new Error('refused');
    expect(second.kind).toBe('joined');
    expect(second.investigation.id).toBe(first.investigation.id);
  });

  test('an outage that lasts is known to one that is opened anew', async () => {
    const set = setUp();
    set.outages.push(outageOf(proberOnset(set.now() - 100_000)));
    const opened = await set.service.open(asked);
    expect(opened).toMatchObject({ investigation: { onsets: [{ method: 'prober' }] } });
  });
});
