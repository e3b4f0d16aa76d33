import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export interface Page {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
}

/** Every document for people, wherever it stands. */
export const pages: readonly Page[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name))),
].map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));

export function page(file: string): string {
  const found = pages.find((each) => each.file === file);
  if (found === undefined) throw new Error(`there is no document ${file}`);
  return found.text;
}

/** What stands in code, by line: fenced blocks and what is set between backticks. */
export function codeIn(text: string): readonly string[] {
  const fenced = [...text.matchAll(/^ *```\w*\n([\s\S]*?)^ *```$/gm)].map(([, block]) => block ?? '');
  const rest = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  const inline = [...rest.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');
  return [...fenced.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n')), ...inline];
}

/** First cells of a table's rows: what stands between backticks in them. */
export function firstCells(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? ''));
}

/** The part of a page below a heading, up to the next one of the same or a higher level. */
export function sectionOf(text: string, heading: string): string {
  const [marks = ''] = /^#+/.exec(heading) ?? [];
  const from = text.indexOf(`\n${heading}\n`);
  if (from === -1) throw new Error(`there is no heading "${heading}"`);
  const body = text.slice(from + heading.length + 2);
  const end = body.search(new RegExp(`^#{1,${marks.length}} `, 'm'));
  return end === -1 ? body : body.slice(0, end);
}

/** Of its headings, as GitHub makes them. */
export function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}
