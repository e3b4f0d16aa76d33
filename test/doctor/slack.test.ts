import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { theseFaultsAreNamed } from './faults.ts';
import { aSetUp, doctor, type SetUp } from './set-up.ts';

theseFaultsAreNamed([
  {
    what: 'a bot token that Slack does not take any more',
    does: ({ workspace }) => workspace.revoke('bot'),
    ...{ check: 'slack-tokens', outcome: 'failed', words: /^the bot token: Slack does not take it: invalid_auth/ },
    mend: /Bot User OAuth Token under OAuth & Permissions/,
  },
  {
    what: 'an app-level token that Slack does not take any more',
    does: ({ workspace }) => workspace.revoke('app'),
    ...{
      check: 'slack-tokens',
      outcome: 'failed',
      words: /^the app-level token: Slack does not take it: invalid_auth/,
    },
    mend: /App-Level Token with connections:write under Basic Information/,
  },
  {
    what: 'an app-level token without connections:write',
    does: ({ workspace }) =>
      workspace.faults.always('apps.connections.open', { kind: 'error', error: 'missing_scope' }),
    ...{
      check: 'slack-tokens',
      outcome: 'failed',
      words: /^the app-level token: it lacks the scope connections:write/,
    },
    mend: /make an app-level token with connections:write/,
  },
  {
    what: 'tokens of two apps',
    does: ({ env }) => {
      env.SLACK_APP_TOKEN = 'xapp-1-A0OTHER-3-workspace';
    },
    ...{
      check: 'slack-tokens',
      outcome: 'failed',
      words: /^both tokens: the bot token is of app A0WORKSPACE, the app-level token of app A0OTHER/,
    },
    mend: /take both tokens from the settings of one app/,
  },
  {
    what: 'tokens that are swapped',
    does: ({ env }) => {
      [env.SLACK_BOT_TOKEN, env.SLACK_APP_TOKEN] = [env.SLACK_APP_TOKEN ?? '', env.SLACK_BOT_TOKEN ?? ''];
    },
    ...{
      check: 'configuration',
      outcome: 'failed',
      words: /^SLACK_BOT_TOKEN: found a token that begins with xapp-, as if the two are swapped/,
    },
    mend: /expected the bot token/,
  },
  {
    what: 'a token that is missing',
    does: ({ env }) => void delete env.SLACK_APP_TOKEN,
    ...{ check: 'configuration', outcome: 'failed', words: /^SLACK_APP_TOKEN: missing/ },
    mend: /an app-level token with connections:write .* in SLACK_APP_TOKEN or in a file/,
  },
]);

describe('scopes', () => {
  test('one that is needed and not granted, and optional ones, each with what it is for', async () => {
    const manifest = (await aManifest()).replace('      - files:write\n', '');
    const { findings } = await doctor(await aSetUp({ manifest, grantedOptionalScopes: [] }));
    const scopes = findings.filter(({ check }) => check === 'slack-scopes');
    expect(scopes.map(({ about, outcome }) => `${about} ${outcome}`)).toEqual([
      'the scope files:write failed',
      'the scope channels:history warning',
      'the scope groups:history warning',
      'the scope chat:write.public warning',
    ]);
    expect(scopes[0]?.words).toBe('it is not granted; it is needed for: pictures and reports in the thread');
    expect(scopes[0]?.mend).toContain('apidown manifest');
  });

  test('one that is granted and nothing uses', async () => {
    const manifest = (await aManifest()).replace(
      '      - files:write\n',
      '      - files:write\n      - reactions:write\n',
    );
    const { of } = await doctor(await aSetUp({ manifest }));
    expect(of('warning')).toMatchObject([
      { about: 'the scope reactions:write', words: 'it is granted, and nothing uses it' },
    ]);
  });

  test('without chat:write.public a channel that the app is not in is a failure', async () => {
    const setUp = await aSetUp({ grantedOptionalScopes: [] });
    setUp.config.clusters.prod = { ...setUp.config.clusters.prod, channels: ['C2'] };
    const { of } = await doctor(setUp);
    expect(of('failed')).toMatchObject([{ about: 'channel C2', mend: 'type /invite @apidown in #elsewhere' }]);
  });
});

describe('in HTTP mode', () => {
  test('needs the signing secret and no app token', async () => {
    const setUp = await aHttpSetUp();
    delete setUp.env.SLACK_SIGNING_SECRET;
    const { of } = await doctor(setUp);
    expect(of('failed').map(({ about }) => about)).toContain('SLACK_SIGNING_SECRET');
    expect(of('failed').map(({ about }) => about)).not.toContain('SLACK_APP_TOKEN');
    setUp.env.SLACK_SIGNING_SECRET = '0'.repeat(32);
    expect((await doctor(setUp)).findings).toContainEqual(
      expect.objectContaining({ about: 'the signing secret', outcome: 'ok' }),
    );
  });

  test('a URL that is not set, not https, or leads nowhere', async () => {
    const setUp = await aHttpSetUp();
    const requests = async () => (await doctor(setUp)).findings.filter(({ check }) => check === 'slack-requests');
    expect(await requests()).toMatchObject([{ about: 'slack.http.url', outcome: 'failed' }]);
    setUp.config.slack.http = { url: 'http://apidown.example' };
    expect(await requests()).toMatchObject([{ outcome: 'failed', words: expect.stringContaining('it is not https') }]);
    setUp.config.slack.http = { url: 'https://127.0.0.1:1' };
    expect(await requests()).toMatchObject([
      { outcome: 'warning', words: expect.stringContaining("can't be reached") },
    ]);
  });

  async function aHttpSetUp(): Promise<SetUp> {
    const setUp = await aSetUp();
    setUp.config.slack.mode = 'http';
    delete setUp.env.SLACK_APP_TOKEN;
    setUp.env.SLACK_SIGNING_SECRET = '0'.repeat(32);
    return setUp;
  }
});

test('a Slack that can not be reached is said as such, by each who asked', async () => {
  const setUp = await aSetUp();
  setUp.config.slack.apiUrl = 'http://127.0.0.1:1/api/';
  const { of } = await doctor(setUp);
  expect(of('notChecked')).toContainEqual(
    expect.objectContaining({ about: 'the bot token', words: expect.stringContaining("Slack can't be reached") }),
  );
  expect(of('failed')).toEqual([]);
});

function aManifest(): Promise<string> {
  return readFile(join(import.meta.dirname, '../../app-manifest.yml'), 'utf8');
}
