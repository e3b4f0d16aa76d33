import { Octokit } from '@octokit/rest';
import { createEmulator } from 'emulate';
import { expect, onTestFinished, test } from 'vitest';
import { token, tokenFile } from '../changes/sources/github/given.ts';
import { type Serving, say, serveGitHub } from '../changes/sources/github/served.ts';
import { theseFaultsAreNamed } from './faults.ts';
import { aSetUp, doctor, type SetUp } from './set-up.ts';

theseFaultsAreNamed([
  {
    what: 'a token for issues that GitHub does not take any more',
    async does({ config }) {
      await postmortemsAt(config, {}, await tokenFile('github_pat_11revoked\n'));
    },
    ...{
      check: 'postmortems',
      outcome: 'failed',
      words: /^issues in acme\/infra: GitHub refuses the credentials \(401\)/,
    },
    mend: /put a token that holds into the file/,
  },
  {
    what: 'a file that holds no token for issues',
    async does({ config }) {
      await postmortemsAt(config, {}, await tokenFile('\n'));
    },
    ...{ check: 'postmortems', outcome: 'failed', words: /^issues in acme\/infra: .*holds no token/ },
    mend: /put a token that holds into the file/,
  },
  {
    what: 'a repository for issues that is not there, or not shown',
    async does({ config }) {
      await postmortemsAt(config, { repository: 'acme/infar' });
    },
    ...{
      check: 'postmortems',
      outcome: 'failed',
      words: /^issues in acme\/infar: GitHub shows no repository .*\(404\)/,
    },
    mend: /give it this repository with "Issues: read and write"/,
  },
  {
    what: 'a token that may read issues and open none',
    async does({ config }) {
      const gitHub = await postmortemsAt(config);
      gitHub.instead = ({ method }, response) =>
        method === 'POST' && say(response, 403, { message: 'Resource not accessible by personal access token' });
    },
    ...{ check: 'postmortems', outcome: 'failed', words: /^issues in acme\/infra: .*the permission "Issues: write"/ },
    mend: /give it this repository with "Issues: read and write"/,
  },
  {
    what: 'a repository for issues that is archived',
    does: ({ config }) => repositoryThatIs(config, { archived: true }),
    ...{ check: 'postmortems', outcome: 'failed', words: /^issues in acme\/infra: the repository is archived/ },
    mend: /name another repository in postmortem\.github\.repository/,
  },
  {
    what: 'a repository without issues',
    does: ({ config }) => repositoryThatIs(config, { has_issues: false }),
    ...{ check: 'postmortems', outcome: 'failed', words: /^issues in acme\/infra: they are switched off/ },
    mend: /switch them on/,
  },
  {
    what: 'a GitHub for issues that can not be reached',
    async does({ config }) {
      await postmortemsAt(config, { baseUrl: 'http://127.0.0.1:1' });
    },
    ...{ check: 'postmortems', outcome: 'failed', words: /^issues in acme\/infra: 127\.0\.0\.1:1 can't be reached/ },
    mend: /let this machine through to it/,
  },
]);

test('whether issues may be opened is tried without opening one', async () => {
  const setUp = await aSetUp();
  const gitHub = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: { [token]: { login: 'octocat', scopes: ['repo'] } },
      github: {
        users: [{ login: 'octocat' }],
        repos: [{ owner: 'octocat', name: 'operations', private: true, auto_init: true }],
      },
    },
  });
  onTestFinished(() => gitHub.close());
  setUp.config.postmortem = {
    github: { repository: 'octocat/operations', baseUrl: gitHub.url, tokenFile: await tokenFile() },
  };
  const { findings, code } = await doctor(setUp);
  expect(findings.filter(({ check }) => check === 'postmortems')).toEqual([
    {
      ...{ check: 'postmortems', about: 'issues in octocat/operations', outcome: 'ok', mend: null },
      words: 'may be opened, as far as can be told without opening one',
    },
  ]);
  expect(code).toBe(0);
  const there = new Octokit({ baseUrl: gitHub.url, auth: token }).rest.issues.listForRepo;
  expect((await there({ owner: 'octocat', repo: 'operations', state: 'all' })).data).toEqual([]);
});

/** Postmortems go to a GitHub that holds `acme/infra`, and takes no issue without a title. */
async function postmortemsAt(
  config: SetUp['config'],
  given: Record<string, unknown> = {},
  file?: string,
): Promise<Serving> {
  const gitHub = await serveGitHub({});
  onTestFinished(gitHub.close);
  gitHub.instead = ({ method }, response) => method === 'POST' && say(response, 422, { message: 'Invalid request.' });
  const github = { repository: 'acme/infra', baseUrl: gitHub.url, tokenFile: file ?? (await tokenFile()), ...given };
  config.postmortem = { github };
  return gitHub;
}

async function repositoryThatIs(config: SetUp['config'], what: object): Promise<void> {
  const gitHub = await postmortemsAt(config);
  gitHub.instead = (_request, response) => say(response, 200, { name: 'infra', default_branch: 'main', ...what });
}
