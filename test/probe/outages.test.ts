import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  type OutageEvent,
  type OutageInput,
  type OutageRules,
  replayFrom,
  watch,
  watched,
} from '../../src/probe/outages.ts';
import type { Round } from '../../src/probe/round.ts';
import { Outage } from '../../src/words/onset.ts';
import { eu, node, pod, round, way } from './rounds.ts';

const rules: OutageRules = { failuresInARow: 2, probeEveryMs: 5_000, flappingMs: 10 * 60_000 };
const T0 = Date.UTC(2026, 0, 5, 14, 0, 0);
/** Seconds after T0. */
const s = (seconds: number) => T0 + seconds * 1_000;

describe('an outage', () => {
  it('has begun after as many bad probes in a row as the rules ask, between the last good and the first bad one', () => {
    const events = fed(round(s(0), 'good'), round(s(5), 'timeout', { tookMs: 4_000 }), round(s(10), 'timeout'));
    expect(events).toMatchObject([
      {
        kind: 'began',
        outage: {
          id: `prober:prod:${s(5)}`,
          incident: `prober:prod:${s(5)}`,
          cluster: 'prod',
          words: 'connect: timeout at api.example:6443 from the bot',
          onset: { method: 'prober', earliestAt: s(0), latestAt: s(9), scope: 'unknown', recovery: null },
        },
      },
    ]);
    expect(events[0]?.outage.onset.words).toBe(
      '2 bad probes in a row from the bot, which probes every 5 s; meanwhile slack.example:443 answered',
    );
    expect(Outage.safeParse(events[0]?.outage).success).toBe(true);
  });

  it('is over with the first good probe, between the start of the last bad and the end of that one', () => {
    const events = fed(...bad(5, 10, 15), round(s(20), 'good', { tookMs: 30.5 }));
    expect(kinds(events)).toEqual(['began', 'ended']);
    expect(events[1]?.outage.onset.recovery).toEqual({ earliestAt: s(15), latestAt: s(20) + 31 });
  });

  it('is none with fewer bad ones, however often', () => {
    expect(fed(...bad(5), round(s(10), 'good'), ...bad(15), round(s(20), 'good'), ...bad(25))).toEqual([]);
  });

  it('says that nothing spoke for the bot itself when no reference could be asked', () => {
    const [began] = fed(...bad(5, 10).map((one) => ({ ...one, answeredBy: null })));
    expect(began?.outage.onset.words).toContain('it may be its own network that failed');
  });

  it('has an unknown beginning when no good probe is known', () => {
    const [began] = fed(round(s(0), 'refused'), round(s(5), 'refused'));
    expect(began?.outage.onset).toMatchObject({ earliestAt: 0, latestAt: s(0) + 100 });
    expect(began?.outage.onset.words).toContain('it failed already at the first look');
  });

  it('tells the addresses that its clients leave by', () => {
    const [began] = fed(...bad(5, 10).map((one) => ({ ...one, leavesBy: ['203.0.113.7'] })));
    expect(began?.outage.onset.sources).toEqual(['203.0.113.7']);
  });
});

describe('missing samples', () => {
  it('are neither health nor failure: the onset spans them and says so', () => {
    const [began] = fed(round(s(0), 'good'), round(s(600), 'timeout'), round(s(605), 'timeout'));
    expect(began?.outage.onset).toMatchObject({ earliestAt: s(0), latestAt: s(600) + 100 });
    expect(began?.outage.onset.words).toContain('no probes are known for 10 min before the first bad one');
  });

  it.each([
    ['notRunning', 'the bot was not running for 8 min of it'],
    ['cutOff', 'the bot was itself cut off for 8 min of it'],
  ] as const)('have a reason when one is known: %s', (why, words) => {
    const unseen = { kind: 'unseen', unseen: { fromAt: s(60), toAt: s(540), why } } as const;
    const [began] = fed(round(s(0), 'good'), unseen, round(s(600), 'timeout'), round(s(605), 'timeout'));
    expect(began?.outage.onset.words).toContain(words);
  });

  it('do not end an outage', () => {
    const events = fed(...bad(5, 10), { kind: 'tick', at: s(9_000) }, round(s(9_005), 'timeout'));
    expect(kinds(events)).toEqual(['began']);
  });

  it('end it, without anybody having seen that, when only the vantage that saw it fails is silent for long', () => {
    const from = (vantage: typeof eu, ...rounds: Round[]) => rounds.map((one) => ({ ...one, way: way(vantage) }));
    const events = fed(
      round(s(0), 'good'),
      ...from(eu, round(s(0), 'good'), ...bad(5, 10).slice(1)),
      round(s(1_000), 'good'),
      { kind: 'tick', at: s(1_001) },
    );
    expect(kinds(events)).toEqual(['began', 'changed', 'ended']);
    expect(events[2]?.outage.onset).toMatchObject({ recovery: { earliestAt: s(10), latestAt: s(1_001) } });
    expect(events[2]?.outage.onset.words).toContain('when it was over is not known');
  });

  it('late ones are left out, those of a clock that was set back are not', () => {
    expect(fed(...bad(5), round(s(-1), 'timeout'))).toEqual([]);
    expect(kinds(fed(...bad(5), round(s(-3_600), 'timeout'), round(s(-3_595), 'timeout')))).toEqual(['began']);
  });
});

describe('flapping', () => {
  it('makes outages of one incident, each with its own onset', () => {
    const events = fed(...bad(5, 10), round(s(15), 'good'), ...bad(120, 125).slice(1));
    expect(kinds(events)).toEqual(['began', 'ended', 'began']);
    const [first, , second] = events.map(({ outage }) => outage);
    expect(second?.incident).toBe(first?.id);
    expect(second?.id).not.toBe(first?.id);
    expect(second?.onset).toMatchObject({ earliestAt: s(15), latestAt: s(120) + 100 });
  });

  it.each([
    [600, true],
    [601, false],
  ])('within ten minutes of the recovery: %i s after', (seconds, isSame) => {
    const again = s(15) + 100 + seconds * 1_000 - 100;
    const events = fed(...bad(5, 10), round(s(15), 'good'), round(again, 'timeout'), round(again + 5_000, 'timeout'));
    expect(events[2]?.outage.incident === events[0]?.outage.id).toBe(isSame);
  });

  it('knows the incident of an outage that ended before a restart', () => {
    const before = fed(...bad(5, 10), round(s(15), 'good'))[1]?.outage;
    if (before === undefined) throw new Error('no outage');
    const after = fedFrom([before], ...bad(120, 125));
    expect(after.at(-1)?.outage.incident).toBe(before.id);
  });
});

describe('scope', () => {
  const at = (
    vantage: Round['way']['vantage'],
    outcome: 'good' | 'timeout',
    path: Round['way']['path'] = 'endpoint',
  ) => [round(s(11), outcome, { way: way(vantage, path) }), round(s(16), outcome, { way: way(vantage, path) })];

  it.each([
    ['nobody else could tell', [], 'unknown', 'from the bot'],
    [
      'pods and nodes reach it',
      [...at(pod, 'good'), ...at(node, 'good')],
      'outsideOnly',
      'works from pod agent-1, node cp-1',
    ],
    [
      'a pod reaches it by its Service only',
      [...at(pod, 'timeout'), ...at(pod, 'good', 'service-ip')],
      'outsideOnly',
      'pod',
    ],
    [
      'nobody reaches it',
      [...at(pod, 'timeout'), ...at(node, 'timeout')],
      'everywhere',
      'from the bot, pod agent-1, node cp-1',
    ],
    ['some inside reach it', [...at(pod, 'timeout'), ...at(node, 'good')], 'someVantages', 'works from node cp-1'],
    ['another outside reaches it', at(eu, 'good'), 'someVantages', 'works from vantage eu'],
    [
      'outside all fail, a node works',
      [...at(eu, 'timeout'), ...at(node, 'good')],
      'outsideOnly',
      'from the bot, vantage eu',
    ],
  ] as const)('when %s', (_what, others, scope, words) => {
    const events = fed(...bad(5, 10), ...others, round(s(20), 'timeout'));
    expect(events.at(-1)?.outage.onset.scope).toBe(scope);
    const last = fed(...others, ...bad(5, 10)).at(-1)?.outage;
    expect([events.at(-1)?.outage.words, last?.words].join(' ')).toContain(words);
    expect(kinds(events)).toEqual(scope === 'unknown' ? ['began'] : ['began', ...events.slice(1).map(() => 'changed')]);
  });

  it('does not count what was seen before the outage', () => {
    const early = round(s(-60), 'good', { way: way(pod) });
    expect(fed(early, ...bad(5, 10))[0]?.outage.onset.scope).toBe('unknown');
  });

  it('is one address when the others answer, and that address is named', () => {
    const two = (one: 'good' | 'timeout') => ({ '192.0.2.1': 'good', '192.0.2.2': one }) as const;
    const events = fed(round(s(0), two('good')), round(s(5), two('timeout')), round(s(10), two('timeout')));
    expect(events).toMatchObject([
      { kind: 'began', outage: { onset: { scope: 'oneAddress', earliestAt: s(0), latestAt: s(5) + 100 } } },
    ]);
    expect(events[0]?.outage.words).toContain('192.0.2.2, one of 2 addresses of api.example:6443');
    const back = fed(
      round(s(0), two('good')),
      round(s(5), two('timeout')),
      round(s(10), two('timeout')),
      round(s(15), two('good')),
    );
    expect(kinds(back)).toEqual(['began', 'ended']);
  });

  it('a whole failure after that of one address has an onset of its own, in the same incident', () => {
    const some = { '192.0.2.1': 'good', '192.0.2.2': 'timeout' } as const;
    const none = { '192.0.2.1': 'timeout', '192.0.2.2': 'timeout' } as const;
    const events = fed(
      round(s(0), { '192.0.2.1': 'good', '192.0.2.2': 'good' }),
      ...[5, 10, 60].map((each) => round(s(each), some)),
      ...[65, 70].map((each) => round(s(each), none)),
    ).filter(({ kind }) => kind === 'began');
    expect(events.map(({ outage }) => [outage.onset.earliestAt, outage.onset.latestAt])).toEqual([
      [s(0), s(5) + 100],
      [s(60), s(65) + 100],
    ]);
    expect(events[1]?.outage.incident).toBe(events[0]?.outage.id);
  });

  it('an address that this machine has no way to, and never had, is no failure; one that it had is', () => {
    const without6 = { '192.0.2.1': 'good', '2001:db8::1': 'networkUnreachable' } as const;
    expect(fed(...[0, 5, 10, 15].map((each) => round(s(each), without6)))).toEqual([]);
    const had = round(s(-5), { '192.0.2.1': 'good', '2001:db8::1': 'good' });
    expect(kinds(fed(had, ...[0, 5, 10].map((each) => round(s(each), without6))))).toEqual(['began']);
  });
});

describe('names', () => {
  it('that do not resolve any more are an outage of all their addresses', () => {
    const gone = { null: 'nameNotFound' } as const;
    const events = fed(round(s(0), 'good'), round(s(5), gone), round(s(10), gone), round(s(15), 'good'));
    expect(events).toMatchObject([
      { kind: 'began', outage: { words: 'resolve: the name does not resolve at api.example:6443 from the bot' } },
      { kind: 'ended' },
    ]);
  });

  it('that point elsewhere are one outage, whatever addresses they get meanwhile', () => {
    const events = fed(
      round(s(0), { '192.0.2.1': 'good' }),
      round(s(5), { '198.51.100.1': 'refused' }),
      round(s(10), { '198.51.100.1': 'refused' }),
      ...[60, 65, 70].map((each) => round(s(each), { '198.51.100.2': 'refused' })),
      round(s(75), { '192.0.2.1': 'good' }),
    );
    expect(kinds(events)).toEqual(['began', 'ended']);
    expect(events[0]?.outage.onset).toMatchObject({ earliestAt: s(0), latestAt: s(5) + 100 });
  });

  it('and endpoints that are probed no more end what they told of', () => {
    const events = fed(...bad(5, 10), { kind: 'leave', way: way(), at: s(30) });
    expect(events[1]).toMatchObject({
      kind: 'ended',
      outage: { onset: { recovery: { earliestAt: s(10), latestAt: s(30) } } },
    });
    expect(events[1]?.outage.onset.words).toContain('it is probed no more');
  });
});

describe('inside vantages', () => {
  it('call nothing where somebody is outside', () => {
    const inside = [5, 10, 15].map((each) => round(s(each), 'timeout', { way: way(pod) }));
    expect(fed(round(s(0), 'good', { way: way(pod) }), round(s(1), 'good'), ...inside)).toEqual([]);
  });

  it('call it where nobody is, of a way that did work', () => {
    const inside = [5, 10].map((each) => round(s(each), 'timeout', { way: way(pod) }));
    expect(fed(...inside)).toEqual([]);
    expect(kinds(fed(round(s(0), 'good', { way: way(pod) }), ...inside))).toEqual(['began']);
  });
});

describe('several vantages', () => {
  it('that begin to fail at the same time see one outage, which lasts until all of them work', () => {
    const euRounds = (...each: [number, 'good' | 'timeout'][]) =>
      each.map(([at, outcome]) => round(s(at), outcome, { way: way(eu) }));
    const events = fed(
      ...euRounds([1, 'good']),
      ...bad(5, 10),
      ...euRounds([6, 'timeout'], [11, 'timeout']),
      round(s(15), 'good'),
      ...euRounds([16, 'timeout'], [21, 'good']),
    );
    expect(kinds(events).filter((kind) => kind !== 'changed')).toEqual(['began', 'ended']);
    expect(events.at(-1)?.outage.onset.recovery).toEqual({ earliestAt: s(16), latestAt: s(21) + 100 });
  });

  it('that follow later have an onset of their own, in the same incident', () => {
    const late = [100, 105].map((each) => round(s(each), 'timeout'));
    const events = fed(
      round(s(0), 'good', { way: way(eu) }),
      ...[5, 10].map((each) => round(s(each), 'timeout', { way: way(eu) })),
      round(s(95), 'good'),
      ...late,
    ).filter(({ kind }) => kind === 'began');
    expect(events.map(({ outage }) => outage.onset.latestAt)).toEqual([s(5) + 100, s(100) + 100]);
    expect(events[1]?.outage.incident).toBe(events[0]?.outage.id);
  });

  it('tell a wide onset better', () => {
    const events = fed(
      round(s(-3_000), 'good'),
      round(s(3), 'good', { way: way(eu) }),
      ...[5, 10].map((each) => round(s(each), 'timeout')),
      ...[8, 13].map((each) => round(s(each), 'timeout', { way: way(eu) })),
    );
    expect(events[0]?.outage.onset).toMatchObject({ earliestAt: s(-3_000), latestAt: s(5) + 100 });
    expect(events.at(-1)).toMatchObject({
      kind: 'changed',
      outage: { id: events[0]?.outage.id, onset: { earliestAt: s(3), latestAt: s(8) + 100 } },
    });
  });
});

describe('after a restart', () => {
  const lasting = fed(...bad(5, 10))[0]?.outage;

  it('an outage that lasts goes on, and ends once', () => {
    if (lasting === undefined) throw new Error('no outage');
    const events = fedFrom([lasting], round(s(0), 'good'), ...bad(5, 10, 300).slice(1), round(s(305), 'good'));
    expect(kinds(events)).toEqual(['ended']);
    expect(events[0]?.outage).toMatchObject({
      id: lasting.id,
      onset: { recovery: { earliestAt: s(300), latestAt: s(305) + 100 } },
    });
  });

  it('one whose samples are gone ends when the endpoint works', () => {
    if (lasting === undefined) throw new Error('no outage');
    const events = fedFrom([lasting], round(s(305), 'good'));
    expect(events).toMatchObject([
      {
        kind: 'ended',
        outage: { id: lasting.id, onset: { recovery: { earliestAt: s(5) + 100, latestAt: s(305) + 100 } } },
      },
    ]);
  });
});

/** When the server is up: turns at these moments, beginning with up. */
const history = fc
  .array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 12 })
  .map((spans) => spans.map((_, index) => T0 + 6_000 + spans.slice(0, index + 1).reduce((sum, span) => sum + span, 0)));

const prober = fc.record({
  everyMs: fc.integer({ min: 1_000, max: 10_000 }),
  phaseMs: fc.integer({ min: 0, max: 5_000 }),
  rttMs: fc.integer({ min: 0, max: 500 }),
  /** Rounds that were never made. */
  missing: fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 60 }),
  failuresInARow: fc.integer({ min: 1, max: 4 }),
});

describe('for any history of a server and any prober', () => {
  test('every onset and every recovery contains a moment at which the server really turned', () => {
    fc.assert(
      fc.property(history, prober, (turns, how) => {
        const downs = turns.filter((_, index) => index % 2 === 0);
        const ups = turns.filter((_, index) => index % 2 === 1);
        const events = simulated(turns, how);
        for (const { kind, outage } of events) {
          const { earliestAt, latestAt, recovery } = outage.onset;
          expect(downs.some((at) => at >= earliestAt && at <= latestAt)).toBe(true);
          if (kind !== 'ended') continue;
          expect(recovery).not.toBeNull();
          expect(ups.some((at) => recovery !== null && at >= recovery.earliestAt && at <= recovery.latestAt)).toBe(
            true,
          );
        }
      }),
    );
  });

  test('outages begin and end in turn, each with an id of its own, and nothing is called while the server is up', () => {
    fc.assert(
      fc.property(history, prober, (turns, how) => {
        const events = simulated(turns, how).filter(({ kind }) => kind !== 'changed');
        expect(kinds(events)).toEqual(events.map((_, index) => (index % 2 === 0 ? 'began' : 'ended')));
        const begun = events.filter(({ kind }) => kind === 'began').map(({ outage }) => outage.id);
        expect(new Set(begun).size).toBe(begun.length);
        expect(simulated([], how)).toEqual([]);
      }),
    );
  });

  test('a restart in the middle changes nothing of it', () => {
    fc.assert(
      fc.property(history, prober, fc.nat({ max: 100 }), (turns, how, cut) => {
        const rounds = roundsFor(turns, how);
        const its = { ...rules, failuresInARow: how.failuresInARow, probeEveryMs: how.everyMs };
        const through = runs(watched('prod', []), rounds, its);
        const before = runs(watched('prod', []), rounds.slice(0, cut), its);
        const newest = new Map(before.events.map(({ outage }) => [outage.id, outage]));
        const known = [...newest.values()];
        const again = rounds.filter(({ at }) => at > replayFrom(known));
        const after = runs(watched('prod', known), again, its);
        expect(after.events).toEqual(through.events.slice(before.events.length));
      }),
    );
  });
});

function simulated(turns: readonly number[], how: Parameters<typeof roundsFor>[1] & { failuresInARow: number }) {
  const its = { ...rules, failuresInARow: how.failuresInARow, probeEveryMs: how.everyMs };
  return runs(watched('prod', []), roundsFor(turns, how), its).events;
}

/** A probe is good when the server is up for all of its round trip; else it fails at once or at its deadline. */
function roundsFor(
  turns: readonly number[],
  { everyMs, phaseMs, rttMs, missing }: { everyMs: number; phaseMs: number; rttMs: number; missing: readonly number[] },
): Round[] {
  const isUp = (at: number) => turns.filter((turn) => turn <= at).length % 2 === 0;
  const made = Array.from({ length: 200 }, (_, index) => index).filter(
    (index) => index === 0 || !missing.includes(index),
  );
  return made.map((index) => {
    const at = T0 + phaseMs + index * everyMs;
    const good = isUp(at) && isUp(at + rttMs) && !turns.some((turn) => turn > at && turn <= at + rttMs);
    const tookMs = good || index % 3 === 0 ? rttMs : Math.max(rttMs, 0.8 * everyMs);
    return round(at, good ? 'good' : 'timeout', { tookMs });
  });
}

function runs(state: ReturnType<typeof watched>, rounds: readonly Round[], its: OutageRules) {
  let now = state;
  const events: OutageEvent[] = [];
  for (const one of rounds) {
    const step = watch(now, { kind: 'round', round: one }, its);
    now = step.state;
    events.push(...step.events);
  }
  return { state: now, events };
}

/** A good probe, then bad ones at these seconds. */
function bad(...seconds: number[]): Round[] {
  return [round(s((seconds[0] ?? 0) - 5), 'good'), ...seconds.map((each) => round(s(each), 'timeout'))];
}

function fed(...inputs: (Round | OutageInput)[]): OutageEvent[] {
  return fedFrom([], ...inputs);
}

function fedFrom(known: readonly Outage[], ...inputs: (Round | OutageInput)[]): OutageEvent[] {
  let state = watched('prod', known);
  return inputs.flatMap((input) => {
    const step = watch(state, 'kind' in input ? input : { kind: 'round', round: input }, rules);
    state = step.state;
    return [...step.events];
  });
}

function kinds(events: readonly OutageEvent[]): string[] {
  return events.map(({ kind }) => kind);
}
