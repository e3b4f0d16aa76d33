import { describe, expect, test } from 'vitest';
import { diagnose } from '../../../../src/correlation/diagnose.ts';
import { onsetAt, situation } from '../../../correlation/given.ts';
import { issue, pull, release, run, windowOf } from './everything.ts';
import { at } from './given.ts';
import { staged } from './look.ts';
import type { Held } from './served.ts';

const onset = onsetAt({ earliestAt: at('12:20:00'), latestAt: at('12:20:05') });

/** What people on call are told of an outage from 12:20, an hour later. */
async function diagnosed(held: Held, given: Parameters<typeof staged>[1] = {}) {
  const { changes, clock } = await staged(held, given);
  clock.nowAt = at('13:20:00');
  const found = await changes(at('10:20:00'), clock.nowAt);
  return diagnose(situation({ onset, changes: found, nowAt: clock.nowAt }));
}

const keys = ({ causes }: Awaited<ReturnType<typeof diagnosed>>) =>
  causes.map(({ key }) => key.replace('github:acme/infra:', ''));

describe('what GitHub tells, among the causes', () => {
  test('maintenance that began 80 minutes earlier and still goes on stands first, before what came nearer', async () => {
    const found = await diagnosed({
      issues: [
        issue(1, { labels: ['maintenance'], body: windowOf('11:00', '13:00') }),
        issue(2, { labels: ['maintenance'], body: windowOf('09:00', '10:30') }),
        issue(3, { labels: ['maintenance'], body: windowOf('12:30', '14:00'), closed: '12:10' }),
      ],
      pulls: [pull(11, { merged: '12:18' }), pull(12, { merged: '12:40' })],
      runs: [run(21, { from: '12:00', to: '12:05' })],
      releases: [release(31, '11:55')],
    });
    expect(keys(found)).toEqual(['issue:1', 'pull:11', 'run:21:1', 'release:31']);
    expect(found.causes[0]).toMatchObject({ standing: 'possible', rule: 'maintenance' });
    expect(found.causes[0]?.reasons.join(' ')).toMatch(
      /It was under way, begun (80 min|1 h 20 min) before the first failures/,
    );
  });

  test('a merged change to security groups is compared within their ten minutes', async () => {
    const held = {
      pulls: [pull(11, { merged: '12:15' }), pull(12, { merged: '12:05' })],
      pullFiles: { 11: [{ filename: 'terraform/sg/a.tf' }], 12: [{ filename: 'terraform/sg/b.tf' }] },
    };
    const found = await diagnosed(held, { categories: [{ paths: ['terraform/sg/**'], category: 'security-group' }] });
    expect(keys(found)).toEqual(['pull:11:security-group']);
    expect(found.answers.find(({ rule }) => rule === 'security-group')).toMatchObject({ justOutside: 1 });
  });

  test('work of which nobody wrote when it was done says so, and what was called off is no cause', async () => {
    const found = await diagnosed({
      issues: [
        issue(1, { labels: ['change'], opened: '11:40', closed: '12:50' }),
        issue(2, { labels: ['change'], body: windowOf('13:00', '14:00'), closed: '12:15' }),
      ],
    });
    expect(keys(found)).toEqual(['issue:1']);
    expect(found.causes[0]?.reasons[0]).toMatch(
      /^It does not say when the work begins: anything from when it was opened/,
    );
    for (const { reasons } of found.causes) for (const words of reasons) expect(words).toMatch(/^\S.*[.”"]$/s);
  });
});
