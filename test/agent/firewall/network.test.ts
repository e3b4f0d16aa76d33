import { expect, test } from 'vitest';
import { localNetwork, parseRoutes4, parseRoutes6 } from '../../../src/agent/firewall/network.ts';

test('IPv4 routes as the kernel lists them', () => {
  const text = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t0100630A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'eth0\t0000630A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    'cali1\t0700F40A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0',
    '*\t0000A8C0\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0',
    '',
  ].join('\n');
  expect(parseRoutes4(text)).toEqual([
    { to: '0.0.0.0/0', device: 'eth0' },
    { to: '10.99.0.0/24', device: 'eth0' },
    { to: '10.244.0.7/32', device: 'cali1' },
  ]);
});

test('IPv6 routes, without the local table, multicast and what leads nowhere', () => {
  const none = '00000000000000000000000000000000';
  const line = (to: string, length: string, flags: string, device: string): string =>
    `${to} ${length} ${none} 00 ${none} 00000100 00000001 00000000 ${flags} ${device}`;
  const text = [
    line('fd000099000000000000000000000000', '40', '00000001', 'eth0'),
    line('fd000244000000000000000000000007', '80', '00000001', 'cali1'),
    line('fd000099000000000000000000000010', '80', '80200001', 'eth0'),
    line('ff000000000000000000000000000000', '08', '00000001', 'eth0'),
    line(none, '00', '00000003', 'eth0'),
    line(none, '00', '00200200', 'lo'),
    '',
  ].join('\n');
  expect(parseRoutes6(text)).toEqual([
    { to: 'fd00:99::/64', device: 'eth0' },
    { to: 'fd00:244::7/128', device: 'cali1' },
    { to: '::/0', device: 'eth0' },
  ]);
});

test('this machine’s own network, and one that can not be read', async () => {
  const here = await localNetwork();
  expect(here.interfaces.flatMap(({ addresses }) => addresses)).toContain('127.0.0.1/8');
  expect(here.devices).toContain('lo');
  expect(await localNetwork('/nowhere')).toMatchObject({ routes: [], devices: [] });
});
