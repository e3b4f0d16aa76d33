import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { commands } from '../../src/cli/command.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { settingsSchema } from '../../src/config/schema.ts';
import { doctorChecks } from '../../src/doctor/checks.ts';
import { steps } from '../../src/playbook/playbook.ts';
import { aTerminal } from '../cli/terminal.ts';
import { anchorsOf, codeIn, firstCells, page, pages, root, sectionOf } from './read.ts';

const configuration = page('docs/configuration.md');

describe('what documents point at is there', () => {
  test.each(pages)('$file: its links', ({ file, text }) => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '');
    const dead = links.filter((link) => !/^https:/.test(link) && !leadsSomewhere(file, link));
    expect(dead).toEqual([]);
  });

  test.each(pages)('$file: files and folders it names', ({ text }) => {
    const named = codeIn(text).flatMap(
      (code) => code.match(/(?<![\w/.-])(src|test|dev|docs|manifests)\/[\w./*<>-]+/g) ?? [],
    );
    expect(named.filter((path) => !/[*<]/.test(path) && !existsSync(join(root, path)))).toEqual([]);
  });

  test.each(pages)('$file: npm scripts it names', ({ text }) => {
    const named = codeIn(text).flatMap((code) =>
      [...code.matchAll(/\bnpm (?:run (?:-s )?([\w:]+)|(test|start)\b)/g)].map(([, script, word]) => script ?? word),
    );
    expect(named.filter((script) => script === undefined || !Object.hasOwn(packageJson.scripts, script))).toEqual([]);
  });
});

test('every npm script is told of', () => {
  const told = pages.flatMap(({ text }) => codeIn(text)).join('\n');
  const untold = Object.keys(packageJson.scripts).filter(
    (script) => !new RegExp(`npm (run (-s )?)?${script}(?![\\w:])`).test(told),
  );
  expect(untold).toEqual([]);
});

test('every key of the configuration is told of, and no other', () => {
  const schema = Schema.parse(z.toJSONSchema(settingsSchema('/'), { unrepresentable: 'any' }));
  const told = firstCells(sectionOf(configuration, '## The file')).filter((cell) => /^[a-z]+(\.|\[)/.test(cell));
  const keys = told.map((key) => key.replace('NAME', '*').replace('LABEL', '*'));
  expect(keys.filter((key) => key !== 'clusters.*').sort()).toEqual([...keysOf(schema)].sort());
});

test('every variable of the environment is told of, and no other', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  const read = new Set(sources.flatMap((text) => text.match(/\b(APIDOWN|SLACK)_[A-Z_]*[A-Z]\b/g) ?? []));
  const told = new Set(firstCells(configuration).filter((cell) => /^(APIDOWN|SLACK)_/.test(cell)));
  expect([...told].sort()).toEqual([...read].sort());
});

describe('the command line', () => {
  const call = { ...aTerminal(), asked: () => ({ action: '', words: [] }), exit: () => {} };
  const top = commands.map((command) => command(call));
  const cli = page('docs/cli.md');
  const section = sectionOf(cli, '## Commands');

  test('every command and option is told of', () => {
    const untold = leaves(top, 'apidown').flatMap(({ path, command }) => {
      const row = section.split('\n').find((line) => line.startsWith(`| \`${path}`)) ?? '';
      const options = command.options.flatMap(({ long }) => (long && !row.includes(long) ? [`${path} ${long}`] : []));
      return row === '' ? [path] : options;
    });
    expect(untold).toEqual([]);
  });

  test('no other command is told of, nor an option that it does not have', () => {
    const told = section.split('\n').filter((line) => line.startsWith('| `apidown'));
    const strange = told.flatMap((row) => {
      const [name = '', ...rest] = row.split('`').filter((_, index) => index % 2 === 1);
      const leaf = leaves(top, 'apidown').find(({ path }) => name === path || name.startsWith(`${path} `));
      const options = rest.flatMap((code) => code.match(/^--[\w-]+/) ?? []);
      if (leaf === undefined) return [name];
      return options.filter((option) => !leaf.command.options.some(({ long }) => long === option));
    });
    expect(strange).toEqual([]);
  });

  test('every exit code is told of', () => {
    const codes = firstCells(sectionOf(cli, '## Exit codes')).map(Number);
    expect(codes).toEqual(Object.values(EXIT));
  });

  test('every check of the doctor is told of, in their order', () => {
    expect(firstCells(sectionOf(cli, '## The doctor'))).toEqual(doctorChecks.map(({ id }) => id));
  });

  test('what --json prints is told for every command that has it', () => {
    const withJson = leaves(top, 'apidown').filter(({ command }) =>
      command.options.some(({ long }) => long === '--json'),
    );
    const told = firstCells(sectionOf(cli, '## JSON')).map((name) => `apidown ${name}`);
    expect(told.sort()).toEqual(withJson.map(({ path }) => path).sort());
  });

  test('every schema that is printed is told of', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const printed = files.flatMap((entry) =>
      [...readFileSync(join(entry.parentPath, entry.name), 'utf8').matchAll(/'(apidown\.\w+\/\d+)'/g)].map(
        ([, name]) => name,
      ),
    );
    expect(printed.length).toBeGreaterThan(3);
    expect(printed.filter((name) => !cli.includes(`${name}`))).toEqual([]);
  });

  test.each(pages)('$file: what it says to type exists', ({ text }) => {
    const typed = codeIn(text).flatMap((code) =>
      [...code.matchAll(/(?:npm run -s apidown --|^apidown|src\/bin\/apidown\.ts) ([a-z-][^|>#]*)/g)].map(
        ([, words]) => words?.trim() ?? '',
      ),
    );
    expect(typed.filter((words) => words !== '' && !isCall(words.split(/\s+/), top))).toEqual([]);
  });
});

test.each(['docs/using.md', 'docs/how-it-decides.md'])('%s tells the six steps in their own words', (file) => {
  const text = page(file).replaceAll(/\s+/g, ' ');
  const untold = steps.filter(
    ({ number, title, asks }) => !text.includes(`${number} ${title}`) || !text.includes(asks),
  );
  expect(untold.map(({ id }) => id)).toEqual([]);
});

function leadsSomewhere(from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? from : join(dirname(from), path);
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || anchorsOf(page(file)).includes(anchor);
}

/** Of a JSON Schema what tells its keys. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly additionalProperties?: boolean | Schema | undefined;
  readonly items?: Schema | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
}
const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    properties: z.record(z.string(), Schema).optional(),
    additionalProperties: z.union([z.boolean(), Schema]).optional(),
    items: Schema.optional(),
    anyOf: z.array(Schema).optional(),
  }),
);

/** `clusters.*.gateways[].labels.*`: the keys that hold values, not the sections around them. */
function keysOf(schema: Schema, path = ''): readonly string[] {
  const inner = [
    ...Object.entries(schema.properties ?? {}).map(([key, value]) => ({
      value,
      path: path === '' ? key : `${path}.${key}`,
    })),
    ...(typeof schema.additionalProperties === 'object'
      ? [{ value: schema.additionalProperties, path: `${path}.*` }]
      : []),
    ...(schema.items?.properties === undefined ? [] : [{ value: schema.items, path: `${path}[]` }]),
    ...(schema.anyOf ?? []).flatMap((value) => (value.properties === undefined ? [] : [{ value, path }])),
  ];
  // A section in which there is nothing to set.
  if (inner.length === 0 && schema.properties !== undefined) return [];
  return inner.length === 0 ? [path] : inner.flatMap(({ value, path: at }) => keysOf(value, at));
}

interface Leaf {
  readonly path: string;
  readonly command: Command;
}

function leaves(commands: readonly Command[], above: string): readonly Leaf[] {
  return commands.flatMap((command): readonly Leaf[] => {
    const path = `${above} ${command.name()}`;
    return command.commands.length === 0 ? [{ path, command }] : leaves(command.commands, path);
  });
}

/** Do these words name a command and options that it has? */
function isCall(words: readonly string[], commands: readonly Command[]): boolean {
  const global = ['--config', '--help'];
  const plain = words.filter((word, at) => !global.includes(word) && words[at - 1] !== '--config');
  const [first, ...rest] = plain;
  const command = commands.find((each) => each.name() === first);
  if (command === undefined) return plain.length === 0;
  if (command.commands.length > 0) return isCall(rest, command.commands);
  return rest.every((word) => !word.startsWith('--') || command.options.some(({ long }) => long === word));
}
