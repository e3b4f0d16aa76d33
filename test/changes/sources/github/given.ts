import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { GitHubSettings } from '../../../../src/changes/sources/github/settings.ts';

export const token = 'github_pat_11ABCDEFG0thetokenthatnobodymaysee';

export const minute = 60_000;
export const hour = 60 * minute;

export function at(time: string): number {
  return Date.parse(`2026-11-28T${time}Z`);
}

/** A file with the token, or with what is given; gone when the test is over. */
export async function tokenFile(content = `${token}\n`): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-github-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'token');
  await writeFile(file, content);
  return file;
}

export function settingsWith(given: Partial<GitHubSettings>): GitHubSettings {
  return {
    repository: { owner: 'acme', name: 'infra' },
    clusters: ['prod'],
    baseUrl: 'https://api.github.com',
    tokenFile: '/run/secrets/github-token',
    app: null,
    branch: null,
    read: ['issues', 'pulls', 'commits', 'deployments', 'workflowRuns', 'releases'],
    paths: [],
    categories: [],
    workflows: [],
    environments: [],
    maintenance: { labels: ['maintenance'] },
    planned: { labels: ['change'] },
    form: {
      start: ['Start', 'Start time'],
      end: ['End', 'End time'],
      timeZone: ['Time zone'],
      clusters: ['Cluster', 'Clusters'],
    },
    timeZone: 'UTC',
    ...given,
  };
}
