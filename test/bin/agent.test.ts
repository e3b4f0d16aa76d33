import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { enrolmentFile } from '../../src/link/enrolment.ts';
import { makeKeyPair } from '../../src/link/keys.ts';

const PROGRAM = join(import.meta.dirname, '../../src/bin/agent.ts');

let dir: string;
let started: ChildProcess[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agent-bin-'));
  started = [];
});
afterEach(async () => {
  for (const child of started) child.kill('SIGKILL');
  await rm(dir, { recursive: true });
});

function run(env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: { PATH: process.env.PATH ?? '', ...env } });
  started.push(child);
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output.text += chunk));
  return { child, output, ended: once(child, 'exit').then(([code]) => code) };
}

describe('the agent program', () => {
  it('tells all that is wrong with its environment, and ends with 2', async () => {
    const { output, ended } = run({ APIDOWN_BOT_URL: 'nonsense' }, '--role', 'cluster');
    expect(await ended).toBe(2);
    expect(output.text).toContain('APIDOWN_BOT_URL: found "nonsense"');
    expect(output.text).toContain('APIDOWN_CLUSTER: missing');
    expect(output.text).toContain('APIDOWN_KEY_FILE: missing');
  }, 30_000);

  it('runs by its enrolment file alone while no bot answers, and stops when it is told to', async () => {
    const { privateKeyPem } = makeKeyPair();
    const file = join(dir, 'enrolment.yaml');
    const botUrl = 'https://127.0.0.1:9';
    await writeFile(file, enrolmentFile({ cluster: 'prod', role: 'vantage', privateKeyPem, botUrl }));
    const { child, output, ended } = run({ APIDOWN_KEY_FILE: file, APIDOWN_STATE_DIR: join(dir, 'state') });
    await vi.waitFor(() => expect(output.text).toContain('No connection to the bot'), {
      timeout: 25_000,
      interval: 50,
    });
    expect(await readFile(join(dir, 'state', 'heartbeat'), 'utf8')).toMatch(/^\d+\n$/);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(output.text).toContain('the agent has stopped');
    expect(output.text).not.toContain('PRIVATE KEY');
  }, 30_000);
});
