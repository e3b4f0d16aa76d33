import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { GitHubSettings } from '../../src/changes/sources/github/settings.ts';
import { loadConfig } from '../../src/config/load.ts';
import { renderMistakes } from '../../src/config/mistakes.ts';
import { readSettings } from '../../src/config/settings.ts';

const FILE = '/etc/apidown/apidown.yaml';

function read(entry: string) {
  return readSettings(`hub: { listen: "127.0.0.1:1" }\nclusters: { prod: }\nchanges: { github: [${entry}] }\n`, FILE);
}

describe('a repository on GitHub', () => {
  it('needs its name and a token, and is read whole unless told otherwise', () => {
    const settings = read('{ repository: acme/infra, tokenFile: ./token }');
    if (settings.kind === 'bad') throw new Error(renderMistakes(FILE, settings.mistakes));
    // What the source takes, with clusters yet to be filled in.
    const entries: readonly GitHubSettings[] = settings.settings.changes.github;
    expect(entries).toEqual([
      {
        repository: { owner: 'acme', name: 'infra' },
        clusters: [],
        baseUrl: 'https://api.github.com',
        tokenFile: '/etc/apidown/token',
        app: null,
        branch: null,
        read: ['issues', 'pulls', 'commits', 'deployments', 'workflowRuns', 'releases'],
        paths: [],
        categories: [],
        workflows: [],
        environments: [],
        maintenance: { labels: ['maintenance'] },
        planned: { labels: ['change', 'planned-change'] },
        form: {
          start: ['Start', 'Start time'],
          end: ['End', 'End time'],
          timeZone: ['Time zone', 'Timezone'],
          clusters: ['Cluster', 'Clusters'],
        },
        timeZone: 'UTC',
      },
    ]);
  });

  it.each([
    ['{ repository: infra, tokenFile: ./t }', '[0].repository', 'owner/name'],
    ['{ repository: https://github.com/a/b, tokenFile: ./t }', '[0].repository', 'owner/name'],
    ['{ repository: a/b }', '[0].tokenFile', 'or else app: one of the two'],
    [
      '{ repository: a/b, tokenFile: ./t, app: { id: 1, installationId: 2, keyFile: ./k } }',
      '[0].tokenFile',
      'one of the two',
    ],
    ['{ repository: a/b, app: { id: 1, keyFile: ./k } }', '[0].app.installationId', 'the id of its installation'],
    ['{ repository: a/b, tokenFile: ./t, baseUrl: github.example }', '[0].baseUrl', 'https://github.example/api/v3'],
    ['{ repository: a/b, tokenFile: ./t, read: [wiki] }', '[0].read[0]', 'one of issues, pulls'],
    ['{ repository: a/b, tokenFile: ./t, timeZone: CEST }', '[0].timeZone', 'Europe/Berlin'],
    [
      '{ repository: a/b, tokenFile: ./t, maintenance: { labels: ["a,b"] } }',
      '[0].maintenance.labels[0]',
      'without comma',
    ],
    [
      '{ repository: a/b, tokenFile: ./t, categories: [{ paths: [x], category: network }] }',
      '[0].categories[0].category',
      'security-group',
    ],
    ['{ repository: a/b, tokenFile: ./t, clusters: [prot] }', '[0].clusters[0]', 'did you mean "prod"?'],
    ['{ repository: a/b, tokenFile: ./t, label: x }', '[0].label', 'one of repository'],
  ])('%s is told what is wrong', (entry, key, expected) => {
    const settings = read(entry);
    expect(settings.kind === 'bad' ? settings.mistakes : []).toMatchObject([
      { key: `changes.github${key}`, expected: expect.stringContaining(expected) },
    ]);
  });

  it('has no token in the configuration itself', () => {
    const settings = read('{ repository: a/b, tokenFile: github_pat_11ABCDEFG0123456789_abcdef }');
    expect(settings.kind === 'bad' ? settings.mistakes : []).toMatchObject([
      { expected: expect.stringContaining('no secret in this file') },
    ]);
    expect(JSON.stringify(settings.kind === 'bad' && settings.mistakes)).not.toContain('11ABCDEFG0');
  });

  it('is right as the example has it, once it is commented in', async () => {
    const example = await readFile(new URL('../../apidown.example.yaml', import.meta.url), 'utf8');
    const [, block = ''] = /^ {2}# github:\n((?: {2}# .*\n)+)/m.exec(example) ?? [];
    const text = block.replaceAll(/^ {2}# /gm, '');
    const settings = readSettings(
      `hub: { listen: "127.0.0.1:1" }\nclusters: { prod: }\nchanges:\n  github:\n${text}`,
      FILE,
    );
    expect(
      settings.kind === 'bad' ? renderMistakes(FILE, settings.mistakes) : settings.settings.changes.github,
    ).toMatchObject([
      { repository: { owner: 'acme', name: 'infrastructure' }, categories: [{ category: 'security-group' }] },
    ]);
  });

  it('has its files looked at early', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'apidown-config-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'two'), 'two words');
    const file = join(folder, 'apidown.yaml');
    await writeFile(
      file,
      [
        'hub: { listen: "127.0.0.1:1" }',
        'clusters: { prod: }',
        'changes:',
        '  github:',
        '    - { repository: a/b, tokenFile: ./two }',
        '    - { repository: a/c, app: { id: 1, installationId: 2, keyFile: ./two } }',
        '    - { repository: a/d, tokenFile: ./gone }',
      ].join('\n'),
    );
    const loaded = await loadConfig({ file, env: { SLACK_BOT_TOKEN: 'xoxb-1-a', SLACK_APP_TOKEN: 'xapp-1-a' } });
    const told = loaded.kind === 'bad' ? loaded.mistakes.map(({ key, found }) => `${key}: ${found}`) : [];
    expect(told).toEqual([
      'changes.github[0].tokenFile: a file that holds none',
      'changes.github[1].app.keyFile: a file that holds no private key',
      `changes.github[2].tokenFile: ${join(folder, 'gone')}, which does not exist`,
    ]);
  });
});
