import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { page, root, sectionOf } from './read.ts';

const security = page('docs/security.md');

interface Told {
  readonly what: readonly string[];
  readonly cells: readonly string[];
}

/** Rows of the tables of a section: what is named in their first cell, and the other cells. */
function rowsOf(heading: string): readonly Told[] {
  return sectionOf(security, heading)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [first = '', ...cells] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      return { what: [...first.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code), cells };
    });
}

test('every scope of the app is told of with its reason, and no other', () => {
  const { bot, bot_optional } = Manifest.parse(parse(readFileSync(join(root, 'app-manifest.yml'), 'utf8'))).oauth_config
    .scopes;
  const rows = rowsOf("## Slack's scopes");
  const told = (optional: boolean) =>
    rows.filter(({ cells }) => (cells[0] === 'optional') === optional).flatMap(({ what }) => what);
  expect([...told(false)].sort()).toEqual([...bot].sort());
  expect([...told(true)].sort()).toEqual([...bot_optional].sort());
  expect(rows.filter(({ cells }) => (cells[1] ?? '').length < 10)).toEqual([]);
});

describe('the rights of the cluster agent', () => {
  const documents = parseAllDocuments(readFileSync(join(root, 'manifests/agents/base/rbac.yaml'), 'utf8')).map(
    (document) => document.toJS(),
  );
  const asked = documents
    .flatMap((document) => Role.safeParse(document).data ?? [])
    .flatMap(({ metadata, rules }) =>
      rules.flatMap(({ apiGroups, resources }) =>
        apiGroups.flatMap((group) =>
          resources.map(
            (resource) =>
              `${group === '' ? resource : `${resource}.${group}`} in ${metadata.namespace ?? 'everywhere'}`,
          ),
        ),
      ),
    );

  test('are told of with their reason, each where it holds, and no other', () => {
    const rows = rowsOf('## Rights in the watched cluster');
    const told = rows.flatMap(({ what, cells }) => what.map((name) => `${name} in ${cells[0]?.replaceAll('`', '')}`));
    expect(told.sort()).toEqual(asked.sort());
    expect(rows.filter(({ cells }) => (cells[1] ?? '').length < 10)).toEqual([]);
  });
});

test('every capability and every folder of a node that a manifest asks for is told of', () => {
  const text = readdirSync(join(root, 'manifests'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
  const capabilities = [...text.matchAll(/\badd: \[([^\]]+)\]/g)].flatMap(([, list = '']) => list.split(/,\s*/));
  const folders = [...text.matchAll(/hostPath: \{ path: ([^,\s]+)/g)].map(([, path = '']) => path);
  expect(new Set(capabilities)).toEqual(new Set(['NET_ADMIN']));
  const containers = sectionOf(security, '## Containers');
  const untold = [...capabilities, ...folders].filter((name) => !containers.includes(`\`${name}\``));
  expect([...new Set(untold)]).toEqual([]);
});

const Manifest = z.object({
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()), bot_optional: z.array(z.string()) }) }),
});
const Role = z.object({
  kind: z.enum(['Role', 'ClusterRole']),
  metadata: z.object({ namespace: z.string().optional() }),
  rules: z.array(z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()) })),
});
