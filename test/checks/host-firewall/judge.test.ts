import { describe, expect, test } from 'vitest';
import {
  type FirewallAnswer,
  type FirewallPassage,
  type HostFirewallFacts,
  hostFirewall,
} from '../../../src/checks/host-firewall/contract.ts';
import type { Finding } from '../../../src/words/evidence.ts';

type Judged = Extract<HostFirewallFacts, { kind: 'judged' }>;

const rule = { place: 'nftables table inet filter, chain input, handle 12', text: 'tcp dport 6443 drop' };
const allow: FirewallAnswer = { verdict: 'allow', how: null, seen: null, rule: null, why: 'no rule stands in its way' };
const dropped: FirewallAnswer = {
  verdict: 'deny',
  how: 'drop',
  seen: 'a timeout',
  rule,
  why: 'the connection request (SYN) is dropped',
};
const unsure: FirewallAnswer = {
  verdict: 'unknown',
  how: 'drop',
  seen: null,
  rule,
  why: 'the connection request (SYN) may be dropped; that depends on a limit',
};

const passage = (inward: FirewallAnswer, replies: FirewallAnswer = allow, source = '203.0.113.7'): FirewallPassage => ({
  source,
  in: inward,
  replies,
});
const pair = (...passages: FirewallPassage[]): Judged['judged'][number] => ({
  source: passages.length === 1 ? '203.0.113.7' : '203.0.113.0/24',
  address: '10.0.0.10',
  passages,
  parts: passages.length,
});

function judge(changes: Partial<Judged> | { unreadable: string }, cloudToo = false): Finding {
  const facts: HostFirewallFacts =
    'unreadable' in changes
      ? { kind: 'unreadable', why: changes.unreadable }
      : {
          kind: 'judged',
          judged: [pair(passage(allow))],
          leftOut: [],
          readers: [{ reader: 'nftables', state: 'read', why: null }],
          rules: 41,
          chains: 9,
          unseen: null,
          readAt: 1_000,
          ...changes,
        };
  return hostFirewall.judge({
    params: { port: 6443, sources: ['203.0.113.7'], addresses: [], cloudToo },
    facts: hostFirewall.facts.parse(JSON.parse(JSON.stringify(facts))),
    vantage: { kind: 'node', instance: 'cp-1', leavesBy: [] },
    nowAt: 2_000,
  });
}

test('let through', () => {
  const finding = judge({});
  expect(finding).toMatchObject({
    verdict: 'ok',
    reason: expect.stringMatching(
      /^The firewall of cp-1 lets 203\.0\.113\.7 reach 10\.0\.0\.10:6443, and lets the replies out\./,
    ),
  });
  expect(finding.details).toContainEqual({ label: 'Rules read', value: '41 in 9 chains' });
});

test('that nobody looked outside of the node is said while no cloud is read', () => {
  expect(judge({}).reason).toContain('Firewalls outside the node were not looked at.');
  expect(judge({}, true).reason).not.toContain('outside the node');
});

test('anybody, in words', () => {
  const all = { ...pair(passage(allow)), source: '0.0.0.0/0' };
  expect(judge({ judged: [all] }).reason).toContain('lets any IPv4 client reach');
});

describe('a problem', () => {
  test('dropped on the way in: the rule and what clients see', () => {
    expect(judge({ judged: [pair(passage(dropped))] })).toMatchObject({
      verdict: 'problem',
      reason:
        'The firewall of cp-1 drops connections from 203.0.113.7 to 10.0.0.10:6443: `tcp dport 6443 drop` (nftables table inet filter, chain input, handle 12). Clients see a timeout.',
    });
  });

  test('dropped replies are called replies', () => {
    const { verdict, reason } = judge({
      judged: [pair(passage(allow, { ...dropped, why: 'the reply to it (SYN-ACK) is dropped' }))],
    });
    expect(verdict).toBe('problem');
    expect(reason).toContain(
      'lets connections from 203.0.113.7 to 10.0.0.10:6443 in, but drops the replies: `tcp dport 6443 drop`',
    );
  });

  test('rejected, with what the client makes of it', () => {
    const rejected: FirewallAnswer = { ...dropped, how: 'reject', seen: 'connection refused' };
    const { reason } = judge({ judged: [pair(passage(rejected))] });
    expect(reason).toContain('rejects connections');
    expect(reason).toContain('Clients see connection refused.');
  });

  test('denied without a rule: the reason takes its place', () => {
    const astray: FirewallAnswer = { ...dropped, rule: null, why: 'the reply goes astray' };
    expect(judge({ judged: [pair(passage(allow, astray))] }).reason).toContain('(the reply goes astray)');
  });

  test('one denied pair among several decides, and is counted', () => {
    const finding = judge({ judged: [pair(passage(allow)), pair(passage(dropped)), pair(passage(unsure))] });
    expect(finding.verdict).toBe('problem');
    expect(judge({ judged: [pair(passage(dropped)), pair(passage(dropped)), pair(passage(allow))] }).reason).toContain(
      '2 of 3 pairs',
    );
  });

  test('pairs that are denied by the same rule are told together, unless that would say too much', () => {
    const from = (source: string, answer = dropped) => ({ ...pair(passage(answer)), source });
    expect(judge({ judged: [from('203.0.113.0/24'), from('192.0.2.7')] }).reason).toBe(
      'The firewall of cp-1 drops connections from 203.0.113.0/24 and 192.0.2.7 to 10.0.0.10:6443: `tcp dport 6443 drop` (nftables table inet filter, chain input, handle 12). Clients see a timeout.',
    );
    const crossed = [from('203.0.113.0/24'), { ...from('192.0.2.7'), address: '10.0.1.10' }];
    expect(judge({ judged: crossed }).reason).toMatch(
      /connections from 203\.0\.113\.0\/24 to 10\.0\.0\.10:6443: .*2 of 2 pairs/,
    );
    const byAnother: FirewallAnswer = { ...dropped, rule: { place: 'chain edge', text: 'drop' } };
    expect(judge({ judged: [from('203.0.113.0/24'), from('192.0.2.7', byAnother)] }).reason).toMatch(
      /connections from 203\.0\.113\.0\/24 to .*2 of 2 pairs/,
    );
  });

  test('IPv6 addresses wear brackets', () => {
    expect(judge({ judged: [{ ...pair(passage(dropped)), address: 'fd00::10' }] }).reason).toContain('[fd00::10]:6443');
  });
});

describe('unknown', () => {
  test('nobody may read the rules', () => {
    expect(judge({ unreadable: 'there is no firewall reader at /run/x; deploy it' })).toMatchObject({
      verdict: 'unknown',
      reason: "The firewall of cp-1 can't be read: there is no firewall reader at /run/x; deploy it.",
    });
  });

  test('a rule that can not be read decides', () => {
    const { verdict, reason } = judge({ judged: [pair(passage(unsure))] });
    expect(verdict).toBe('unknown');
    expect(reason).toContain('depends on a limit');
    expect(reason).toContain(rule.text);
  });

  test('a part of the source is denied', () => {
    const parts = pair(passage(dropped, allow, '203.0.113.128/25'), passage(allow, allow, '203.0.113.0/25'));
    const { verdict, reason } = judge({ judged: [parts] });
    expect(verdict).toBe('unknown');
    expect(reason).toContain('a part of 203.0.113.0/24, 203.0.113.128/25');
  });

  test('every part of the source is denied: no doubt left', () => {
    const parts = pair(passage(dropped, allow, '203.0.113.128/25'), passage(allow, dropped, '203.0.113.0/25'));
    expect(judge({ judged: [parts] }).verdict).toBe('problem');
  });

  test('nothing could be judged', () => {
    const { verdict, reason } = judge({
      judged: [],
      leftOut: [{ what: 'office', why: 'is neither an address nor a CIDR' }],
    });
    expect(verdict).toBe('unknown');
    expect(reason).toContain('office is neither an address nor a CIDR');
  });
});

test('what eBPF may drop is said beside an "ok", and not beside a problem that is found', () => {
  const unseen =
    'the interface cilium_host shows that Cilium handles packets in eBPF here, whose drops stand in no rule';
  expect(judge({ unseen })).toMatchObject({
    verdict: 'ok',
    reason: expect.stringContaining('Mind that the interface cilium_host'),
  });
  expect(judge({ unseen, judged: [pair(passage(dropped))] }).reason).not.toContain('cilium');
});

test('readers that failed, sources left out and untold parts are details', () => {
  const { details } = judge({
    judged: [{ ...pair(passage(allow)), parts: 4 }],
    leftOut: [{ what: '::/0', why: 'the node has no IPv6 address that was asked for' }],
    readers: [{ reader: 'iptablesLegacy', state: 'failed', why: 'iptables-legacy-save is not installed here' }],
  });
  expect(details.map(({ label }) => label)).toEqual(
    expect.arrayContaining(['::/0', 'iptablesLegacy', '203.0.113.7 of 203.0.113.7 to 10.0.0.10', '203.0.113.7']),
  );
});
