import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const main = join(import.meta.dirname, '../../dev/demo/main.ts');

test('the open demo serves its page at once, says what to do first, and leaves nothing behind', {
  timeout: 120_000,
}, async ({ onTestFinished }) => {
  const folder = await mkdtemp(join(tmpdir(), 'demo-test-'));
  const child = spawn(process.execPath, [main], { env: { TMPDIR: folder }, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
    await rm(folder, { recursive: true, force: true });
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  const url = () => /http:\/\/127\.0\.0\.1:\d+\//.exec(printed)?.[0];
  await expect.poll(url, { timeout: 60_000 }).toBeDefined();
  const page = await fetch(url() ?? '');
  expect(await page.text()).toContain('/client.js');

  await expect.poll(() => printed, { timeout: 100_000 }).toContain('/apidown investigate');
  child.kill('SIGINT');
  await closed;
  expect(child.exitCode, printed).toBe(0);
  expect(await readdir(folder)).toEqual([]);
});
