import { expect, test, vi } from 'vitest';
import { createLane, type Turn } from '../../src/slack/lane.ts';

const paced = (burst: number, everyMs: number) => ({ post: { burst, everyMs }, edit: { burst, everyMs } });
const anHour = 3_600_000;

function recorder() {
  const lane = createLane(paced(100, 1));
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

/** Jobs that post or edit, and what was sent so far. */
function sender() {
  const sent: string[] = [];
  const job =
    (what: 'post' | 'edit') =>
    (name: string) =>
    async (turn: Turn): Promise<void> => {
      await turn(what, NEVER);
      sent.push(name);
    };
  return { sent, post: job('post'), edit: job('edit') };
}

test('what is urgent finds an edit left, also while another waits for its turn', async () => {
  const { sent, edit } = sender();
  const lane = createLane(paced(3, anHour));
  for (const name of ['a', 'b', 'c']) lane.add(edit(name));
  await vi.waitFor(() => expect(sent).toEqual(['a', 'b']));
  lane.add(edit('card'), true);
  await vi.waitFor(() => expect(sent).toEqual(['a', 'b', 'card']));
});

test('new messages and edits are counted apart: the card is edited while its thread waits', async () => {
  const { sent, edit, post } = sender();
  const lane = createLane(paced(2, anHour));
  for (const name of ['1', '2', '3']) lane.add(post(name));
  await vi.waitFor(() => expect(sent).toEqual(['1', '2']));
  lane.add(edit('card'), true);
  await vi.waitFor(() => expect(sent).toEqual(['1', '2', 'card']));
});

test('what waits for its turn has it before the next that is urgent', async () => {
  const { sent, edit } = sender();
  const lane = createLane(paced(2, 20));
  lane.add(async (turn) => {
    await edit('a')(turn);
    for (const name of ['1', '2', '3']) lane.add(edit(name), true);
  });
  for (const name of ['b', 'c']) lane.add(edit(name));
  await lane.idle();
  expect(sent).toEqual(['a', '1', 'b', '2', 'c', '3']);
});

test('where one at a time is all that is allowed, nothing is kept back', async () => {
  const { sent, edit } = sender();
  const lane = createLane(paced(1, anHour));
  lane.add(edit('a'));
  await lane.idle();
  expect(sent).toEqual(['a']);
});

test('who waits for a turn is let go when the lane is given up', async () => {
  const lane = createLane(paced(1, anHour));
  const giveUp = new AbortController();
  const outcomes: string[] = [];
  for (const name of ['a', 'b']) {
    lane.add(async (turn) => {
      await turn('post', giveUp.signal).then(
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
