import { expect, test, vi } from 'vitest';
import type { RunCommand } from '../../src/link/client-runs.ts';
import { answered, command, eventually, NEVER, NODE, stage } from './stage.ts';

async function connected(...args: Parameters<typeof stage>) {
  const on = await stage(...args);
  return {
    ...on,
    hub: on.hub,
    async agentIn(options: Parameters<typeof on.agent>[0] = {}) {
      const agent = await on.agent(options);
      await eventually(() => expect(agent.link.state().kind).toBe('connected'));
      return agent;
    },
  };
}

test('an agent runs the check with its params and its facts come back', async () => {
  const { hub, agentIn } = await connected();
  const ran: RunCommand[] = [];
  await agentIn({
    run: async (received) => {
      ran.push(received);
      return answered({ ports: [6443] });
    },
  });
  const answer = await hub.run('prod', NODE, command({ params: { port: 6443 } }), NEVER);
  expect(answer).toMatchObject({ kind: 'answered', facts: { ports: [6443] }, tookMs: 1 });
  expect(ran).toMatchObject([{ check: 'listening', params: { port: 6443 } }]);
});

test('a fact of 200 kB arrives whole', async () => {
  const { hub, agentIn } = await connected();
  const facts = { text: 'ü'.repeat(100_000) };
  await agentIn({ run: async () => answered(facts) });
  expect(await hub.run('prod', NODE, command(), NEVER)).toMatchObject({ kind: 'answered', facts });
});

test('an answer too large for the link is a failure in words, and the link lives on', async () => {
  const { hub, agentIn } = await connected();
  const { link } = await agentIn({
    run: async ({ check }) => answered(check === 'listening' ? 'x'.repeat(1_100_000) : 'small'),
  });
  const { epoch } = hub.agents('prod')[0] ?? {};
  expect(await hub.run('prod', NODE, command(), NEVER)).toMatchObject({
    kind: 'failed',
    message: expect.stringContaining('too large'),
  });
  expect(await hub.run('prod', NODE, command({ check: 'host-firewall' }), NEVER)).toMatchObject({ facts: 'small' });
  expect(link.state()).toMatchObject({ kind: 'connected', epoch });
});

test('what a check throws, or can not be sent as JSON, is a failure in words', async () => {
  const { hub, agentIn } = await connected();
  await agentIn({
    run: async ({ check }) => {
      if (check === 'listening') throw new Error('ss is not installed');
      return answered({ count: 1n });
    },
  });
  const threw = await hub.run('prod', NODE, command(), NEVER);
  expect(threw).toEqual({ kind: 'failed', message: 'The check listening broke: ss is not installed' });
  const unsendable = await hub.run('prod', NODE, command({ check: 'host-firewall' }), NEVER);
  expect(unsendable).toMatchObject({ kind: 'failed', message: expect.stringContaining('BigInt') });
});

test('an agent that was never there is offline, at once', async () => {
  const { hub } = await connected();
  expect(await hub.run('prod', NODE, command({ deadlineAt: Date.now() + 60_000 }), NEVER)).toEqual({ kind: 'offline' });
});

test('an agent of another cluster or role is not asked', async () => {
  const { hub, agentIn } = await connected();
  const run = vi.fn(async () => answered({}));
  await agentIn({ run });
  expect(await hub.run('stage', NODE, command(), NEVER)).toEqual({ kind: 'offline' });
  expect(await hub.run('prod', { kind: 'pod', instance: 'cp-1' }, command(), NEVER)).toEqual({ kind: 'offline' });
  expect(run).not.toHaveBeenCalled();
});

test('a check that hangs times out at its deadline; its signal aborts', async () => {
  const { hub, agentIn } = await connected();
  const signals: AbortSignal[] = [];
  await agentIn({
    run: (_command, signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    },
  });
  const answer = await hub.run('prod', NODE, command({ deadlineAt: Date.now() + 300 }), NEVER);
  expect(answer).toMatchObject({ kind: 'timedOut', afterMs: expect.any(Number) });
  await eventually(() => expect(signals.map(({ aborted }) => aborted)).toEqual([true]));
});

test('an agent that notices the deadline before the bot does says the same', async () => {
  const { hub, agentIn } = await connected();
  await agentIn({ run: async () => ({ kind: 'timedOut', afterMs: 40 }) });
  expect(await hub.run('prod', NODE, command(), NEVER)).toEqual({ kind: 'timedOut', afterMs: 40 });
});

test('a check whose deadline has passed is not begun', async () => {
  const { hub, agentIn } = await connected();
  await agentIn({ run: () => new Promise(() => undefined) });
  const answer = await hub.run('prod', NODE, command({ deadlineAt: Date.now() - 1 }), NEVER);
  expect(answer).toEqual({ kind: 'timedOut', afterMs: 0 });
});

test('a caller that gives up gets its own reason', async () => {
  const { hub, agentIn } = await connected();
  await agentIn({ run: () => new Promise(() => undefined) });
  const caller = new AbortController();
  const asked = hub.run('prod', NODE, command(), caller.signal);
  caller.abort(new Error('the bot stops'));
  await expect(asked).rejects.toThrow('the bot stops');
});

test('the same command delivered twice runs once and gets the same answer', async () => {
  const { hub, agentIn } = await connected();
  let runs = 0;
  await agentIn({
    run: async () => {
      runs += 1;
      return answered({ run: runs });
    },
  });
  const once = command();
  const both = await Promise.all([hub.run('prod', NODE, once, NEVER), hub.run('prod', NODE, once, NEVER)]);
  const later = await hub.run('prod', NODE, once, NEVER);
  expect(runs).toBe(1);
  expect([...both, later].map((answer) => answer.kind === 'answered' && answer.facts)).toEqual(
    Array(3).fill({ run: 1 }),
  );
});

test('a check that the agent does not run is said to be so, without asking', async () => {
  const { hub, agentIn } = await connected();
  await agentIn();
  expect(await hub.run('prod', NODE, command({ check: 'endpoint' }), NEVER)).toEqual({
    kind: 'failed',
    message: 'The agent cp-1 (0.1.0) does not run the check endpoint.',
  });
});

test('no more checks run at once on one agent than allowed; the others wait their turn', async () => {
  const { hub, agentIn } = await connected({ limits: { checksPerAgent: 2 } });
  const releases: (() => void)[] = [];
  let most = 0;
  let now = 0;
  await agentIn({
    run: async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise<void>((resolve) => releases.push(resolve));
      now -= 1;
      return answered({});
    },
  });
  const all = [1, 2, 3, 4, 5].map(() => hub.run('prod', NODE, command(), NEVER));
  for (let done = 0; done < 5; done += 1) {
    await eventually(() => expect(releases.length).toBeGreaterThan(done));
    releases[done]?.();
  }
  expect((await Promise.all(all)).map(({ kind }) => kind)).toEqual(Array(5).fill('answered'));
  expect(most).toBe(2);
});

test('an agent caps by itself what it runs at once', async () => {
  const { hub, agentIn } = await connected();
  let now = 0;
  let most = 0;
  await agentIn({
    checksAtOnce: 1,
    run: async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return answered({});
    },
  });
  await Promise.all([1, 2, 3].map(() => hub.run('prod', NODE, command(), NEVER)));
  expect(most).toBe(1);
});

test('times in an answer are on the clock of the bot, deadlines on that of the agent', async () => {
  const ahead = 100_000;
  const { hub, agentIn } = await connected();
  const deadlines: number[] = [];
  await agentIn({
    clock: () => Date.now() + ahead,
    run: async ({ deadlineAt }) => {
      deadlines.push(deadlineAt);
      const at = Date.now() + ahead;
      return { kind: 'answered', facts: {}, asOfAt: at - 60_000, gatheredAt: at, tookMs: 5 };
    },
  });
  const before = Date.now();
  const deadlineAt = before + 20_000;
  const answer = await hub.run('prod', NODE, command({ deadlineAt }), NEVER);
  if (answer.kind !== 'answered') throw new Error(`It answered ${JSON.stringify(answer)}`);
  // Half a round trip is not known; on a busy machine that is much, but never as much as the clocks differ.
  expect(Math.abs(answer.gatheredAt - before)).toBeLessThan(20_000);
  expect(answer.gatheredAt - answer.asOfAt).toBe(60_000);
  expect(Math.abs((deadlines[0] ?? 0) - ahead - deadlineAt)).toBeLessThan(20_000);
  expect(Math.abs((hub.agents('prod')[0]?.clockOffsetMs ?? 0) - ahead)).toBeLessThan(20_000);
});
