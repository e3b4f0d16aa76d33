import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { page, root } from './read.ts';

const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  // As a person reads it: what is escaped in a literal, and where one is cut into lines.
  .map((text) =>
    text
      .replaceAll("\\'", "'")
      .replaceAll('\\`', '`')
      .replaceAll(/['"`] \+\n\s*['"`]/g, ''),
  );

const quoted = [...page('docs/troubleshooting.md').matchAll(/“([^”]+)”/g)].map(([, words = '']) => words);

test.each(quoted.filter((words) => words !== 'quotes'))('“%s” is what the product says', (words) => {
  const parts = words
    .split('…')
    .map((part) => part.trim())
    .filter((part) => /\w{3}/.test(part));
  expect(parts).not.toEqual([]);
  expect(sources.some((text) => parts.every((part) => text.includes(part)))).toBe(true);
});
