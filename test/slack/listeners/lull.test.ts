import { expect, test } from 'vitest';
import { createLull } from '../../../src/slack/listeners/lull.ts';

/** Time that passes only while somebody waits; `meanwhile` happens at the end of each wait. */
function stage(meanwhile: (now: number) => void) {
  let at = 1000;
  const waits: number[] = [];
  const lull = createLull({
    quietMs: 15,
    longestMs: 100,
    now: () => at,
    async pause(ms) {
      waits.push(ms);
      at += ms;
      meanwhile(at);
    },
  });
  return { lull, waits, passed: () => at - 1000 };
}

test('without requests there is nothing to wait for', async () => {
  const { lull, waits } = stage(() => undefined);
  await lull.reached();
  expect(waits).toEqual([]);
});

test('each further request puts the work off, until none has come for long enough', async () => {
  let further = 3;
  const { lull, passed } = stage(() => {
    if (further-- > 0) lull.noted();
  });
  lull.noted();
  await lull.reached();
  expect(passed()).toBe(15 * 4);
});

test('requests that never pause do not put the work off for ever', async () => {
  const { lull, passed } = stage(() => lull.noted());
  lull.noted();
  await lull.reached();
  expect(passed()).toBe(100);
});

test('all who wait go on together, and those who come later wait for the next lull', async () => {
  const { lull, waits } = stage(() => undefined);
  lull.noted();
  await Promise.all([lull.reached(), lull.reached()]);
  expect(waits).toEqual([15]);
  lull.noted();
  await lull.reached();
  expect(waits).toEqual([15, 15]);
});
