import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { Server, type Socket } from 'socket.io';
import { expect, onTestFinished, test } from 'vitest';
import { makeAuthority } from '../../dev/stand-in/certificates.ts';
import { type ClientOptions, connectToBot } from '../../src/link/client.ts';
import { makeKeyPair } from '../../src/link/keys.ts';
import { LINK_PATH, PROTOCOL } from '../../src/link/protocol.ts';
import { answered, eventually, QUICK, recordedLog, stage } from './stage.ts';

/** A bot that keeps to no rules, on plain loopback. */
async function rawBot(greet: (socket: Socket) => void): Promise<{ url: string; server: HttpServer }> {
  const server = createServer();
  const io = new Server(server, { path: LINK_PATH, transports: ['websocket'] });
  io.on('connection', greet);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(async () => {
    await io.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, server };
}

function client(url: string, options: Partial<ClientOptions> = {}) {
  const { log, lines } = recordedLog();
  const link = connectToBot({
    url,
    cluster: 'prod',
    role: 'node',
    instance: 'cp-1',
    key: makeKeyPair(),
    version: '0.1.0',
    checks: ['listening'],
    run: async () => answered({}),
    outgoing: [],
    onOrder: () => {},
    leavesBy: () => [],
    clock: Date.now,
    log,
    pace: { lost: QUICK, refused: QUICK, fenced: QUICK, notTaken: QUICK },
    ...options,
  });
  onTestFinished(() => link.close());
  return { link, lines };
}

const challenge = { nonce: 'nonce', botAt: Date.now(), protocol: PROTOCOL };

test('a command of another session, of a check it does not run, or none at all is refused in words', async () => {
  const admitted = Promise.withResolvers<Socket>();
  const { url } = await rawBot((socket) => {
    socket.emit('challenge', challenge);
    socket.once('prove', () => {
      socket.emit('welcome', { epoch: 5, protocol: 1 });
      admitted.resolve(socket);
    });
  });
  const ran: string[] = [];
  const { link } = client(url, {
    run: async ({ id }) => {
      ran.push(id);
      return answered('ran');
    },
  });
  const socket = await admitted.promise;
  const good = { id: 'a', check: 'listening', params: {}, deadlineAt: Date.now() + 10_000, epoch: 5 };
  expect(await socket.emitWithAck('check', { ...good, id: 'b', epoch: 4 })).toEqual({
    kind: 'refused',
    message: 'This is a command of session 4, not of 5.',
  });
  expect(await socket.emitWithAck('check', { ...good, id: 'c', check: 'rm -rf' })).toMatchObject({ kind: 'refused' });
  const late = { ...good, id: 'd', deadlineAt: 0 };
  expect(await socket.emitWithAck('check', late)).toEqual({ kind: 'timedOut', afterMs: 0 });
  expect(await socket.emitWithAck('check', 'run everything')).toMatchObject({ kind: 'refused' });
  expect(await socket.emitWithAck('check', good)).toMatchObject({ kind: 'answered', facts: 'ran' });
  expect(ran).toEqual(['a']);
  expect(link.state().kind).toBe('connected');
});

test('to a bot that is older nothing is streamed, which is said; the link works', async () => {
  const heard: unknown[] = [];
  const { url } = await rawBot((socket) => {
    socket.emit('challenge', { ...challenge, protocol: { newest: 1, oldest: 1 } });
    socket.onAny((event) => heard.push(event));
    socket.once('prove', () => socket.emit('welcome', { epoch: 1, protocol: 1 }));
  });
  const asked: string[] = [];
  const waiting = {
    name: 'changes',
    waiting: async () => {
      asked.push('waiting');
      return 's';
    },
    batch: async () => null,
    taken: () => {},
    spoilt: () => {},
  };
  const { link, lines } = client(url, { outgoing: [waiting] });
  await eventually(() => expect(link.state().kind).toBe('connected'));
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'warn', message: expect.stringMatching(/bot is older.*kept here/) }),
  );
  expect([asked, heard]).toEqual([[], ['prove']]);
});

test('a bot that never lets it in is left, and tried again', async () => {
  let connections = 0;
  const { url } = await rawBot((socket) => {
    connections += 1;
    socket.emit('challenge', challenge);
  });
  const { link } = client(url, { admitWithinMs: 200 });
  await eventually(() => expect(connections).toBeGreaterThan(1));
  expect(link.state()).toMatchObject({ kind: 'connecting', message: expect.stringContaining('within 200 ms') });
});

test('something else than a bot is named as such', async () => {
  const { url } = await rawBot((socket) => socket.emit('challenge', 'chat server'));
  const { link } = client(url);
  await eventually(() =>
    expect(link.state()).toMatchObject({ kind: 'connecting', message: expect.stringContaining('not a bot') }),
  );
});

test('a refusal of a kind that only a newer bot knows is shown all the same', async () => {
  const { url } = await rawBot((socket) => {
    socket.emit('refusal', { kind: 'quota', message: 'Too many agents.' });
    socket.disconnect(true);
  });
  const { link } = client(url);
  const refusal = { kind: 'quota', message: 'Too many agents.' };
  await eventually(() => expect(link.state()).toMatchObject({ kind: 'refused', refusal }));
});

test('closing aborts what runs and ends the waiting', async () => {
  const on = await stage();
  const signals: AbortSignal[] = [];
  const { link } = await on.agent({
    run: (_command, signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    },
  });
  await eventually(() => expect(link.state().kind).toBe('connected'));
  const command = { id: 'a', check: 'listening', params: {}, deadlineAt: Date.now() + 60_000 } as const;
  const asked = on.hub.run('prod', { kind: 'node', instance: 'cp-1' }, command, AbortSignal.timeout(60_000));
  await eventually(() => expect(signals).toHaveLength(1));
  await link.close();
  expect(signals[0]?.aborted).toBe(true);
  await on.hub.close();
  expect(await asked).toEqual({ kind: 'offline' });
});

test('a key that can not be read is said so, and read again', async () => {
  const on = await stage();
  const key = await on.enroll();
  let mounted = false;
  const { link } = await on.agent({
    key: async () => {
      if (!mounted) throw new Error('The enrolment file is not there yet.');
      return key;
    },
  });
  await eventually(() => expect(link.state()).toMatchObject({ message: 'The enrolment file is not there yet.' }));
  mounted = true;
  await eventually(() => expect(link.state().kind).toBe('connected'));
});

test('a bot whose certificate is of another authority, for another name, or expired is not talked to', async () => {
  const on = await stage();
  const renamed = await stage({}, { names: ['other.test'], addresses: [] });
  const expired = await stage({}, { notBefore: new Date(0), notAfter: new Date(1_000_000) });
  const other = await makeAuthority('apidown test');
  const agents = [await on.agent({ ca: other.caPem }), await renamed.agent(), await expired.agent()];
  for (const [index, why] of [/certificate|signature/i, /altnames/, /expired/].entries()) {
    await eventually(() => expect(agents[index]?.link.state()).toMatchObject({ message: expect.stringMatching(why) }));
  }
  expect([on, renamed, expired].flatMap(({ hub }) => hub.agents('prod'))).toEqual([]);
});

test('a bot is found by its name as well as by its address', async () => {
  const on = await stage();
  const { link } = await on.agent({ url: on.url.replace('127.0.0.1', 'localhost') });
  await eventually(() => expect(link.state().kind).toBe('connected'));
});

test('a link that would not be encrypted is refused before it dials, save on loopback or when allowed', () => {
  expect(() => client('http://apidown.example.com')).toThrow(/would not be encrypted/);
  expect(() => client('ws://192.0.2.1:8443')).toThrow(/would not be encrypted/);
  expect(() => client('apidown.example.com')).toThrow(/not the URL of a bot/);
  expect(() => client('ftp://127.0.0.1')).toThrow(/not the URL of a bot/);
  expect(() => client('http://[::1]:9')).not.toThrow();
  expect(() => client('http://192.0.2.1:9', { allowPlain: true })).not.toThrow();
});
