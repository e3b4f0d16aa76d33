import { expect, test } from 'vitest';
import type { InvestigationEvent } from '../../src/investigation/events.ts';
import { replay } from '../../src/investigation/evolve.ts';
import type { Investigation } from '../../src/investigation/state.ts';
import type { StepId } from '../../src/playbook/step.ts';
import type { SendOutcome } from '../../src/slack/outbound.ts';
import { createPublisher } from '../../src/slack/publisher.ts';
import type { Actor } from '../../src/words/person.ts';

const ana: Actor = { kind: 'person', id: 'U1' };
const sent: SendOutcome = { kind: 'sent', channel: 'C1', ts: '1.0' };

/** With these steps skipped, one after the other. */
function investigation(skipped: readonly StepId[], channel: string | null = 'C1'): Investigation {
  const room = channel === null ? null : { channel, thread: null };
  const opened: InvestigationEvent = {
    kind: 'opened',
    at: 1,
    by: ana,
    id: 'inv-a',
    cluster: 'prod',
    endpoint: null,
    room,
  };
  const state = replay([opened, ...skipped.map((step) => ({ kind: 'skipped' as const, at: 2, by: ana, step }))]);
  if (state === null) throw new Error('nothing was opened');
  return state;
}

function stage() {
  /** How many steps each card that was drawn shows as skipped. */
  const cards: number[] = [];
  const publisher = createPublisher(
    {
      async upsert(_key, place, { blocks }) {
        if (place.thread === null) cards.push(JSON.stringify(blocks).match(/\* skipped/g)?.length ?? 0);
        return sent;
      },
    },
    { connected: () => [], absent: () => [] },
  );
  return { publisher, cards };
}

test('changes that follow one another closely are drawn once, and all learn what became of it', async () => {
  const { publisher, cards } = stage();
  const outcomes = await Promise.all([
    publisher.publish(investigation([])),
    publisher.publish(investigation(['endpoint', 'inside'])),
    // A slower caller with an older state.
    publisher.publish(investigation(['endpoint'])),
  ]);
  expect(cards).toEqual([2]);
  expect(outcomes).toEqual([sent, sent, sent]);
});

test('a later change is drawn again, an older state never', async () => {
  const { publisher, cards } = stage();
  await publisher.publish(investigation(['endpoint']));
  await publisher.publish(investigation(['endpoint', 'inside']));
  expect(await publisher.publish(investigation(['endpoint']))).toBeNull();
  expect(cards).toEqual([1, 2]);
});

test('what was published before is drawn when a stopping bot waits for it', async () => {
  const { publisher, cards } = stage();
  void publisher.publish(investigation(['endpoint']));
  expect(cards).toEqual([]);
  await publisher.drawn();
  expect(cards).toEqual([1]);
});

test('an investigation without a room is drawn nowhere', async () => {
  const { publisher, cards } = stage();
  expect(await publisher.publish(investigation([], null))).toBeNull();
  await publisher.drawn();
  expect(cards).toEqual([]);
});
