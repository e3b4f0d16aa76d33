import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

/**
 * Imports flow one way. `may` lists what each room may import of this repository besides itself;
 * the first matching pattern of a file decides. Rooms that are pure may import no package but these.
 */
const rooms: readonly { at: RegExp; may: RegExp; packages?: RegExp }[] = [
  { at: /^src\/bin\//, may: /^(src\/|package\.json$)/ },
  { at: /^src\/words\//, may: /^$/, packages: /^zod$/ },
  { at: /^src\/playbook\//, may: /^src\/words\//, packages: /^zod$/ },
  { at: /^src\/packet\//, may: /^src\/words\//, packages: /^(zod|ipaddr\.js)$/ },
  {
    at: /^src\/briefing\//,
    may: /^src\/(words|playbook|packet|onset\/resolve\.ts|investigation\/(state|evolve|leading)\.ts)/,
    packages: /^$/,
  },
  { at: /^src\/correlation\//, may: /^src\/(words|playbook)\//, packages: /^(zod|ipaddr\.js)$/ },
  { at: /^src\/changes\//, may: /^src\/(words|playbook|packet|correlation|ops)\// },
  { at: /^src\/onset\//, may: /^src\/(words|playbook|probe|ops|changes\/ports\.ts)/ },
  { at: /^src\/ops\//, may: /^src\/words\// },
  { at: /^src\/config\//, may: /^src\/(words|ops|health\/(read-when|slots)\.ts)/ },
  { at: /^src\/probe\//, may: /^src\/(words|ops|changes\/ports\.ts)/ },
  {
    at: /^src\/checks\/[^/]+\/(contract|judge|choose)\.ts$/,
    may: /^src\/(words|playbook|packet|checks)\//,
    packages: /^(zod|ipaddr\.js)$/,
  },
  {
    at: /^src\/checks\/contracts\.ts$/,
    may: /^src\/(words|checks\/[^/]+\/contract\.ts|checks\/contract\.ts)/,
    packages: /^zod$/,
  },
  { at: /^src\/checks\//, may: /^src\/(words|playbook|packet|probe|ops|checks)\// },
  {
    at: /^src\/investigation\/(state|events|commands|evolve|decide|leading|timeline|conclude-run|silences|params|ports)\.ts$/,
    may: /^src\/(words\/|playbook\/|onset\/resolve\.ts)/,
    packages: /^(zod|node:util)$/,
  },
  {
    at: /^src\/investigation\//,
    may: /^src\/(words|playbook|probe|ops|changes|correlation|onset|checks\/[^/]+\/(contract|choose)\.ts)/,
  },
  { at: /^src\/link\/client/, may: /^src\/(words|ops|investigation\/ports\.ts)/ },
  { at: /^src\/link\//, may: /^src\/(words|ops|store\/store\.ts|investigation\/ports\.ts|changes\/ports\.ts)/ },
  {
    at: /^src\/outages\/(next-reminder|quiet-hours|stretches)\.ts$/,
    may: /^src\/words\//,
    packages: /^temporal-polyfill$/,
  },
  { at: /^src\/outages\//, may: /^src\/(words|ops|investigation)\// },
  {
    at: /^src\/store\//,
    may: /^src\/(words|ops|investigation|changes)\/|^src\/outages\/ports\.ts$|^src\/health\/(ports|schedule)\.ts$/,
  },
  {
    at: /^src\/health\/(schedule|slots|due|read-when|read-request|report|problems|words|picture|ports|figures\/histogram)\.ts$/,
    may: /^src\/(words|briefing|correlation\/situation\.ts)/,
    packages: /^(zod|croner)$/,
  },
  { at: /^src\/health\//, may: /^src\/(words|briefing|ops|correlation\/situation\.ts|changes\/ports\.ts)/ },
  { at: /^src\/agent\//, may: /^src\/(words|ops|probe|packet|checks|link|changes)\// },
  {
    at: /^src\/slack\/render\//,
    may: /^src\/(words|playbook|briefing|investigation|outages|health\/(report|schedule|words|problems|desk|figures\/)|slack\/(limits|escape))/,
    packages: /^@slack\/types$/,
  },
  {
    at: /^src\/slack\//,
    may: /^src\/(words|playbook|briefing|investigation|outages|health|onset|ops|store\/store\.ts)/,
  },
  { at: /^src\/terminal\//, may: /^src\/(words|playbook|briefing|investigation|onset|ops)\// },
  {
    at: /^src\/doctor\//,
    may: /^src\/(words|briefing|ops|config|store\/(open|store)\.ts|terminal|probe|changes|investigation\/(cluster-book|ports)\.ts|slack\/(web-call|sdk-log|app-manifest|scopes|inlet)\.ts)/,
  },
  {
    at: /^src\/cli\//,
    may: /^src\/(words|ops|config|store|link|terminal|doctor\/(examine|finding)\.ts|slack\/(app-manifest|scopes)\.ts)/,
  },
  { at: /^dev\//, may: /^(src|dev)\// },
  { at: /^bench\//, may: /^(src|dev|test|bench)\// },
];

/** The agent must not carry what only the bot needs, nor the bot a check's own reading. */
const never: readonly { from: RegExp; to: RegExp; why: string }[] = [
  { from: /^src\/agent\//, to: /^src\/link\/hub/, why: 'the hub is the side of the bot' },
  { from: /^src\/link\/client/, to: /^src\/link\/hub/, why: 'the hub is the side of the bot' },
  { from: /^src\/link\/hub/, to: /^src\/link\/client/, why: 'the client is the side of the agent' },
  { from: /^src\/(?!agent\/|bin\/|checks\/)/, to: /^src\/checks\/.*run(ners)?\.ts$/, why: 'only agents run checks' },
  {
    from: /^src\/bin\/agent\.ts$/,
    to: /^src\/(slack|store|config)\//,
    why: 'the agent knows neither Slack nor the store',
  },
];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly inside: boolean;
  readonly typeOnly: boolean;
}

const root = join(import.meta.dirname, '..');
const files = ['src', 'dev', 'bench', 'test']
  .flatMap((room) => sources(join(root, room)))
  .map((file) => relative(root, file));
const imports = files.flatMap(importsOf);

test('there is something to look at', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(imports.length).toBeGreaterThan(100);
});

describe('imports flow one way', () => {
  test('every file of the product is in a room', () => {
    expect(files.filter((file) => !file.startsWith('test/') && !rooms.some(({ at }) => at.test(file)))).toEqual([]);
  });

  test('each room knows only the rooms below it', () => {
    const wrong = imports.filter(({ from, to, inside }) => {
      const room = rooms.find(({ at }) => at.test(from));
      if (room === undefined || !inside) return false;
      return !room.may.test(to) && !sameRoom(from, to);
    });
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  test('pure rooms import no SDK and do no I/O', () => {
    const wrong = imports.filter(({ from, to, inside }) => {
      const room = rooms.find(({ at }) => at.test(from));
      return room?.packages !== undefined && !inside && !room.packages.test(to);
    });
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  test('some things are never imported', () => {
    const wrong = imports.flatMap(({ from, to, typeOnly }) =>
      never
        .filter((rule) => rule.from.test(from) && rule.to.test(to) && !typeOnly)
        .map(({ why }) => `${from} imports ${to}: ${why}`),
    );
    expect(wrong).toEqual([]);
  });

  test('src imports neither dev nor test nor bench', () => {
    expect(
      imports.filter(
        ({ from, to, inside }) => from.startsWith('src/') && inside && !/^(src\/|package\.json$)/.test(to),
      ),
    ).toEqual([]);
  });
});

describe('every check', () => {
  const folders = readdirSync(join(root, 'src/checks'), { withFileTypes: true }).filter((entry) => entry.isDirectory());

  test.each(folders.map(({ name }) => name))(
    '%s has its contract, its judge and its run, and stands in both registries',
    (name) => {
      const inside = readdirSync(join(root, 'src/checks', name));
      expect(inside).toEqual(expect.arrayContaining(['contract.ts', 'judge.ts', 'run.ts']));
      expect(importsOf('src/checks/contracts.ts').map(({ to }) => to)).toContain(`src/checks/${name}/contract.ts`);
      expect(importsOf('src/checks/runners.ts').map(({ to }) => to)).toContain(`src/checks/${name}/run.ts`);
    },
  );
});

test('every source outside of the clusters stands in the registry, which loads it only when it is configured', () => {
  const registry = 'src/changes/sources/registry.ts';
  const folders = readdirSync(join(root, 'src/changes/sources'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const lines = readFileSync(join(root, registry), 'utf8');
  expect(
    folders.filter((name) => !lines.includes(`sourceKind('${name}',`) || !lines.includes(`import('./${name}/`)),
  ).toEqual([]);
  const loaded = imports.filter(({ from, to, typeOnly }) => from === registry && !typeOnly && to.split('/').length > 4);
  expect(loaded.filter(({ to }) => !lines.includes(`import('./${to.split('/').slice(3).join('/')}'`))).toEqual([]);
});

function sameRoom(from: string, to: string): boolean {
  return from.split('/').slice(0, 2).join('/') === to.split('/').slice(0, 2).join('/');
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const statement =
    /^(?:import|export)\s+(type\s+)?[^'";]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;
  return [...text.matchAll(statement)].map((match) => {
    const to = match[2] ?? match[3] ?? match[4] ?? '';
    const inside = to.startsWith('.');
    return {
      from: file,
      to: inside ? normalize(join(dirname(file), to)) : to,
      inside,
      typeOnly: match[1] !== undefined,
    };
  });
}
