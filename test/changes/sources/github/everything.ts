import type { Activity, Commit, Comparison, Deployment, Held, Issue, Pull, Release, Run, Status } from './served.ts';

/** Of each thing at least one that reaches into 12:00 to 14:00 of the day, and some beside it. */
export function everything(): Held {
  return {
    issues: [
      issue(1, { labels: ['maintenance'], body: windowOf('12:30', '13:30') }),
      issue(2, { labels: ['maintenance'], body: windowOf('18:00', '19:00') }),
      issue(3, { labels: ['change'], closed: '13:20', body: formOf('12:10', '13:10') }),
    ],
    pulls: [pull(11, { merged: '13:02' }), pull(12, { merged: '09:00' }), pull(13, {})],
    pullFiles: { 11: [{ filename: 'terraform/security-groups/api.tf' }], 12: [{ filename: 'README.md' }] },
    activity: [push(21, '12:45', 'b', 'c'), push(20, '08:45', 'a', 'b')],
    comparisons: {
      [`${sha('b')}...${sha('c')}`]: comparison('c', 'Open 6443 to the office', ['terraform/lb/main.tf']),
    },
    deployments: [deployment(31, '12:50')],
    statuses: { 31: [status('success', '12:58'), status('in_progress', '12:52')] },
    runs: [run(41, { from: '12:59', to: '13:05' }), run(42, { from: '07:00', to: '07:05' })],
    releases: [release(51, '13:40'), release(50, '06:00')],
  };
}

export function on(time: string): string {
  return `2026-11-28T${time.length === 5 ? `${time}:00` : time}Z`;
}

export function windowOf(start: string, end: string): string {
  return `<!--\nstart: ${on(start)}\nend: ${on(end)}\nexpectedDown: api\n-->\nAn upgrade.`;
}

export function formOf(start: string, end: string): string {
  return `### Start\n\n2026-11-28 ${start} UTC\n\n### End\n\n2026-11-28 ${end} UTC\n`;
}

export function issue(
  number: number,
  given: { labels: string[]; body?: string | null; opened?: string; closed?: string; updated?: string; title?: string },
): Issue {
  const { labels, body = null, opened = '08:00', closed, updated = closed ?? opened, title = 'Upgrade' } = given;
  return {
    number,
    title,
    body,
    html_url: `https://github.com/acme/infra/issues/${number}`,
    user: { login: 'octocat' },
    created_at: on(opened),
    updated_at: on(updated),
    closed_at: closed === undefined ? null : on(closed),
    state: closed === undefined ? 'open' : 'closed',
    labels,
  };
}

export function pull(
  number: number,
  given: { merged?: string; updated?: string; base?: string; title?: string },
): Pull {
  const { merged, updated = merged ?? '13:30', base = 'main', title = 'Narrow the rules' } = given;
  return {
    number,
    title,
    html_url: `https://github.com/acme/infra/pull/${number}`,
    user: { login: 'octocat' },
    updated_at: on(updated),
    merged_at: merged === undefined ? null : on(merged),
    merge_commit_sha: sha(`f${number}`),
    base: { ref: base },
  };
}

export function sha(seed: string): string {
  return seed.padEnd(40, '0');
}

export function push(
  id: number,
  time: string,
  before: string,
  after: string,
  activity_type: Activity['activity_type'] = 'push',
): Activity {
  return {
    id,
    before: sha(before),
    after: sha(after),
    ref: 'refs/heads/main',
    timestamp: on(time),
    activity_type,
    actor: { login: 'hubot' },
  };
}

export function comparison(after: string, message: string, files: readonly string[]): Comparison {
  return {
    html_url: 'https://github.com/acme/infra/compare/b...c',
    total_commits: 1,
    commits: [{ sha: sha(after), commit: { message } }],
    files: files.map((filename) => ({ filename })),
  };
}

export function commit(seed: string, time: string, files: readonly string[]): Commit {
  return {
    sha: sha(seed),
    html_url: `https://github.com/acme/infra/commit/${sha(seed)}`,
    author: { login: 'hubot' },
    commit: { message: `Change ${seed}\n\nWhy.`, author: { name: 'Hubot' }, committer: { date: on(time) } },
    files: files.map((filename) => ({ filename })),
  };
}

export function deployment(id: number, created: string, given: Partial<Deployment> = {}): Deployment {
  return {
    id,
    sha: sha('d'),
    ref: 'main',
    task: 'deploy',
    environment: 'production',
    description: null,
    creator: { login: 'octocat' },
    created_at: on(created),
    ...given,
  };
}

export function status(state: Status['state'], created: string): Status {
  return { state, created_at: on(created), log_url: 'https://ci.example/1', creator: { login: 'octocat' } };
}

export function run(id: number, given: { from: string; to?: string } & Partial<Run>): Run {
  const { from, to, ...rest } = given;
  return {
    id,
    name: 'Apply',
    path: '.github/workflows/apply.yml',
    display_title: 'Narrow the rules (#11)',
    run_number: id,
    run_attempt: 1,
    event: 'push',
    status: to === undefined ? 'in_progress' : 'completed',
    conclusion: to === undefined ? null : 'success',
    html_url: `https://github.com/acme/infra/actions/runs/${id}`,
    created_at: on(from),
    run_started_at: on(from),
    updated_at: on(to ?? from),
    head_branch: 'main',
    actor: { login: 'octocat' },
    ...rest,
  };
}

export function release(id: number, published: string, given: Partial<Release> = {}): Release {
  return {
    id,
    tag_name: `v1.${id}`,
    name: 'Spring',
    draft: false,
    prerelease: false,
    published_at: on(published),
    author: { login: 'octocat' },
    html_url: `https://github.com/acme/infra/releases/tag/v1.${id}`,
    ...given,
  };
}
