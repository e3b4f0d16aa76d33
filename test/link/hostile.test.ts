import { once } from 'node:events';
import { get } from 'node:https';
import { connect as connectTcp } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { startHub } from '../../src/link/hub.ts';
import { Challenge, LINK_PATH, MESSAGE_BYTES } from '../../src/link/protocol.ts';
import { boundedLookups } from '../../src/probe/lookups.ts';
import { references } from '../../src/probe/references.ts';
import { memoryKeys, memorySessions } from '../fakes/agent-keys.ts';
import { prove, rawAgent } from './raw-agent.ts';
import { command, eventually, NEVER, NODE, recordedLog, type Stage, stage } from './stage.ts';

/** A bare websocket that speaks no Socket.IO unless the test does. */
async function rawSocket(on: Stage): Promise<{ socket: WebSocket; closed: Promise<number>; frames: string[] }> {
  const url = `${on.url.replace('https', 'wss')}${LINK_PATH}?EIO=4&transport=websocket`;
  const socket = new WebSocket(url, { ca: on.authority.caPem });
  const frames: string[] = [];
  socket.on('message', (data) => frames.push(String(data)));
  socket.on('error', () => socket.terminate());
  onTestFinished(() => socket.terminate());
  const closed = once(socket, 'close').then(([code]) => Number(code));
  await once(socket, 'open');
  return { socket, closed, frames };
}

/** An honest agent at work beside the hostile one, and proof that nothing happened to it. */
async function bystander(on: Stage): Promise<() => Promise<void>> {
  const { link } = await on.agent({ role: 'cluster', instance: 'bystander', checks: ['endpoint'] });
  await eventually(() => expect(link.state().kind).toBe('connected'));
  const before = link.state();
  return async () => {
    expect(on.hubLog.filter(({ level }) => level === 'error')).toEqual([]);
    const vantage = { kind: 'pod', instance: 'bystander' } as const;
    expect(await on.hub.run('prod', vantage, command({ check: 'endpoint' }), NEVER)).toMatchObject({
      kind: 'answered',
    });
    expect(link.state()).toEqual(before);
  };
}

test('an unproven connection that stays silent is closed', async () => {
  const on = await stage({ limits: { proveWithinMs: 100 } });
  const raw = await rawAgent(on);
  await raw.ended;
  expect(raw.heard.at(-1)).toEqual(['refusal', expect.objectContaining({ kind: 'tooSlow' })]);
  // One that does not even join the namespace.
  const { closed } = await rawSocket(on);
  await closed;
});

test.for(['knowledge', 'stream', 'resume', 'check', 'welcome', 'error', 'message'])(
  'an unproven connection that says "%s" is closed',
  async (event) => {
    const on = await stage();
    const unharmed = await bystander(on);
    const raw = await rawAgent(on);
    raw.socket.emit(event, { endpoints: [], caPem: '', controlPlaneNodes: [], provider: 'self', asOfAt: 0 });
    await raw.ended;
    expect(raw.heard.at(-1)).toEqual(['refusal', expect.objectContaining({ kind: 'malformed' })]);
    expect(on.knowledge).toEqual([]);
    await unharmed();
  },
);

test('a proven agent that says what it may not is closed', async () => {
  const on = await stage();
  const unharmed = await bystander(on);
  const raw = await rawAgent(on);
  raw.socket.emit('prove', prove(raw.challenge, await on.enroll()));
  await eventually(() => expect(on.hub.agents('prod')).toHaveLength(2));
  raw.socket.emit('prove', prove(raw.challenge, await on.enroll()));
  await raw.ended;
  await eventually(() => expect(on.hub.agents('prod')).toHaveLength(1));
  await unharmed();
});

test('a message over the limit closes its connection alone, and is logged', async () => {
  const on = await stage();
  const unharmed = await bystander(on);
  const raw = await rawAgent(on);
  raw.socket.emit('prove', prove(raw.challenge, await on.enroll()));
  await eventually(() => expect(on.hub.agents('prod')).toHaveLength(2));
  raw.socket.emit('knowledge', 'x'.repeat(MESSAGE_BYTES));
  await raw.ended;
  await eventually(() =>
    expect(on.hubLog).toContainEqual(
      expect.objectContaining({
        message: 'An agent is gone',
        data: expect.objectContaining({ instance: 'cp-1', description: expect.stringContaining('payload size') }),
      }),
    ),
  );
  await unharmed();
});

test.for([
  'not socket.io',
  '4',
  '40{',
  '42["prove"',
  '42["disconnect"]',
  '42[0]',
  '42[7,"prove"]',
  '429999999999999999999["prove"]',
  '4599-["prove",{"_placeholder":true,"num":0}]',
  '451-["prove",{"_placeholder":true,"num":7}]',
  '\u0000',
])('the malformed frame %j closes its connection alone', async (frame) => {
  const on = await stage({ limits: { proveWithinMs: 500 } });
  const unharmed = await bystander(on);
  const { socket, closed } = await rawSocket(on);
  socket.send('40');
  socket.send(frame);
  await closed;
  await unharmed();
});

test('a client that leaves the namespace does not keep its connection', async () => {
  const on = await stage();
  const { socket, closed, frames } = await rawSocket(on);
  socket.send('40');
  await eventually(() => expect(frames.some((frame) => frame.includes('challenge'))).toBe(true));
  socket.send('41');
  await closed;
});

test('an answer that is none, or to nothing, does no harm', async () => {
  const on = await stage();
  const raw = await rawAgent(on);
  raw.socket.on('check', (_command, answer) => answer({ kind: 'answered', facts: 1, asOfAt: 'yesterday' }));
  raw.socket.emit('prove', prove(raw.challenge, await on.enroll()));
  await eventually(() => expect(on.hub.agents('prod')).toHaveLength(1));
  expect(await on.hub.run('prod', NODE, command(), NEVER)).toEqual({
    kind: 'failed',
    message: 'The agent cp-1 answered with something the bot does not understand.',
  });
});

test('no more connections than allowed are taken, and room is made again', async () => {
  const on = await stage({ limits: { connections: 2 } });
  const held = [await rawAgent(on), await rawAgent(on)];
  const { link } = await on.agent();
  await eventually(() => expect(link.state()).toMatchObject({ message: expect.stringMatching(/40[03]/) }));
  held[0]?.socket.disconnect();
  await eventually(() => expect(link.state().kind).toBe('connected'));
});

test('only websockets are spoken, and other paths are not the link', async () => {
  const on = await stage({ requests: (request, response) => response.end(`you asked for ${request.url}`) });
  const status = (path: string): Promise<[number | undefined, string]> =>
    new Promise((resolve, reject) => {
      get(`${on.url}${path}`, { ca: on.authority.caPem }, async (response) =>
        resolve([response.statusCode, (await response.toArray()).join('')]),
      ).on('error', reject);
    });
  expect(await status(`${LINK_PATH}?EIO=4&transport=polling`)).toEqual([400, expect.stringContaining('Transport')]);
  expect(await status('/healthz')).toEqual([200, 'you asked for /healthz']);
});

test('a connection that says nothing, as agents open it to see whether the bot answers, is no failed handshake', async () => {
  const on = await stage();
  const place = { host: '127.0.0.1', port: Number(new URL(on.url).port) };
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const { signal } = stopping;
  const bot = references({
    configured: [place],
    assumed: [],
    deadlineMs: 5_000,
    lookups: boundedLookups(),
    signal,
  });
  for (let n = 0; n < 5; n += 1) expect(await bot.ask([], false, signal)).toMatchObject({ kind: 'answered' });
  const socket = connectTcp(place.port, place.host);
  socket.on('error', () => socket.destroy());
  socket.end('GET / HTTP/1.1\r\n\r\n');
  socket.resume();
  await once(socket, 'close');
  const warned = () => on.hubLog.filter(({ level }) => level === 'warn');
  await eventually(() => expect(warned()).toHaveLength(1));
  await eventually(() => expect(on.hubLog.filter(({ level }) => level === 'debug')).toHaveLength(5));
  expect(warned()).toHaveLength(1);
});

test('a connection that speaks no TLS is logged and does no harm', async () => {
  const on = await stage();
  const unharmed = await bystander(on);
  const socket = connectTcp(Number(new URL(on.url).port), '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.on('error', () => socket.destroy());
  socket.end('GET / HTTP/1.1\r\n\r\n');
  socket.resume();
  await once(socket, 'close');
  expect(on.hubLog).toContainEqual(expect.objectContaining({ message: 'A TLS handshake failed' }));
  await unharmed();
});

test('a peer that hangs does not keep the hub from stopping', async () => {
  const on = await stage();
  const { socket } = await rawSocket(on);
  // Reads nothing any more, so it never answers that the connection shall end.
  socket.pause();
  await on.hub.close();
  expect(socket.readyState).toBe(WebSocket.OPEN);
});

test('the hub does not listen in the clear, save on loopback or when allowed', async () => {
  const options = {
    keys: memoryKeys(),
    sessions: memorySessions(),
    knowsCluster: () => true,
    onKnowledge: () => undefined,
    clock: Date.now,
    log: recordedLog().log,
  };
  await expect(startHub({ ...options, listen: { host: '0.0.0.0', port: 0 } })).rejects.toThrow(
    /without TLS on 0.0.0.0/,
  );
  for (const listen of [
    { host: 'localhost', port: 0 },
    { host: '127.0.0.1', port: 0, allowPlain: true },
  ]) {
    const hub = await startHub({ ...options, listen });
    expect(hub.port).toBeGreaterThan(0);
    await hub.close();
  }
});

describe('whatever is sent', () => {
  const event = fc
    .tuple(
      fc.constantFrom('prove', 'knowledge', 'stream', 'resume', 'check', 'error', 'beat', '__proto__', 'constructor'),
      fc.jsonValue(),
    )
    .map((packet) => `42${JSON.stringify(packet)}`);
  const frame = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 50 }),
    fc.jsonValue().map((value) => `42${JSON.stringify(value)}`),
    event,
    fc
      .tuple(fc.constantFrom('40', '41', '42', '43', '44', '45', '46', '1', '2', '3', '5', '6'), fc.string())
      .map((parts) => parts.join('')),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  );

  test.for(['nothing', 'a namespace', 'a proof'] as const)(
    'after %s, the hub lives and lets honest agents in',
    { timeout: 60_000 },
    async (after) => {
      const on = await stage();
      const unharmed = await bystander(on);
      const key = await on.enroll();
      await fc.assert(
        fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 8 }), async (sent) => {
          const { socket, closed, frames } = await rawSocket(on);
          if (after !== 'nothing') socket.send('40');
          if (after === 'a proof') {
            const challenge = await eventually(() => dataOf(frames, 'challenge'));
            socket.send(`42${JSON.stringify(['prove', prove(Challenge.parse(challenge), key)])}`);
            await eventually(() => dataOf(frames, 'welcome'));
          }
          for (const one of sent) socket.send(one);
          socket.close();
          await closed;
        }),
        { numRuns: 60 },
      );
      await unharmed();
      const { link } = await on.agent({ key });
      await eventually(() => expect(link.state().kind).toBe('connected'));
    },
  );
});

/** What the event was sent with; throws as long as it has not come. */
function dataOf(frames: readonly string[], event: string): unknown {
  const frame = frames.find((one) => one.startsWith(`42["${event}"`));
  if (frame === undefined) throw new Error(`No ${event} among ${frames.length} frames`);
  return JSON.parse(frame.slice(2))[1];
}
