import { expect, test } from 'vitest';
import { issue, windowOf } from './everything.ts';
import { at } from './given.ts';
import { staged } from './look.ts';
import type { Held } from './served.ts';

const window = issue(1, { labels: ['maintenance'], body: windowOf('12:30', '13:30') });
const named = 'Maintenance #1 “Upgrade”, 2026-11-28 12:30 UTC to 2026-11-28 13:30 UTC';

/** Told once, before what is held is changed. */
async function toldBefore(first = window) {
  const held: Held = { issues: [first] };
  const stage = await staged(held, { read: ['issues'] });
  expect(await stage.changes()).toMatchObject([{ id: 'github:acme/infra:issue:1', effect: null }]);
  return { ...stage, held };
}

test.for([
  ['that lost its label', [{ ...window, labels: ['bug'] }], 'Its issue carries no label any more that it counts by.'],
  ['that was deleted', [], 'Its issue was deleted.'],
  [
    'that was moved to another repository',
    [{ ...window, labels: ['bug', 'Maintenance'], html_url: 'https://github.com/acme/web/issues/9' }],
    'Its issue was moved to another repository.',
  ],
] as const)('a window of an issue %s is taken back where it was told, once', async ([, issues, why]) => {
  const { held, changes } = await toldBefore();
  held.issues = [...issues];
  expect(await changes()).toMatchObject([
    {
      id: 'github:acme/infra:issue:1',
      earliestAt: at('12:30:00'),
      summary: `Taken back: ${named}`,
      effect: { kind: 'judged', verdict: 'none', words: why },
      diff: [why],
    },
  ]);
  expect(await changes()).toEqual([]);
});

test('a window that was moved out of the stretch is told at its new time, and again when it is moved back', async () => {
  const { held, changes } = await toldBefore();
  held.issues = [{ ...window, body: windowOf('18:00', '19:00') }];
  expect(await changes()).toMatchObject([{ id: 'github:acme/infra:issue:1', earliestAt: at('18:00:00') }]);
  held.issues = [window];
  expect(await changes()).toMatchObject([{ earliestAt: at('12:30:00'), effect: null }]);
});

test('an issue that gets its label again is told as it was', async () => {
  const { held, changes } = await toldBefore();
  held.issues = [{ ...window, labels: [] }];
  await changes();
  held.issues = [window];
  expect(await changes()).toMatchObject([{ summary: named, effect: null }]);
});

test('of two things that one issue told, the one that it says no more is taken back', async () => {
  const vague = issue(1, { labels: ['maintenance'], opened: '12:05', closed: '13:10', body: '' });
  const days = { ...vague, created_at: '2026-11-26T08:00:00Z' };
  const held: Held = { issues: [days] };
  const { changes } = await staged(held, { read: ['issues'] });
  expect((await changes()).map(({ id }) => id)).toEqual(['github:acme/infra:issue:1:closed']);
  held.issues = [{ ...days, body: windowOf('12:30', '13:00') }];
  expect((await changes()).map(({ id, summary }) => [id, summary.slice(0, 11)])).toEqual([
    ['github:acme/infra:issue:1', 'Maintenance'],
    ['github:acme/infra:issue:1:closed', 'Taken back:'],
  ]);
});

test('one that was closed long before the stretch, and is listed no more, stands', async () => {
  const { held, clock, changes } = await toldBefore();
  held.issues = [{ ...window, state: 'closed', closed_at: '2026-11-28T13:20:00Z', updated_at: '2026-11-28T13:20:00Z' }];
  clock.nowAt += 3 * 86_400_000;
  expect(await changes(clock.nowAt - 60_000, clock.nowAt)).toEqual([]);
});

test('what can’t be asked about is neither taken back nor covered, and asked again', async () => {
  const { held, serving, look, changes } = await toldBefore();
  held.issues = [];
  serving.instead = (request, response) => {
    if (!request.url?.endsWith('/issues/1')) return false;
    response.writeHead(503, { 'content-type': 'application/json' }).end('{"message":"later"}');
    return true;
  };
  const { changes: none, covered, troubles } = await look();
  expect(none).toEqual([]);
  expect(covered).toEqual([]);
  expect(troubles).toMatchObject([{ kind: 'unreachable' }]);
  serving.instead = null;
  expect(await changes()).toMatchObject([{ summary: `Taken back: ${named}` }]);
});
