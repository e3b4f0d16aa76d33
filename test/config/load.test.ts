import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Leaf, makeAuthority } from '../../dev/stand-in/certificates.ts';
import { loadConfig, loadSettings } from '../../src/config/load.ts';
import { renderMistakes } from '../../src/config/mistakes.ts';

const TOKENS = { SLACK_BOT_TOKEN: 'xoxb-1-abcdef', SLACK_APP_TOKEN: 'xapp-1-abcdef' };

let folder: string;
let file: string;
let caPem: string;
let leaf: Leaf;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apidown-config-'));
  file = join(folder, 'apidown.yaml');
  const authority = await makeAuthority('a test');
  caPem = authority.caPem;
  leaf = await authority.issue({ commonName: 'bot', names: ['bot'], addresses: [] });
  const other = await authority.issue({ commonName: 'other', names: ['other'], addresses: [] });
  await Promise.all([
    put('ca.crt', caPem),
    put('tls.crt', leaf.certPem),
    put('tls.key', leaf.keyPem),
    put('other.key', other.keyPem),
    put('words.txt', 'no certificate at all'),
    put('bot-token', ' xoxb-2-abcdef\n'),
    put('two-lines', 'xapp-2-abcdef\nxapp-3-abcdef\n'),
  ]);
});
afterAll(() => rm(folder, { recursive: true }));

describe('the configuration', () => {
  it('brings together the file, the tokens and the certificates it names', async () => {
    await put('apidown.yaml', withTls('tls.crt', 'tls.key', 'ca.crt'));
    const loaded = await loadConfig({ file, env: TOKENS });
    expect(loaded).toMatchObject({
      kind: 'ok',
      config: {
        slack: { apiUrl: null, botToken: 'xoxb-1-abcdef', appToken: 'xapp-1-abcdef' },
        hub: { tls: { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') } },
        outside: { vantage: true, probeEveryMs: 5_000, failuresInARow: 2, reference: [] },
        clusters: { prod: { caPem }, stage: { caPem: null } },
      },
    });
  });

  it('takes a token from a file that the environment names', async () => {
    await put('apidown.yaml', withTls('tls.crt', 'tls.key', 'ca.crt'));
    const env = { SLACK_BOT_TOKEN_FILE: join(folder, 'bot-token'), SLACK_APP_TOKEN: 'xapp-1-abcdef' };
    expect(await loadConfig({ file, env })).toMatchObject({ config: { slack: { botToken: 'xoxb-2-abcdef' } } });
  });

  it('tells what is wrong in the file, in the files it names and in the environment, all at once', async () => {
    await put('apidown.yaml', `${withTls('tls.crt', 'other.key', 'words.txt')}\nhealt: {}\n`);
    expect(await mistakes({ SLACK_BOT_TOKEN: 'xapp-9-secret' })).toEqual([
      'line 3, hub.tls.key: found the key of another certificate; expected the private key of the one in hub.tls.cert',
      expect.stringContaining('line 6, clusters.prod.caFile: found a file that holds no certificate'),
      expect.stringContaining('line 8, healt: found an unknown key'),
      expect.stringContaining('SLACK_BOT_TOKEN: found a token that begins with xapp-; expected the bot token'),
      expect.stringContaining('SLACK_APP_TOKEN: missing; expected an app-level token'),
    ]);
  });

  it.each([
    ['a file that is not there', 'gone.crt', 'gone.crt, which does not exist'],
    ['a directory', '.', 'which is a directory'],
    ['a key in the place of a certificate', 'tls.key', 'a file that holds no certificate'],
  ])('refuses %s as its certificate', async (_what, name, words) => {
    await put('apidown.yaml', withTls(name, 'tls.key', 'ca.crt'));
    const told = await mistakes(TOKENS);
    expect(told).toEqual([expect.stringContaining('line 3, hub.tls.cert: found ')]);
    expect(told[0]).toContain(words);
  });

  it.each([
    ['both ways at once', { ...TOKENS, SLACK_BOT_TOKEN_FILE: '/x' }, 'SLACK_BOT_TOKEN: found both'],
    ['a missing file', { SLACK_APP_TOKEN: 'xapp-1-a', SLACK_BOT_TOKEN_FILE: '/gone' }, '/gone, which does not exist'],
    ['no token', { ...TOKENS, SLACK_APP_TOKEN: 'hunter2' }, 'found something that is no Slack token'],
    ['an empty one', { ...TOKENS, SLACK_APP_TOKEN: '' }, 'SLACK_APP_TOKEN: missing'],
  ])('refuses a token given as %s, without showing it', async (_what, env, words) => {
    await put('apidown.yaml', withTls('tls.crt', 'tls.key', 'ca.crt'));
    const told = await mistakes(env);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(words);
    expect(told[0]).not.toMatch(/hunter2|abcdef/);
  });

  it('has no token for alerts unless it is given one, long enough that nobody guesses it', async () => {
    await put('apidown.yaml', withTls('tls.crt', 'tls.key', 'ca.crt'));
    expect(await loadConfig({ file, env: TOKENS })).toMatchObject({ config: { alerts: { token: null } } });
    const env = { ...TOKENS, APIDOWN_ALERTS_TOKEN: 'of-sixteen-chars' };
    expect(await loadConfig({ file, env })).toMatchObject({
      config: { alerts: { token: 'of-sixteen-chars', names: ['KubeAPIDown'] }, slack: { botToken: 'xoxb-1-abcdef' } },
    });
    const told = await mistakes({ ...TOKENS, APIDOWN_ALERTS_TOKEN: 'hunter2' });
    expect(told).toEqual([expect.stringMatching(/^APIDOWN_ALERTS_TOKEN: found a shorter one; expected the token/)]);
    expect(told[0]).not.toContain('hunter2');
  });

  it('has no secret for changes unless it is given one, each for itself', async () => {
    await put('apidown.yaml', withTls('tls.crt', 'tls.key', 'ca.crt'));
    const none = { token: null, hmacKey: null };
    expect(await loadConfig({ file, env: TOKENS })).toMatchObject({ config: { intakeSecrets: none } });
    const env = { ...TOKENS, APIDOWN_CHANGES_HMAC_KEY: 'of-sixteen-chars' };
    expect(await loadConfig({ file, env })).toMatchObject({
      config: { intakeSecrets: { token: null, hmacKey: 'of-sixteen-chars' } },
    });
    const told = await mistakes({ ...env, APIDOWN_CHANGES_TOKEN: 'hunter2', APIDOWN_CHANGES_HMAC_KEY: 'hunter3' });
    expect(told).toEqual([
      expect.stringMatching(/^APIDOWN_CHANGES_TOKEN: found a shorter one; expected the token that senders show/),
      expect.stringMatching(/^APIDOWN_CHANGES_HMAC_KEY: found a shorter one; expected the key that senders sign with/),
    ]);
    expect(told.join()).not.toMatch(/hunter/);
  });

  it('knows how each cluster’s Prometheus is asked, and that the files for it are there', async () => {
    const prometheus = (files: string) =>
      put(
        'apidown.yaml',
        `${withTls('tls.crt', 'tls.key', 'ca.crt')}\n    prometheus: { url: "https://p:9090/", ${files} }\n`,
      );
    await prometheus('username: me, passwordFile: bot-token, caFile: ca.crt');
    expect(await loadConfig({ file, env: TOKENS })).toMatchObject({
      config: {
        clusters: {
          prod: { prometheus: null },
          stage: {
            prometheus: {
              url: 'https://p:9090',
              tokenFile: null,
              basic: { username: 'me', passwordFile: join(folder, 'bot-token') },
              caPem,
              alert: 'KubeAPIDown',
            },
          },
        },
      },
    });
    await prometheus('tokenFile: gone, caFile: words.txt');
    expect((await mistakes(TOKENS)).toSorted()).toEqual([
      expect.stringMatching(/clusters\.stage\.prometheus\.caFile: found a file that holds no certificate/),
      expect.stringMatching(/clusters\.stage\.prometheus\.tokenFile: found .*gone, which does not exist/),
    ]);
  });

  it('refuses a token file of several lines', async () => {
    const env = { SLACK_BOT_TOKEN: 'xoxb-1-a', SLACK_APP_TOKEN_FILE: join(folder, 'two-lines') };
    await put('apidown.yaml', withTls('tls.crt', 'tls.key', 'ca.crt'));
    expect((await mistakes(env))[0]).toContain('SLACK_APP_TOKEN_FILE: found a text with spaces or several lines');
  });

  it('says what to do when there is no file', async () => {
    const loaded = await loadSettings({ file: join(folder, 'nowhere.yaml') });
    expect(loaded).toMatchObject({
      kind: 'bad',
      mistakes: [{ found: `${join(folder, 'nowhere.yaml')}, which does not exist` }],
    });
  });

  it('can be had without tokens and certificates, for work on the store', async () => {
    await put('apidown.yaml', withTls('gone.crt', 'gone.key', 'gone.crt'));
    expect(await loadSettings({ file })).toMatchObject({
      kind: 'ok',
      config: { store: { file: join(folder, 'apidown.db') } },
    });
  });
});

function put(name: string, content: string): Promise<void> {
  return writeFile(join(folder, name), content);
}

function withTls(cert: string, key: string, ca: string): string {
  return `hub:
  url: https://bot:8443
  tls: { cert: ${cert}, key: ${key} }
clusters:
  prod:
    caFile: ${ca}
  stage:`;
}

async function mistakes(env: Record<string, string>): Promise<readonly string[]> {
  const loaded = await loadConfig({ file, env });
  if (loaded.kind === 'ok') throw new Error('it was taken');
  return renderMistakes(file, loaded.mistakes)
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}
