import { describe, expect, test } from 'vitest';
import { formOf, issue, on, windowOf } from './everything.ts';
import { at } from './given.ts';
import { staged } from './look.ts';
import type { Issue } from './served.ts';

const maintenance = (number: number, given: Partial<Parameters<typeof issue>[1]>) =>
  issue(number, { labels: ['maintenance'], ...given });

async function told(issues: Issue[], given: Parameters<typeof staged>[1] = {}) {
  const { changes } = await staged({ issues }, { read: ['issues'], ...given });
  return changes();
}

describe('a maintenance window', () => {
  test('begins and ends when its issue says', async () => {
    expect(await told([maintenance(7, { body: windowOf('12:30', '13:30'), title: 'New balancers' })])).toMatchObject([
      {
        id: 'github:acme/infra:issue:7',
        source: 'github',
        instance: 'acme/infra',
        category: 'maintenance',
        action: 'start',
        earliestAt: at('12:30:00'),
        latestAt: at('12:30:00'),
        untilAt: at('13:30:00'),
        actor: 'octocat',
        certainty: 'seen',
        effect: null,
        target: { kind: 'maintenance', name: 'acme/infra#7' },
        summary: 'Maintenance #7 “New balancers”, 2026-11-28 12:30 UTC to 2026-11-28 13:30 UTC',
        diff: ['Its author expects: api down.', 'It is still open after its end: the work may go on.'],
        link: 'https://github.com/acme/infra/issues/7',
      },
    ]);
  });

  test('that began long before the stretch and still goes on is told', async () => {
    const running = maintenance(1, { body: windowOf('10:40', '13:00') });
    const over = maintenance(2, { body: windowOf('10:40', '11:59') });
    expect(await told([running, over])).toMatchObject([{ earliestAt: at('10:40:00'), untilAt: at('13:00:00') }]);
  });

  test('is found however long ago it was announced, and also when it was closed after its end', async () => {
    const announced = { ...maintenance(1, { body: windowOf('12:30', '13:30') }), created_at: '2026-01-02T03:04:05Z' };
    const closed = maintenance(2, { body: windowOf('12:10', '12:20'), closed: '12:50' });
    const changes = await told([{ ...announced, updated_at: announced.created_at }, closed]);
    expect(changes).toMatchObject([
      { id: 'github:acme/infra:issue:1', untilAt: at('13:30:00') },
      {
        id: 'github:acme/infra:issue:2',
        untilAt: at('12:20:00'),
        diff: [
          'Its author expects: api down.',
          'It was closed after its end, at 2026-11-28 12:50 UTC: the work may have gone on until then.',
        ],
      },
    ]);
  });

  test('ends when its issue is closed early', async () => {
    const [change] = await told([maintenance(1, { body: windowOf('12:30', '13:30'), closed: '12:45' })]);
    expect(change).toMatchObject({ action: 'start', untilAt: at('12:45:00') });
    expect(change?.summary).toContain('closed at 2026-11-28 12:45 UTC');
  });

  test('that was closed before it began was called off, and breaks nothing', async () => {
    expect(await told([maintenance(1, { body: windowOf('13:30', '15:00'), closed: '12:45' })])).toMatchObject([
      {
        action: 'update',
        earliestAt: at('12:45:00'),
        untilAt: null,
        summary: 'Maintenance #1 “Upgrade” was called off',
        effect: { kind: 'judged', verdict: 'none' },
      },
    ]);
  });

  test('lies ahead: it is told when the stretch reaches there', async () => {
    const { changes } = await staged(
      { issues: [maintenance(1, { body: windowOf('15:00', '16:00') })] },
      { read: ['issues'] },
    );
    expect(await changes()).toEqual([]);
    expect(await changes(at('12:00:00'), at('15:30:00'))).toMatchObject([{ earliestAt: at('15:00:00') }]);
  });

  test('by an issue form is the same, a planned change too', async () => {
    const changes = await told([issue(3, { labels: ['change', 'network'], body: formOf('12:10', '13:10') })]);
    expect(changes).toMatchObject([
      { action: 'start', earliestAt: at('12:10:00'), untilAt: at('13:10:00'), target: { kind: 'planned change' } },
    ]);
    expect(changes[0]?.summary).toMatch(/^Planned change #3 /);
  });

  test('with labels of both kinds is one maintenance', async () => {
    const both = issue(3, { labels: ['change', 'maintenance'], body: formOf('12:10', '13:10') });
    expect(await told([both])).toMatchObject([{ target: { kind: 'maintenance' } }]);
  });

  test('names clusters: then it is about those of them that the source is about', async () => {
    const { look } = await staged(
      {
        issues: [
          maintenance(1, { body: `${formOf('12:10', '13:10')}\n### Clusters\n\n- [X] Prod\n- [ ] stage\n` }),
          maintenance(2, { body: `${formOf('12:10', '13:10')}\n### Cluster\n\nsome-other\n` }),
        ],
      },
      { read: ['issues'], clusters: ['prod', 'stage'] },
    );
    const { changes } = await look();
    expect(changes.map(({ cluster, change }) => `${change.target.name} ${cluster}`)).toEqual([
      'acme/infra#1 prod',
      'acme/infra#2 prod',
      'acme/infra#2 stage',
    ]);
  });
});

describe('an issue without a window', () => {
  test('counts from when it was opened until it was closed, at an unknown time in between', async () => {
    const [change] = await told([maintenance(1, { opened: '11:00', closed: '12:20' })]);
    expect(change).toMatchObject({
      action: 'update',
      earliestAt: at('11:00:00'),
      latestAt: at('12:20:00'),
      untilAt: null,
      effect: {
        kind: 'judged',
        verdict: 'unknown',
        words: expect.stringContaining('does not say when the work begins'),
      },
    });
  });

  test('that is open reaches until now, for a day at most', async () => {
    expect(await told([maintenance(1, { opened: '11:00' })])).toMatchObject([
      { earliestAt: at('11:00:00'), latestAt: at('14:00:00') },
    ]);
    const old = { ...maintenance(2, {}), created_at: '2026-11-20T11:00:00Z' };
    expect(await told([old])).toEqual([]);
  });

  test('that is closed long after it was opened is told when it was closed', async () => {
    const old = { ...maintenance(2, { closed: '12:40' }), created_at: '2026-11-20T11:00:00Z' };
    expect(await told([old])).toMatchObject([
      { id: 'github:acme/infra:issue:2:closed', earliestAt: at('12:40:00'), effect: { verdict: 'unknown' } },
    ]);
  });

  test('with an unreadable one says so, and is never taken for now', async () => {
    const body = '<!--\nstart: tonight\nend: late\n-->';
    const [change] = await told([maintenance(1, { opened: '13:00', closed: '13:10', body })]);
    expect(change).toMatchObject({ earliestAt: at('13:00:00'), latestAt: at('13:10:00') });
    expect(change?.diff.join(' ')).toContain("Its start “tonight” can't be read: write it as 2026-11-28 14:00 UTC.");
  });

  test('with a start alone ends when it is closed, after a day at most', async () => {
    const body = `<!--\nstart: ${on('12:30')}\n-->`;
    expect(await told([maintenance(1, { body, closed: '13:15' })])).toMatchObject([{ untilAt: at('13:15:00') }]);
    expect(await told([maintenance(1, { body })])).toMatchObject([{ untilAt: at('14:00:00') }]);
  });

  test('with an end alone was between its opening and that end', async () => {
    const body = `<!--\nend: ${on('12:30')}\n-->`;
    expect(await told([maintenance(1, { body, opened: '11:30' })])).toMatchObject([
      { action: 'update', earliestAt: at('11:30:00'), latestAt: at('12:30:00') },
    ]);
  });
});

test('pull requests among the issues are left out, and so are issues with other labels', async () => {
  const asPull: Issue = { ...maintenance(1, { body: windowOf('12:30', '13:30') }), pull_request: { url: 'https://…' } };
  expect(await told([asPull, issue(2, { labels: ['bug'], body: windowOf('12:30', '13:30') })])).toEqual([]);
});

test('what somebody wrote stays short, on one line, and hides nothing', async () => {
  const title = `A\u202e\u0000\n${'x'.repeat(5_000)}👩‍🚀`;
  const body = `<!--\nstart: ${on('12:30')}\nend: ${on('13:30')}\nexpectedDown: ${'\u202ea,'.repeat(5_000)}\n-->`;
  const [change] = await told([{ ...maintenance(1, { title, body }), html_url: 'javascript:alert(1)' }]);
  expect(change?.summary.length).toBeLessThanOrEqual(500);
  expect(change?.link).toBeNull();
  for (const text of [change?.summary ?? '', ...(change?.diff ?? [])]) expect(text).not.toMatch(/[\p{Cc}\p{Cf}\n]/u);
});
