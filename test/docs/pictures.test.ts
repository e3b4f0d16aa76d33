import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tour } from '../e2e/newcomer/sights.ts';
import { pages, root } from './read.ts';

/** File names in docs/pictures that documents show. */
const shown = pages.flatMap(({ text }) =>
  [...text.matchAll(/!\[[^\]]+\]\((?:\.\.\/)*(?:docs\/)?pictures\/([^)\s]+)\)/g)].map(([, file]) => file ?? ''),
);
const made = tour.map(({ file }) => file);

test('every picture is made by the script, and shown', () => {
  const kept = readdirSync(join(root, 'docs/pictures'));
  expect(kept.toSorted()).toEqual(made.toSorted());
  expect([...new Set(shown)].toSorted()).toEqual(made.toSorted());
});

test('every picture that is shown has words for those who do not see it', () => {
  const wordless = pages.filter(({ text }) => /!\[\s*\]\(/.test(text)).map(({ file }) => file);
  expect(wordless).toEqual([]);
});
