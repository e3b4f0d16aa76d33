import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { RestEndpointMethodTypes as Methods } from '@octokit/rest';
import { token } from './given.ts';

/** Shapes as GitHub's own OpenAPI description gives them: what is left out here is not read. */
type Item<Data> = Data extends readonly (infer One)[] ? One : never;
type ListOf<Group extends keyof Methods, Name extends keyof Methods[Group]> = Methods[Group][Name] extends {
  response: { data: infer Data };
}
  ? Item<Data>
  : never;

export type Issue = Pick<
  ListOf<'issues', 'listForRepo'>,
  'number' | 'title' | 'body' | 'html_url' | 'created_at' | 'updated_at' | 'closed_at' | 'state'
> & { user: { login: string } | null; labels: readonly string[]; pull_request?: object };
export type Pull = Pick<
  ListOf<'pulls', 'list'>,
  'number' | 'title' | 'html_url' | 'updated_at' | 'merged_at' | 'merge_commit_sha'
> & { user: { login: string } | null; base: { ref: string } };
export type Activity = Pick<
  ListOf<'repos', 'listActivities'>,
  'id' | 'before' | 'after' | 'ref' | 'timestamp' | 'activity_type'
> & { actor: { login: string } | null };
type File = { filename: string; previous_filename?: string };
export type Comparison = Pick<
  Methods['repos']['compareCommitsWithBasehead']['response']['data'],
  'html_url' | 'total_commits'
> & { commits: readonly { sha: string; commit: { message: string } }[]; files?: readonly File[] };
export type Commit = Pick<ListOf<'repos', 'listCommits'>, 'sha' | 'html_url'> & {
  author: { login: string } | null;
  commit: { message: string; author: { name: string }; committer: { date: string } };
  files: readonly File[];
};
export type Deployment = Pick<
  ListOf<'repos', 'listDeployments'>,
  'id' | 'sha' | 'ref' | 'task' | 'environment' | 'description' | 'created_at' | 'transient_environment'
> & { creator: { login: string } | null };
export type Status = Pick<ListOf<'repos', 'listDeploymentStatuses'>, 'state' | 'created_at' | 'log_url'> & {
  creator: { login: string } | null;
};
export type Run = Pick<
  Item<Methods['actions']['listWorkflowRunsForRepo']['response']['data']['workflow_runs']>,
  | 'id'
  | 'name'
  | 'path'
  | 'display_title'
  | 'run_number'
  | 'run_attempt'
  | 'event'
  | 'status'
  | 'conclusion'
  | 'html_url'
  | 'created_at'
  | 'run_started_at'
  | 'updated_at'
  | 'head_branch'
> & { actor: { login: string } | null };
export type Release = Pick<
  ListOf<'repos', 'listReleases'>,
  'id' | 'tag_name' | 'name' | 'draft' | 'prerelease' | 'published_at' | 'html_url'
> & { author: { login: string } | null };

/** What a repository of a test holds, `acme/infra` with the branch `main`. A test may change it as it goes. */
export interface Held {
  issues?: Issue[];
  pulls?: Pull[];
  pullFiles?: Record<number, File[]>;
  /** null: this server has no such list. */
  activity?: Activity[] | null;
  comparisons?: Record<string, Comparison>;
  commits?: Commit[];
  deployments?: Deployment[];
  statuses?: Record<number, Status[]>;
  runs?: Run[];
  releases?: Release[];
}

export interface Serving {
  /** The base URL of its API, with a path as Enterprise servers have one. */
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
  /** How many of them were answered by 304. */
  readonly unchanged: number;
  /** How many were answered within the limit of an hour, which a 304 is not counted in. */
  readonly counted: number;
  /** What it answers in place of what it holds, from now on; null: nothing. Returns whether it took the request. */
  instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | null;
  close(): Promise<void>;
}

export interface Manners {
  /** Requests that are allowed in the hour. */
  readonly limit?: number;
  /** When the hour is over. Epoch ms. */
  readonly resetAt?: number;
  /** The most that one page holds, whatever is asked for. */
  readonly perPage?: number;
}

/** Speaks as much of GitHub's REST API as is asked of it, on loopback: pages, ETags, authorization, rate limits. */
export async function serveGitHub(
  held: Held,
  { limit = 5_000, resetAt = 0, perPage = 100 }: Manners = {},
): Promise<Serving> {
  const requests: IncomingMessage[] = [];
  const counts = { unchanged: 0, counted: 0 };
  let instead: Serving['instead'] = null;
  const answer: RequestListener = (request, response) => {
    requests.push(request);
    if (instead?.(request, response)) return;
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    if (request.headers.authorization !== `token ${token}`) {
      say(response, 401, { message: 'Bad credentials' });
      return;
    }
    const rate = () => ({
      'x-ratelimit-limit': limit,
      'x-ratelimit-remaining': Math.max(0, limit - counts.counted),
      'x-ratelimit-reset': Math.ceil(resetAt / 1_000),
    });
    if (counts.counted >= limit) {
      say(response, 403, { message: 'API rate limit exceeded' }, rate());
      return;
    }
    const data = dataOf(held, url);
    if (data === undefined) {
      counts.counted += 1;
      say(response, 404, { message: 'Not Found', status: '404' }, rate());
      return;
    }
    const { body, link } = paged(data, url, perPage);
    const text = JSON.stringify(body);
    const etag = `W/"${createHash('sha256').update(text).digest('hex')}"`;
    if (request.headers['if-none-match'] === etag) {
      counts.unchanged += 1;
      response.writeHead(304, { etag, ...rate() }).end();
      return;
    }
    counts.counted += 1;
    say(response, 200, body, { etag, ...rate(), ...(link === null ? {} : { link }) });
  };
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no TCP port');
  return {
    url: `http://127.0.0.1:${address.port}/api/v3`,
    requests,
    get unchanged() {
      return counts.unchanged;
    },
    get counted() {
      return counts.counted;
    },
    get instead() {
      return instead;
    },
    set instead(other) {
      instead = other;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Returns true, so that it can be what is answered instead. */
export function say(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string | number> = {},
): true {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
  return true;
}

type Data = readonly unknown[] | { workflow_runs: readonly unknown[]; total_count: number } | object;

function withLabels(issue: Issue) {
  return { ...issue, labels: issue.labels.map((name) => ({ name })) };
}

function dataOf(held: Held, { pathname, searchParams }: URL): Data | undefined {
  const path = decodeURIComponent(pathname).replace(/^\/api\/v3\/repos\/acme\/infra/, '');
  const asked = (name: string) => searchParams.get(name);
  const [, thing, id] = /^\/(pulls|deployments|commits)\/(\w+)(?:\/\w+)?$/.exec(path) ?? [];
  if (thing === 'pulls') return held.pullFiles?.[Number(id)] ?? [];
  if (thing === 'deployments') return held.statuses?.[Number(id)] ?? [];
  if (thing === 'commits') return held.commits?.find(({ sha }) => sha === id);
  const number = /^\/issues\/(\d+)$/.exec(path)?.[1];
  if (number !== undefined) {
    const found = held.issues?.find((issue) => issue.number === Number(number));
    return found === undefined ? undefined : withLabels(found);
  }
  if (path.startsWith('/compare/')) return held.comparisons?.[path.slice('/compare/'.length)];
  switch (path) {
    case '':
      return { name: 'infra', default_branch: 'main' };
    case '/issues': {
      const labels = asked('labels')?.split(',') ?? [];
      const state = asked('state') ?? 'open';
      const since = asked('since');
      return (held.issues ?? [])
        .filter((issue) => labels.every((label) => issue.labels.includes(label)))
        .filter((issue) => state === 'all' || issue.state === state)
        .filter((issue) => since === null || issue.updated_at >= since)
        .map(withLabels);
    }
    case '/pulls':
      return (held.pulls ?? [])
        .filter(({ base }) => asked('base') === null || base.ref === asked('base'))
        .toSorted((a, b) => b.updated_at.localeCompare(a.updated_at));
    case '/activity':
      if (held.activity === null) return undefined;
      return (held.activity ?? []).filter(({ ref }) => ref === asked('ref'));
    case '/commits':
      return (held.commits ?? [])
        .filter(({ files }) => files.some(({ filename }) => filename.startsWith(asked('path') ?? '')))
        .filter(({ commit }) => asked('since') === null || commit.committer.date >= (asked('since') ?? ''));
    case '/deployments':
      return held.deployments ?? [];
    case '/actions/runs': {
      const since = asked('created')?.replace('>=', '') ?? '';
      const runs = (held.runs ?? [])
        .filter(({ head_branch }) => asked('branch') === null || head_branch === asked('branch'))
        .filter(({ created_at }) => created_at >= since);
      return { total_count: runs.length, workflow_runs: runs };
    }
    case '/releases':
      return held.releases ?? [];
    default:
      return undefined;
  }
}

/** Links to further pages as GitHub gives them: absolute, with everything that was asked. */
function paged(data: Data, url: URL, most: number): { body: unknown; link: string | null } {
  const items = Array.isArray(data) ? data : 'workflow_runs' in data ? data.workflow_runs : null;
  if (items === null) return { body: data, link: null };
  const size = Math.min(most, Number(url.searchParams.get('per_page') ?? 30));
  const page = Number(url.searchParams.get('page') ?? 1);
  const part = items.slice((page - 1) * size, page * size);
  const next = new URL(url);
  next.searchParams.set('page', String(page + 1));
  const link = page * size < items.length ? `<${next.href}>; rel="next", <${next.href}>; rel="last"` : null;
  return { body: Array.isArray(data) ? part : { ...data, workflow_runs: part }, link };
}
