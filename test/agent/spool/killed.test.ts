import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openSpool } from '../../../src/agent/spool/spool.ts';
import { rememberingLog } from '../silent.ts';
import { idsIn } from './records.ts';
import { taker } from './taker.ts';

test('agents killed while they put: all that was on the disk is there, in order, once', {
  timeout: 60_000,
}, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'spool-killed-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const said = [await life(dir, 'first', 150), await life(dir, 'second', 250)];

  const spool = await openSpool({
    dir,
    cluster: 'prod',
    instance: 'cp-1',
    mostBytes: 64_000_000,
    clock: Date.now,
    log: rememberingLog(),
  });
  onTestFinished(() => spool.close());
  const bot = taker();
  for (const outgoing of spool.outgoing) await bot.drain(outgoing);

  expect(bot.records.filter(({ kind }) => kind !== 'change')).toEqual([]);
  const got = idsIn(bot.records);
  const firsts = got.filter((id) => id.startsWith('first-'));
  const seconds = got.filter((id) => id.startsWith('second-'));
  expect(got).toEqual([...numbered('first', firsts.length), ...numbered('second', seconds.length)]);
  expect([firsts.length, seconds.length].map((count, index) => count > (said[index] ?? 0))).toEqual([true, true]);
});

/** Resolves with the last number that was said to be on the disk before the program was killed. */
async function life(dir: string, name: string, lines: number): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('put-for-ever.ts', import.meta.url)), dir, name]);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
    if (out.split('\n').length > lines) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const last = Number(out.trim().split('\n').at(-1));
  if (!(last > lines)) throw new Error(`It did not get that far: ${out.slice(-200)}`);
  return last;
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`);
}
