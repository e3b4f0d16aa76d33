import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WalkCommand } from '../../src/investigation/commands.ts';
import { decide } from '../../src/investigation/decide.ts';
import { InvestigationEvent } from '../../src/investigation/events.ts';
import { evolve, replay } from '../../src/investigation/evolve.ts';
import { StepId } from '../../src/playbook/step.ts';
import type { Actor } from '../../src/words/person.ts';

const step = fc.constantFrom(...StepId.options);
const by = fc.constantFrom<Actor>({ kind: 'person', id: 'U1' }, { kind: 'person', id: 'U2' }, { kind: 'itself' });
const record = fc.record({ command: fc.string(), output: fc.string(), note: fc.string() });
const verdict = fc.constantFrom('ok' as const, 'problem' as const, 'unknown' as const, 'notApplicable' as const);
const command: fc.Arbitrary<WalkCommand> = fc.oneof(
  { weight: 6, arbitrary: step.map((from) => ({ kind: 'next' as const, from })) },
  { weight: 4, arbitrary: step.map((id) => ({ kind: 'skip' as const, step: id })) },
  { weight: 4, arbitrary: step.map((to) => ({ kind: 'go' as const, to })) },
  fc.record({ kind: fc.constant('run-again' as const), step, afterRun: fc.nat(3) }),
  fc.record({ kind: fc.constant('record' as const), step, afterRun: fc.nat(3), verdict, record }),
  fc.constantFrom('https://a:1', 'https://b:2').map((url) => ({ kind: 'set-endpoint' as const, url })),
  fc.string().map((summary) => ({ kind: 'conclude' as const, summary })),
);

const opened: InvestigationEvent = {
  kind: 'opened',
  at: 0,
  by: { kind: 'person', id: 'U1' },
  id: 'inv-1',
  cluster: 'prod',
  endpoint: null,
  room: { channel: 'C1', thread: null },
};

test('whatever people press: the same press twice changes nothing, and the events add up to the state', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(by, command), { maxLength: 40 }), (presses) => {
      let state = evolve(null, opened);
      const log: InvestigationEvent[] = [opened];
      presses.forEach(([actor, press], index) => {
        const first = decide(state, actor, index + 1, press);
        if (first.kind !== 'events') return;
        expect(first.events.length).toBeGreaterThan(0);
        for (const event of first.events) {
          expect(InvestigationEvent.parse(event)).toEqual(event);
          state = evolve(state, event);
          log.push(event);
        }
        expect(decide(state, actor, index + 1, press).kind).not.toBe('events');
      });
      expect(replay(log)).toEqual(state);
      expect(state.seq).toBe(log.length);
      for (const { runs } of Object.values(state.steps)) {
        expect(runs.map((run) => run.run)).toEqual(runs.map((_, index) => index + 1));
      }
      if (state.conclusion !== null) {
        expect(
          Object.values(state.steps).flatMap(({ runs }) => runs.filter((run) => run.status === 'running')),
        ).toEqual([]);
      }
    }),
  );
});

test('an investigation begins with being opened', () => {
  expect(() => replay([{ kind: 'moved', at: 1, by: { kind: 'itself' }, to: 'inside' }])).toThrow(/can't begin/);
  expect(replay([])).toBeNull();
});
