import { expect, test } from 'vitest';
import { diagnose } from '../../src/correlation/diagnose.ts';
import type { Situation } from '../../src/correlation/situation.ts';
import type { Change } from '../../src/words/change.ts';
import { change, good, judged, minute, onsetAt, probe, reached, situation, T } from './given.ts';

const balancer = (given: Partial<Change> & { at: number }) =>
  change({
    source: 'aws',
    category: 'load-balancer',
    action: 'update',
    ...given,
    target: { kind: 'target group', name: 'api' },
  });
const taken = balancer({ id: 'taken', at: T - 30_000, summary: 'cp-1 deregistered', effect: judged('breaks') });
const back = balancer({ id: 'back', at: T - 15_000, summary: 'cp-1 registered', effect: judged('mends') });
const steps = [
  reached('bot', probe({ phase: 'connect', kind: 'refused' }), ['198.51.100.7']),
  reached('pod', probe(null, { path: 'service-ip' })),
];

function standingOf(id: string, given: Partial<Situation>) {
  const goodUntilOnset = [good(T - 10 * minute, T)];
  const { causes } = diagnose(situation({ onset: onsetAt(), steps, good: goodUntilOnset, ...given }));
  return causes.find(({ changeId }) => changeId === id);
}

test('what was undone before the failures began did not begin them, though a cloud takes its time', () => {
  expect(standingOf('taken', { changes: [taken] })).toMatchObject({ standing: 'explains' });
  expect(standingOf('taken', { changes: [taken, back] })).toMatchObject({
    standing: 'contradicted',
    against: ['It was undone 15 s before the first failures, and probes were good since: cp-1 registered.'],
  });
});

test('it was undone once, and is done again: the second time explains it', () => {
  const again = { ...taken, id: 'again', earliestAt: T - 2_000, latestAt: T - 2_000 };
  expect(standingOf('again', { changes: [taken, back, again] })).toMatchObject({ standing: 'explains' });
  expect(standingOf('taken', { changes: [taken, back, again] })).toMatchObject({ standing: 'contradicted' });
});

test.each<[string, Partial<Situation>]>([
  ['another thing was mended', { changes: [taken, { ...back, target: { ...back.target, name: 'web' } }] }],
  ['what came later mends nothing', { changes: [taken, { ...back, effect: judged('none') }] }],
  ['it was mended as the failures had begun', { changes: [taken, { ...back, earliestAt: T, latestAt: T }] }],
  [
    'it was mended at the last moment, and no probe was good since',
    { changes: [taken, back], good: [good(0, T - 20_000)] },
  ],
])('it stands: %s', (_, given) => {
  expect(standingOf('taken', given)).toMatchObject({ standing: 'explains' });
});
