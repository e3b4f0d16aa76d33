import { expect, test } from 'vitest';
import { PACE, pauseMs } from '../../src/link/client-pace.ts';
import { deadline } from '../../src/link/deadline.ts';
import { newestOnly } from '../../src/link/newest.ts';
import { makeTurns } from '../../src/link/turns.ts';
import { eventually, NEVER } from './stage.ts';

test('turns are given in the order they were asked for, and those who left are passed over', async () => {
  const turns = makeTurns(1);
  const order: string[] = [];
  const leaver = new AbortController();
  const giveBack = await turns.take(NEVER);
  const second = turns.take(NEVER).then((back) => {
    order.push('second');
    back();
  });
  const left = turns.take(leaver.signal);
  const third = turns.take(NEVER).then((back) => {
    order.push('third');
    back();
  });
  leaver.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  expect(order).toEqual([]);
  giveBack();
  await Promise.all([second, third]);
  expect(order).toEqual(['second', 'third']);
  await expect(turns.take(leaver.signal)).rejects.toThrow('left');
  expect(await turns.take(NEVER)).toBeTypeOf('function');
});

test('a deadline passes by itself, or follows its caller, and knows which', async () => {
  const alone = deadline(5, NEVER);
  await eventually(() => expect([alone.signal.aborted, alone.passed()]).toEqual([true, true]));
  const caller = new AbortController();
  const followed = deadline(60_000, caller.signal);
  const late = deadline(60_000, AbortSignal.abort(new Error('before')));
  caller.abort(new Error('gave up'));
  expect([followed.signal.reason, followed.passed()]).toEqual([new Error('gave up'), false]);
  expect(late.signal.reason).toEqual(new Error('before'));
  followed.clear();
  late.clear();
  // Longer than a timer can be: it must not pass at once.
  const long = deadline(Number.MAX_SAFE_INTEGER, NEVER);
  await new Promise((resolve) => setImmediate(resolve));
  expect(long.signal.aborted).toBe(false);
  long.clear();
});

test('of what comes while one is worked on, only the newest is', async () => {
  const worked: number[] = [];
  const waits: (() => void)[] = [];
  const offer = newestOnly<number>(async (item) => {
    worked.push(item);
    await new Promise<void>((resolve) => waits.push(resolve));
  });
  for (const item of [1, 2, 3]) offer(item);
  expect(worked).toEqual([1]);
  waits[0]?.();
  await eventually(() => expect(worked).toEqual([1, 3]));
  waits[1]?.();
  await new Promise((resolve) => setImmediate(resolve));
  offer(4);
  expect(worked).toEqual([1, 3, 4]);
});

test('pauses grow to a limit, with half of them chance; a lost link is back within ten seconds', () => {
  const range = { first: 100, most: 1_000 };
  expect([0, 1, 2, 3, 4, 2_000].map((attempt) => pauseMs(range, attempt, 1))).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ]);
  expect(pauseMs(range, 0, 0)).toBe(50);
  expect(pauseMs(PACE.lost, 1_000, 1)).toBe(10_000);
});
