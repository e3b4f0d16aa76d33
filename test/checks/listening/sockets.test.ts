import { expect, test } from 'vitest';
import { listeningSockets, plainAddress } from '../../../src/checks/listening/sockets.ts';

const HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n';
const REST = '00000000:00000000 00:00000000 00000000     0        0 20123 1 0000000000000000 100 0 0 10 0';

function line(local: string, state = '0A', remote = '00000000:0000'): string {
  return `   0: ${local} ${remote} ${state} ${REST}\n`;
}

test('reads addresses and ports of listening sockets, and of no others', () => {
  const text =
    HEADER +
    line('00000000:192B') +
    line('0100007F:192C') +
    line('0A00000A:192B', '01', '0B00000A:D431') +
    line('0A00000A:192B', '06', '0B00000A:D432') +
    line('0500A8C0:0016');

  expect(listeningSockets(text, 'LE')).toEqual([
    { family: 4, address: '0.0.0.0', port: 6443, queued: 0 },
    { family: 4, address: '127.0.0.1', port: 6444, queued: 0 },
    { family: 4, address: '192.168.0.5', port: 22, queued: 0 },
  ]);
});

test('reads IPv6 word by word; a mapped IPv4 address shows as what it is, in the family of its socket', () => {
  const text =
    HEADER +
    line('00000000000000000000000000000000:192B', '0A', '00000000000000000000000000000000:0000') +
    line('00000000000000000000000001000000:192B') +
    line('B80D0120000000000000000001000000:192B') +
    line('0000000000000000FFFF00000A00000A:192B');

  expect(listeningSockets(text, 'LE')).toEqual([
    { family: 6, address: '::', port: 6443, queued: 0 },
    { family: 6, address: '::1', port: 6443, queued: 0 },
    { family: 6, address: '2001:db8::1', port: 6443, queued: 0 },
    { family: 6, address: '10.0.0.10', port: 6443, queued: 0 },
  ]);
});

test('counts the connections that nobody has taken', () => {
  const full = line('00000000:192B').replace('00000000:00000000 00:', '00000000:00000081 00:');

  expect(listeningSockets(full, 'LE')).toEqual([{ family: 4, address: '0.0.0.0', port: 6443, queued: 129 }]);
});

test('on a big-endian machine the same bytes stand the other way round', () => {
  expect(listeningSockets(HEADER + line('0A000001:192B'), 'BE')).toEqual([
    { family: 4, address: '10.0.0.1', port: 6443, queued: 0 },
  ]);
});

test.each(['', 'no such file', HEADER, line('0000:192B'), line('ZZZZZZZZ:192B')])('nothing in %j', (text) => {
  expect(listeningSockets(text, 'LE')).toEqual([]);
});

test.each([
  ['2001:0DB8:0:0::1', '2001:db8::1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['api.example.com', 'api.example.com'],
])('%s is written %s', (given, plain) => {
  expect(plainAddress(given)).toBe(plain);
});
