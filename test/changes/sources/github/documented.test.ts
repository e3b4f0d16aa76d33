import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import nock from 'nock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gitHubSource } from '../../../../src/changes/sources/github/source.ts';
import { settingsWith, token, tokenFile } from './given.ts';

/** Answers as https://docs.github.com/en/rest shows them, with times of one afternoon. */
const shown = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8');

const at = (time: string) => Date.parse(`2011-04-22T${time}Z`);
const json = { 'content-type': 'application/json; charset=utf-8' };

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

test('every answer in the shape that GitHub documents is understood', async () => {
  const repository = '/repos/octocat/Hello-World';
  const gitHub = nock('https://api.github.com', {
    reqheaders: {
      authorization: `token ${token}`,
      accept: 'application/vnd.github.v3+json',
      'x-github-api-version': '2022-11-28',
      'user-agent': /^apidown /,
    },
  });
  gitHub.get(repository).reply(200, shown('repository'), json);
  gitHub
    .get(`${repository}/issues`)
    .query({ labels: 'maintenance', state: 'open', sort: 'updated', direction: 'desc', per_page: 100 })
    .reply(200, shown('issues'), json);
  gitHub
    .get(`${repository}/issues`)
    .query({
      labels: 'maintenance',
      state: 'closed',
      sort: 'updated',
      direction: 'desc',
      per_page: 100,
      since: '2011-04-22T00:00:00Z',
    })
    .reply(200, '[]', json);
  gitHub
    .get(`${repository}/pulls`)
    .query({ base: 'master', state: 'closed', sort: 'updated', direction: 'desc', per_page: 50 })
    .reply(200, shown('pulls'), json);
  gitHub.get(`${repository}/pulls/1347/files`).query(true).reply(200, shown('files'), json);
  gitHub
    .get(`${repository}/activity`)
    .query({ ref: 'refs/heads/master', per_page: 100 })
    .reply(200, shown('activity'), json);
  gitHub
    .get(/\/compare\/6dcb09b\w+\.\.\.827efc6\w+$/)
    .query(true)
    .reply(200, shown('comparison'), json);
  gitHub.get(`${repository}/deployments`).query({ per_page: 100 }).reply(200, shown('deployments'), json);
  gitHub.get(`${repository}/deployments/1/statuses`).query(true).reply(200, shown('statuses'), json);
  gitHub
    .get(`${repository}/actions/runs`)
    .query({ branch: 'master', created: '>=2011-04-22T06:00:00Z', exclude_pull_requests: true, per_page: 100 })
    .reply(200, shown('runs'), json);
  gitHub.get(`${repository}/releases`).query({ per_page: 100 }).reply(200, shown('releases'), json);

  const settings = settingsWith({
    repository: { owner: 'octocat', name: 'Hello-World' },
    tokenFile: await tokenFile(),
    planned: { labels: [] },
    categories: [{ paths: ['terraform/security-groups/**'], category: 'security-group' }],
  });
  const source = gitHubSource(settings, { now: () => at('14:00:00') });
  const looked = await source.look({ fromAt: at('12:00:00'), toAt: at('14:00:00') }, new AbortController().signal);

  expect(looked.troubles).toEqual([]);
  expect(gitHub.pendingMocks()).toEqual([]);
  const told = looked.changes.map(({ change }) => [
    change.id.replace('github:octocat/Hello-World:', ''),
    change.summary,
  ]);
  expect(Object.fromEntries(told)).toEqual({
    'issue:1347':
      'Maintenance #1347 “Scheduled maintenance of the gateway”, 2011-04-22 12:30 UTC to 2011-04-22 14:30 UTC',
    'issue:1349': 'Maintenance #1349 “Move the load balancer”, 2011-04-22 13:00 UTC to 2011-04-22 14:00 UTC',
    'pull:1347:security-group': 'Pull request #1347 “Amazing new feature” was merged into master',
    'push:1296269:security-group': 'octocat force-pushed a commit to master: “Fix all the bugs”',
    'deployment:1': 'Deployment of topic-branch (a84d88e) to production: success',
    'run:30433643:1': 'Workflow “Apply” run 563 on master: failure',
    'release:1': 'Release v1.0.0 was published',
  });
  expect(looked.covered).toEqual([
    { fromAt: at('12:00:00'), toAt: at('13:59:00'), categories: ['maintenance', 'security-group'] },
  ]);
});
