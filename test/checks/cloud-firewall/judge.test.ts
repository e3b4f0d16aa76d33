import { describe, expect, test } from 'vitest';
import {
  type CloudFirewallFacts,
  type CloudJudged,
  cloudFirewall,
  type Walk,
} from '../../../src/checks/cloud-firewall/contract.ts';
import type { Finding } from '../../../src/words/evidence.ts';

const readAt = Date.UTC(2026, 10, 22, 14, 5, 10);
const allowed: Walk = {
  account: 'AWS prod-eu',
  verdict: 'allow',
  words: '→ nlb api-prod:443 allowed → cp-1:6443 allowed',
  split: false,
  by: 'rules',
  ids: [],
  changed: null,
};
const denied: Walk = {
  ...allowed,
  verdict: 'deny',
  words: '→ nlb api-prod:443 allowed → cp-1:6443 denied by sg-0a1 (api): no rule allows tcp 6443',
  ids: ['sg-0a1'],
};
const unsure: Walk = {
  ...allowed,
  verdict: 'unknown',
  words: "→ nlb api-prod:443 can't be told: pl-1 was not read",
};

function judged(source: string, ...walks: readonly Walk[]): CloudJudged {
  const of = (verdict: Walk['verdict']) => walks.filter((walk) => walk.verdict === verdict).length;
  return { source, walks: [...walks], ways: { allow: of('allow'), deny: of('deny'), unknown: of('unknown') } };
}

function judge(given: Partial<CloudFirewallFacts>): Finding {
  const facts: CloudFirewallFacts = {
    judged: [],
    leftOut: [],
    walked: [],
    accounts: [{ name: 'AWS prod-eu', ways: 1, readAt }],
    waysIn: 1,
    elsewhere: 0,
    troubles: [],
    ...given,
  };
  return cloudFirewall.judge({
    params: { sources: [], entry: { host: 'api.example.com', port: 443, addresses: [] } },
    facts: cloudFirewall.facts.parse(JSON.parse(JSON.stringify(facts))),
    vantage: { kind: 'outside', instance: 'bot', leavesBy: [] },
    nowAt: readAt,
  });
}

describe('a source that is let in', () => {
  test('along the whole way', () => {
    expect(judge({ judged: [judged('203.0.113.7', allowed)] })).toMatchObject({
      verdict: 'ok',
      way: '203.0.113.7 → nlb api-prod:443 allowed → cp-1:6443 allowed',
      reason: '203.0.113.7 → nlb api-prod:443 allowed → cp-1:6443 allowed.',
    });
  });

  test('sources and ways that fare alike are told as one', () => {
    const both = [judged('203.0.113.7', allowed, allowed), judged('198.51.100.0/24', allowed, allowed)];
    expect(judge({ judged: both }).way).toBe(
      '203.0.113.7 and 198.51.100.0/24 → nlb api-prod:443 allowed → cp-1:6443 allowed, and so by 1 more way',
    );
    expect(judge({ judged: [judged('0.0.0.0/0', allowed)] }).way).toMatch(/^any IPv4 client → /);
  });

  test('does not hide whom it was not asked for, nor what could not be read', () => {
    const { verdict, reason } = judge({
      judged: [judged('203.0.113.7', allowed)],
      leftOut: [{ source: '10.0.0.5', why: 'the address it arrives as: its own is a private one' }],
      troubles: ['AWS dev: the credentials have expired; renew them'],
    });
    expect(verdict).toBe('ok');
    expect(reason).toContain('Not judged, as it arrives by another address: 10.0.0.5.');
    expect(reason).toContain('Not all of it could be read: AWS dev: the credentials have expired; renew them.');
  });
});

describe('a source that is denied', () => {
  test('is a problem, with the rule and what was lately done to it', () => {
    const { verdict, reason } = judge({
      judged: [
        judged('198.51.100.7', allowed),
        judged('203.0.113.7', { ...denied, changed: 'removed 14:03:12 UTC by alice' }),
      ],
    });
    expect(verdict).toBe('problem');
    expect(reason).toBe(
      '203.0.113.7 → nlb api-prod:443 allowed → cp-1:6443 denied by sg-0a1 (api): no rule allows tcp 6443 (removed 14:03:12 UTC by alice).',
    );
  });

  test('along one of several ways is one too: clients that take it fail', () => {
    expect(judge({ judged: [judged('203.0.113.7', denied, allowed)] })).toMatchObject({
      verdict: 'problem',
      reason: expect.stringContaining('Other ways in are not denied, but clients that take this one fail.'),
    });
  });

  test('and others by other rules are counted', () => {
    const other = { ...denied, words: '→ nlb api-prod:443 denied by acl-0c1' };
    const { reason } = judge({ judged: [judged('203.0.113.7', denied), judged('192.0.2.1', other)] });
    expect(reason).toContain('1 more of 2 sources fares no better.');
  });

  test('several that the same rule denies are told as one, though it names each', () => {
    const by = (source: string) =>
      judged(source, { ...denied, words: `→ cp-1:6443 denied: no rule of sg-0a1 allows ${source}` });
    expect(judge({ judged: [by('203.0.113.7'), by('192.0.2.1')] }).reason).toBe(
      '203.0.113.7 and 192.0.2.1 → cp-1:6443 denied: no rule of sg-0a1 allows them.',
    );
  });

  test('is so whatever else could not be read', () => {
    const { verdict, reason } = judge({ judged: [judged('203.0.113.7', denied)], troubles: ['AWS dev: refused'] });
    expect(verdict).toBe('problem');
    expect(reason).not.toContain('AWS dev');
  });
});

describe('unknown', () => {
  test('when a part of the source fares otherwise', () => {
    const partly = {
      ...unsure,
      words: 'of 203.0.113.0/24: 203.0.113.0/25 → nlb api-prod:443 denied; 203.0.113.128/25 → nlb api-prod:443 allowed',
      split: true,
    };
    expect(judge({ judged: [judged('203.0.113.0/24', partly)] })).toMatchObject({
      verdict: 'unknown',
      reason: `${partly.words}. Whether the failing clients are among those that are not let in is not known.`,
    });
  });

  test('when it hangs on something that was not read', () => {
    expect(judge({ judged: [judged('203.0.113.7', unsure)] })).toMatchObject({
      verdict: 'unknown',
      reason: "203.0.113.7 → nlb api-prod:443 can't be told: pl-1 was not read.",
    });
  });

  test.each<[string, Partial<CloudFirewallFacts>, string]>([
    [
      'when nobody arrives as who it was asked for',
      { leftOut: [{ source: '10.0.0.5', why: 'the address it arrives as: its own is a private one' }] },
      "The cloud's rules were read, but whom they are to be judged for is not known: 10.0.0.5 (it hangs on the address it arrives as: its own is a private one).",
    ],
    [
      'when nothing could be read',
      { waysIn: 0, troubles: ['AWS prod-eu: the credentials have expired; renew them'] },
      "The cloud's rules can't be read: AWS prod-eu: the credentials have expired; renew them.",
    ],
    [
      'when what was read stands elsewhere',
      { waysIn: 0, elsewhere: 2 },
      "Whether a cloud's rules stand before api.example.com:443 can't be told: the 2 ways in that were read begin elsewhere.",
    ],
  ])('%s', (_when, given, reason) => {
    expect(judge(given)).toMatchObject({ verdict: 'unknown', reason });
  });
});

test('where no cloud stands on the way it is not applicable', () => {
  expect(judge({ waysIn: 0, accounts: [{ name: 'AWS prod-eu', ways: 0, readAt }] })).toMatchObject({
    verdict: 'notApplicable',
    reason: 'No cloud that is read stands on the way to api.example.com:443.',
  });
});

test('details tell each way, a few of them step by step, and what was read when', () => {
  const steps = [
    { at: 'nlb api-prod:443', what: 'group in', verdict: 'allow' as const, rule: 'sg-0b1 allows tcp 443', why: null },
    { at: 'cp-1:6443', what: 'group in', verdict: 'deny' as const, rule: 'sg-0a1 allows nothing', why: null },
  ];
  const { details } = judge({
    judged: [{ ...judged('203.0.113.7', denied), ways: { allow: 0, deny: 12, unknown: 0 } }],
    walked: [{ source: '203.0.113.7', account: 'AWS prod-eu', steps }],
    troubles: ['AWS dev: refused'],
  });
  expect(details).toEqual([
    { label: '203.0.113.7, in AWS prod-eu', value: denied.words },
    { label: '203.0.113.7', value: '11 more ways, judged like those told or better' },
    {
      label: 'Step by step: 203.0.113.7, in AWS prod-eu',
      value:
        'nlb api-prod:443, group in: allow: sg-0b1 allows tcp 443\ncp-1:6443, group in: deny: sg-0a1 allows nothing',
    },
    { label: 'AWS prod-eu', value: '1 way in, read 14:05:10 UTC' },
    { label: 'Not read', value: 'AWS dev: refused' },
  ]);
});
