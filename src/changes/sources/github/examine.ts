import { z } from 'zod';
import type { Examined } from '../source.ts';
import type { GitHub, Question } from './ask.ts';
import { Repository } from './branch.ts';
import type { GitHubSettings, GitHubThing } from './settings.ts';
import { instanceOf } from './tell.ts';
import type { Failure, Headers } from './trouble.ts';

/** Tries to read one of each thing; the repository first, since without it nothing else can be told from what is missing. */
export async function examine(
  gitHub: GitHub,
  settings: GitHubSettings,
  signal: AbortSignal,
): Promise<readonly Examined[]> {
  const { owner, name: repo } = settings.repository;
  const where = instanceOf(settings);
  const question = {
    what: 'repository',
    permission: 'Metadata',
    url: gitHub.rest.repos.get.endpoint({ owner, repo }).url,
    schema: Repository,
  };
  const answer = await gitHub.get(question, signal);
  const seen = `see the repository ${where}`;
  if (answer.kind === 'failed') return [failed(seen, answer.failure)];
  const repository = ok(seen, credentialWords(answer.value.headers));
  const things = [...new Set(settings.read)];
  const others = things.map(async (thing) => {
    const what = `read ${namesOfThings[thing]} of ${where}`;
    const tried = await gitHub.get(questionOf(thing, gitHub, settings), signal);
    return tried.kind === 'failed' ? failed(what, tried.failure) : ok(what);
  });
  return [repository, ...(await Promise.all(others))];
}

const namesOfThings: Readonly<Record<GitHubThing, string>> = {
  issues: 'issues',
  pulls: 'pull requests',
  commits: 'commits',
  deployments: 'deployments',
  workflowRuns: 'workflow runs',
  releases: 'releases',
};

const Anything = z.union([z.array(z.unknown()), z.object({ workflow_runs: z.array(z.unknown()) })]);

function questionOf(
  thing: GitHubThing,
  { rest }: GitHub,
  { repository: { owner, name: repo } }: GitHubSettings,
): Question<z.infer<typeof Anything>> {
  const one = { owner, repo, per_page: 1 };
  const base = { what: namesOfThings[thing], schema: Anything };
  switch (thing) {
    case 'issues':
      return { ...base, permission: 'Issues', url: rest.issues.listForRepo.endpoint(one).url };
    case 'pulls':
      return { ...base, permission: 'Pull requests', url: rest.pulls.list.endpoint(one).url };
    case 'commits':
      return { ...base, permission: 'Contents', url: rest.repos.listCommits.endpoint(one).url };
    case 'deployments':
      return { ...base, permission: 'Deployments', url: rest.repos.listDeployments.endpoint(one).url };
    case 'workflowRuns':
      return { ...base, permission: 'Actions', url: rest.actions.listWorkflowRunsForRepo.endpoint(one).url };
    case 'releases':
      return { ...base, permission: 'Contents', url: rest.repos.listReleases.endpoint(one).url };
    default:
      return thing satisfies never;
  }
}

/** What headers tell of the token: until when it is good, and whether it may do more than it has to. */
function credentialWords(headers: Headers): string {
  const until = headers['github-authentication-token-expiration'];
  const scopes = headers['x-oauth-scopes'];
  return [
    ...(until === undefined ? [] : [`the token expires at ${until}`]),
    ...(scopes === undefined || scopes === ''
      ? []
      : [
          `it is a classic token with the scopes ${scopes}; a fine-grained one that only reads this repository is enough`,
        ]),
  ].join('; ');
}

function ok(what: string, words = ''): Examined {
  return { what, outcome: 'ok', words };
}

function failed(what: string, { kind, words }: Failure): Examined {
  return { what, outcome: kind === 'refused' || kind === 'gone' ? 'missing' : 'failed', words };
}
