import { expect, test, vi } from 'vitest';
import { createLane } from '../../src/slack/lane.ts';

const atOnce = { burst: 100, everyMs: 1 };

function recorder() {
  const lane = createLane(atOnce);
  const done: string[] = [];
  const job = (name: string) => async () => {
    await null;
    done.push(name);
  };
  return { lane, done, job };
}

test('jobs are done in the order they were added', async () => {
  const { lane, done, job } = recorder();
  for (const name of ['a', 'b', 'c']) lane.add(job(name));
  await lane.idle();
  expect(done).toEqual(['a', 'b', 'c']);
});

test('what is urgent goes before all that wait', async () => {
  const { lane, done, job } = recorder();
  for (const name of ['a', 'b', 'c']) lane.add(job(name));
  lane.add(job('card'), true);
  await lane.idle();
  expect(done).toEqual(['card', 'a', 'b', 'c']);
});

test('however often it comes again, the others get their turns', async () => {
  const { lane, done, job } = recorder();
  lane.add(job('a'));
  lane.add(job('b'));
  for (const name of ['1', '2', '3']) lane.add(job(name), true);
  await lane.idle();
  expect(done).toEqual(['1', 'a', '2', 'b', '3']);
});

test('what is added while it works is done as well, and idle waits for it', async () => {
  const { lane, done, job } = recorder();
  lane.add(async () => {
    done.push('first');
    lane.add(job('second'));
  });
  await lane.idle();
  expect(done).toEqual(['first', 'second']);
  lane.add(job('third'));
  await lane.idle();
  expect(done).toEqual(['first', 'second', 'third']);
});

const NEVER = new AbortController().signal;

/** A lane whose next message would be due in an hour, and jobs that send. */
function slow(burst: number) {
  const lane = createLane({ burst, everyMs: 3_600_000 });
  const sent: string[] = [];
  const send = (name: string) => async (turn: (signal: AbortSignal) => Promise<void>) => {
    await turn(NEVER);
    sent.push(name);
  };
  return { lane, sent, send };
}

test('what is urgent finds a message left, also while another waits for its turn', async () => {
  const { lane, sent, send } = slow(3);
  for (const name of ['a', 'b', 'c']) lane.add(send(name));
  await vi.waitFor(() => expect(sent).toEqual(['a', 'b']));
  lane.add(send('card'), true);
  await vi.waitFor(() => expect(sent).toEqual(['a', 'b', 'card']));
});

test('what waits for its turn has it before the next that is urgent', async () => {
  const lane = createLane({ burst: 2, everyMs: 20 });
  const sent: string[] = [];
  const send = (name: string) => async (turn: (signal: AbortSignal) => Promise<void>) => {
    await turn(NEVER);
    sent.push(name);
  };
  lane.add(async (turn) => {
    await send('a')(turn);
    for (const name of ['1', '2', '3']) lane.add(send(name), true);
  });
  for (const name of ['b', 'c']) lane.add(send(name));
  await lane.idle();
  expect(sent).toEqual(['a', '1', 'b', '2', 'c', '3']);
});

test('where one message at a time is all that is allowed, nothing is kept back', async () => {
  const { lane, sent, send } = slow(1);
  lane.add(send('a'));
  await lane.idle();
  expect(sent).toEqual(['a']);
});

test('who waits for a turn is let go when the lane is given up', async () => {
  const lane = createLane({ burst: 1, everyMs: 3_600_000 });
  const giveUp = new AbortController();
  const outcomes: string[] = [];
  for (const name of ['a', 'b']) {
    lane.add(async (turn) => {
      await turn(giveUp.signal).then(
        () => outcomes.push(`${name} sent`),
        () => outcomes.push(`${name} given up`),
      );
    });
  }
  await vi.waitFor(() => expect(outcomes).toEqual(['a sent']));
  giveUp.abort();
  await lane.idle();
  expect(outcomes).toEqual(['a sent', 'b given up']);
});
