import { z } from 'zod';
import { type GitHubDeps, gitHubAt } from './ask.ts';
import type { GitHubPlace } from './settings.ts';
import type { Failure } from './trouble.ts';

/** May issues be opened in a repository? `failure` says what to mend. */
export type IssuesTried =
  | { readonly kind: 'may' }
  | { readonly kind: 'notSeen'; readonly failure: Failure }
  | { readonly kind: 'archived' }
  | { readonly kind: 'switchedOff' }
  | { readonly kind: 'mayNot'; readonly failure: Failure };

/** Tries it, and opens none. Rejects with the signal's reason only. */
export async function tryIssues(place: GitHubPlace, deps: GitHubDeps, signal: AbortSignal): Promise<IssuesTried> {
  const gitHub = gitHubAt(place, deps);
  const { owner, name: repo } = place.repository;
  try {
    const seen = await gitHub.get(
      {
        ...{ what: 'repository', permission: 'Metadata', schema: Repository },
        url: gitHub.rest.repos.get.endpoint({ owner, repo }).url,
      },
      signal,
    );
    if (seen.kind === 'failed') return { kind: 'notSeen', failure: seen.failure };
    if (seen.value.value.archived) return { kind: 'archived' };
    if (!seen.value.value.has_issues) return { kind: 'switchedOff' };
    const tried = await gitHub.mayPost(
      {
        ...{ what: 'issues', permission: 'Issues', access: 'write' },
        url: gitHub.rest.issues.create.endpoint({ owner, repo, title: '' }).url,
      },
      signal,
    );
    return tried.kind === 'failed' ? { kind: 'mayNot', failure: tried.failure } : { kind: 'may' };
  } finally {
    gitHub.close();
  }
}

const Repository = z.object({ archived: z.boolean().default(false), has_issues: z.boolean().default(true) });
