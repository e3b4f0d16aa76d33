import { expect, test } from 'vitest';
import { blocks } from '../docs/blocks.ts';
import { followed, isRunHere } from '../docs/follow.ts';

/** The documents' commands that need no cluster, with Debian's programs and kubectl; what they are marked with: docs/adding.md. */
const shell = blocks.filter((block) => block.language === 'sh' && isRunHere(block));

test.each([...new Set(shell.map(({ page }) => page))])('%s, as a reader follows it', async (page) => {
  const { ran } = await followed(page, isRunHere);
  expect(ran).toEqual(shell.filter((block) => block.page === page).map(({ line }) => `${page}:${line}`));
});
