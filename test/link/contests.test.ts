import { expect, test } from 'vitest';
import { rememberContests } from '../../src/link/contests.ts';
import { eventually, stage } from './stage.ts';

test('two agents of one name take each other’s place, and that is remembered for a while', async () => {
  const { hub, agent, enroll } = await stage();
  let nowAt = 0;
  const { contests, stop } = rememberContests(hub, () => nowAt);
  const key = await enroll();
  await agent({ key });
  await agent({ key });
  await eventually(() => expect(contests()).toMatchObject([{ cluster: 'prod', role: 'node', instance: 'cp-1' }]));
  expect(contests()[0]?.times).toBeGreaterThanOrEqual(3);
  stop();
  nowAt += 31 * 60_000;
  expect(contests()).toEqual([]);
});

test('an agent that comes and goes contests nothing', async () => {
  const { hub, agent, enroll } = await stage();
  const { contests } = rememberContests(hub, () => 0);
  const key = await enroll();
  for (let round = 0; round < 4; round++) {
    const { link } = await agent({ key });
    await eventually(() => expect(hub.agents('prod')).toHaveLength(1));
    await link.close();
    await eventually(() => expect(hub.agents('prod')).toHaveLength(0));
  }
  expect(contests()).toEqual([]);
});
