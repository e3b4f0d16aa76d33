import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Investigations, OpenRequest } from '../../src/investigation/commands.ts';
import type { Investigation } from '../../src/investigation/state.ts';
import { createLog } from '../../src/ops/log.ts';
import { serveTerminal } from '../../src/terminal/serve.ts';
import { Summary, summaryOf } from '../../src/terminal/summary.ts';
import { textOf } from '../../src/terminal/text.ts';
import { onsetAt, withChanges } from '../briefing/picture/states.ts';
import { type as typeHere } from '../cli/terminal.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const nowAt = onsetAt + 5 * 60_000;
const clock = { now: () => nowAt };
const log = createLog({ name: 'test', level: 'silent' });

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-terminal-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  await writeFile(
    join(folder, 'apidown.yaml'),
    JSON.stringify({
      hub: { listen: '127.0.0.1:0' },
      store: { file: 'apidown.db' },
      clusters: { prod: {}, staging: {} },
    }),
  );
  return folder;
}

/** A bot whose one investigation is this. */
async function aBot(folder: string, investigation: Investigation) {
  const opened: OpenRequest[] = [];
  const acted: string[] = [];
  const investigations: Investigations = {
    async open(request) {
      opened.push(request);
      return { kind: 'joined', investigation };
    },
    async act(_id, _by, command) {
      acted.push(command.kind);
      return { kind: 'done', investigation };
    },
    find: async (id) => (id === investigation.id ? investigation : null),
    listOpen: async () => [investigation],
    listJustConcluded: async () => [],
  };
  const bot = await serveTerminal(join(folder, 'apidown.sock'), {
    investigations,
    clusters: ['prod', 'staging'],
    state: () => ({ version: '0.1.0', slack: 'connected', slackTrouble: null, agents: [], contested: [] }),
    clock,
    log,
  });
  cleanups.push(bot.close);
  return { opened, acted };
}

function type(folder: string, ...words: string[]) {
  return typeHere(['--config', join(folder, 'apidown.yaml'), ...words], {
    clock,
    lookAlone: async ({ kubeconfig }) => ({ kind: 'refused', message: `looked alone through ${kubeconfig}` }),
  });
}

describe('apidown investigate', () => {
  test('asks the running bot: onset, causes with reasons, every step and every rule', async () => {
    const folder = await aFolder();
    await aBot(folder, withChanges(20));
    const { code, out } = await type(folder, 'investigate', 'prod');
    expect(code).toBe(0);
    expect(out).toMatch(/^prod: PROBLEM/);
    expect(out).toMatch(/Began 2026-11-22 14:03:12–2026-11-22 14:03:17 UTC/);
    expect(out).toMatch(/1\. explains: nftables on cp-1: rule `tcp dport 6443 drop` added/);
    for (const title of [
      'Firewall',
      'Network policies',
      'Control plane',
      'Load balancer',
      'Security groups',
      'Maintenance',
    ]) {
      expect(out).toContain(title);
    }
    expect(out).toMatch(/Security groups \(10 min before or after\):/);
  });

  test('--json prints what the schema says, and nothing else', async () => {
    const folder = await aFolder();
    await aBot(folder, withChanges(500));
    const { out } = await type(folder, 'investigate', 'prod', '--json');
    const summary = Summary.parse(JSON.parse(out));
    expect(summary.causes[0]).toMatchObject({ rank: 1, standing: 'explains', rule: 'firewall' });
    expect(summary.rules).toHaveLength(11);
    expect(summary.steps).toHaveLength(6);
  });

  test('what a person says of the failure is understood in their zone, and echoed', async () => {
    const folder = await aFolder();
    const { opened, acted } = await aBot(folder, withChanges(1));
    const words = [
      '--since',
      '15:01',
      '--from',
      '203.0.113.0/24',
      '198.51.100.7',
      '--zone',
      'Europe/Berlin',
      '--widen',
    ];
    const { code, note } = await type(folder, 'investigate', 'prod', ...words);
    expect(code).toBe(0);
    expect(opened[0]?.report).toMatchObject({
      method: 'report',
      earliestAt: Date.UTC(2026, 10, 22, 14, 1),
      sources: ['203.0.113.0/24', '198.51.100.7'],
    });
    expect(opened[0]?.room).toBeNull();
    expect(note).toMatch(
      /Understood: failing since 2026-11-22T15:01.*\(Europe\/Berlin\) from 203\.0\.113\.0\/24, 198\.51\.100\.7/,
    );
    expect(acted).toEqual(['widen']);
  });

  test.each([
    [['investigate'], /Say which cluster: prod, staging/],
    [['investigate', 'elsewhere'], /No cluster "elsewhere"/],
    [['investigate', 'prod', '--since', 'teatime'], /not understood/],
    [['investigate', 'prod', '--from', 'example.com'], /not understood/],
  ])('%j is refused with what to do', async (words, says) => {
    const folder = await aFolder();
    const { opened } = await aBot(folder, withChanges(1));
    const { code, note, out } = await type(folder, ...words);
    expect(code).toBe(1);
    expect(note).toMatch(says);
    expect(out).toBe('');
    expect(opened).toEqual([]);
  });

  test('without a bot it looks by itself, and says so', async () => {
    const folder = await aFolder();
    const { code, note } = await type(folder, 'investigate', 'prod');
    expect(note).toMatch(/No bot answers on .*apidown\.sock.*Looking from here; nothing is kept/s);
    expect(note).toMatch(/looked alone/);
    expect(code).toBe(1);
  });
});

describe('the socket', () => {
  test("belongs to the bot's own user", async () => {
    const folder = await aFolder();
    await aBot(folder, withChanges(0));
    expect((await stat(join(folder, 'apidown.sock'))).mode & 0o777).toBe(0o600);
  });

  test('of a bot that was killed is taken over; of one that runs is not', async () => {
    const folder = await aFolder();
    const socket = join(folder, 'apidown.sock');
    const killed = execFile(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(socket)}, () => console.log('up'))`,
    ]);
    if (killed.stdout === null) throw new Error('no output');
    await once(killed.stdout, 'data');
    const gone = once(killed, 'exit');
    killed.kill('SIGKILL');
    await gone;
    await aBot(folder, withChanges(0));
    await expect(aBot(folder, withChanges(0))).rejects.toThrow(/another bot answers/);
  });

  test('something else that answers there is told apart', async () => {
    const folder = await aFolder();
    const other = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
    other.listen(join(folder, 'apidown.sock'));
    await once(other, 'listening');
    cleanups.push(async () => other.close());
    const { code, note } = await type(folder, 'investigate', 'prod');
    expect(code).toBe(1);
    expect(note).toMatch(/does not understand/);
  });
});

test('names from a cluster do not play with the terminal', () => {
  const state = withChanges(1);
  const summary = summaryOf({ ...state, cluster: 'prod', endpoint: null }, nowAt);
  const [first, ...others] = summary.causes;
  if (first === undefined) throw new Error('no cause');
  const text = textOf({ ...summary, causes: [{ ...first, title: 'evil\u001b[2J\u202ename' }, ...others] });
  expect(text).not.toContain('\u001b');
  expect(text).toContain('‹U+001B›');
});
