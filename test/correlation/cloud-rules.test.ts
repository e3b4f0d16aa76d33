import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/correlation/diagnose.ts';
import type { Situation } from '../../src/correlation/situation.ts';
import type { Change } from '../../src/words/change.ts';
import type { Cause } from '../../src/words/diagnosis.ts';
import {
  change,
  decoys,
  evidence,
  good,
  judged,
  minute,
  onsetAt,
  passages,
  probe,
  reached,
  situation,
  T,
} from './given.ts';

const silent = { phase: 'connect', kind: 'timeout' } as const;
const prober = '198.51.100.7';

function causes(given: Partial<Situation>): readonly Cause[] {
  return diagnose(situation(given)).causes;
}

/** `it explains` for every cause, best first. */
function told(given: Partial<Situation>): string[] {
  return causes(given).map(({ key, standing }) => `${key} ${standing}`);
}

const revoked = (effect: Change['effect'], given: Partial<Change> & { at?: number } = {}) =>
  change({
    id: 'it',
    source: 'aws',
    category: 'security-group',
    action: 'delete',
    at: T - 30_000,
    summary: 'rule sgr-0b2 of sg-0a1 (api) revoked: tcp 6443 from 198.51.100.0/24',
    effect,
    ...given,
    target: { kind: 'security group', name: 'sg-0a1 (api)', ports: [6443], ...given.target },
  });

/** What step 4 found in the cloud. */
function cloud(
  verdict: 'ok' | 'problem' | 'unknown',
  found: {
    ids?: readonly string[];
    by?: 'rules' | 'routes' | 'targets';
    source?: string;
    at?: number;
    readAt?: number;
  } = {},
) {
  const { ids = ['sg-0a1'], by = 'rules', source = prober, at = T + 5_000, readAt = at } = found;
  const way = verdict === 'problem' ? `denied by ${ids.join(' and ')}` : 'allowed';
  const walk = { verdict: verdict === 'problem' ? 'deny' : 'allow', by, ids };
  return evidence('firewall', verdict, {
    check: 'cloud-firewall',
    vantage: { kind: 'outside', instance: 'bot', leavesBy: [prober] },
    reason: `${source} → nlb api-prod:443 ${way}.`,
    facts: { judged: [{ source, walks: [walk] }], accounts: [{ name: 'AWS prod-eu', ways: 1, readAt }] },
    gatheredAt: at,
    asOfAt: at,
  });
}

const outsideFails = [reached('bot', probe(silent), [prober]), reached('pod', probe(null, { path: 'service-ip' }))];
/** Another group and another list, changed at about the same time. */
const cloudDecoys = [
  revoked(judged('none'), {
    id: 'decoy:group',
    at: T - 5_000,
    summary: 'rule sgr-0ff of sg-0ee (web) revoked: tcp 443 from 0.0.0.0/0',
    target: { kind: 'security group', name: 'sg-0ee (web)', namespace: null, node: null, addresses: [], ports: [443] },
  }),
  revoked(null, {
    id: 'decoy:elsewhere',
    at: T - 4_000,
    summary: 'entry 90 of acl-0dd added: deny tcp 9100',
    target: { kind: 'network ACL', name: 'acl-0dd', namespace: null, node: null, addresses: [], ports: [9100] },
  }),
];

describe('what step 4 finds in the cloud', () => {
  test('agrees with a change of the group that it names, and with no other', () => {
    const both = [
      revoked(null, { target: { ...revoked(null).target, name: 'sg-0a1 (api)' } }),
      revoked(null, {
        id: 'other',
        at: T - 1_000,
        summary: 'sg-0ee changed',
        target: { ...revoked(null).target, name: 'sg-0ee' },
      }),
    ];
    const found = causes({ changes: both, steps: [cloud('problem')], coverage: [] });
    expect(found.map(({ key, standing }) => `${key} ${standing}`)).toEqual([
      'evidence:cloud-firewall explains',
      'it possible',
      'other possible',
    ]);
    expect(found[1]?.reasons.join()).toContain(
      'The evidence agrees. Step 4: 198.51.100.7 → nlb api-prod:443 denied by sg-0a1.',
    );
    expect(found[2]?.reasons.join()).not.toContain('evidence agrees');
  });

  test('and what denies stands among the reasons of the change that did it', () => {
    const [first, ...others] = causes({ changes: [revoked(judged('breaks'))], steps: [cloud('problem')] });
    expect(others).toEqual([]);
    expect(first).toMatchObject({ key: 'it', standing: 'explains' });
    expect(first?.reasons.join()).toContain('denied by sg-0a1');
  });

  test('rules that were read before it began say nothing, though they count as live', () => {
    const changes = [revoked(judged('breaks'))];
    expect(told({ changes, steps: [cloud('ok'), ...outsideFails] })).toEqual(['it possible']);
    expect(told({ changes, steps: [cloud('ok', { readAt: T - 10_000 }), ...outsideFails] })).toEqual(['it explains']);
  });

  test('a denial whose change was not seen is a cause of its own, less sure when all was watched', () => {
    expect(told({ steps: [cloud('problem')], coverage: [] })).toEqual(['evidence:cloud-firewall explains']);
    expect(told({ steps: [cloud('problem')] })).toEqual(['evidence:cloud-firewall possible']);
    const routes = cloud('problem', { ids: ['rtb-1'], by: 'routes' });
    expect(told({ steps: [routes], coverage: [] })).toEqual(['evidence:cloud-routes explains']);
  });

  test('a balancer without a target agrees with a change of its targets, and with no rule', () => {
    const deregistered = change({
      id: 'targets',
      category: 'load-balancer',
      at: T - 20_000,
      summary: 'target group api: cp-1 (i-0abc):6443 deregistered',
      target: { kind: 'target group', name: 'arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/api/0a1b' },
    });
    const steps = [cloud('problem', { by: 'targets', ids: [] })];
    expect(told({ steps, coverage: [] })).toEqual(['evidence:no-target explains']);
    const found = causes({ changes: [revoked(null, { at: T - 1_000 }), deregistered], steps, coverage: [] });
    expect(found.map(({ key }) => key)).toEqual(['evidence:no-target', 'targets', 'it']);
    expect(found[1]?.reasons.join()).toContain('The evidence agrees.');
  });

  test('a route that leads nowhere agrees with a change of its table', () => {
    const route = change({
      id: 'route',
      category: 'routing',
      action: 'delete',
      at: T - 20_000,
      summary: 'route 0.0.0.0/0 of rtb-1 deleted',
      effect: judged('breaks'),
      target: { kind: 'route table', name: 'rtb-1' },
    });
    const steps = [cloud('problem', { ids: ['rtb-1'], by: 'routes' })];
    const [first] = causes({ changes: [route], steps });
    expect(first).toMatchObject({ key: 'route', standing: 'explains' });
    expect(first?.reasons.join()).toContain('The evidence agrees.');
  });

  test('rules that let the failing clients in speak against a change of them', () => {
    const given = { changes: [revoked(judged('breaks'))], steps: [cloud('ok'), ...outsideFails] };
    expect(told(given)).toEqual(['it possible']);
    expect(told({ ...given, changes: [revoked(null)] })).toEqual([]);
  });

  test.each([
    [
      'put back meanwhile',
      { changes: [revoked(judged('breaks')), revoked(judged('mends'), { id: 'back', at: T + 2_000 })] },
    ],
    ['looked at for other clients', { steps: [cloud('ok', { source: '192.0.2.1' }), ...outsideFails] }],
    ['looked at before it began', { steps: [cloud('ok', { at: T - 5_000 }), ...outsideFails] }],
  ])('unless they were %s', (_why, given) => {
    const usual = { changes: [revoked(judged('breaks'))], steps: [cloud('ok'), ...outsideFails] };
    expect(told({ ...usual, ...given })).toEqual(['it explains']);
  });

  test('nothing that the rules say rules out what else a cloud can do', () => {
    const stopped = change({
      id: 'stopped',
      category: 'cloud',
      at: T - 10_000,
      summary: 'instance i-0abc (cp-1) stopped',
      effect: judged('breaks'),
    });
    expect(told({ changes: [stopped], steps: [cloud('ok')] })).toEqual(['stopped explains']);
  });
});

describe('stories of outages in a cloud, with decoys', () => {
  const wayOf = (range: readonly [string, string]) => passages('10.0.0.1', 'allow', 'deny', range);

  test.each<{ story: string; given: Partial<Situation>; first: string }>([
    {
      story: 'a security group rule is revoked',
      given: {
        changes: [revoked(passages('10.0.0.1', 'allow', 'deny')), ...cloudDecoys, ...decoys()],
        steps: [cloud('problem'), ...outsideFails],
        good: [good(T - 60 * minute, T - 10_000)],
      },
      first: 'it explains',
    },
    {
      story: 'a network ACL denies the way back',
      given: {
        changes: [
          revoked(
            judged(
              'breaks',
              'replies from 10.0.1.5:6443 to 198.51.100.7 were let out before it and are denied after it',
            ),
            {
              action: 'create',
              summary: 'entry 90 of acl-0c1 added: deny tcp 1024-65535 out',
              target: { kind: 'network ACL', name: 'acl-0c1', namespace: null, node: null, addresses: [], ports: [] },
            },
          ),
          ...cloudDecoys,
          ...decoys(),
        ],
        steps: [cloud('problem', { ids: ['acl-0c1'] }), ...outsideFails],
      },
      first: 'it explains',
    },
    {
      story: "only CI's range is removed while the prober stays good: found from a report",
      given: {
        onset: onsetAt({ method: 'report', sources: ['203.0.113.0/24'] }),
        changes: [revoked(wayOf(['203.0.113.0', '203.0.113.255'])), ...cloudDecoys, ...decoys()],
        steps: [cloud('problem', { source: '203.0.113.0/24' }), reached('bot', probe(null), [prober])],
        good: [good(T - 60 * minute, T + 10 * minute)],
      },
      first: 'it explains',
    },
    {
      story: 'the cloud lets everyone in, the firewall of the node does not',
      given: {
        changes: [
          change({
            id: 'drop',
            source: 'node-firewall',
            at: T - 20_000,
            effect: passages('10.0.0.1', 'allow', 'deny'),
            target: { kind: 'nftables', node: 'cp-1', ports: [6443] },
          }),
          revoked(null, { id: 'group', at: T - 1_000 }),
          ...cloudDecoys,
          ...decoys(),
        ],
        steps: [
          cloud('ok'),
          evidence('firewall', 'problem', { reason: 'The firewall of cp-1 drops it.' }),
          ...outsideFails,
        ],
      },
      first: 'drop explains',
    },
  ])('$story', ({ given, first }) => {
    const found = told(given);
    expect(found[0]).toBe(first);
    expect(found.slice(1).filter((cause) => cause.endsWith('explains') || cause.startsWith('decoy'))).toEqual([]);
  });
});
