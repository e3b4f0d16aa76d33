import { describe, expect, test } from 'vitest';
import { compare } from '../../../../src/changes/sources/haproxy/compare.ts';
import type { SeenServer, Sight } from '../../../../src/changes/sources/haproxy/sight.ts';

const T = Date.UTC(2026, 10, 22, 14, 5, 0);

function sight(readAt: number, server: Partial<SeenServer>): Sight {
  const seen = { status: 'UP', check: 'L7OK', checkWords: '', timesDown: 0, since: null, address: null, port: null };
  return {
    readAt,
    process: null,
    oldest: null,
    taken: 0,
    config: null,
    proxies: { api: { frontend: null, listeners: [], isBackend: true, servers: { 'cp-1': { ...seen, ...server } } } },
  };
}

describe('what became of a server, and by whom', () => {
  test.each([
    ['UP', { status: 'UP 1/3', check: 'L4CON' }, null, null],
    ['no check', { status: 'no check', check: null }, null, null],
    ['UP', { status: 'DOWN', check: 'L4TOUT', checkWords: '' }, 'health check', 'is DOWN by its health check (L4TOUT)'],
    [
      'UP',
      { status: 'DOWN 1/2', check: 'L7STS', checkWords: 'Service Unavailable' },
      'health check',
      'is DOWN by its health check (Service Unavailable, L7STS)',
    ],
    ['UP', { status: 'NOLB', check: 'L7OKC' }, 'health check', 'is DOWN by its health check (L7OKC)'],
    ['UP', { status: 'DOWN', check: 'L4OK' }, 'server', 'was set DOWN by hand'],
    ['UP', { status: 'DOWN (agent)', check: 'L4OK' }, 'health check', 'is DOWN (agent)'],
    ['UP', { status: 'DOWN (via api/cp-2)', check: null }, 'health check', 'is DOWN (via api/cp-2)'],
    ['UP', { status: 'MAINT' }, 'server', 'was put into maintenance'],
    ['DOWN', { status: 'MAINT' }, 'server', 'was put into maintenance (it was DOWN)'],
    ['UP', { status: 'MAINT (resolution)' }, 'health check', 'is out: its name does not resolve'],
    ['UP', { status: 'DRAIN' }, 'server', 'was set to drain: it takes no new connections'],
    ['MAINT', { status: 'UP' }, 'server', 'was made ready again'],
    ['MAINT', { status: 'DOWN', check: 'L4CON' }, 'server', 'is DOWN by its health check (L4CON), out of maintenance'],
    ['DOWN', { status: 'UP' }, 'health check', 'is UP again by its health check'],
    ['DOWN', { status: 'DOWN 1/2', check: 'L4CON' }, null, null],
  ])('%s, then %o', (before, after, kind, words) => {
    const [found, ...rest] = compare(sight(T, { status: before }), sight(T + 5_000, after), () => true);
    expect(rest).toEqual([]);
    expect(found?.kind ?? null).toBe(kind);
    expect(found?.words ?? null).toBe(words === null ? null : `server api/cp-1 ${words}`);
  });

  test('what HAProxy dates to before the last look happened between the two all the same', () => {
    const since = { earliestAt: T - 60_000, latestAt: T - 58_000 };
    const [found] = compare(
      sight(T, { status: 'DOWN', since }),
      sight(T + 5_000, { status: 'MAINT', since }),
      () => true,
    );
    expect(found).toMatchObject({ earliestAt: T, latestAt: T + 5_000 });
  });

  test('another address is told beside another state, each applied for itself', () => {
    const before = sight(T, { address: '10.0.0.1', port: 6443 });
    const after = sight(T + 5_000, { address: '10.0.0.9', port: 6443, status: 'MAINT' });
    const found = compare(before, after, () => true);
    expect(found.map(({ words, diff }) => [words, diff])).toEqual([
      ['server api/cp-1 has another address', ['10.0.0.1:6443 -> 10.0.0.9:6443']],
      ['server api/cp-1 was put into maintenance', ['UP -> MAINT']],
    ]);
    const applied = found.reduce((standing, { apply }) => apply(standing), before);
    expect(applied.proxies).toEqual(after.proxies);
  });
});
