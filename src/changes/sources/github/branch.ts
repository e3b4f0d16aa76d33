import { z } from 'zod';
import type { Answer, GitHub } from './ask.ts';
import { hourMs } from './fields.ts';
import type { GitHubSettings } from './settings.ts';

export const Repository = z.object({ default_branch: z.string() });

/** The branch that counts: the configured one, else the repository's default, asked for once an hour. */
export function branchOf(
  gitHub: GitHub,
  settings: GitHubSettings,
  now: () => number,
): (signal: AbortSignal) => Promise<Answer<string>> {
  const { owner, name: repo } = settings.repository;
  let known: { readonly branch: string; readonly at: number } | null = null;

  return async (signal) => {
    if (settings.branch !== null) return { kind: 'answer', value: settings.branch };
    if (known !== null && now() - known.at < hourMs) return { kind: 'answer', value: known.branch };
    const url = gitHub.rest.repos.get.endpoint({ owner, repo }).url;
    const answer = await gitHub.get({ what: 'repository', permission: 'Metadata', url, schema: Repository }, signal);
    if (answer.kind === 'failed') return answer;
    known = { branch: answer.value.value.default_branch, at: now() };
    return { kind: 'answer', value: known.branch };
  };
}
