import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { gitHubSource } from '../../../../src/changes/sources/github/source.ts';
import { everything, issue, windowOf } from './everything.ts';
import { at, hour, minute, settingsWith, token, tokenFile } from './given.ts';
import { staged } from './look.ts';
import { say, serveGitHub } from './served.ts';

const never = new AbortController().signal;
const window = (number: number) => issue(number, { labels: ['maintenance'], body: windowOf('12:30', '13:30') });

describe('what it asks', () => {
  test('is read page after page', async () => {
    const issues = Array.from({ length: 25 }, (_, index) => window(index + 1));
    const { look } = await staged({ issues }, { read: ['issues'] }, { perPage: 10 });
    const { changes, covered, troubles } = await look();
    expect(changes).toHaveLength(25);
    expect(covered).toHaveLength(1);
    expect(troubles).toEqual([]);
  });

  test('of more than is read at once: what was read is told, nothing is covered, and it says what to do', async () => {
    const issues = Array.from({ length: 30 }, (_, index) => window(index + 1));
    const { look } = await staged({ issues }, { read: ['issues'] }, { perPage: 2 });
    const { changes, covered, troubles } = await look();
    expect(changes).toHaveLength(20);
    expect(covered).toEqual([]);
    expect(troubles).toMatchObject([
      { kind: 'limited', words: expect.stringContaining('labels that fewer issues carry') },
    ]);
  });

  test('is asked conditionally: what did not change costs nothing, and is told again', async () => {
    const held = everything();
    const { look, serving } = await staged(held);
    const first = await look();
    const { counted } = serving;
    expect(serving.unchanged).toBe(0);
    const second = await look();
    expect(second).toEqual(first);
    expect(serving.counted).toBe(counted);
    expect(serving.unchanged).toBeGreaterThan(5);
    held.issues = [...(held.issues ?? []), window(99)];
    const third = await look();
    expect(third.changes).toHaveLength(first.changes.length + 1);
    expect(serving.counted).toBe(counted + 1);
  });

  test('in a steady hour stays below 400 requests, nearly all of them free', async () => {
    const { look, serving, clock, source } = await staged(everything(), {
      planned: { labels: ['change', 'planned-change'] },
    });
    clock.nowAt = at('15:00:00');
    await look(at('13:00:00'), clock.nowAt);
    const [asked, counted] = [serving.requests.length, serving.counted];
    const endAt = clock.nowAt + hour;
    while (clock.nowAt < endAt) {
      clock.nowAt += source.lookEveryMs;
      await look(clock.nowAt - source.lookEveryMs - source.lateMs, clock.nowAt);
    }
    const perHour = { requests: serving.requests.length - asked, counted: serving.counted - counted };
    expect(perHour.requests).toBeLessThan(400);
    expect(perHour.counted).toBeLessThan(10);
    expect(source.requests?.()).toBe(serving.requests.length);
  });

  test('is never searched for, and never written', async () => {
    const { look, serving, source } = await staged(everything());
    await look();
    await source.examine(never);
    expect(serving.requests.filter(({ method, url }) => method !== 'GET' || url?.includes('/search'))).toEqual([]);
  });

  test('does not follow a link to another server, where the credentials do not belong', async () => {
    const other = await serveGitHub({});
    onTestFinished(() => other.close());
    const { look, serving } = await staged({}, { read: ['issues'] });
    serving.instead = (_request, response) =>
      say(response, 200, [], { link: `<${other.url}/issues?page=2>; rel="next"` });
    const { covered, troubles } = await look();
    expect(covered).toEqual([]);
    expect(troubles[0]).toMatchObject({ kind: 'malformed', words: expect.stringContaining('at another server') });
    expect(other.requests).toEqual([]);
  });
});

describe('rate limits', () => {
  test('leave a reserve to others: then nothing is asked until the hour is over', async () => {
    const resetAt = at('14:20:00');
    const { look, serving, clock } = await staged(
      everything(),
      { read: ['issues'], planned: { labels: [] } },
      { limit: 40, resetAt },
    );
    while (serving.counted < 38) {
      expect((await look(at('12:00:00') - serving.counted * 24 * hour)).troubles).toEqual([]);
    }
    const asked = serving.requests.length;
    expect(await look()).toEqual({
      changes: [],
      covered: [],
      troubles: [
        {
          kind: 'limited',
          categories: ['maintenance'],
          words:
            '38 of the 40 requests that GitHub allows in an hour are used, and the rest is left to others with the same credentials; it is asked again at 2026-11-28 14:20 UTC',
        },
      ],
    });
    expect(serving.requests).toHaveLength(asked);
    clock.nowAt = resetAt;
    // Nothing is left: its lists are empty, and the issue that was told is gone.
    serving.instead = ({ url }, response) =>
      url?.includes('/issues?') ? say(response, 200, []) : say(response, 404, { message: 'Not Found' });
    expect((await look()).troubles).toEqual([]);
  });

  test('that ask to wait for long are told, and kept to', async () => {
    const { look, serving, clock } = await staged({}, { read: ['releases'] });
    serving.instead = (_request, response) =>
      say(response, 403, { message: 'You have exceeded a secondary rate limit' }, { 'retry-after': 90 });
    expect((await look()).troubles).toMatchObject([
      { kind: 'limited', words: 'GitHub was asked too often at once; it is asked again at 2026-11-28 14:01 UTC' },
    ]);
    const asked = serving.requests.length;
    clock.nowAt += minute;
    expect((await look()).troubles).toMatchObject([{ kind: 'limited' }]);
    expect(serving.requests).toHaveLength(asked);
    serving.instead = null;
    clock.nowAt += minute;
    expect((await look()).troubles).toEqual([]);
  });

  test('that ask to wait for a moment are waited for', async () => {
    const { look, serving } = await staged({}, { read: ['releases'] });
    serving.instead = (_request, response) => {
      serving.instead = null;
      return say(response, 429, { message: 'You have exceeded a secondary rate limit' }, { 'retry-after': 1 });
    };
    expect((await look()).troubles).toEqual([]);
    expect(serving.requests).toHaveLength(2);
  });

  test('without a word of how long to wait cost a minute', async () => {
    const { look, serving } = await staged({}, { read: ['releases'] });
    serving.instead = (_request, response) => say(response, 429, { message: 'slow down' });
    expect((await look()).troubles).toMatchObject([
      { words: expect.stringMatching(/asked again at 2026-11-28 14:01 UTC$/) },
    ]);
  });
});

describe('what fails', () => {
  type Instead = (request: IncomingMessage, response: ServerResponse) => boolean;
  const failing =
    (part: string, answer: Instead): Instead =>
    (request, response) =>
      request.url?.includes(part) === true && answer(request, response);

  test('in one part is that part: the others are told, and only what it can tell of is not covered', async () => {
    const { look, serving } = await staged(everything(), {
      categories: [{ paths: ['terraform/security-groups/**'], category: 'security-group' }],
    });
    serving.instead = failing('/deployments', (_request, response) =>
      say(
        response,
        403,
        { message: 'Resource not accessible by personal access token' },
        { 'x-accepted-github-permissions': 'deployments=read' },
      ),
    );
    const { changes, covered, troubles } = await look();
    expect(changes.length).toBeGreaterThan(4);
    expect(covered.map(({ categories }) => categories)).toEqual([['security-group']]);
    expect(troubles).toMatchObject([{ kind: 'refused', categories: ['maintenance'] }]);
    expect(troubles[0]?.words).toMatch(
      /give the token in .* the permission "Deployments: read" \(GitHub asks for deployments=read\)/,
    );
  });

  test.each([
    [410, 'gone', /the issues of acme\/infra are switched off \(410\): leave them out of `read`/],
    [404, 'gone', /also what it answers to those who may not see them: check the name/],
    [422, 'malformed', /GitHub answered 422/],
    [503, 'unreachable', /GitHub answered 503/],
  ])('with %d', async (status, kind, words) => {
    const { look, serving } = await staged({}, { read: ['issues'] });
    serving.instead = (_request, response) => say(response, status, { message: 'No.' });
    const { troubles } = await look();
    expect(troubles).toMatchObject([{ kind, words: expect.stringMatching(words) }]);
  });

  test('for want of single sign-on says where to go', async () => {
    const { look, serving } = await staged({}, { read: ['issues'] });
    const url = 'https://github.com/orgs/acme/sso?authorization_request=A1B2';
    serving.instead = (_request, response) =>
      say(
        response,
        403,
        { message: 'Resource protected by organization SAML enforcement.' },
        { 'x-github-sso': `required; url=${url}` },
      );
    expect((await look()).troubles).toMatchObject([
      { kind: 'refused', words: expect.stringContaining(`authorize it at ${url}`) },
    ]);
  });

  test('once is tried again', async () => {
    const { look, serving } = await staged({}, { read: ['releases'] });
    serving.instead = (_request, response) => {
      serving.instead = null;
      return say(response, 502, { message: 'Server Error' });
    };
    expect((await look()).troubles).toEqual([]);
    expect(serving.requests).toHaveLength(2);
  });

  test.each([
    ['something else than JSON', '<html>Sign in</html>', 'text/html'],
    ['JSON of another shape', '{"hello": "world"}', 'application/json'],
    ['items without what is needed', '[{"number": "one"}]', 'application/json'],
  ])('as %s is malformed', async (_name, body, type) => {
    const { look, serving } = await staged({}, { read: ['issues'] });
    serving.instead = (_request, response) => {
      response.writeHead(200, { 'content-type': type }).end(body);
      return true;
    };
    expect((await look()).troubles).toMatchObject([{ kind: 'malformed', words: expect.stringContaining('`baseUrl`') }]);
  });

  test('in the middle of an answer is a timeout, not an empty answer', async () => {
    const serving = await serveGitHub({});
    onTestFinished(() => serving.close());
    serving.instead = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 }).write('[');
      return true;
    };
    const settings = settingsWith({ baseUrl: serving.url, tokenFile: await tokenFile(), read: ['issues'] });
    const source = gitHubSource(settings, { now: () => at('14:00:00'), patienceMs: 300 });
    const { troubles } = await source.look({ fromAt: at('12:00:00'), toAt: at('14:00:00') }, never);
    expect(troubles).toMatchObject([
      { kind: 'timedOut', words: 'GitHub did not answer within 0.3 s when asked for issues' },
    ]);
  });
});

describe('credentials', () => {
  test('are read anew, so that a token may be replaced', async () => {
    const file = await tokenFile('github_pat_old');
    const { look, serving } = await staged({}, { read: ['releases'], tokenFile: file });
    const [trouble] = (await look()).troubles;
    expect(trouble).toMatchObject({
      kind: 'expired',
      words: expect.stringContaining(`the token in ${file} has expired`),
    });
    expect(trouble?.words).not.toContain('github_pat_old');
    await writeFile(file, token);
    expect((await look()).troubles).toEqual([]);
    expect(serving.requests.map(({ headers }) => headers.authorization)).toEqual([
      'token github_pat_old',
      `token ${token}`,
    ]);
  });

  test.each([
    ['that are not there', '/nowhere/github-token', /\/nowhere\/github-token can't be read \(ENOENT\)/],
    ['with something else in them', null, /holds no token: write it there, on one line/],
  ])('in files %s', async (_name, file, words) => {
    const { look, serving } = await staged({}, { tokenFile: file ?? (await tokenFile('two words')) });
    expect((await look()).troubles).toMatchObject([{ kind: 'expired', words: expect.stringMatching(words) }]);
    expect(serving.requests).toEqual([]);
  });

  test('of an App are a token for an hour, which it signs for with its key', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keyFile = await tokenFile(privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
    const app = { id: 123, installationId: 456, keyFile };
    const { look, serving } = await staged(everything(), { tokenFile: null, app });
    const expires_at = new Date(Date.now() + hour).toISOString();
    const signed: (string | undefined)[] = [];
    serving.instead = (request, response) => {
      if (request.url !== '/api/v3/app/installations/456/access_tokens') return false;
      signed.push(request.headers.authorization);
      return say(response, 201, {
        token,
        expires_at,
        permissions: { issues: 'read' },
        repository_selection: 'selected',
      });
    };
    expect((await look()).troubles).toEqual([]);
    expect((await look()).troubles).toEqual([]);
    expect(signed).toHaveLength(1);
    const [, payload = ''] = signed[0]?.split('.') ?? [];
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ iss: 123 });
  });

  test('of an App that is not installed any more say so', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keyFile = await tokenFile(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const { look } = await staged({}, { tokenFile: null, app: { id: 123, installationId: 456, keyFile } });
    // The stand-in takes no signature.
    expect((await look()).troubles).toMatchObject([
      {
        kind: 'expired',
        words: expect.stringContaining(`${keyFile} holds no key of App 123, or its installation 456 is gone`),
      },
    ]);
  });

  test('of an App in a file that is no key say so', async () => {
    const keyFile = await tokenFile('-----BEGIN RSA PRIVATE KEY-----\nnothing\n-----END RSA PRIVATE KEY-----');
    const { look } = await staged({}, { tokenFile: null, app: { id: 123, installationId: 456, keyFile } });
    expect((await look()).troubles).toMatchObject([
      { kind: 'expired', words: expect.stringContaining('holds no private key in PEM') },
    ]);
  });
});

describe('examined', () => {
  test('it names each thing that it reads, until when the token is good, and whether it may do too much', async () => {
    const { source, serving } = await staged(everything(), { read: ['issues', 'commits'] });
    serving.instead = (request, response) =>
      request.url === '/api/v3/repos/acme/infra' &&
      say(
        response,
        200,
        { default_branch: 'main' },
        {
          'github-authentication-token-expiration': '2026-12-24 12:00:00 UTC',
          'x-oauth-scopes': 'repo, workflow',
        },
      );
    expect(await source.examine(never)).toEqual([
      {
        what: 'see the repository acme/infra',
        outcome: 'ok',
        words:
          'the token expires at 2026-12-24 12:00:00 UTC; it is a classic token with the scopes repo, workflow; a fine-grained one that only reads this repository is enough',
      },
      { what: 'read issues of acme/infra', outcome: 'ok', words: '' },
      { what: 'read commits of acme/infra', outcome: 'ok', words: '' },
    ]);
  });

  test('a permission that is missing is named, and who has it not', async () => {
    const { source, serving } = await staged(everything());
    serving.instead = (request, response) =>
      request.url?.includes('/actions/runs') === true && say(response, 403, { message: 'Resource not accessible' });
    const wrong = (await source.examine(never)).filter(({ outcome }) => outcome !== 'ok');
    expect(wrong).toMatchObject([
      {
        what: 'read workflow runs of acme/infra',
        outcome: 'missing',
        words: expect.stringMatching(/^GitHub refuses the workflow runs .* the permission "Actions: read"/),
      },
    ]);
  });
});
