import { expect, test } from 'vitest';
import { createChanges } from '../../src/investigation/changes.ts';
import type { Decision } from '../../src/investigation/decide.ts';
import type { InvestigationEvent } from '../../src/investigation/events.ts';
import { replay } from '../../src/investigation/evolve.ts';
import type { Investigation } from '../../src/investigation/state.ts';
import type { StepId } from '../../src/playbook/step.ts';
import type { Actor } from '../../src/words/person.ts';
import { memoryInvestigations } from '../fakes/investigation-store.ts';

const alice: Actor = { kind: 'person', id: 'U0ALICE' };
const id = 'inv-aaaaaa';

async function stage() {
  const store = memoryInvestigations();
  const opened: InvestigationEvent = {
    kind: 'opened',
    at: 1,
    by: alice,
    id,
    cluster: 'prod',
    endpoint: null,
    room: null,
  };
  await store.append(id, 0, [opened]);
  const stored: string[][] = [];
  const shown: number[] = [];
  /** Called before each append. */
  const before = { append: async (): Promise<void> => undefined };
  const change = createChanges({
    load: async (which) => replay(await store.events(which)),
    async append(which, seq, events) {
      await before.append();
      const isMine = await store.append(which, seq, events);
      if (isMine) stored.push(events.map(({ kind }) => kind));
      return isMine;
    },
    onChange: ({ seq }) => shown.push(seq),
  });
  return { store, stored, shown, before, change };
}

const skipped = (step: StepId): InvestigationEvent => ({ kind: 'skipped', at: 2, by: alice, step });
const skip = (step: StepId) => (): Decision => ({ kind: 'events', events: [skipped(step)] });
const refuse = (): Decision => ({ kind: 'refused', message: 'no' });

test('what is asked while something is being stored is stored together, and shown once', async () => {
  const { change, stored, shown } = await stage();
  const changed = await Promise.all([
    change(id, skip('endpoint')),
    change(id, skip('inside')),
    change(id, refuse),
    change(id, skip('firewall')),
  ]);
  expect(stored).toEqual([['skipped'], ['skipped', 'skipped']]);
  expect(shown).toEqual([2, 4]);
  expect(changed).toMatchObject([
    { kind: 'done', events: [{ step: 'endpoint' }] },
    { kind: 'done', events: [{ step: 'inside' }], investigation: { seq: 4 } },
    { kind: 'refused', message: 'no' },
    { kind: 'done', events: [{ step: 'firewall' }], investigation: { seq: 4 } },
  ]);
});

test('each is decided on what the ones before it bring, also on what is not stored yet', async () => {
  const { change, stored } = await stage();
  const once = (state: Investigation): Decision =>
    state.steps.inside.status === 'skipped' ? { kind: 'already', by: alice, at: 2 } : skip('inside')();
  const changed = await Promise.all([change(id, skip('endpoint')), change(id, once), change(id, once)]);
  expect(changed.map(({ kind }) => kind)).toEqual(['done', 'done', 'already']);
  expect(stored).toEqual([['skipped'], ['skipped']]);
});

test('all are decided anew when another process was faster', async () => {
  const { change, store, before } = await stage();
  let isFirst = true;
  before.append = async () => {
    if (!isFirst) return;
    isFirst = false;
    await store.append(id, 1, [skipped('listening')]);
  };
  const seen: number[] = [];
  await change(id, (state) => {
    seen.push(state.seq);
    return skip('inside')();
  });
  expect(seen).toEqual([1, 2]);
  expect((await store.events(id)).map((event) => ('step' in event ? event.step : event.kind))).toEqual([
    'opened',
    'listening',
    'inside',
  ]);
});

test('a decision that throws is told to its own caller alone', async () => {
  const { change } = await stage();
  const broken = (): Decision => {
    throw new Error('broken');
  };
  const changed = await Promise.allSettled([
    change(id, skip('endpoint')),
    change(id, broken),
    change(id, skip('inside')),
  ]);
  expect(changed.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('a store that fails is told to everybody who waited for it, and asked again by the next', async () => {
  const { change, before, stored } = await stage();
  before.append = async () => {
    throw new Error('the disk is full');
  };
  const failed = await Promise.allSettled([change(id, skip('endpoint')), change(id, skip('inside'))]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  before.append = async () => undefined;
  expect(await change(id, skip('inside'))).toMatchObject({ kind: 'done' });
  expect(stored).toEqual([['skipped']]);
});

test('an investigation that is not there is refused in words', async () => {
  const { change } = await stage();
  expect(await change('inv-bbbbbb', refuse)).toEqual({
    kind: 'refused',
    message: 'There is no investigation inv-bbbbbb.',
  });
});
