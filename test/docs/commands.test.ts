import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Block, blocks } from './blocks.ts';
import { followed, isRunHere } from './follow.ts';
import { programsIn, unknownPrograms } from './programs.ts';
import { root } from './read.ts';

const shell = blocks.filter(({ language }) => ['sh', 'bash', 'shell', 'console'].includes(language));
const where = ({ page, line }: Block) => `${page}:${line}`;

test('every command says how it is proven', () => {
  expect(shell.length).toBeGreaterThan(40);
  expect(shell.filter(({ proof }) => proof === null).map(where)).toEqual([]);
  expect(shell.filter(({ language }) => language !== 'sh').map(where)).toEqual([]);
});

test('whoever is said to run it is there', () => {
  const by = shell.flatMap((block) => (block.proof?.kind === 'by' ? [{ ...block, file: block.proof.file }] : []));
  expect(by.filter(({ file }) => !existsSync(join(root, file))).map(where)).toEqual([]);
});

test.each(shell.map((block) => ({ name: where(block), block })))(
  '$name is what bash understands',
  async ({ block }) => {
    await promisify(execFile)('bash', ['-n', '-c', block.text]);
  },
);

test.each(shell.map((block) => ({ name: where(block), block })))('$name names programs that there are', ({ block }) => {
  expect(programsIn(block.text)).not.toEqual([]);
  expect(unknownPrograms(block.text)).toEqual([]);
});

describe('what needs nothing is run, in the order of its page', () => {
  const wanted = (block: Block) => isRunHere(block) && toolsOf(block).length === 0;
  const alone = [...new Set(shell.filter(wanted).map(({ page }) => page))];

  test.each(alone)(
    '%s',
    async (page) => {
      const { ran } = await followed(page, wanted);
      expect(ran).toEqual(shell.filter((block) => block.page === page && wanted(block)).map(where));
    },
    120_000,
  );
});

test('what is not run is told, with its reason', () => {
  const told = shell.flatMap((block) => (block.proof?.kind === 'not' ? [`${where(block)}: ${block.proof.why}`] : []));
  console.log(`Commands of the documents that nobody runs:\n${told.join('\n')}`);
  expect(told.filter((line) => line.length < 40)).toEqual([]);
});

function toolsOf({ proof }: Block): readonly string[] {
  return proof?.kind === 'here' ? proof.tools : [];
}
