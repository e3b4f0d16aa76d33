import { expect, test } from 'vitest';
import { ruleText } from '../../../src/packet/filter/nft/text.ts';
import * as nft from './nft-json.ts';

const key = { payload: { protocol: 'ip', field: 'saddr' } };
const tcpPort = { payload: { protocol: 'tcp', field: 'dport' } };

test.each<[string, unknown[]]>([
  ['tcp dport 6443 drop', [nft.dport(6443), nft.drop]],
  [
    'ip saddr 10.0.0.0/8 tcp dport != { 22, 80-90 } counter accept',
    [nft.saddr(nft.prefix('10.0.0.0', 8)), nft.dport(nft.set(22, nft.range(80, 90)), '!='), nft.counter, nft.accept],
  ],
  ['ct state established,related accept', [nft.ct('state', ['established', 'related']), nft.accept]],
  [
    'iifname eth0 meta l4proto tcp reject with tcp reset',
    [nft.meta('iifname', 'eth0'), nft.meta('l4proto', 'tcp'), nft.reject('tcp reset')],
  ],
  ['mark & 16384 16384 return', [nft.match({ '&': [{ meta: { key: 'mark' } }, 16384] }, 16384), nft.back]],
  ['mark set 1', [nft.setMark(1)]],
  ['ip saddr . tcp dport @pairs drop', [nft.match(nft.concat(key, tcpPort), '@pairs'), nft.drop]],
  ['tcp dport vmap { 22 : accept, 80 : jump web }', [nft.vmap(tcpPort, [22, nft.accept], [80, nft.jump('web')])]],
  [
    'fib saddr . iif oif missing drop',
    [nft.match({ fib: { result: 'oif', flags: ['saddr', 'iif'] } }, false), nft.drop],
  ],
  ['limit rate over 5/second drop', [{ limit: { rate: 5, per: 'second', inv: true } }, nft.drop]],
  ['log prefix "in: " goto web', [{ log: { prefix: 'in: ' } }, nft.goTo('web')]],
  ['dnat to 10.0.0.1:6443', [{ dnat: { addr: '10.0.0.1', port: 6443 } }]],
  ['dnat to [fd00::1]:6443', [{ dnat: { family: 'ip6', addr: 'fd00::1', port: 6443 } }]],
  ['redirect to :6443', [{ redirect: { port: 6443 } }]],
  ['masquerade', [{ masquerade: null }]],
  ['add @seen { ip saddr }', [{ set: { op: 'add', elem: key, set: '@seen' } }]],
  [
    'ct original ip daddr 10.0.0.1 accept',
    [nft.match({ ct: { key: 'ip daddr', dir: 'original' } }, '10.0.0.1'), nft.accept],
  ],
  ['xt match recent drop', [{ xt: { type: 'match', name: 'recent' } }, nft.drop]],
  ['notrack', [{ notrack: null }]],
  ['queue {"num":0}', [{ queue: { num: 0 } }]],
  ['[1]', [[1]]],
])('%s', (text, expr) => {
  expect(ruleText(expr, undefined)).toBe(text);
});

test('with its comment', () => {
  expect(ruleText([nft.drop], 'since the incident')).toBe('drop comment "since the incident"');
});
