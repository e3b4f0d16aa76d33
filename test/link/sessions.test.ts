import { expect, test, vi } from 'vitest';
import type { AgentChange } from '../../src/link/hub-roster.ts';
import type { LinkKey } from '../../src/link/keys.ts';
import type { ClusterKnowledge } from '../../src/words/endpoint.ts';
import { prove, rawAgent } from './raw-agent.ts';
import { answered, command, eventually, NEVER, NODE, stage } from './stage.ts';

const knowledge: ClusterKnowledge = {
  endpoints: [],
  caPem: 'PEM',
  controlPlaneNodes: ['cp-1'],
  provider: 'self',
  asOfAt: 1,
};

test('the newer of two sessions of one instance acts; the older is fenced and stays back', async () => {
  const on = await stage();
  const key = await on.enroll();
  const slow = { first: 60_000, most: 60_000 };
  const older = await on.agent({ key, run: async () => answered('older'), pace: { fenced: slow } });
  await eventually(() => expect(older.link.state().kind).toBe('connected'));
  const newer = await on.agent({ key, run: async () => answered('newer'), pace: { fenced: slow } });
  await eventually(() => {
    expect(older.link.state()).toMatchObject({ kind: 'fenced', message: expect.stringContaining('cp-1') });
    expect(newer.link.state()).toMatchObject({ kind: 'connected', epoch: 2 });
  });
  expect(on.hub.agents('prod')).toMatchObject([{ epoch: 2 }]);
  expect(await on.hub.run('prod', NODE, command(), NEVER)).toMatchObject({ facts: 'newer' });
  expect(older.log).toContainEqual(
    expect.objectContaining({ message: 'Another agent of the same name took over; this one stays back' }),
  );
  expect(on.hubLog).toContainEqual(
    expect.objectContaining({ level: 'warn', message: 'A newer session takes the place of an agent' }),
  );
});

test('the answer of a fenced session is not taken; the newer one is asked instead', async () => {
  const on = await stage();
  const key = await on.enroll();
  const older = await rawAgent(on);
  const asked = new Promise<(answer: unknown) => void>((resolve) =>
    older.socket.on('check', (_command, answer) => resolve(answer)),
  );
  older.socket.emit('prove', prove(older.challenge, key));
  await eventually(() => expect(on.hub.agents('prod')).toHaveLength(1));
  const answer = on.hub.run('prod', NODE, command(), NEVER);
  const late = await asked;

  await on.agent({ key, run: async () => answered('newer') });
  await older.ended;
  late(answered('older'));
  expect(await answer).toMatchObject({ kind: 'answered', facts: 'newer' });
});

test('a session whose epoch is not the greatest any more is fenced as it enters', async () => {
  const on = await stage();
  const key = await on.enroll();
  const epochs = [7, 6];
  vi.spyOn(on.sessions, 'nextEpoch').mockImplementation(async () => epochs.shift() ?? 0);
  const first = await rawAgent(on);
  first.socket.emit('prove', prove(first.challenge, key));
  await eventually(() => expect(on.hub.agents('prod')).toMatchObject([{ epoch: 7 }]));
  const second = await rawAgent(on);
  second.socket.emit('prove', prove(second.challenge, key));
  await second.ended;
  expect(second.heard.map(([event]) => event)).toEqual(['challenge', 'fenced']);
  expect(on.hub.agents('prod')).toMatchObject([{ epoch: 7 }]);
});

test('two agents of one name do not push each other out in a loop', async () => {
  const on = await stage();
  const key = await on.enroll();
  const changes: AgentChange['kind'][] = [];
  on.hub.onChange(({ kind }) => changes.push(kind));
  const pace = { fenced: { first: 60_000, most: 60_000 }, lost: { first: 1, most: 1 } };
  const agents = [await on.agent({ key, pace }), await on.agent({ key, pace })];
  await eventually(() =>
    expect(agents.map(({ link }) => link.state().kind).toSorted()).toEqual(['connected', 'fenced']),
  );
  expect(changes).toEqual(['connected', 'connected']);
});

test('a check survives the loss of its connection: delivered again, run once', async () => {
  const on = await stage({ limits: { returnWithinMs: 10_000 } });
  const key = await on.enroll();
  let runs = 0;
  let finish = (): void => undefined;
  const first = await on.agent({
    key,
    run: async () => {
      runs += 1;
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return answered({ runs });
    },
  });
  await eventually(() => expect(first.link.state().kind).toBe('connected'));
  const changes: AgentChange[] = [];
  on.hub.onChange((change) => changes.push(change));
  const answer = on.hub.run('prod', NODE, command(), NEVER);
  await eventually(() => expect(runs).toBe(1));

  // A key dropped that is not revoked: the agent is thrown out and comes back.
  on.hub.dropKey(key.id);
  await eventually(() => expect(changes.map(({ kind }) => kind)).toEqual(['gone', 'connected']));
  finish();
  expect(await answer).toMatchObject({ kind: 'answered', facts: { runs: 1 } });
});

test('a check on an agent that is lost and does not return is offline', async () => {
  const on = await stage({ limits: { returnWithinMs: 50 } });
  const agent = await on.agent({ run: () => new Promise(() => undefined) });
  await eventually(() => expect(agent.link.state().kind).toBe('connected'));
  const answer = on.hub.run('prod', NODE, command(), NEVER);
  await agent.link.close();
  expect(await answer).toEqual({ kind: 'offline' });
});

test('an agent comes back after the bot was away, with a greater epoch, and tells again what it knows', async () => {
  const on = await stage();
  const { link } = await on.agent();
  link.knowledge(knowledge);
  await eventually(() => expect(on.knowledge).toEqual([{ cluster: 'prod', knowledge }]));
  const hub = await on.restart();
  await eventually(() => {
    expect(hub.agents('prod')).toMatchObject([{ epoch: 2 }]);
    expect(on.knowledge).toHaveLength(2);
  });
});

test('an agent that starts before the bot finds it later, and says so once', async () => {
  const on = await stage();
  await on.hub.close();
  const { link, log } = await on.agent();
  await eventually(() =>
    expect(link.state()).toMatchObject({ kind: 'connecting', message: expect.stringContaining('ECONNREFUSED') }),
  );
  await on.restart();
  await eventually(() => expect(link.state().kind).toBe('connected'));
  expect(log.filter(({ message }) => message === 'No connection to the bot')).toHaveLength(1);
});

test('the newest knowledge is what stays; knowledge the bot can not keep is said to be so, and the link lives on', async () => {
  const on = await stage({
    onKnowledge: async () => {
      throw new Error('disk full');
    },
  });
  const { link, log } = await on.agent();
  link.knowledge(knowledge);
  await eventually(() =>
    expect(log.map(({ message }) => message)).toContain('The bot did not keep what is known of the cluster'),
  );
  expect(on.hubLog.map(({ message }) => message)).toContain('Knowledge could not be kept');
  expect(link.state().kind).toBe('connected');
});

test('knowledge that is none is refused without ending the link', async () => {
  const on = await stage();
  const raw = await rawAgent(on);
  raw.socket.emit('prove', prove(raw.challenge, await on.enroll()));
  await eventually(() => expect(on.hub.agents('prod')).toHaveLength(1));
  const reply = await raw.socket.emitWithAck('knowledge', { endpoints: 'all of them' });
  expect(reply).toMatchObject({ kind: 'refused', message: expect.stringContaining('endpoints') });
  expect(on.knowledge).toEqual([]);
  expect(on.hub.agents('prod')).toHaveLength(1);
});

test('two keys are valid while one is rotated, and the agent takes up the new one by itself', async () => {
  const on = await stage();
  const [old, next] = [await on.enroll(), await on.enroll()];
  let mounted: LinkKey = old;
  const { link } = await on.agent({ key: async () => mounted });
  const other = await on.agent({ key: next, instance: 'cp-2' });
  await eventually(() => expect([link, other.link].map((one) => one.state().kind)).toEqual(['connected', 'connected']));

  mounted = next;
  await on.keys.revoke(old.id, Date.now());
  on.hub.dropKey(old.id);
  await eventually(() => expect(on.hub.agents('prod').map(({ keyId }) => keyId)).toEqual([next.id, next.id]));
  expect(other.link.state()).toMatchObject({ kind: 'connected' });
});

test('an agent whose key is revoked while it is connected is thrown out at the next beat', async () => {
  const on = await stage({ limits: { beatEveryMs: 30 } });
  const key = await on.enroll();
  const { link } = await on.agent({ key });
  await eventually(() => expect(link.state().kind).toBe('connected'));
  await on.keys.revoke(key.id, Date.now());
  await eventually(() => expect(link.state()).toMatchObject({ kind: 'refused', refusal: { kind: 'revokedKey' } }));
  expect(on.hub.agents('prod')).toEqual([]);
});

test('a beat tells when an agent was last seen and by which addresses it leaves', async () => {
  const on = await stage({ limits: { beatEveryMs: 30 } });
  const changes: AgentChange[] = [];
  on.hub.onChange((change) => changes.push(change));
  let address = '192.0.2.7';
  await on.agent({ leavesBy: () => [address] });
  await eventually(() => expect(on.hub.agents('prod')).toHaveLength(1));
  const first = on.hub.agents('prod')[0]?.lastSeenAt ?? 0;
  address = '192.0.2.8';
  await eventually(() => expect(changes.map(({ kind }) => kind)).toEqual(['connected', 'changed']));
  expect(changes[1]?.agent.vantage.leavesBy).toEqual(['127.0.0.1', '192.0.2.8']);
  await eventually(async () => {
    const [seen] = await on.sessions.list('prod');
    expect(seen?.lastSeenAt).toBeGreaterThan(first);
    expect(seen?.vantage.leavesBy).toEqual(['127.0.0.1', '192.0.2.8']);
  });
});

test('listeners hear who connects and who goes, and why, until they stop', async () => {
  const on = await stage();
  const changes: AgentChange[] = [];
  on.hub.onChange(() => {
    throw new Error('a listener that breaks');
  });
  const stop = on.hub.onChange((change) => changes.push(change));
  const first = await on.agent();
  await eventually(() => expect(first.link.state().kind).toBe('connected'));
  await first.link.close();
  await eventually(() => expect(changes.map(({ kind }) => kind)).toEqual(['connected', 'gone']));
  expect(changes[1]).toMatchObject({ agent: { vantage: { instance: 'cp-1' } }, why: expect.stringMatching(/./) });
  expect(first.link.state().kind).toBe('closed');
  stop();
  const second = await on.agent();
  await eventually(() => expect(second.link.state().kind).toBe('connected'));
  expect(changes).toHaveLength(2);
});
