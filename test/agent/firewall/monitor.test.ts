import { expect, test } from 'vitest';
import type { Notice } from '../../../src/agent/firewall/frames.ts';
import { nftMonitor, noticesIn } from '../../../src/agent/firewall/monitor.ts';

function heard(pieces: readonly (readonly [string, number])[]): Notice[] {
  const notices: Notice[] = [];
  const take = noticesIn((notice) => notices.push(notice));
  for (const [text, at] of pieces) take(text, at);
  return notices;
}

test('a transaction is one notice, with its tables and who made it', () => {
  const text = [
    'add table inet f',
    'add chain inet f input { type filter hook input priority filter; policy accept; }',
    'add rule ip filter INPUT tcp dport 6443 counter packets 0 bytes 0 drop',
    '# new generation 7 by process 31877 (iptables)',
    '',
  ].join('\n');
  expect(heard([[text, 5]])).toEqual([{ firstAt: 5, lastAt: 5, by: 'iptables', tables: ['inet f', 'ip filter'] }]);
});

test('pieces that come one after the other keep the time of the first and of the last', () => {
  expect(
    heard([
      ['del', 10],
      ['ete rule inet g i handle 2\ndelete chain ', 11],
      ['inet g i\n# new generation 13', 12],
      [' by process 1701 (nft)\nadd ta', 13],
      ['ble ip x\n', 14],
      ['# new generation 14\n', 15],
    ]),
  ).toEqual([
    { firstAt: 10, lastAt: 13, by: 'nft', tables: ['inet g'] },
    { firstAt: 13, lastAt: 15, by: null, tables: ['ip x'] },
  ]);
});

test('a set with many elements does not fill the memory, and keeps its place', () => {
  const elements = Array.from({ length: 20_000 }, (_, place) => `10.0.${place >> 8}.${place & 255}`).join(', ');
  expect(
    heard([
      ['add element inet f s { ', 1],
      [elements, 2],
      [' }\n# new generation 3 by process 9 (nft)\n', 3],
    ]),
  ).toEqual([{ firstAt: 1, lastAt: 3, by: 'nft', tables: ['inet f'] }]);
});

test('what the kernel could not tell any more is a notice about any table', () => {
  expect(heard([['# ERROR: We lost some netlink events!\n', 4]])).toEqual([
    { firstAt: 4, lastAt: 4, by: null, tables: [] },
  ]);
});

test('a monitor that ends is started again, and is not live meanwhile', async () => {
  const stop = new AbortController();
  const lives: boolean[] = [];
  const notices: Notice[] = [];
  const monitor = nftMonitor({
    clock: () => 7,
    path: '/usr/bin:/bin',
    command: ['sh', '-c', 'echo "# new generation 1 by process 2 (nft)"'],
  });
  await monitor.run(
    {
      notice: (notice) => {
        notices.push(notice);
        if (notices.length === 2) stop.abort();
      },
      live: (live) => lives.push(live),
    },
    stop.signal,
  );
  expect(notices).toEqual([
    { firstAt: 7, lastAt: 7, by: 'nft', tables: [] },
    { firstAt: 7, lastAt: 7, by: 'nft', tables: [] },
  ]);
  expect(lives).not.toContain(true);
});

test('without nft there is nothing to hear, and no end to waiting but the abort', async () => {
  const stop = new AbortController();
  const monitor = nftMonitor({ clock: Date.now, path: '/nowhere', command: ['nft-that-is-not-there'] });
  const lives: boolean[] = [];
  await monitor.run(
    {
      notice: () => undefined,
      live: (live) => {
        lives.push(live);
        stop.abort();
      },
    },
    stop.signal,
  );
  expect(lives).toEqual([false]);
});
