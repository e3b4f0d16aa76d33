import { describe, expect, test, vi } from 'vitest';
import { makeKeyPair } from '../../src/link/keys.ts';
import type { Refusal } from '../../src/link/protocol.ts';
import { prove, type RawAgent, rawAgent } from './raw-agent.ts';
import { eventually, type Stage, stage } from './stage.ts';

test('an agent with a valid key is let in and known by name, role, addresses, version and checks', async () => {
  const on = await stage();
  const { link } = await on.agent({ leavesBy: () => ['192.0.2.7'] });
  await eventually(() => expect(link.state()).toMatchObject({ kind: 'connected', epoch: 1 }));
  expect(on.hub.agents('prod')).toMatchObject([
    {
      cluster: 'prod',
      role: 'node',
      // 127.0.0.1 is the address by which the link itself leaves.
      vantage: { kind: 'node', instance: 'cp-1', leavesBy: ['127.0.0.1', '192.0.2.7'] },
      version: '0.1.0',
      checks: ['listening', 'host-firewall'],
      epoch: 1,
      peerAddress: '127.0.0.1',
    },
  ]);
  expect(on.hub.agents('stage')).toEqual([]);
  await eventually(async () =>
    expect(await on.sessions.list('prod')).toMatchObject([{ role: 'node', version: '0.1.0' }]),
  );
});

test('agents of several instances, roles and clusters stand side by side', async () => {
  const on = await stage();
  const key = await on.enroll('node');
  await on.agent({ key });
  await on.agent({ key, instance: 'cp-2' });
  await on.agent({ role: 'cluster', instance: 'apidown-7d9f' });
  await on.agent({ role: 'vantage', cluster: 'stage', instance: 'office' });
  await eventually(() => {
    expect(on.hub.agents('prod').map(({ vantage }) => `${vantage.kind} ${vantage.instance}`)).toHaveLength(3);
    expect(on.hub.agents('stage')).toMatchObject([{ vantage: { kind: 'outside', instance: 'office' } }]);
  });
});

describe('a refusal has a kind, a sentence, and closes the connection:', () => {
  test.for<[string, RegExp, (on: Stage, raw: RawAgent) => Promise<unknown>]>([
    ['unknownKey', /does not know the key/, async (_on, raw) => prove(raw.challenge, makeKeyPair())],
    [
      'revokedKey',
      /was revoked. Run `apidown enroll prod`/,
      async (on, raw) => {
        const key = await on.enroll();
        await on.keys.revoke(key.id, Date.now());
        return prove(raw.challenge, key);
      },
    ],
    [
      'wrongCluster',
      /is for the cluster stage, the agent says it is in prod/,
      async (on, raw) => prove(raw.challenge, await on.enroll('node', 'stage')),
    ],
    [
      'wrongRole',
      /for agents with the role cluster, this one has the role node/,
      async (on, raw) => prove(raw.challenge, await on.enroll('cluster')),
    ],
    [
      'unknownCluster',
      /has no cluster gone/,
      async (on, raw) => prove(raw.challenge, await on.enroll('node', 'gone'), { cluster: 'gone' }),
    ],
    [
      'clockSkew',
      /the agent's says .+Z, the bot's .+Z/,
      async (on, raw) => prove(raw.challenge, await on.enroll(), { agentAt: Date.now() - 6 * 60_000 }),
    ],
    [
      'clockSkew',
      /the agent's says 1e\+300 ms/,
      async (on, raw) => prove(raw.challenge, await on.enroll(), { agentAt: 1e300 }),
    ],
    [
      'badSignature',
      /not signed by the key/,
      async (on, raw) => ({ ...prove(raw.challenge, makeKeyPair()), keyId: (await on.enroll()).id }),
    ],
    [
      'badSignature',
      /not signed/,
      async (on, raw) => prove(raw.challenge, await on.enroll(), {}, { instance: 'cp-2' }),
    ],
    ['badSignature', /not signed/, async (on, raw) => prove(raw.challenge, await on.enroll(), {}, { signature: '' })],
    [
      'agentTooOld',
      /version 0 of the link, the bot needs at least 1. Update the agent/,
      async (_on, raw) => ({ version: '0.0.1', protocol: { newest: 0, oldest: 0 }, secret: raw.challenge.nonce }),
    ],
    [
      'botTooOld',
      /the agent needs at least 7. Update the bot/,
      async () => ({ version: '9.0.0', protocol: { newest: 9, oldest: 7 } }),
    ],
    ['malformed', /names no version/, async () => 'let me in'],
    ['malformed', /names no version/, async () => undefined],
    [
      'malformed',
      /wrong at instance/,
      async (on, raw) => prove(raw.challenge, await on.enroll(), { instance: 'x'.repeat(254) }),
    ],
    [
      'malformed',
      /wrong at leavesBy/,
      async (on, raw) => prove(raw.challenge, await on.enroll(), {}, { leavesBy: Array(65).fill('192.0.2.1') }),
    ],
  ])('%s %s', async ([kind, sentence, message]) => {
    const on = await stage();
    const raw = await rawAgent(on);
    raw.socket.emit('prove', await message(on, raw));
    await raw.ended;
    expect(raw.heard.at(-1)).toEqual(['refusal', { kind, message: expect.stringMatching(sentence) }]);
    expect(on.hub.agents('prod')).toEqual([]);
    expect(on.hubLog).toContainEqual(expect.objectContaining({ data: expect.objectContaining({ kind }) }));
  });
});

test('a proof that was overheard is worth nothing on another connection', async () => {
  const on = await stage();
  const first = await rawAgent(on);
  const overheard = prove(first.challenge, await on.enroll());
  first.socket.emit('prove', overheard);
  await eventually(() => expect(on.hub.agents('prod')).toHaveLength(1));

  const second = await rawAgent(on);
  second.socket.emit('prove', overheard);
  await second.ended;
  expect(second.heard.at(-1)).toEqual(['refusal', expect.objectContaining({ kind: 'wrongNonce' })]);
  expect(on.hub.agents('prod')).toMatchObject([{ epoch: 1 }]);
});

test('a nonce is good for one proof', async () => {
  const on = await stage();
  const raw = await rawAgent(on);
  raw.socket.emit('prove', prove(raw.challenge, makeKeyPair()));
  raw.socket.emit('prove', prove(raw.challenge, await on.enroll()));
  await raw.ended;
  expect(raw.heard.map(([event]) => event)).not.toContain('welcome');
  expect(on.hub.agents('prod')).toEqual([]);
});

test('checks that the bot does not know yet do not keep a newer agent out', async () => {
  const on = await stage();
  const raw = await rawAgent(on);
  const proof = prove(raw.challenge, await on.enroll(), {}, { checks: ['listening', 'invented-later'] });
  raw.socket.emit('prove', proof);
  await eventually(() => expect(on.hub.agents('prod')).toMatchObject([{ checks: ['listening'] }]));
});

test('the agent shows why it was refused, and is let in as soon as its key is known', async () => {
  const on = await stage();
  const key = makeKeyPair();
  const { link, log } = await on.agent({ key });
  await eventually(() => expect(link.state()).toMatchObject({ kind: 'refused', refusal: { kind: 'unknownKey' } }));
  const refused = (link.state() as { refusal?: Refusal }).refusal;
  expect(refused?.message).toContain('apidown enroll prod');
  expect(log).toContainEqual(expect.objectContaining({ level: 'error', data: expect.objectContaining(refused) }));

  await on.keys.add({ id: key.id, cluster: 'prod', role: 'node', publicKeyPem: key.publicKeyPem, createdAt: 0 });
  await eventually(() => expect(link.state().kind).toBe('connected'));
  expect(log.filter(({ message }) => message === 'The bot refused this agent')).toHaveLength(1);
});

test('a store that hangs does not hold a connection open', async () => {
  const on = await stage({ limits: { proveWithinMs: 100 } });
  const key = await on.enroll();
  vi.spyOn(on.keys, 'find').mockReturnValue(new Promise(() => undefined));
  const raw = await rawAgent(on);
  raw.socket.emit('prove', prove(raw.challenge, key));
  await raw.ended;
  expect(raw.heard.at(-1)).toEqual(['refusal', expect.objectContaining({ kind: 'tooSlow' })]);
});

test('a store that fails keeps agents out with a word, and the hub alive', async () => {
  const on = await stage();
  const find = vi.spyOn(on.keys, 'find').mockRejectedValue(new Error('disk full'));
  const { link } = await on.agent();
  await eventually(() => expect(link.state()).toMatchObject({ kind: 'refused', refusal: { kind: 'botTrouble' } }));
  find.mockRestore();
  await eventually(() => expect(link.state().kind).toBe('connected'));
  expect(on.hubLog).toContainEqual(expect.objectContaining({ level: 'error', message: 'A proof could not be judged' }));
});
