import { describe, expect, test } from 'vitest';
import { askAll, askOne, node, verdictOf } from './asking.ts';
import {
  accept,
  counter,
  dport,
  drop,
  dump,
  limit,
  match,
  meta,
  prefix,
  reject,
  saddr,
  set,
  table,
  vmap,
} from './nft-json.ts';

const input = (...rules: (readonly unknown[])[]) => dump(table([{ name: 'in', hook: 'input', rules }]));
const told = (nftables: string, from: string): string[] =>
  askAll({ nftables }, { from }).map((passage) => `${passage.source}: ${verdictOf(passage)}`);

describe('a range of sources', () => {
  test('is answered as one where the rules treat it alike', () => {
    expect(told(input([saddr(prefix('203.0.113.0', 24)), drop]), '203.0.113.0/25')).toEqual([
      '203.0.113.0/25: deny in',
    ]);
    expect(told(input([saddr(prefix('198.51.100.0', 24)), drop]), '203.0.113.0/24')).toEqual(['203.0.113.0/24: allow']);
  });

  test('is answered in parts where they split it', () => {
    expect(told(input([saddr(set('203.0.113.7', prefix('203.0.113.128', 25))), drop]), '203.0.113.0/24')).toEqual([
      '203.0.113.0-203.0.113.6: allow',
      '203.0.113.7: deny in',
      '203.0.113.8-203.0.113.127: allow',
      '203.0.113.128/25: deny in',
    ]);
  });

  test('is split by verdict maps and by replies too', () => {
    const byMap = input([vmap({ payload: { protocol: 'ip', field: 'saddr' } }, [prefix('203.0.113.0', 25), drop])]);
    expect(told(byMap, '203.0.113.0/24')).toEqual(['203.0.113.0/25: deny in', '203.0.113.128/25: allow']);
    const replies = dump(
      table([
        {
          name: 'out',
          hook: 'output',
          rules: [[match({ payload: { protocol: 'ip', field: 'daddr' } }, '203.0.113.255'), drop]],
        },
      ]),
    );
    expect(told(replies, '203.0.113.254-203.0.113.255')).toEqual([
      '203.0.113.254: allow',
      '203.0.113.255: deny replies',
    ]);
  });

  test('never means the host itself', () => {
    expect(told(input([saddr('10.99.0.10'), drop], [saddr(prefix('127.0.0.0', 8)), drop]), '0.0.0.0/0')).toEqual([
      '0.0.0.0/0: allow',
    ]);
  });

  test('that the rules cut into too many parts is a doubt where it matters, and the reason says so', () => {
    const many = Array.from({ length: 400 }, (_, at) => `203.0.${at >> 7}.${(at & 127) * 2}`);
    const [passage, ...others] = askAll({ nftables: input([saddr(set(...many)), drop]) }, { from: '203.0.0.0/16' });
    expect(others).toEqual([]);
    expect(passage?.in).toMatchObject({
      verdict: 'unknown',
      why: expect.stringContaining('where in the range the client is'),
    });
  });

  test('is cut by routes, which tell the interface', () => {
    expect(told(input([meta('iifname', 'cni0'), drop]), '10.244.0.0/23')).toEqual([
      '10.244.0.0/24: deny in',
      '10.244.1.0/24: allow',
    ]);
  });
});

describe('the way a client comes', () => {
  test('an unknown route leaves the interface in doubt', () => {
    const host = { interfaces: node.interfaces, routes: [] };
    const nftables = input([meta('iifname', 'eth0'), drop]);
    expect(verdictOf(askOne({ nftables }, { host }))).toBe('unknown in');
    expect(verdictOf(askOne({ nftables }, { host, from: '10.99.0.77' }))).toBe('deny in');
    expect(verdictOf(askOne({ nftables: input([accept]) }, { host }))).toBe('allow');
  });

  test('the host itself comes over the loopback interface, out and in', () => {
    const own = { from: '10.99.0.10' };
    expect(verdictOf(askOne({ nftables: input([meta('iifname', 'lo'), drop]) }, own))).toBe('deny in');
    const out = dump(
      table([{ name: 'out', hook: 'output', rules: [[meta('oifname', 'lo'), dport(6443), reject('tcp reset')]] }]),
    );
    expect(verdictOf(askOne({ nftables: out }, own))).toBe('deny in');
    expect(verdictOf(askOne({ nftables: out }))).toBe('allow');
  });

  test('an address that is not the host’s own is forwarded', () => {
    const nftables = dump(table([{ name: 'fwd', hook: 'forward', rules: [[dport(6443), drop]] }]));
    expect(verdictOf(askOne({ nftables }, { to: '10.244.0.9' }))).toBe('deny in');
    expect(verdictOf(askOne({ nftables }))).toBe('allow');
  });
});

describe('the answer', () => {
  test('names the rule that lets the packet in', () => {
    expect(askOne({ nftables: input([counter], [dport(6443), accept]) }).in).toEqual({
      verdict: 'allow',
      how: null,
      seen: null,
      rule: { place: 'nftables table inet filter, chain in, handle 2', text: 'tcp dport 6443 accept' },
      why: 'it is let pass',
    });
  });

  test('says so when no rule stands in the way', () => {
    expect(askOne({}).in).toMatchObject({ verdict: 'allow', rule: null, why: 'no rule stands in its way' });
  });

  test('names what stops it first, and that there is more', () => {
    const { in: answer } = askOne({ nftables: input([limit, dport(6443), drop], [dport(6443), reject('tcp reset')]) });
    expect(answer).toMatchObject({
      verdict: 'deny',
      how: 'drop',
      seen: 'a timeout or connection refused',
      rule: { text: 'limit rate 5/second tcp dport 6443 drop' },
      why: 'the connection request (SYN) is dropped, by this rule or another',
    });
  });

  test('cuts very long rules', () => {
    const many = Array.from({ length: 300 }, (_, at) => 10_000 + at * 2);
    const { in: answer } = askOne({ nftables: input([dport({ set: [...many, 6443] }), drop]) });
    expect(answer.rule?.text.length).toBeLessThanOrEqual(401);
  });
});
