import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { Workspace } from '../../dev/workspace/workspace.ts';
import { aClient, aWorkspace, refusal } from './start.ts';

/** Socket Mode frame by frame, without a client that forgives. */

const Frame = z.looseObject({
  type: z.string(),
  envelope_id: z.string().default(''),
  payload: z.record(z.string(), z.unknown()).default({}),
  retry_attempt: z.number().optional(),
  retry_reason: z.string().optional(),
});
type Frame = z.infer<typeof Frame>;

interface Peer {
  readonly socket: WebSocket;
  readonly frames: Frame[];
  next(): Promise<Frame>;
  ack(frame: Frame, payload?: object): void;
}

const peers: Peer[] = [];

afterEach(() => {
  for (const { socket } of peers.splice(0)) socket.terminate();
});

async function connect(workspace: Workspace): Promise<Peer> {
  const { url = '' } = await aClient(workspace, workspace.appToken).apps.connections.open();
  const socket = new WebSocket(url);
  const frames: Frame[] = [];
  const waiting: ((frame: Frame) => void)[] = [];
  socket.on('message', (data) => {
    const frame = Frame.parse(JSON.parse(data.toString()));
    const taker = waiting.shift();
    if (taker) taker(frame);
    else frames.push(frame);
  });
  const peer: Peer = {
    socket,
    frames,
    next: () =>
      new Promise((resolve) => {
        const frame = frames.shift();
        if (frame) resolve(frame);
        else waiting.push(resolve);
      }),
    ack: ({ envelope_id }, payload) => socket.send(JSON.stringify({ envelope_id, ...(payload ? { payload } : {}) })),
  };
  peers.push(peer);
  await once(socket, 'open');
  expect(await peer.next()).toMatchObject({ type: 'hello', connection_info: {} });
  return peer;
}

const kinds = (workspace: Workspace) => workspace.violations.map(({ kind }) => kind);

test('an address is good for one connection', async () => {
  const workspace = await aWorkspace();
  const { url = '' } = await aClient(workspace, workspace.appToken).apps.connections.open();
  const first = new WebSocket(url);
  await once(first, 'open');
  const second = new WebSocket(url);
  const [error] = await once(second, 'error');
  expect(String(error)).toContain('400');
  first.terminate();
});

test('what is held back reaches the app in order, once it is let go', async () => {
  const workspace = await aWorkspace();
  const peer = await connect(workspace);
  workspace.socket.hold(true);
  const delivered = ['one', 'two'].map((text) => workspace.as('U1').command('C1', '/try', text));
  expect(workspace.socket.sent()).toHaveLength(2);
  // Whatever was sent before it would have come before the pong.
  peer.socket.ping();
  await once(peer.socket, 'pong');
  expect(peer.frames).toEqual([]);

  workspace.socket.hold(false);
  for (const text of ['one', 'two']) {
    const frame = await peer.next();
    expect(frame.payload).toMatchObject({ text });
    peer.ack(frame);
  }
  expect((await Promise.all(delivered)).map(({ kind }) => kind)).toEqual(['acked', 'acked']);
});

test('a command carries what Slack sends, and its acknowledgement may answer it', async () => {
  const workspace = await aWorkspace();
  const peer = await connect(workspace);
  const delivered = workspace.as('U1').command('C1', '/try', 'this');
  const frame = await peer.next();

  expect(frame).toMatchObject({
    type: 'slash_commands',
    accepts_response_payload: true,
    payload: {
      command: '/try',
      text: 'this',
      user_id: 'U1',
      user_name: 'ana',
      channel_id: 'C1',
      channel_name: 'incidents',
    },
  });
  peer.ack(frame, { text: 'heard' });
  expect(await delivered).toMatchObject({ kind: 'acked', payload: { text: 'heard' } });
  expect(workspace.ephemerals('U1')).toMatchObject([{ text: 'heard', channel: 'C1' }]);
  expect(workspace.violations).toEqual([]);
});

test('acknowledging twice, late, or what was never sent is a violation', async () => {
  const workspace = await aWorkspace({ ackDeadlineMs: 20, redelivery: { afterMs: 60_000, attempts: 0 } });
  const peer = await connect(workspace);
  void workspace.as('U1').command('C1', '/try');
  const frame = await peer.next();
  await workspace.waitFor(() => kinds(workspace).includes('unacked'));
  peer.ack(frame);
  peer.ack(frame);
  peer.ack({ ...frame, envelope_id: 'made up' });
  await workspace.waitFor(() => workspace.violations.length === 4);
  expect(kinds(workspace)).toEqual(['unacked', 'lateAck', 'doubleAck', 'unknownEnvelope']);
});

test('a payload where none is taken, and one that Slack refuses, are violations', async () => {
  const workspace = await aWorkspace();
  const peer = await connect(workspace);
  void workspace.as('U1').mention('C1', 'hello');
  peer.ack(await peer.next(), { text: 'not here' });
  await workspace.waitFor(() => kinds(workspace).length === 1);
  void workspace.as('U1').command('C1', '/try');
  peer.ack(await peer.next(), { blocks: [{ type: 'nonsense' }] });
  await workspace.waitFor(() => kinds(workspace).length === 2);
  expect(kinds(workspace)).toEqual(['badAck', 'badAck']);
});

test('what a connection takes with it is delivered to another, and says that it is again', async () => {
  const workspace = await aWorkspace();
  const first = await connect(workspace);
  const delivered = workspace.as('U1').command('C1', '/try', 'survives');
  const lost = await first.next();
  first.socket.terminate();
  await workspace.waitFor(() => workspace.socket.connections === 0);
  const second = await connect(workspace);
  const again = await second.next();

  expect(again).toMatchObject({ envelope_id: lost.envelope_id, retry_attempt: 1, payload: { text: 'survives' } });
  second.ack(again);
  expect(await delivered).toMatchObject({ kind: 'acked' });
  expect(workspace.violations).toEqual([]);
});

test('what is lost for longer than its deadline comes once, not twice, when somebody is there again', async () => {
  const workspace = await aWorkspace({ ackDeadlineMs: 20, redelivery: { afterMs: 60_000, attempts: 3 } });
  const first = await connect(workspace);
  const delivered = workspace.as('U1').command('C1', '/try', 'once');
  await first.next();
  first.socket.terminate();
  expect(await delivered).toMatchObject({ kind: 'unanswered' });
  const second = await connect(workspace);
  second.ack(await second.next());
  // What comes after it shows that nothing came between.
  void workspace.as('U1').command('C1', '/try', 'next');
  expect(await second.next()).toMatchObject({ payload: { text: 'next' } });
});

test('with nobody connected a person is told at once, and an event waits', async () => {
  const workspace = await aWorkspace();
  expect(await workspace.as('U1').command('C1', '/try')).toMatchObject({ kind: 'undelivered' });
  await workspace.as('U1').mention('C1', 'hello');
  const peer = await connect(workspace);
  const frame = await peer.next();
  expect(frame).toMatchObject({ type: 'events_api', payload: { event: { type: 'app_mention', user: 'U1' } } });
  peer.ack(frame);
});

test('an envelope can come again though it was acknowledged', async () => {
  const workspace = await aWorkspace();
  const peer = await connect(workspace);
  const delivered = workspace.as('U1').command('C1', '/try');
  peer.ack(await peer.next());
  const delivery = await delivered;
  workspace.socket.redeliver(delivery.kind === 'acked' ? delivery.envelopeId : '');
  const again = await peer.next();
  expect(again).toMatchObject({ retry_attempt: 1, payload: { command: '/try' } });
  peer.ack(again);
  void workspace.as('U1').command('C1', '/try');
  peer.ack(await peer.next());
  expect(workspace.violations).toEqual([]);
});

test('who is asked to leave gets nothing more', async () => {
  const workspace = await aWorkspace();
  const leaving = await connect(workspace);
  workspace.socket.disconnect('warning');
  expect(await leaving.next()).toMatchObject({ type: 'disconnect', reason: 'warning' });
  const staying = await connect(workspace);
  const delivered = workspace.as('U1').command('C1', '/try');
  staying.ack(await staying.next());
  expect(await delivered).toMatchObject({ kind: 'acked' });
  expect(leaving.frames).toEqual([]);
});

test('a frozen connection stands open and hears nothing', async () => {
  const workspace = await aWorkspace({ ackDeadlineMs: 20, redelivery: { afterMs: 20, attempts: 0 } });
  const peer = await connect(workspace);
  workspace.socket.freeze(true);
  expect(await workspace.as('U1').command('C1', '/try')).toMatchObject({ kind: 'unanswered' });
  expect(peer.frames).toEqual([]);
  expect(peer.socket.readyState).toBe(WebSocket.OPEN);
  expect(workspace.violations).toEqual([]);
});

test('the eleventh connection is refused', async () => {
  const workspace = await aWorkspace();
  for (let count = 0; count < 10; count += 1) await connect(workspace);
  await expect(connect(workspace)).rejects.toThrow('400');
});

test('a manifest without Socket Mode opens no connections', async () => {
  const workspace = await aWorkspace({
    manifest: {
      display_information: { name: 'quiet' },
      oauth_config: { scopes: { bot: ['commands'] } },
      settings: { socket_mode_enabled: false },
    },
  });
  const opened = aClient(workspace, workspace.appToken).apps.connections.open();
  expect((await refusal(opened)).error).toBe('forbidden_team');
});
