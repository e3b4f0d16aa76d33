import { once } from 'node:events';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type HaproxyOptions, haproxySource } from '../../../../src/changes/sources/haproxy/haproxy.ts';
import type { SourceMemory } from '../../../../src/changes/sources/memory.ts';
import { changeSourceContract } from '../../../contracts/change-source.ts';
import { memoryOf } from '../../../fakes/source-memory.ts';
import {
  aged,
  drain,
  killed,
  maint,
  older,
  ranFor,
  recorded,
  removed,
  type Said,
  serveStats,
  up,
} from './stats-socket.ts';

const never = new AbortController().signal;
const T = Date.UTC(2026, 10, 22, 14, 5, 0);
const api = [
  { host: '127.0.0.1', port: 39_913 },
  { host: '127.0.0.1', port: 39_914 },
  { host: 'api.prod.example', port: 39_912 },
];

interface Staged {
  readonly options?: Partial<HaproxyOptions>;
  readonly memory?: SourceMemory;
  readonly first?: Said | null;
}

/** A source before a stats socket that says what was recorded; the clock stands until it is moved. */
async function stage({ options = {}, memory = memoryOf(), first = up }: Staged = {}) {
  const server = await serveStats(first);
  onTestFinished(() => server.close());
  let now = T;
  const at = (ms: number) => {
    now = T + ms;
  };
  const make = () =>
    haproxySource(
      {
        name: 'edge-1',
        clusters: ['prod'],
        access: { kind: 'socket', socket: { path: server.path } },
        backends: [],
        frontends: ['kube-api'],
        configFile: null,
        ...options,
      },
      { api: async () => api, memory, clock: () => now, deadlineMs: 500 },
    );
  const source = make();
  const look = (from = source) => from.look({ fromAt: T - 3_600_000, toAt: T + 3_600_000 }, never);
  /** What the look at `ms` finds after one at 0. */
  const lookAfter = async (ms: number, said: Said) => {
    await look();
    server.says(said);
    at(ms);
    return look();
  };
  return { server, source, make, look, at, lookAfter };
}

const lines = ({ changes }: { changes: readonly { change: { summary: string } }[] }) =>
  changes.map(({ change }) => change.summary);

describe('what changed between two looks', () => {
  test('nothing', async () => {
    const { lookAfter } = await stage();
    const found = await lookAfter(5_000, { ...up, 'show info': ranFor(30), 'show stat': later(up['show stat']) });
    expect(found).toEqual({
      changes: [],
      covered: [{ fromAt: T, toAt: T + 5_000, categories: ['load-balancer'] }],
      troubles: [],
    });
  });

  test('a server that somebody put into maintenance, with its time from HAProxy', async () => {
    const { lookAfter } = await stage();
    const { changes } = await lookAfter(10_000, maint);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({
      cluster: 'prod',
      change: {
        source: 'haproxy',
        instance: 'edge-1',
        category: 'load-balancer',
        action: 'update',
        summary: 'HAProxy edge-1: server kube-api-servers/cp-1 was put into maintenance',
        // It says 2 s ago, in whole seconds.
        earliestAt: T + 7_000,
        latestAt: T + 9_000,
        certainty: 'seen',
        target: { kind: 'HAProxy server', name: 'kube-api-servers/cp-1', addresses: ['127.0.0.1'], ports: [39_913] },
        diff: ['UP -> MAINT'],
        effect: { kind: 'judged', verdict: 'unknown' },
      },
    });
  });

  test('the last server that could take connections: then it breaks', async () => {
    const { server, look, at, lookAfter } = await stage();
    await lookAfter(10_000, maint);
    server.says(drain);
    at(13_000);
    const { changes } = await look();
    expect(changes.map(({ change }) => change.effect)).toMatchObject([{ verdict: 'unknown' }, { verdict: 'breaks' }]);
    expect(changes[1]?.change).toMatchObject({
      summary: 'HAProxy edge-1: server kube-api-servers/cp-2 was set to drain: it takes no new connections',
      effect: { words: 'After it no server of kube-api-servers can take connections; before it 1 of 2 could.' },
    });
  });

  test('both at once, each judged by what stood before it', async () => {
    const { lookAfter } = await stage();
    const { changes } = await lookAfter(10_000, drain);
    expect(changes.map(({ change }) => [change.target.name, change.effect])).toMatchObject([
      ['kube-api-servers/cp-1', { verdict: 'unknown' }],
      ['kube-api-servers/cp-2', { verdict: 'breaks' }],
    ]);
  });

  test('ready again: it mends', async () => {
    const { lookAfter } = await stage({ first: drain });
    const { changes } = await lookAfter(5_000, {
      ...up,
      'show info': ranFor(35),
      'show stat': aged(recorded('up-stat.csv')),
    });
    expect(changes.slice(-2).map(({ change }) => change.effect)).toMatchObject([
      { verdict: 'mends' },
      { verdict: 'none' },
    ]);
  });

  test('a server that a health check took down is no order of anybody', async () => {
    const { lookAfter } = await stage();
    const { changes } = await lookAfter(10_000, killed);
    const found = changes.find(({ change }) => change.target.name.endsWith('cp-2'))?.change;
    expect(found).toMatchObject({
      summary: 'HAProxy edge-1: server kube-api-servers/cp-2 is DOWN by its health check (Connection refused, L4CON)',
      target: { kind: 'HAProxy health check' },
      earliestAt: T + 7_000,
      latestAt: T + 9_000,
    });
  });

  test.each([
    ['by hand', 1, 'HAProxy server'],
    ['by its health check', 2, 'HAProxy health check'],
  ])('a server that was otherwise in between %s, and is as it was', async (_, timesDown, kind) => {
    const { lookAfter } = await stage();
    // Columns 22 to 24: chkfail, chkdown, lastchg.
    const back = up['show stat'].replace(
      /^((kube-api-servers,cp-1(,[^,]*){19}),[^,]*),[^,]*,[^,]*/m,
      `$1,${timesDown},3`,
    );
    const { changes } = await lookAfter(10_000, { ...up, 'show info': ranFor(35), 'show stat': back });
    expect(changes.map(({ change }) => [change.target.kind, change.summary, change.latestAt])).toEqual([
      [
        kind,
        'HAProxy edge-1: server kube-api-servers/cp-1 was away for a moment and takes connections again',
        T + 8_000,
      ],
    ]);
  });

  test('a server that a reload left out, dated by the start of the new process', async () => {
    const { lookAfter } = await stage();
    const { changes } = await lookAfter(10_000, removed);
    expect(
      changes.map(({ change }) => [
        change.target.kind,
        change.action,
        change.summary,
        change.earliestAt,
        change.latestAt,
      ]),
    ).toEqual([
      ['HAProxy process', 'restart', 'HAProxy edge-1: was started anew or reloaded', T + 7_000, T + 9_000],
      ['HAProxy server', 'delete', 'HAProxy edge-1: server kube-api-servers/cp-2 was removed', T + 7_000, T + 9_000],
    ]);
  });

  test('the backend, or the frontend, that a reload left out: nothing comes through', async () => {
    const without = (name: string): Said => ({ ...removed, 'show stat': dropped(removed['show stat'], name) });
    const one = await stage();
    expect((await one.lookAfter(10_000, without('kube-api-servers'))).changes.at(-1)?.change).toMatchObject({
      summary: 'HAProxy edge-1: backend kube-api-servers was removed',
      effect: { verdict: 'breaks' },
    });
    // What it was is remembered: its absence is a change, no fault of the source.
    expect(await one.look()).toMatchObject({ troubles: [] });
    const other = await stage();
    const { changes } = await other.lookAfter(10_000, without('kube-api'));
    expect(changes.map(({ change }) => [change.summary, change.effect])).toContainEqual([
      'HAProxy edge-1: frontend kube-api was removed',
      {
        kind: 'judged',
        verdict: 'breaks',
        words: 'After it no frontend that leads to the API server takes connections (kube-api).',
      },
    ]);
  });

  test('a frontend that was paused, and one that listens elsewhere', async () => {
    const stat = aged(recorded('up-stat.csv'));
    const running = { ...up, 'show info': ranFor(30) };
    const paused = await stage();
    const found = await paused.lookAfter(5_000, {
      ...running,
      'show stat': later(up['show stat'].replace(/^(kube-api,FRONTEND,.*),OPEN,/m, '$1,PAUSED,')),
    });
    expect(found.changes.map(({ change }) => [change.summary, change.effect])).toMatchObject([
      ['HAProxy edge-1: frontend kube-api takes no connections any more (PAUSED)', { verdict: 'breaks' }],
    ]);
    const moved = await stage({ first: { ...up, 'show stat': stat }, options: { frontends: [] } });
    const elsewhere = await moved.lookAfter(5_000, {
      ...running,
      'show stat': later(stat.replace('127.0.0.1:39912', '127.0.0.1:40000')),
    });
    expect(elsewhere.changes.map(({ change }) => [change.diff, change.effect])).toMatchObject([
      [['127.0.0.1:39912 removed', '127.0.0.1:40000 added'], { verdict: 'breaks' }],
    ]);
  });

  test('what leads elsewhere is not told', async () => {
    const { lookAfter } = await stage();
    const other = up['show stat'].replace(/^(other,web,.*),no check,/m, '$1,MAINT,');
    expect(other).not.toBe(up['show stat']);
    const found = await lookAfter(5_000, { ...up, 'show info': ranFor(30), 'show stat': later(other) });
    expect(found.changes).toEqual([]);
  });

  test('the configuration file, by its hash and the time it was written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'apidown-haproxy-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const configFile = join(folder, 'haproxy.cfg');
    await writeFile(configFile, 'backend kube-api-servers\n  server cp-1 10.0.0.1:6443\n');
    const { server, at, look } = await stage({ options: { configFile } });
    await look();
    await writeFile(configFile, 'backend kube-api-servers\n');
    await utimes(configFile, new Date(), new Date(T + 3_000));
    server.says({ ...up, 'show info': ranFor(30), 'show stat': later(up['show stat']) });
    at(5_000);
    const { changes } = await look();
    expect(changes.map(({ change }) => change)).toMatchObject([
      {
        summary: 'HAProxy edge-1: its configuration file was changed',
        earliestAt: T + 3_000,
        latestAt: T + 3_000,
        effect: { verdict: 'none' },
      },
    ]);
    expect(JSON.stringify(changes)).not.toContain('10.0.0.1');
  });
});

describe('what stood before this process looked', () => {
  test('the first look tells what HAProxy dates itself, as the latest that is known', async () => {
    const { look, at } = await stage({ first: drain });
    at(0);
    const { changes, covered } = await look();
    expect(covered).toEqual([{ fromAt: T, toAt: T, categories: ['load-balancer'] }]);
    expect(changes.map(({ change }) => [change.certainty, change.summary])).toEqual([
      ['latestKnown', 'HAProxy edge-1: server kube-api-servers/cp-1 was put into maintenance'],
      ['latestKnown', 'HAProxy edge-1: server kube-api-servers/cp-2 was set to drain: it takes no new connections'],
    ]);
  });

  test('a bot that was started again compares with what it saw before', async () => {
    const memory = memoryOf();
    const { source, make, look, server, at } = await stage({ memory });
    await look();
    await source.close?.();
    server.says(maint);
    at(20_000);
    const { changes, covered } = await look(make());
    expect(changes.map(({ change }) => [change.certainty, change.summary])).toEqual([
      ['seen', 'HAProxy edge-1: server kube-api-servers/cp-1 was put into maintenance'],
    ]);
    expect(covered).toEqual([{ fromAt: T, toAt: T + 20_000, categories: ['load-balancer'] }]);
  });

  test('killed before it could hand a change on, it tells it again', async () => {
    const memory = memoryOf();
    const { make, look, server, at } = await stage({ memory });
    const first = make();
    await look(first);
    at(1_000);
    await look(first);
    server.says(maint);
    at(4_000);
    const told = await look(first);
    expect(lines(await look(make()))).toEqual(lines(told));
  });

  test('after a long absence nothing of it is covered', async () => {
    const memory = memoryOf();
    const { source, make, look, server, at } = await stage({ memory });
    await look();
    await source.close?.();
    server.says(maint);
    at(600_000);
    const { changes, covered } = await look(make());
    expect(changes.map(({ change }) => change.certainty)).toEqual(['latestKnown']);
    expect(covered).toEqual([{ fromAt: T + 600_000, toAt: T + 600_000, categories: ['load-balancer'] }]);
  });
});

describe('what keeps it from answering', () => {
  test('a process that is gone is a trouble, and told as a change once', async () => {
    const { server, look, at } = await stage();
    await look();
    await server.close();
    at(5_000);
    const first = await look();
    at(10_000);
    const second = await look();
    expect(first.troubles).toMatchObject([{ kind: 'gone', words: expect.stringContaining('HAProxy does not run') }]);
    expect(first.covered).toEqual([]);
    expect(first.changes.map(({ change }) => [change.action, change.earliestAt, change.latestAt])).toEqual([
      ['end', T, T + 5_000],
    ]);
    expect(second.changes).toEqual(first.changes);
  });

  test('a cut answer is not taken for servers that were removed', async () => {
    const { lookAfter } = await stage();
    const stat = up['show stat'];
    const lastWhole = `${stat.trimEnd().split('\n').slice(0, -3).join('\n')}\n`;
    for (const cut of [stat.slice(0, 3_000), lastWhole]) {
      const { changes, troubles } = await lookAfter(5_000, { ...up, 'show stat': cut });
      expect(changes).toEqual([]);
      expect(troubles).toMatchObject([{ kind: 'malformed' }]);
    }
  });

  test('nothing of it that leads to the API server', async () => {
    const { look } = await stage({ options: { frontends: [] }, first: { ...up, 'show servers state': '\n\n' } });
    expect(await look()).toMatchObject({
      covered: [],
      troubles: [{ kind: 'gone', words: expect.stringContaining('name its backends') }],
    });
    const named = await stage({ options: { backends: ['kube-apy'] } });
    await named.look();
    named.at(5_000);
    expect(await named.look()).toMatchObject({
      covered: [],
      troubles: [{ kind: 'gone', words: expect.stringContaining('no backend kube-apy') }],
    });
    expect(await named.source.examine(never)).toContainEqual({
      what: 'backend kube-apy',
      outcome: 'missing',
      words: expect.stringContaining('no such backend'),
    });
  });

  test('doctor is told how to let it find the frontend', async () => {
    const { source } = await stage({ options: { frontends: [] } });
    expect(await source.examine(never)).toEqual([
      { what: expect.stringMatching(/^"show info" at .*admin\.sock$/), outcome: 'ok', words: '' },
      { what: expect.stringMatching(/^"show stat" at /), outcome: 'ok', words: '' },
      { what: 'backend kube-api-servers', outcome: 'ok', words: '' },
      {
        what: 'a frontend that leads to the API server',
        outcome: 'missing',
        words: expect.stringContaining('level operator'),
      },
    ]);
  });
});

describe('the statistics page', () => {
  test('a reload shows by everything being young and counted anew', async () => {
    const page = await servePage();
    let now = T;
    const source = pageSource(page, () => now);
    const look = () => source.look({ fromAt: T - 60_000, toAt: T + 60_000 }, never);
    page.says(
      aged(recorded('up-stat.csv')).replace(/^kube-api,FRONTEND,,,0,0,9982,0,/m, 'kube-api,FRONTEND,,,0,0,9982,40,'),
    );
    await look();
    now = T + 10_000;
    page.says(recorded('removed-stat.csv'));
    const { changes } = await look();
    expect(changes.map(({ change }) => [change.action, change.target.kind, change.earliestAt])).toEqual([
      ['restart', 'HAProxy process', T + 6_000],
      ['delete', 'HAProxy server', T + 6_000],
    ]);
  });

  test('over HTTP a server set to maintenance is told as well', async () => {
    const page = await servePage();
    let now = T;
    const source = pageSource(page, () => now);
    await source.look({ fromAt: T, toAt: T + 60_000 }, never);
    page.says(maint['show stat']);
    now = T + 10_000;
    expect(lines(await source.look({ fromAt: T, toAt: T + 60_000 }, never))).toEqual([
      'HAProxy edge-1: server kube-api-servers/cp-1 was put into maintenance',
    ]);
  });
});

const password = 'correct-horse-battery';

async function servePage() {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-haproxy-'));
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, `${password}\n`);
  let requests = 0;
  let text = aged(recorded('up-http.csv'));
  let answer = (request: IncomingMessage, response: ServerResponse) => {
    const expected = `Basic ${Buffer.from(`apidown:${password}`).toString('base64')}`;
    if (request.headers.authorization !== expected) response.writeHead(401).end('<html>401</html>');
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(text);
  };
  const server = createServer((request, response) => {
    requests += 1;
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
    await rm(folder, { recursive: true });
  };
  onTestFinished(close);
  return {
    url: `http://127.0.0.1:${port}/stats;csv`,
    passwordFile,
    requests: () => requests,
    says(next: string) {
      text = next;
    },
    answers(next: typeof answer) {
      answer = next;
    },
    close,
  };
}

type Page = Awaited<ReturnType<typeof servePage>>;

function pageSource({ url, passwordFile }: Page, clock: () => number, memory: SourceMemory = memoryOf()) {
  return haproxySource(
    {
      name: 'edge-1',
      clusters: ['prod'],
      access: { kind: 'page', url, username: 'apidown', passwordFile, caFile: null },
      backends: ['kube-api-servers'],
      frontends: ['kube-api'],
      configFile: null,
    },
    { api: async () => api, memory, clock, deadlineMs: 600 },
  );
}

/** Five seconds on. */
function later(stat: string): string {
  return older(stat, (seconds) => seconds + 5);
}

/** Without any row of that proxy. */
function dropped(stat: string, name: string): string {
  return stat
    .split('\n')
    .filter((row) => !row.startsWith(`${name},`))
    .join('\n');
}

/** It is compared with a look a minute before. */
async function remembered(): Promise<SourceMemory> {
  const memory = memoryOf();
  const server = await serveStats(up);
  const source = haproxySource(
    {
      name: 'edge-1',
      clusters: ['prod'],
      access: { kind: 'socket', socket: { path: server.path } },
      backends: ['kube-api-servers'],
      frontends: ['kube-api'],
      configFile: null,
    },
    { api: async () => [], memory, clock: () => T - 60_000 },
  );
  await source.look({ fromAt: T - 60_000, toAt: T }, never);
  await source.close?.();
  await server.close();
  return memory;
}

const stretch = { fromAt: T - 60_000, toAt: T };

changeSourceContract('haproxy', {
  troubles: ['refused', 'unreachable', 'gone', 'timedOut', 'malformed'],
  provesLater: true,
  async stage(how) {
    const said = {
      refused: { ...maint, 'show info': 'Permission denied\n\n' },
      malformed: { ...maint, 'show stat': '<html>not this</html>\n\n' },
      timedOut: null,
    };
    const server = await serveStats(how in said ? said[how as keyof typeof said] : maint);
    const source = haproxySource(
      {
        name: 'edge-1',
        clusters: ['prod'],
        access: {
          kind: 'socket',
          socket:
            how === 'unreachable'
              ? { host: '127.0.0.1', port: 1 }
              : { path: how === 'gone' ? `${server.path}.not` : server.path },
        },
        backends: ['kube-api-servers'],
        frontends: ['kube-api'],
        configFile: null,
      },
      { api: async () => api, memory: await remembered(), clock: () => T, deadlineMs: 1_000 },
    );
    return { source, stretch, nowAt: T, requests: server.connections, close: server.close };
  },
});

describe('by the statistics page', () => {
  changeSourceContract('haproxy', {
    troubles: ['expired', 'refused', 'unreachable', 'gone', 'timedOut', 'malformed'],
    provesLater: true,
    secrets: [password, Buffer.from(`apidown:${password}`).toString('base64')],
    async stage(how) {
      const page = await servePage();
      page.says(maint['show stat']);
      const status = { expired: 401, refused: 403, gone: 404, unreachable: 503 };
      if (how in status)
        page.answers((_, response) => response.writeHead(status[how as keyof typeof status]).end('no'));
      if (how === 'malformed') page.says('<html></html>');
      if (how === 'timedOut') page.answers(() => {});
      const source = pageSource(page, () => T, await remembered());
      return { source, stretch, nowAt: T, requests: page.requests, close: page.close };
    },
  });
});
