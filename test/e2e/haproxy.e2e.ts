import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askSocket } from '../../src/changes/sources/haproxy/ask-socket.ts';
import { type HaproxyOptions, haproxySource } from '../../src/changes/sources/haproxy/haproxy.ts';
import type { OutsideSource } from '../../src/changes/sources/source.ts';
import type { Change } from '../../src/words/change.ts';
import { memories } from '../fakes/source-memory.ts';
import { freePort } from './harness/ports.ts';
import { until } from './harness/until.ts';

const memoryOf = memories();

/** Debian's HAProxy on loopback, with a configuration of its own, before two servers of this process. */

const HOST = '127.0.0.1';
const password = 'correct-horse';
const never = new AbortController().signal;

let folder: string;
let ports: { entry: number; page: number; first: number; second: number };
let haproxy: ChildProcess;
let servers: Server[] = [];
const sources: OutsideSource[] = [];

beforeAll(async () => {
  await access('/usr/sbin/haproxy').catch((cause) => {
    throw new Error('needs haproxy: test/e2e/prepare', { cause });
  });
  folder = await mkdtemp(join(tmpdir(), 'apidown-haproxy-'));
  const [entry, page, first, second] = [
    await freePort(HOST),
    await freePort(HOST),
    await freePort(HOST),
    await freePort(HOST),
  ];
  ports = { entry, page, first, second };
  servers = await Promise.all([serve(first), serve(second)]);
  await writeFile(join(folder, 'password'), password);
  await configure({ backend: true });
  haproxy = spawn('/usr/sbin/haproxy', ['-W', '-f', file('haproxy.cfg')], { stdio: ['ignore', 'ignore', 'pipe'] });
  await until(20_000, async () =>
    (await statusOf('kube-api-servers')) === 'UP UP' ? null : 'not both servers are up',
  );
});

afterAll(async () => {
  for (const source of sources) await source.close?.();
  await stop(haproxy, 'SIGTERM');
  for (const server of servers) server.close();
  await rm(folder, { recursive: true });
});

test('doctor finds every thing that it reads, at the lowest level of access', async () => {
  const source = bySocket('doctor', { socket: 'user.sock' });
  expect((await source.examine(never)).map(({ what, outcome }) => `${what.split(' at ')[0]} ${outcome}`)).toEqual([
    '"show info" ok',
    '"show stat" ok',
    `read ${file('haproxy.cfg')} ok`,
    'backend kube-api-servers ok',
    // Where a frontend listens is told to operators only.
    'a frontend that leads to the API server missing',
  ]);
  const operator = bySocket('doctor', { socket: 'operator.sock' });
  expect(await operator.examine(never)).toContainEqual({ what: 'frontend kube-api', outcome: 'ok', words: '' });
});

test('a server set to maintenance through the socket, then the other: the second breaks it', async () => {
  const [socket, page] = [bySocket('maint'), byPage()];
  await Promise.all([look(socket), look(page)]);
  await wait(2_100);
  const fromAt = Date.now();
  await order('disable server kube-api-servers/cp-1');
  const toAt = Date.now();
  for (const source of [socket, page]) {
    const [change, ...rest] = await look(source);
    expect(rest).toEqual([]);
    expect(change).toMatchObject({
      summary: 'HAProxy edge: server kube-api-servers/cp-1 was put into maintenance',
      target: { kind: 'HAProxy server', addresses: source === page ? [] : [HOST] },
      effect: { verdict: 'unknown' },
    });
    expect([change?.earliestAt ?? 0, change?.latestAt ?? 0]).toSatisfy(([a, b]) => a <= toAt && b >= fromAt);
  }
  await order('disable server kube-api-servers/cp-2');
  for (const source of [socket, page])
    expect((await look(source)).at(-1)).toMatchObject({ effect: { verdict: 'breaks' } });
  await order('enable server kube-api-servers/cp-1');
  await order('enable server kube-api-servers/cp-2');
  await until(10_000, async () => ((await statusOf('kube-api-servers')) === 'UP UP' ? null : 'not both are up'));
  expect((await look(socket)).map(({ effect }) => effect)).toContainEqual(
    expect.objectContaining({ verdict: 'mends' }),
  );
});

test('a server that dies behind it is a finding of the health check, and no order', async () => {
  const source = bySocket('killed');
  await look(source);
  await wait(2_100);
  const [first] = servers;
  if (first === undefined) throw new Error('no server');
  const fromAt = Date.now();
  const closed = once(first, 'close');
  first.close();
  await closed;
  await until(10_000, async () => ((await statusOf('kube-api-servers')) === 'DOWN UP' ? null : 'it is not down yet'));
  const toAt = Date.now();
  const [change, ...rest] = await look(source);
  expect(rest).toEqual([]);
  expect(change).toMatchObject({
    summary: 'HAProxy edge: server kube-api-servers/cp-1 is DOWN by its health check (Connection refused, L4CON)',
    target: { kind: 'HAProxy health check' },
  });
  expect([change?.earliestAt ?? 0, change?.latestAt ?? 0]).toSatisfy(([a, b]) => a <= toAt && b >= fromAt);
  servers[0] = await serve(ports.first);
  await until(10_000, async () => ((await statusOf('kube-api-servers')) === 'UP UP' ? null : 'it is not up again'));
});

test('a backend that is taken out of the configuration, and a reload; seen by a bot that was started again', async () => {
  const memory = 'reload.json';
  const before = bySocket(memory);
  await look(before);
  await before.close?.();
  await wait(2_100);
  const fromAt = Date.now();
  await configure({ backend: false });
  await reload();
  const toAt = Date.now();
  const source = bySocket(memory);
  const changes = await look(source);
  const told = changes.map(({ action, summary }) => `${action}: ${summary}`);
  expect(told).toHaveLength(3);
  expect(told).toEqual(
    expect.arrayContaining([
      'update: HAProxy edge: its configuration file was changed',
      'restart: HAProxy edge: was started anew or reloaded',
      'delete: HAProxy edge: backend kube-api-servers was removed',
    ]),
  );
  const removed = changes.find(({ action }) => action === 'delete');
  expect(removed).toMatchObject({ certainty: 'seen', effect: { verdict: 'breaks' } });
  expect([removed?.earliestAt ?? 0, removed?.latestAt ?? 0]).toSatisfy(([a, b]) => a <= toAt && b >= fromAt);
  await expect(passes()).resolves.toBe(false);
  await configure({ backend: true });
  await reload();
  await until(10_000, async () => ((await statusOf('kube-api-servers')) === 'UP UP' ? null : 'not both are up'));
  expect((await look(source)).map(({ effect }) => effect)).toContainEqual(
    expect.objectContaining({ verdict: 'mends' }),
  );
  await expect(passes()).resolves.toBe(true);
});

test('a HAProxy that was killed is told, and that it came back as well', async () => {
  const source = bySocket('gone');
  await look(source);
  await stop(haproxy, 'SIGKILL');
  await until(10_000, async () => {
    const { troubles, changes } = await source.look({ fromAt: Date.now() - 60_000, toAt: Date.now() }, never);
    if (troubles.length === 0) return 'it still answers';
    expect(changes.map(({ change }) => change)).toContainEqual(
      expect.objectContaining({ action: 'end', effect: expect.objectContaining({ verdict: 'unknown' }) }),
    );
    return null;
  });
  haproxy = spawn('/usr/sbin/haproxy', ['-W', '-f', file('haproxy.cfg')], { stdio: ['ignore', 'ignore', 'pipe'] });
  await until(20_000, async () => ((await statusOf('kube-api-servers')) === 'UP UP' ? null : 'it is not back'));
  expect((await look(source)).map(({ action }) => action)).toContain('restart');
});

function file(name: string): string {
  return join(folder, name);
}

/** What it finds that it had not told before. */
async function look(source: OutsideSource): Promise<readonly Change[]> {
  const at = Date.now();
  const { changes, troubles } = await source.look({ fromAt: at - 3_600_000, toAt: at + 10_000 }, never);
  expect(troubles).toEqual([]);
  const known = told.get(source) ?? new Set();
  const fresh = changes.map(({ change }) => change).filter(({ id }) => !known.has(id));
  told.set(source, new Set([...known, ...fresh.map(({ id }) => id)]));
  return fresh;
}
const told = new Map<OutsideSource, Set<string>>();

function bySocket(memory: string, { socket = 'operator.sock' } = {}): OutsideSource {
  return made({ kind: 'socket', socket: { path: file(socket) } }, memory, file('haproxy.cfg'));
}

function byPage(): OutsideSource {
  const page = { username: 'apidown', passwordFile: file('password'), caFile: null };
  return made({ kind: 'page', url: `http://${HOST}:${ports.page}/stats;csv`, ...page }, 'page', null, [
    'kube-api-servers',
  ]);
}

function made(
  access: HaproxyOptions['access'],
  memory: string,
  configFile: string | null,
  backends: readonly string[] = [],
): OutsideSource {
  const source = haproxySource(
    {
      name: 'edge',
      clusters: ['prod'],
      access,
      backends,
      frontends: backends.length > 0 ? ['kube-api'] : [],
      configFile,
    },
    {
      api: async () => [
        { host: HOST, port: ports.first },
        { host: HOST, port: ports.second },
        { host: 'api.prod.example', port: ports.entry },
      ],
      memory: memoryOf('haproxy', memory),
      clock: Date.now,
    },
  );
  sources.push(source);
  return source;
}

async function serve(port: number): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end('an API server\n');
  });
  server.listen(port, HOST);
  await once(server, 'listening');
  return server;
}

/** Does a connection through it reach a server? */
async function passes(): Promise<boolean> {
  const socket = connect(ports.entry, HOST);
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  socket.on('error', () => {});
  await once(socket, 'close');
  return text.includes('an API server');
}

async function configure({ backend }: { backend: boolean }): Promise<void> {
  await writeFile(
    file('haproxy.cfg'),
    `
global
  stats socket ${file('user.sock')} mode 600 level user
  stats socket ${file('operator.sock')} mode 600 level operator
  stats socket ${file('admin.sock')} mode 600 level admin
defaults
  mode tcp
  timeout connect 1s
  timeout client 10s
  timeout server 10s
frontend kube-api
  bind ${HOST}:${ports.entry}
  option socket-stats
  ${backend ? 'default_backend kube-api-servers' : ''}
${
  backend
    ? `backend kube-api-servers
  server cp-1 ${HOST}:${ports.first} check inter 300ms fall 2 rise 1
  server cp-2 ${HOST}:${ports.second} check inter 300ms fall 2 rise 1`
    : ''
}
listen statistics
  mode http
  bind ${HOST}:${ports.page}
  stats enable
  stats uri /stats
  stats auth apidown:${password}
`,
  );
}

async function order(command: string): Promise<void> {
  const socket = connect(file('admin.sock'));
  await once(socket, 'connect');
  socket.write(`${command}\n`);
  socket.resume();
  await once(socket, 'close');
}

async function reload(): Promise<void> {
  const before = await pidOf();
  haproxy.kill('SIGUSR2');
  await until(20_000, async () => ((await pidOf()) === before ? 'the old process answers' : null));
}

async function pidOf(): Promise<string | undefined> {
  const info = await askSocket({ path: file('user.sock') }, 'show info', 2_000, never);
  if (info.kind === 'failed') throw new Error(info.trouble.words);
  return /^Pid: (\d+)$/m.exec(info.value)?.[1];
}

async function statusOf(backend: string): Promise<string> {
  const stat = await askSocket({ path: file('user.sock') }, 'show stat', 2_000, never);
  if (stat.kind === 'failed') throw new Error(stat.trouble.words);
  const rows = stat.value.split('\n').map((line) => line.split(','));
  return rows
    .filter(([proxy, server]) => proxy === backend && server !== 'BACKEND')
    .map((cells) => cells[17])
    .join(' ');
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
