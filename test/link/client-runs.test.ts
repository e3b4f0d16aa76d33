import { expect, test, vi } from 'vitest';
import { makeRuns, type RunOptions } from '../../src/link/client-runs.ts';
import { answered, recordedLog } from './stage.ts';

function runs(options: Partial<RunOptions> & Pick<RunOptions, 'run'>) {
  return makeRuns({ checks: ['listening'], atOnce: 1, clock: Date.now, log: recordedLog().log, ...options });
}

const listening = (id: string, ms = 10_000) => ({ id, check: 'listening', params: {}, deadlineAt: Date.now() + ms });

test('a check that does not heed its signal gives its turn back at its deadline all the same', async () => {
  const { take } = runs({
    run: ({ id }) => (id === 'deaf' ? new Promise(() => undefined) : Promise.resolve(answered(1))),
  });
  const deaf = take(listening('deaf', 50));
  const next = take(listening('next'));
  expect(await deaf).toEqual({ kind: 'timedOut', afterMs: expect.any(Number) });
  expect(await next).toMatchObject({ kind: 'answered' });
});

test('a check that gets no turn before its deadline is not begun', async () => {
  const begun: string[] = [];
  const { take, close } = runs({
    run: ({ id }) => {
      begun.push(id);
      return new Promise(() => undefined);
    },
  });
  const first = take(listening('first'));
  expect(await take(listening('second', 20))).toMatchObject({ kind: 'timedOut' });
  expect(await take(listening('too late', -1))).toEqual({ kind: 'timedOut', afterMs: 0 });
  expect(begun).toEqual(['first']);
  close();
  expect(await first).toEqual({ kind: 'failed', message: 'The agent was stopped while the check ran.' });
});

test('answers are forgotten once nobody can ask for them again', async () => {
  let now = 0;
  const run = vi.fn(async () => answered({}));
  const { take } = runs({ run, clock: () => now });
  const again = { id: 'a', check: 'listening', params: {}, deadlineAt: 10_000 };
  await take(again);
  now = 69_000;
  await take(again);
  expect(run).toHaveBeenCalledTimes(1);
  now = 71_000;
  await take({ ...again, deadlineAt: 80_000 });
  expect(run).toHaveBeenCalledTimes(2);
});
