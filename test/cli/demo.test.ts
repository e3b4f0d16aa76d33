import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runDemo } from '../../src/bin/run-demo.ts';
import { type } from './terminal.ts';

test('hands its arguments on, and ends as the demo ended', async () => {
  const asked: (readonly string[])[] = [];
  const ending = (code: number) => ({
    runDemo: async (args: readonly string[]) => {
      asked.push(args);
      return code;
    },
  });
  expect(await type(['demo', '--story', 'firewall', '--play'], ending(0))).toMatchObject({ code: 0 });
  expect(await type(['demo'], ending(2))).toMatchObject({ code: 2 });
  expect(await type(['demo'], ending(130))).toMatchObject({ code: 1 });
  expect(asked).toEqual([['--story', 'firewall', '--play'], [], []]);
});

test('where only the product was installed it says where the demo is', async () => {
  const { code, note } = await type(['demo'], { runDemo: (args) => runDemo(args, '/nowhere/dev/demo/main.ts') });
  expect(code).toBe(1);
  expect(note).toContain('it is only in the repository');
});

test('runs the program that stands beside it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-demo-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const program = join(folder, 'main.ts');
  await writeFile(program, 'const code: number = process.argv[2] === "--play" ? 7 : 1;\nprocess.exitCode = code;\n');
  expect(await runDemo(['--play'], program)).toBe(7);
});
