import { describe, expect, test } from 'vitest';
import { type Asked, askOne, verdictOf } from './asking.ts';
import {
  accept,
  back,
  type ChainWords,
  concat,
  counter,
  ct,
  daddr,
  dport,
  drop,
  dump,
  flags,
  goTo,
  jump,
  limit,
  match,
  meta,
  prefix,
  range,
  reject,
  saddr,
  saddr6,
  set,
  setMark,
  sport,
  table,
  vmap,
} from './nft-json.ts';

type Rules = readonly (readonly unknown[])[];
type Case = readonly [name: string, rules: Rules, verdict: string, asked?: Asked];

const input = (...rules: Rules): ChainWords => ({ name: 'in', hook: 'input', rules });
const judged = (chains: readonly ChainWords[], asked: Asked = {}, options = {}): string =>
  verdictOf(askOne({ nftables: dump(table(chains, options)) }, asked));

describe('one rule in an input chain, for 203.0.113.7 to 10.99.0.10:6443', () => {
  const key = { payload: { protocol: 'ip', field: 'saddr' } };
  const tcpKey = { payload: { protocol: 'tcp', field: 'dport' } };
  const mark = { meta: { key: 'mark' } };
  const cases: readonly Case[] = [
    ['the address', [[saddr('203.0.113.7'), drop]], 'deny in'],
    ['another address', [[saddr('203.0.113.8'), drop]], 'allow'],
    ['a prefix', [[saddr(prefix('203.0.113.0', 24)), drop]], 'deny in'],
    ['not a prefix', [[saddr(prefix('203.0.113.0', 24), '!='), drop]], 'allow'],
    ['a range', [[saddr(range('203.0.113.1', '203.0.113.9')), drop]], 'deny in'],
    ['a set', [[saddr(set('192.0.2.1', prefix('203.0.113.0', 28))), drop]], 'deny in'],
    ['not in a set', [[saddr(set('192.0.2.1', '203.0.113.7'), '!='), drop]], 'allow'],
    ['elements with comments', [[saddr(set({ elem: { val: '203.0.113.7', comment: 'x' } })), drop]], 'deny in'],
    ['a masked address', [[match({ '&': [key, '0.0.0.255'] }, '0.0.0.7'), drop]], 'deny in'],
    ['the other family', [[saddr6('fd00::1', '!='), drop]], 'allow'],
    ['the port', [[dport(6443), drop]], 'deny in'],
    ['ports in a range', [[dport(range(6000, 7000)), drop]], 'deny in'],
    ['not the port', [[dport(6443, '!='), drop]], 'allow'],
    ['ports above', [[dport(1024, '>'), drop]], 'deny in'],
    ['ports below', [[dport(6443, '<'), drop]], 'allow'],
    ['any transport', [[match({ payload: { protocol: 'th', field: 'dport' } }, 6443), drop]], 'deny in'],
    ['raw bytes of the port', [[match({ payload: { base: 'th', offset: 16, len: 16 } }, 6443), drop]], 'deny in'],
    ['UDP', [[match({ payload: { protocol: 'udp', field: 'dport' } }, 6443), drop]], 'allow'],
    ['ICMP', [[match({ payload: { protocol: 'icmp', field: 'type' } }, 'echo-request'), drop]], 'allow'],
    ['TCP by number of protocol', [[meta('l4proto', set('udp', 'tcp')), drop]], 'deny in'],
    ['TCP by the IP header', [[match({ payload: { protocol: 'ip', field: 'protocol' } }, 'tcp'), drop]], 'deny in'],
    ['IPv4 by meta', [[meta('nfproto', 'ipv4'), drop]], 'deny in'],
    ['IPv6 by meta', [[meta('nfproto', 'ipv6'), drop]], 'allow'],
    ['by EtherType', [[meta('protocol', set('ip', 'ip6')), drop]], 'deny in'],
    ['the interface', [[meta('iifname', 'eth0'), drop]], 'deny in'],
    ['the interface by index', [[meta('iif', 'eth0'), drop]], 'deny in'],
    ['interfaces by wildcard', [[meta('iifname', 'eth*'), drop]], 'deny in'],
    ['another interface', [[meta('iifname', 'lo'), drop]], 'allow'],
    ['no outgoing interface yet', [[meta('oifname', 'eth0', '!='), drop]], 'deny in'],
    [
      'a concatenation',
      [[match(concat(key, tcpKey), set(concat(prefix('203.0.113.0', 24), range(6000, 7000)))), drop]],
      'deny in',
    ],
    [
      'a concatenation that fits by half',
      [[match(concat(key, tcpKey), set(concat(prefix('203.0.113.0', 24), 22))), drop]],
      'allow',
    ],
    ['new connections', [[ct('state', 'new'), drop]], 'deny in'],
    ['established only', [[ct('state', ['established', 'related']), accept], [drop]], 'deny in'],
    ['exactly not established', [[ct('state', 'established', '!='), drop]], 'deny in'],
    ['none of several states', [[ct('state', ['established', 'related'], '!'), drop]], 'deny in'],
    ['a set of states', [[match({ ct: { key: 'state' } }, set('new', 'untracked')), drop]], 'deny in'],
    ['the original direction', [[match({ ct: { key: 'direction' } }, 'original'), drop]], 'deny in'],
    ['translated connections', [[ct('status', 'dnat'), drop]], 'allow'],
    ['connections that are not translated', [[ct('status', 'dnat', '!'), drop]], 'deny in'],
    ['a status by its bit', [[match({ '&': [{ ct: { key: 'status' } }, 'dnat'] }, 0), drop]], 'deny in'],
    ['only SYN', [[match({ '&': [tcpFlags(), ['fin', 'syn', 'rst', 'ack']] }, 'syn'), drop]], 'deny in'],
    ['SYN and ACK', [[match({ '&': [tcpFlags(), ['syn', 'ack']] }, ['syn', 'ack']), drop]], 'allow'],
    ['any of several flags', [[flags(['syn', 'fin']), drop]], 'deny in'],
    ['flags joined by a bar', [[match(tcpFlags(), { '|': ['syn', 'ack'] }), drop]], 'allow'],
    ['a mark that is not set', [[match(mark, 0), drop]], 'deny in'],
    ['a mark that an earlier rule set', [[setMark(16)], [match({ '&': [mark, 16] }, 16), drop]], 'deny in'],
    [
      'a mark that is cleared again',
      [[setMark(16)], [setMark({ '&': [mark, 4294967279] })], [match(mark, 0, '!='), drop]],
      'allow',
    ],
    ['local destinations', [[match({ fib: { result: 'type', flags: ['daddr'] } }, 'local'), drop]], 'deny in'],
    ['foreign destinations', [[match({ fib: { result: 'type', flags: ['daddr'] } }, 'local', '!='), drop]], 'allow'],
    [
      'local sources',
      [[match({ fib: { result: 'type', flags: ['saddr'] } }, set('local', 'multicast')), drop]],
      'allow',
    ],
    ['no way back', [[match({ fib: { result: 'oif', flags: ['saddr', 'iif'] } }, false), drop]], 'allow'],
    [
      'no way back, in a newer form',
      [[match({ fib: { result: 'check', flags: ['saddr', 'iif'] } }, false), drop]],
      'allow',
    ],
    [
      'fragments',
      [[match({ '&': [{ payload: { protocol: 'ip', field: 'frag-off' } }, 8191] }, 0, '!='), drop]],
      'allow',
    ],
    ['a limit', [[limit, drop]], 'unknown in'],
    ['a limit on what is let in anyway', [[limit, accept]], 'allow'],
    ['a limit on what is dropped anyway', [[dport(6443), limit, drop], [drop]], 'deny in'],
    ['what has no meaning here', [[match({ payload: { protocol: 'ip', field: 'ttl' } }, 64), drop]], 'unknown in'],
    ['a queue', [[dport(6443), { queue: { num: 0 } }]], 'unknown in'],
    ['an unknown statement for others', [[dport(22), { synproxy: { mss: 1460 } }]], 'allow'],
    [
      'an iptables extension that nft does not spell out',
      [[{ xt: { type: 'match', name: 'recent' } }, drop]],
      'unknown in',
    ],
    ['a harmless one', [[{ xt: { type: 'target', name: 'LOG' } }]], 'allow'],
    ['counters and logs', [[counter, { log: { prefix: 'x' } }, dport(6443), counter, drop]], 'deny in'],
    ['rejections', [[dport(6443), reject('tcp reset')]], 'deny in'],
    ['a rejection that is for the other family', [[reject('icmpv6', 'no-route')]], 'allow'],
    ['a verdict map', [[vmap(tcpKey, [22, accept], [range(6000, 7000), drop])]], 'deny in'],
    ['a verdict map that has no such key', [[vmap(tcpKey, [22, drop])]], 'allow'],
    ['a catch-all of a verdict map', [[vmap(tcpKey, [22, accept], ['*', drop])]], 'deny in'],
    [
      'both ways of a random choice',
      [[vmap({ numgen: { mode: 'random', mod: 2, offset: 0 } }, [0, drop], [1, drop])]],
      'deny in',
    ],
    [
      'one way of a random choice',
      [[vmap({ numgen: { mode: 'random', mod: 2, offset: 0 } }, [0, drop], [1, accept])]],
      'unknown in',
    ],
    ['the one client port in sixty thousand', [[sport(6443), drop]], 'allow'],
    ['all client ports but a few', [[sport(range(2000, 65535)), drop]], 'deny in'],
    ['half of the client ports', [[sport(range(1024, 32767)), drop]], 'unknown in'],
    [
      'the owner of a socket, which an incoming request has not',
      [[ct('state', 'new'), meta('skuid', 0), drop]],
      'allow',
    ],
  ];
  for (const [name, rules, verdict, asked] of cases) {
    test(`${name}: ${verdict}`, () => {
      expect(judged([input(...rules)], asked)).toBe(verdict);
    });
  }

  function tcpFlags() {
    return { payload: { protocol: 'tcp', field: 'flags' } };
  }
});

describe('chains', () => {
  test('a return goes on behind the jump', () => {
    const chains = [{ name: 'sub', rules: [[back], [drop]] }, input([jump('sub')], [dport(6443), drop])];
    expect(judged(chains)).toBe('deny in');
  });

  test('a goto does not come back to the chain it left', () => {
    const chains = [{ name: 'sub', rules: [] }, input([goTo('sub')], [drop])];
    expect(judged(chains)).toBe('allow');
  });

  test('the end of a goto is the policy', () => {
    const chains: ChainWords[] = [
      { name: 'sub', rules: [] },
      { ...input([goTo('sub')], [accept]), policy: 'drop' },
    ];
    expect(judged(chains)).toBe('deny in');
  });

  test('an accept in a chain that was jumped to ends the base chain', () => {
    const chains = [{ name: 'sub', rules: [[accept]] }, input([jump('sub')], [drop])];
    expect(judged(chains)).toBe('allow');
  });

  test('a drop in any base chain is final, an accept only ends its own', () => {
    const early: ChainWords = { name: 'early', hook: 'input', prio: -10, rules: [[accept]] };
    expect(judged([early, input([dport(6443), drop])])).toBe('deny in');
    expect(judged([input([accept]), { ...early, prio: 10, rules: [[dport(6443), drop]] }])).toBe('deny in');
  });

  test('priorities decide who sees a mark', () => {
    const marks: ChainWords = { name: 'marks', hook: 'input', prio: -10, rules: [[setMark(1)]] };
    const drops = input([match({ meta: { key: 'mark' } }, 1), drop]);
    expect(judged([drops, marks])).toBe('deny in');
    expect(judged([drops, { ...marks, prio: 10 }])).toBe('allow');
    // Who of equals comes first was decided when they were made.
    expect(judged([drops, { ...marks, prio: 0 }])).toBe('unknown in');
  });

  test('prerouting and ingress come before input', () => {
    const early = (hook: string, dev?: string): ChainWords => ({
      name: 'early',
      hook,
      rules: [[dport(6443), drop]],
      ...(dev === undefined ? {} : { dev }),
    });
    expect(judged([early('prerouting'), input([accept])])).toBe('deny in');
    expect(judged([early('ingress', 'eth0')], {}, { family: 'netdev' })).toBe('deny in');
    expect(judged([early('ingress', 'eth1')], {}, { family: 'netdev' })).toBe('allow');
    expect(judged([early('ingress')], {}, { family: 'netdev' })).toBe('unknown in');
  });

  test('a table for one family does not touch the other', () => {
    const chains = [input([drop])];
    expect(judged(chains, {}, { family: 'ip6' })).toBe('allow');
    expect(judged(chains, { from: '2001:db8::1', to: 'fd00:99::10' }, { family: 'ip6' })).toBe('deny in');
  });

  test('a chain that is not in the dump is a doubt, not a guess', () => {
    expect(judged([input([jump('gone')])])).toBe('unknown in');
  });

  test('jumps in a ring end', () => {
    const chains = [{ name: 'a', rules: [[jump('b')]] }, { name: 'b', rules: [[jump('a')]] }, input([jump('a')])];
    expect(judged(chains)).toBe('unknown in');
  });
});

describe('sets and maps', () => {
  const inSet = (name: string) => saddr(`@${name}`);
  const named = (elem: unknown[], more = {}) => ({ name: 'blocked', type: 'ipv4_addr', elem, ...more });

  test('a named set', () => {
    expect(judged([input([inSet('blocked'), drop])], {}, { sets: [named([prefix('203.0.113.0', 24)])] })).toBe(
      'deny in',
    );
    expect(judged([input([inSet('blocked'), drop])], {}, { sets: [named([])] })).toBe('allow');
  });

  test('a set of another table is not taken', () => {
    expect(
      judged([input([inSet('blocked'), drop])], {}, { sets: [{ ...named(['203.0.113.7']), table: 'other' }] }),
    ).toBe('unknown in');
  });

  test('what is not yet in a set that rules add to is a doubt; what is in it is not', () => {
    const grows = [
      [limit, { set: { op: 'add', elem: { payload: { protocol: 'ip', field: 'saddr' } }, set: '@blocked' } }],
      [inSet('blocked'), drop],
    ];
    expect(judged([input(...grows)], {}, { sets: [named([])] })).toBe('unknown in');
    expect(judged([input(...grows)], {}, { sets: [named(['203.0.113.7'])] })).toBe('deny in');
  });

  test('a verdict map by name', () => {
    const sets = [{ name: 'ports', type: 'inet_service', map: 'verdict', elem: [[6443, jump('sub')]] }];
    const rules = [{ vmap: { key: { payload: { protocol: 'tcp', field: 'dport' } }, data: '@ports' } }];
    expect(judged([{ name: 'sub', rules: [[drop]] }, input(rules)], {}, { sets })).toBe('deny in');
  });

  test('a mark taken from a map', () => {
    const value = {
      map: { key: { payload: { protocol: 'ip', field: 'saddr' } }, data: { set: [['203.0.113.7', 9]] } },
    };
    const rules: Rules = [[setMark(value)], [match({ meta: { key: 'mark' } }, 9), drop]];
    expect(judged([input(...rules)])).toBe('deny in');
    expect(judged([input(...rules)], { from: '203.0.113.8' })).toBe('allow');
  });
});

describe('replies', () => {
  const output = (...rules: Rules): ChainWords => ({ name: 'out', hook: 'output', rules });

  test('a drop of replies only is found, and told as such', () => {
    const passage = askOne({ nftables: dump(table([input([accept]), output([sport(6443), drop])])) });
    expect(passage.in.verdict).toBe('allow');
    expect(passage.replies).toMatchObject({
      verdict: 'deny',
      how: 'drop',
      seen: 'a timeout',
      rule: { place: 'nftables table inet filter, chain out, handle 2', text: 'tcp sport 6443 drop' },
      why: 'the reply to it (SYN-ACK) is dropped',
    });
  });

  test('what only lets established connections out lets replies out', () => {
    expect(judged([{ ...output([ct('state', ['established', 'related']), accept]), policy: 'drop' }])).toBe('allow');
    expect(judged([{ ...output([ct('state', 'new'), accept]), policy: 'drop' }])).toBe('deny replies');
  });

  test('a connection that is answered but then cut off is denied', () => {
    expect(judged([input([ct('state', 'new'), accept], [ct('state', 'established'), drop])])).toBe('deny in');
    expect(judged([output([flags('psh'), drop])])).toBe('deny replies');
  });

  test('the mark of a connection is remembered, that of a packet is not', () => {
    const markConnection = { mangle: { key: { ct: { key: 'mark' } }, value: 5 } };
    expect(judged([input([markConnection]), output([match({ ct: { key: 'mark' } }, 5), drop])])).toBe('deny replies');
    expect(judged([input([setMark(5)]), output([match({ meta: { key: 'mark' } }, 5), drop])])).toBe('allow');
  });

  test('replies that are dropped are seen even when the request is', () => {
    const passage = askOne({ nftables: dump(table([input([drop]), output([drop])])) });
    expect([passage.in.verdict, passage.replies.verdict]).toEqual(['deny', 'deny']);
  });

  test('a rejected reply is a timeout for the client', () => {
    expect(askOne({ nftables: dump(table([output([sport(6443), reject('tcp reset')])])) }).replies.seen).toBe(
      'a timeout',
    );
  });
});

describe('without connection tracking', () => {
  const raw = (hook: string, ...rules: Rules): ChainWords => ({ name: `raw-${hook}`, hook, prio: -300, rules });
  const untracked = [
    raw('prerouting', [dport(6443), { notrack: null }]),
    raw('output', [sport(6443), { notrack: null }]),
  ];

  test('both directions are untracked', () => {
    expect(judged([...untracked, input([ct('state', 'untracked'), accept], [drop])])).toBe('allow');
    expect(judged([...untracked, input([ct('state', ['new', 'established']), accept], [drop])])).toBe('deny in');
  });

  test('one direction only leaves the state in doubt, where somebody asks for it', () => {
    const half = untracked.slice(0, 1);
    expect(judged([...half, input([ct('state', ['new', 'untracked']), accept], [drop])])).toBe('allow');
    expect(
      judged([...half, { name: 'out', hook: 'output', rules: [[ct('state', 'established'), accept], [drop]] }]),
    ).toBe('unknown replies');
  });

  test('before tracking, a packet has no state', () => {
    expect(judged([raw('prerouting', [ct('state', 'invalid'), drop])])).toBe('deny in');
  });
});

describe('address translation', () => {
  const lead = (...rules: Rules): ChainWords => ({ name: 'lead', hook: 'prerouting', type: 'nat', prio: -100, rules });
  const forward = (...rules: Rules): ChainWords => ({ name: 'fwd', hook: 'forward', rules });

  test('later hooks see where the packet was led to', () => {
    expect(judged([lead([dport(443), { redirect: { port: 6443 } }]), input([dport(6443), drop])], { port: 443 })).toBe(
      'deny in',
    );
    expect(judged([lead([dport(443), { redirect: { port: 6443 } }]), input([dport(443), drop])], { port: 443 })).toBe(
      'allow',
    );
  });

  test('what is led to another host is forwarded, not delivered', () => {
    const chains = [lead([dport(6443), { dnat: { family: 'ip', addr: '10.244.0.9', port: 8443 } }]), input([drop])];
    expect(judged(chains)).toBe('allow');
    expect(judged([...chains, forward([daddr('10.244.0.9'), meta('oifname', 'cni0'), dport(8443), drop])])).toBe(
      'deny in',
    );
    expect(judged([...chains, forward([saddr('10.244.0.9'), meta('iifname', 'cni0'), sport(8443), drop])])).toBe(
      'deny replies',
    );
    expect(judged([...chains, forward([ct('status', 'dnat'), accept], [drop])])).toBe('allow');
  });

  test('the original address is remembered', () => {
    const original = match({ ct: { key: 'ip daddr', dir: 'original' } }, '10.96.0.1');
    const chains = [
      lead([daddr('10.96.0.1'), { dnat: { family: 'ip', addr: '10.99.0.10', port: 6443 } }]),
      input([original, drop]),
    ];
    expect(judged(chains, { to: '10.96.0.1', port: 443 })).toBe('deny in');
  });

  test('the first chain that translates is the last to be asked', () => {
    const second: ChainWords = { ...lead([{ redirect: { port: 2 } }]), name: 'second', prio: -90 };
    expect(judged([lead([{ redirect: { port: 1 } }]), second, input([dport(2), drop])])).toBe('allow');
  });

  test('an address of one family leaves the other alone', () => {
    const chains = [
      lead([{ dnat: { family: 'ip6', addr: 'fd00::1', port: 1 } }]),
      input([dport(6443), accept], [drop]),
    ];
    expect(judged(chains)).toBe('allow');
  });

  test('a map of address and port', () => {
    const key = concat(
      { payload: { protocol: 'ip', field: 'daddr' } },
      { payload: { protocol: 'tcp', field: 'dport' } },
    );
    const addr = { map: { key, data: set([concat('10.96.0.1', 443), concat('10.99.0.10', 6443)]) } };
    expect(
      judged([lead([{ dnat: { family: 'ip', addr } }]), input([dport(6443), drop])], { to: '10.96.0.1', port: 443 }),
    ).toBe('deny in');
  });

  test('a choice of several targets is judged for all of them', () => {
    const addr = {
      map: { key: { numgen: { mode: 'random', mod: 2, offset: 0 } }, data: set([0, '10.244.0.8'], [1, '10.244.0.9']) },
    };
    const chains = [lead([dport(6443), { dnat: { family: 'ip', addr } }])];
    expect(judged(chains)).toBe('allow');
    expect(judged([...chains, forward([daddr('10.244.0.9'), drop])])).toBe('unknown in');
    expect(judged([...chains, forward([daddr(prefix('10.244.0.0', 24)), drop])])).toBe('deny in');
  });

  test('replies that are not tracked keep the wrong address', () => {
    const exempt: ChainWords = { name: 'raw', hook: 'output', prio: -300, rules: [[sport(6443), { notrack: null }]] };
    const passage = askOne(
      { nftables: dump(table([lead([dport(443), { redirect: { port: 6443 } }]), exempt])) },
      { port: 443 },
    );
    expect(passage.replies).toMatchObject({ verdict: 'deny', rule: null });
    expect(passage.replies.why).toContain('exempt from tracking');
    expect(passage.replies.seen).toBe('a timeout');
  });

  test('an acknowledgement that is not tracked arrives where nobody waits, and may be answered with a reset', () => {
    const exempt: ChainWords = {
      name: 'raw',
      hook: 'prerouting',
      prio: -300,
      rules: [[flags(['ack']), { notrack: null }]],
    };
    const passage = askOne(
      { nftables: dump(table([lead([dport(443), { redirect: { port: 6443 } }]), exempt])) },
      { port: 443 },
    );
    expect(passage.in).toMatchObject({ verdict: 'deny', rule: null, seen: 'a timeout or connection refused' });
    expect(passage.in.why).toContain('exempt from tracking');
  });
});

describe('what stays in doubt', () => {
  test('two unequal ports, which nftables 1.0.6 loads otherwise than it lists them', () => {
    const rules: Rules = [[sport(6443, '!='), dport(8443, '!='), drop]];
    expect(judged([input(...rules)])).toBe('deny in');
    expect(judged([input(...rules)], { port: 8443 })).toBe('unknown in');
  });

  test('the reason says what could not be read, and which rule it is about', () => {
    const { in: answer } = askOne({
      nftables: dump(table([input([match({ payload: { protocol: 'ip', field: 'ttl' } }, 64), drop])])),
    });
    expect(answer).toMatchObject({ verdict: 'unknown', how: 'drop', rule: { text: 'ip ttl 64 drop' } });
    expect(answer.why).toContain('ttl');
  });

  test('a doubt that makes no difference is not told', () => {
    const { in: answer } = askOne({
      nftables: dump(table([input([limit, counter], [limit, accept], [dport(6443), drop])])),
    });
    expect(answer.why).toContain('limit');
    expect(judged([input([limit, counter], [dport(6443), drop])])).toBe('deny in');
  });

  test('rules of bridges are not judged, so nothing is proven', () => {
    const bridge = table([{ name: 'in', hook: 'input', policy: 'drop' }], { family: 'bridge' });
    const { in: answer } = askOne({ nftables: dump(bridge) });
    expect(answer.verdict).toBe('unknown');
    expect(answer.why).toContain('bridge');
  });

  test('a dump that is none', () => {
    expect(verdictOf(askOne({ nftables: 'Error: cache initialization failed' }))).toBe('unknown in');
  });

  test('a rule of a form not known here', () => {
    expect(verdictOf(askOne({ nftables: JSON.stringify({ nftables: [{ rule: { odd: true } }] }) }))).toBe('unknown in');
  });
});
