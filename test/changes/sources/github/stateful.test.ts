import { Octokit } from '@octokit/rest';
import { createEmulator, type Emulator } from 'emulate';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { GitHubSettings } from '../../../../src/changes/sources/github/settings.ts';
import { gitHubSource } from '../../../../src/changes/sources/github/source.ts';
import { hour, minute, settingsWith, token, tokenFile } from './given.ts';

/*
 * A GitHub that was written by others and keeps state: git objects, merges, Apps whose signatures and permissions it
 * checks. It has neither deployments nor a list of activity, as an old Enterprise server.
 */

const never = new AbortController().signal;
const owner = 'octocat';
const repo = 'infra';
const onBranch = { owner, repo };

let gitHub: Emulator;

beforeAll(async () => {
  gitHub = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: { [token]: { login: owner, scopes: ['repo', 'workflow'] } },
      github: {
        users: [{ login: owner }],
        repos: [{ owner, name: repo, private: true, auto_init: true }],
        apps: [
          app(1, { issues: 'read', pull_requests: 'read', contents: 'read', actions: 'read', metadata: 'read' }),
          app(2, { issues: 'read', metadata: 'read' }),
        ],
      },
    },
  });
  return () => gitHub.close();
});

function app(app_id: number, permissions: Record<string, string>) {
  return {
    app_id,
    slug: `apidown-${app_id}`,
    name: `apidown ${app_id}`,
    permissions,
    installations: [{ installation_id: 100 + app_id, account: owner, repository_selection: 'all' as const }],
  };
}

async function appFor(id: number) {
  const key = gitHub.generatedSecrets.find(({ id: of }) => of === String(id))?.value;
  return { tokenFile: null, app: { id, installationId: 100 + id, keyFile: await tokenFile(key) } };
}

function source(given: Partial<GitHubSettings>) {
  const made = gitHubSource(
    settingsWith({
      repository: { owner, name: repo },
      baseUrl: gitHub.url,
      read: ['issues', 'pulls', 'commits', 'workflowRuns', 'releases'],
      ...given,
    }),
    { now: () => Date.now() },
  );
  onTestFinished(() => made.close?.());
  return made;
}

/** The newest that was made is a moment old, and the stand-in has the same clock. */
const lately = () => ({ fromAt: Date.now() - hour, toAt: Date.now() + minute });

test('what people do is told: a window announced, a pull request merged, a commit pushed, a release published', async () => {
  const person = new Octokit({ baseUrl: gitHub.url, auth: token });
  await person.rest.issues.createLabel({ ...onBranch, name: 'maintenance', color: 'f29513' });
  const [start, end] = [Date.now() - 10 * minute, Date.now() + 50 * minute].map((at) => new Date(at).toISOString());
  const body = `<!--\nstart: ${start}\nend: ${end}\n-->`;
  const issue = await person.rest.issues.create({
    ...onBranch,
    title: 'Replace the gateway',
    body,
    labels: ['maintenance'],
  });

  const main = await person.rest.git.getRef({ ...onBranch, ref: 'heads/main' });
  await person.rest.git.createRef({ ...onBranch, ref: 'refs/heads/rules', sha: main.data.object.sha });
  const put = (path: string, branch: string) =>
    person.rest.repos.createOrUpdateFileContents({
      ...onBranch,
      path,
      branch,
      message: `Change ${path}`,
      content: Buffer.from('resource').toString('base64'),
    });
  await put('terraform/lb.tf', 'rules');
  const pull = await person.rest.pulls.create({ ...onBranch, title: 'Narrow the rules', head: 'rules', base: 'main' });
  await person.rest.pulls.merge({ ...onBranch, pull_number: pull.data.number, merge_method: 'squash' });
  await put('terraform/security-groups/api.tf', 'main');
  await put('docs/readme.md', 'main');
  await person.rest.repos.createRelease({ ...onBranch, tag_name: 'v1.0.0' });

  const { changes, covered, troubles } = await source({
    ...(await appFor(1)),
    categories: [{ paths: ['terraform/security-groups/**'], category: 'security-group' }],
  }).look(lately(), never);
  expect(troubles).toEqual([]);
  expect(covered.map(({ categories }) => categories)).toEqual([['maintenance', 'security-group']]);
  expect(
    changes.map(({ change }) => `${change.category}: ${change.summary.replace(/[0-9a-f]{7} /, '')}`).sort(),
  ).toEqual([
    'maintenance: Commit “Change docs/readme.md” on main',
    'maintenance: Commit “Initial commit” on main',
    expect.stringMatching(new RegExp(`^maintenance: Maintenance #${issue.data.number} “Replace the gateway”, `)),
    `maintenance: Pull request #${pull.data.number} “Narrow the rules” was merged into main`,
    'maintenance: Release v1.0.0 was published',
    'security-group: Commit “Change terraform/security-groups/api.tf” on main',
  ]);
  expect(changes.map(({ change }) => change.actor)).toContain(owner);

  const byPath = await source({
    ...(await appFor(1)),
    read: ['commits'],
    paths: ['terraform/security-groups/**'],
  }).look(lately(), never);
  expect(byPath.changes.map(({ change }) => change.diff.at(-1))).toEqual(['touches terraform/security-groups/api.tf']);

  await person.rest.issues.update({ ...onBranch, issue_number: issue.data.number, state: 'closed' });
  const closed = await source(await appFor(1)).look(lately(), never);
  const window = closed.changes.find(({ change }) => change.id.endsWith(`:issue:${issue.data.number}`))?.change;
  expect(window?.summary).toContain(', closed at ');
  expect(window?.untilAt).toBeLessThanOrEqual(Date.now());
});

test('an App that may read what is read is found to be enough; one that may read issues alone is not', async () => {
  const whole = await source(await appFor(1)).examine(never);
  expect(whole.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  const narrow = await source(await appFor(2)).examine(never);
  expect(narrow.map(({ what, outcome }) => `${what}: ${outcome}`)).toEqual([
    'see the repository octocat/infra: ok',
    'read issues of octocat/infra: ok',
    'read pull requests of octocat/infra: missing',
    'read commits of octocat/infra: missing',
    'read workflow runs of octocat/infra: missing',
    'read releases of octocat/infra: missing',
  ]);
});

test('an App that signs with the key of another is refused', async () => {
  const { app: one } = await appFor(1);
  const { app: other } = await appFor(2);
  const { troubles } = await source({ tokenFile: null, app: { ...one, keyFile: other.keyFile } }).look(lately(), never);
  expect(troubles).toMatchObject([{ kind: 'expired', words: expect.stringContaining('holds no key of App 1') }]);
});
