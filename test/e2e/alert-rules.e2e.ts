import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Needs promtool, which comes with Debian's prometheus. */
const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

test('promtool finds the rules right', async () => {
  const { stdout } = await run('promtool', ['check', 'rules', join(root, 'docs/prometheus/apidown-rules.yaml')]);
  expect(stdout).toContain('16 rules found');
});

test('each alert fires when it shall, and not before', async () => {
  const { stdout } = await run('promtool', ['test', 'rules', join(import.meta.dirname, 'alert-rules/tests.yaml')]);
  expect(stdout).toContain('SUCCESS');
});
