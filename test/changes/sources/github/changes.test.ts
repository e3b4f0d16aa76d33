import { describe, expect, test } from 'vitest';
import { commit, comparison, deployment, everything, on, pull, push, release, run, sha, status } from './everything.ts';
import { at } from './given.ts';
import { staged } from './look.ts';

const securityGroups = [{ paths: ['terraform/security-groups/**'], category: 'security-group' as const }];

describe('pull requests', () => {
  test('count when they were merged, into the branch, within the stretch', async () => {
    const pulls = [
      pull(1, { merged: '12:30' }),
      pull(2, { merged: '11:00', updated: '13:00' }),
      pull(3, { updated: '13:00' }),
      pull(4, { merged: '12:30', base: 'release' }),
      // Edges are inside, and GitHub cuts to whole seconds.
      pull(5, { merged: '14:00' }),
    ];
    const { changes } = await staged({ pulls }, { read: ['pulls'] });
    expect(await changes()).toMatchObject([
      { id: 'github:acme/infra:pull:5' },
      {
        id: 'github:acme/infra:pull:1',
        earliestAt: at('12:30:00'),
        latestAt: at('12:30:00.999'),
        category: 'maintenance',
        action: 'update',
        actor: 'octocat',
        summary: 'Pull request #1 “Narrow the rules” was merged into main',
      },
    ]);
  });

  test('are about what their files are about', async () => {
    const held = {
      pulls: [1, 2, 3, 4].map((number) => pull(number, { merged: '12:30' })),
      pullFiles: {
        1: [{ filename: 'terraform/security-groups/api.tf' }, { filename: 'terraform/dns/zone.tf' }],
        2: [{ filename: 'terraform/other/main.tf' }],
        3: [{ filename: 'docs/readme.md' }],
        4: [{ filename: 'attic/api.tf', previous_filename: 'terraform/security-groups/old.tf' }],
      },
    };
    const categories = [...securityGroups, { paths: ['terraform/dns/**'], category: 'dns' as const }];
    const { changes } = await staged(held, { read: ['pulls'], categories, paths: ['terraform/**'] });
    const told = (await changes()).map(({ id, category, diff }) => ({ id, category, first: diff[0] }));
    expect(told).toEqual([
      { id: 'github:acme/infra:pull:1:dns', category: 'dns', first: 'touches terraform/security-groups/api.tf' },
      {
        id: 'github:acme/infra:pull:1:security-group',
        category: 'security-group',
        first: 'touches terraform/security-groups/api.tf',
      },
      { id: 'github:acme/infra:pull:2', category: 'maintenance', first: 'touches terraform/other/main.tf' },
      { id: 'github:acme/infra:pull:4:security-group', category: 'security-group', first: 'touches attic/api.tf' },
    ]);
  });

  test('of whose files not all are known may be about anything', async () => {
    const pullFiles = { 1: Array.from({ length: 301 }, (_, index) => ({ filename: `docs/${index}.md` })) };
    const { changes } = await staged(
      { pulls: [pull(1, { merged: '12:30' })], pullFiles },
      { read: ['pulls'], paths: ['terraform/**'] },
    );
    expect(await changes()).toMatchObject([{ category: 'maintenance' }]);
  });

  test('are read page after page, as far as the stretch', async () => {
    const pulls = Array.from({ length: 30 }, (_, index) =>
      pull(index + 1, { merged: `12:${String(59 - index).padStart(2, '0')}` }),
    );
    const { changes, serving } = await staged({ pulls }, { read: ['pulls'], branch: 'main' }, { perPage: 10 });
    expect(await changes(at('12:45:00'))).toHaveLength(15);
    expect(serving.requests).toHaveLength(2);
  });
});

describe('pushes', () => {
  test('count when they came to the branch, with their commits and files', async () => {
    const held = {
      activity: [push(2, '12:45', 'b', 'c', 'force_push'), push(1, '08:45', 'a', 'b')],
      comparisons: {
        [`${sha('b')}...${sha('c')}`]: {
          ...comparison('c', 'Open 6443\n\nto the office', ['terraform/security-groups/api.tf']),
          total_commits: 2,
          commits: [
            { sha: sha('c1'), commit: { message: 'Prepare' } },
            { sha: sha('c'), commit: { message: 'Open 6443\n\nto the office' } },
          ],
        },
      },
    };
    const { changes } = await staged(held, { read: ['commits'], categories: securityGroups });
    expect(await changes()).toMatchObject([
      {
        id: 'github:acme/infra:push:2:security-group',
        category: 'security-group',
        earliestAt: at('12:45:00'),
        actor: 'hubot',
        summary: 'hubot force-pushed 2 commits to main: “Open 6443” and 1 more',
        diff: ['c000000 Open 6443', 'c100000 Prepare', 'touches terraform/security-groups/api.tf'],
      },
    ]);
  });

  test('of which nothing counts are left out; merges are told as pull requests alone', async () => {
    const held = everything();
    held.activity = [
      push(3, '13:10', 'c', 'd'),
      push(2, '13:02', 'b', 'f11', 'pr_merge'),
      push(1, '12:45', 'b', 'f11'),
    ];
    held.comparisons = {
      [`${sha('c')}...${sha('d')}`]: comparison('d', 'Docs', ['docs/a.md']),
      [`${sha('b')}...${sha('f11')}`]: comparison('f11', 'Merged by hand', ['terraform/a.tf']),
    };
    const { changes } = await staged(held, { read: ['pulls', 'commits'], paths: ['terraform/**'] });
    expect((await changes()).map(({ id }) => id)).toEqual(['github:acme/infra:pull:11']);
  });

  test('whose commits are gone for good are told all the same', async () => {
    const { changes } = await staged({ activity: [push(1, '12:45', 'b', 'c', 'force_push')] }, { read: ['commits'] });
    expect(await changes()).toMatchObject([{ summary: 'hubot force-pushed to main' }]);
  });
});

describe('commits by path, where a server does not list what was pushed', () => {
  const held = () => ({
    activity: null,
    commits: [
      commit('c', '12:40', ['terraform/security-groups/api.tf']),
      commit('b', '12:20', ['docs/a.md']),
      commit('a', '09:00', ['terraform/lb.tf']),
    ],
  });

  test('count by their own time, and say that it may be another', async () => {
    const { changes, serving } = await staged(held(), {
      read: ['commits'],
      paths: ['terraform/**'],
      categories: securityGroups,
    });
    expect(await changes()).toMatchObject([
      {
        id: `github:acme/infra:commit:${sha('c')}:security-group`,
        category: 'security-group',
        earliestAt: at('12:40:00'),
        diff: [
          'Its time is when it was made: it may have come to main later.',
          'touches terraform/security-groups/api.tf',
        ],
      },
    ]);
    const asked = serving.requests.map(({ url }) => url ?? '').filter((url) => url.includes('/commits?'));
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/&path=terraform$/);
    // Asked once whether there is such a list.
    await changes();
    expect(serving.requests.filter(({ url }) => url?.includes('/activity'))).toHaveLength(1);
  });

  test('that a pull request brought are told as that', async () => {
    const { changes } = await staged(
      { ...held(), pulls: [{ ...pull(1, { merged: '12:40' }), merge_commit_sha: sha('c') }] },
      { read: ['pulls', 'commits'] },
    );
    expect((await changes()).map(({ id }) => id)).toEqual([
      'github:acme/infra:pull:1',
      `github:acme/infra:commit:${sha('b')}`,
    ]);
  });
});

describe('deployments', () => {
  test('last from when they began to their end', async () => {
    const held = {
      deployments: [deployment(1, '12:30')],
      statuses: { 1: [status('failure', '12:50'), status('in_progress', '12:41'), status('queued', '12:31')] },
    };
    const { changes } = await staged(held, { read: ['deployments'] });
    expect(await changes()).toMatchObject([
      {
        id: 'github:acme/infra:deployment:1',
        action: 'start',
        earliestAt: at('12:41:00'),
        untilAt: at('12:50:00'),
        summary: 'Deployment of main (d000000) to production: failure',
        link: 'https://ci.example/1',
      },
    ]);
  });

  test('that waited for hours count from when they began; that wait still do not', async () => {
    const held = {
      deployments: [deployment(3, '11:00'), deployment(2, '09:00'), deployment(1, '08:00')],
      statuses: { 1: [status('in_progress', '12:30')], 2: [status('queued', '09:01')] },
    };
    const { changes, clock } = await staged(held, { read: ['deployments'] });
    // The third has no status at all: it was at eleven, and that is over.
    expect(await changes()).toMatchObject([
      { id: 'github:acme/infra:deployment:1', earliestAt: at('12:30:00'), untilAt: clock.nowAt },
    ]);
    expect((await changes(at('10:30:00'))).map(({ id }) => id)).toEqual([
      'github:acme/infra:deployment:3',
      'github:acme/infra:deployment:1',
    ]);
  });

  test('to other environments, and previews, are left out', async () => {
    const held = {
      deployments: [
        deployment(1, '12:30'),
        deployment(2, '12:30', { environment: 'stage' }),
        deployment(3, '12:30', { transient_environment: true }),
      ],
    };
    const { changes } = await staged(held, { read: ['deployments'], environments: ['production'] });
    expect((await changes()).map(({ id }) => id)).toEqual(['github:acme/infra:deployment:1']);
  });

  test('that are long over are not asked for again', async () => {
    const held = { deployments: [deployment(1, '12:30')], statuses: { 1: [status('success', '12:50')] } };
    const { changes, serving } = await staged(held, { read: ['deployments'] });
    await changes();
    await changes(at('13:00:00'));
    expect(serving.requests.filter(({ url }) => url?.includes('/statuses'))).toHaveLength(1);
  });
});

describe('workflow runs', () => {
  test('last as long as they ran, also when they began before the stretch', async () => {
    const runs = [
      run(2, { from: '13:50' }),
      run(1, { from: '11:50', to: '12:10' }),
      run(0, { from: '11:00', to: '11:30' }),
    ];
    const { changes, clock } = await staged({ runs }, { read: ['workflowRuns'] });
    expect(await changes()).toMatchObject([
      { id: 'github:acme/infra:run:2:1', action: 'start', earliestAt: at('13:50:00'), untilAt: clock.nowAt },
      {
        id: 'github:acme/infra:run:1:1',
        earliestAt: at('11:50:00'),
        untilAt: at('12:10:00'),
        summary: 'Workflow “Apply” run 1 on main: success',
        diff: ['run of “Narrow the rules (#11)”', 'started by push'],
      },
    ]);
  });

  test('that only test, wait, or were skipped are left out, and so are other workflows', async () => {
    const runs = [
      run(1, { from: '12:30', to: '12:40' }),
      run(2, { from: '12:30', to: '12:40', event: 'pull_request' }),
      run(3, { from: '12:30', status: 'waiting' }),
      run(4, { from: '12:30', to: '12:31', conclusion: 'skipped' }),
      run(5, { from: '12:30', to: '12:40', path: '.github/workflows/test.yml@refs/heads/main', name: 'Test' }),
      run(6, { from: '12:30', to: '12:40', head_branch: 'feature' }),
    ];
    const { changes } = await staged({ runs }, { read: ['workflowRuns'], workflows: ['apply.yml', 'Deploy*'] });
    expect((await changes()).map(({ id }) => id)).toEqual(['github:acme/infra:run:1:1']);
  });

  test('again are another one', async () => {
    const runs = [run(1, { from: '11:00', to: '12:40', run_attempt: 2, run_started_at: on('12:35') })];
    const { changes } = await staged({ runs }, { read: ['workflowRuns'] });
    expect(await changes()).toMatchObject([
      {
        id: 'github:acme/infra:run:1:2',
        earliestAt: at('12:35:00'),
        summary: 'Workflow “Apply” run 1, attempt 2 on main: success',
      },
    ]);
  });
});

test('releases count when they were published; drafts are none', async () => {
  const releases = [
    release(3, '13:40', { prerelease: true, name: null }),
    release(2, '12:30', { draft: true, published_at: null }),
    release(1, '06:00'),
  ];
  const { changes } = await staged({ releases }, { read: ['releases'] });
  expect(await changes()).toMatchObject([
    { id: 'github:acme/infra:release:3', action: 'create', summary: 'Pre-release v1.3 was published' },
  ]);
});
