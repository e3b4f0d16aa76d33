import { expect, test } from 'vitest';
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
