import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { readSettings } from '../../src/config/settings.ts';

const head = 'hub: { listen: "127.0.0.1:8443" }\nclusters: { prod: }\nchanges:\n  haproxy:\n';

function read(entry: string) {
  return readSettings(`${head}    - ${entry}\n`, '/etc/apidown/apidown.yaml');
}

function entryOf(entry: string) {
  const found = read(entry);
  if (found.kind === 'bad') throw new Error(JSON.stringify(found.mistakes));
  return found.settings.changes.haproxy[0];
}

function mistakesOf(entry: string) {
  const found = read(entry);
  return found.kind === 'bad' ? found.mistakes.map(({ key, expected }) => `${key}: ${expected}`) : [];
}

describe('an entry of changes.haproxy', () => {
  test('needs a name and a socket', () => {
    expect(entryOf('{ name: edge-1, socket: ./admin.sock }')).toEqual({
      name: 'edge-1',
      clusters: [],
      socket: { path: '/etc/apidown/admin.sock' },
      url: null,
      username: null,
      passwordFile: null,
      caFile: null,
      backends: [],
      frontends: [],
      configFile: null,
    });
  });

  test.each([
    ['/run/haproxy/admin.sock', { path: '/run/haproxy/admin.sock' }],
    ['lb.example:9999', { host: 'lb.example', port: 9_999 }],
    ['[fd00::1]:9999', { host: 'fd00::1', port: 9_999 }],
  ])('takes the socket %s', (socket, told) => {
    expect(entryOf(`{ name: edge-1, socket: "${socket}" }`)?.socket).toEqual(told);
  });

  test.each([
    ['https://lb.example:8404/stats', 'https://lb.example:8404/stats;csv'],
    ['http://lb.example/haproxy?stats;csv', 'http://lb.example/haproxy?stats;csv'],
    ['http://lb.example/stats;norefresh', 'http://lb.example/stats;csv'],
  ])('takes the page %s', (url, told) => {
    expect(entryOf(`{ name: edge-1, url: "${url}" }`)?.url).toBe(told);
  });

  test.each([
    ['{ name: edge-1 }', 'changes.haproxy[0].socket', 'not beside url'],
    ['{ name: edge-1, socket: /a, url: "http://lb/stats" }', 'changes.haproxy[0].socket', 'not beside url'],
    ['{ name: edge-1, socket: nonsense }', 'changes.haproxy[0].socket', 'host:port'],
    ['{ name: edge-1, socket: "lb:70000" }', 'changes.haproxy[0].socket', 'host:port'],
    ['{ name: edge-1, url: "http://me:secret@lb/stats" }', 'changes.haproxy[0].url', 'no secret in this file'],
    ['{ name: edge-1, url: "http://me@lb/stats" }', 'changes.haproxy[0].url', 'without a password'],
    ['{ name: edge-1, url: "http://lb/stats", username: me }', 'changes.haproxy[0].passwordFile', 'goes with username'],
    ['{ name: edge-1, socket: /a, username: me, passwordFile: b }', 'changes.haproxy[0].username', 'for the page'],
    ['{ name: edge 1, socket: /a }', 'changes.haproxy[0].name', 'such as edge-1'],
    ['{ name: edge-1, socket: /a, backends: ["a b"] }', 'changes.haproxy[0].backends[0]', 'name of a backend'],
    ['{ name: edge-1, sokcet: /a }', 'changes.haproxy[0].sokcet', 'did you mean "socket"'],
  ])('%s is told to be wrong', (entry, key, words) => {
    expect(mistakesOf(entry)).toContainEqual(
      expect.stringMatching(new RegExp(`^${key.replaceAll(/[[\].]/g, '\\$&')}: .*${words}`)),
    );
  });

  test('a password file that is not there is told at the start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'apidown-config-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'apidown.yaml');
    await writeFile(
      file,
      `${head}    - { name: edge-1, url: "http://lb/stats", username: me, passwordFile: not-there }\n`,
    );
    const loaded = await loadConfig({ file, env: { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' } });
    expect(loaded).toMatchObject({
      kind: 'bad',
      mistakes: [{ key: 'changes.haproxy[0].passwordFile', found: expect.stringContaining('does not exist') }],
    });
  });
});
