import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/correlation/diagnose.ts';
import type { Situation } from '../../src/correlation/situation.ts';
import type { Change } from '../../src/words/change.ts';
import type { Cause } from '../../src/words/diagnosis.ts';
import {
  change,
  everything,
  evidence,
  good,
  judged,
  minute,
  nothingListens,
  onsetAt,
  passages,
  probe,
  reached,
  situation,
  T,
} from './given.ts';

const silent = { phase: 'connect', kind: 'timeout' } as const;

/** `drop explains` for every cause, best first. */
function told(given: Partial<Situation>): string[] {
  return causes(given).map(({ key, standing }) => `${key} ${standing}`);
}

function causes(given: Partial<Situation>): readonly Cause[] {
  return diagnose(situation(given)).causes;
}

function standingOf(given: Partial<Situation>, id = 'it') {
  const hits = diagnose(situation(given)).answers.flatMap((answer) => answer.hits);
  return hits.find((hit) => hit.change.id === id)?.standing;
}

const rule = (effect: Change['effect'], given: Partial<Change> & { at?: number } = {}) =>
  change({
    id: 'it',
    source: 'node-firewall',
    at: T - 2_000,
    effect,
    ...given,
    target: { kind: 'nftables', name: 'inet filter input', node: 'cp-1', ...given.target },
  });

const nodes = (...names: string[]) => [
  everything,
  ...names.map((instance) => ({ ...everything, source: 'node-files', instance })),
];

describe('rules before and after, for the clients that fail', () => {
  const dropOffice = passages('10.0.0.1', 'allow', 'deny', ['203.0.113.0', '203.0.113.255']);
  const from = (...sources: string[]) => onsetAt({ method: 'report', sources });

  test.each([
    ['all of them', ['203.0.113.0/24'], 'explains'],
    ['one of them', ['203.0.113.77'], 'explains'],
    ['a part of a wider range', ['203.0.0.0/16'], 'possible'],
    ['some of several', ['203.0.113.7', '192.0.2.7'], 'possible'],
    ['others', ['192.0.2.0/24'], 'coincides'],
    ['others, of the other family', ['2001:db8::/32'], 'coincides'],
  ])('it denies %s', (_, sources, standing) => {
    expect(standingOf({ onset: from(...sources), changes: [rule(dropOffice)] })).toBe(standing);
  });

  test.each([
    ['allow', 'deny', 'explains'],
    ['deny', 'deny', 'coincides'],
    ['deny', 'allow', 'coincides'],
    ['allow', 'allow', 'coincides'],
    ['allow', 'unknown', 'possible'],
    ['unknown', 'deny', 'possible'],
  ] as const)('%s before, %s after', (before, after, standing) => {
    const changes = [rule(passages('10.0.0.1', before, after))];
    expect(standingOf({ changes })).toBe(standing);
    expect(standingOf({ onset: from('203.0.113.0/24'), changes })).toBe(standing);
  });

  test('nobody said who fails: most clients have to', () => {
    expect(
      standingOf({ changes: [rule(passages('10.0.0.1', 'allow', 'deny', ['11.0.0.0', '255.255.255.255']))] }),
    ).toBe('explains');
    expect(standingOf({ changes: [rule(dropOffice)] })).toBe('possible');
  });

  test('a prober names its vantages as the server sees them', () => {
    const seen = (address: string) => onsetAt({ sources: [address, 'fd00::1'] });
    expect(standingOf({ onset: seen('203.0.113.9'), changes: [rule(dropOffice)] })).toBe('explains');
    expect(standingOf({ onset: seen('10.99.0.1'), changes: [rule(dropOffice)] })).toBe('coincides');
  });

  test('a vantage whose address may be another on the way leaves it possible', () => {
    const steps = (address: string) => [reached('bot', probe(silent), [address])];
    expect(standingOf({ steps: steps('10.99.0.1'), changes: [rule(dropOffice)] })).toBe('possible');
    expect(standingOf({ steps: steps('192.0.2.1'), changes: [rule(dropOffice)] })).toBe('coincides');
  });

  test('of several addresses the one that clients come by counts', () => {
    const other = passages('10.0.0.9', 'allow', 'deny');
    const own = passages('10.0.0.1', 'allow', 'allow');
    if (other.kind !== 'passages' || own.kind !== 'passages') throw new Error('passages');
    const both = { ...own, before: [...own.before, ...other.before], after: [...own.after, ...other.after] };
    expect(standingOf({ changes: [rule(both)] })).toBe('coincides');
    expect(standingOf({ endpoint: { addresses: ['192.0.2.80'], port: 443 }, changes: [rule(both)] })).toBe('possible');
  });
});

describe('what was not evaluated is judged by its scope', () => {
  const lb = (target: Partial<Change['target']>) => [
    change({ id: 'it', category: 'load-balancer', at: T - 2_000, target }),
  ];

  test.each([
    ['of the endpoint', { addresses: ['10.0.0.1'], ports: [6443] }, 'possible'],
    ['that names nothing', {}, 'possible'],
    ['of another address', { addresses: ['192.0.2.80'] }, 'coincides'],
    ['of another port', { addresses: ['10.0.0.1'], ports: [80] }, 'coincides'],
  ])('a load balancer %s', (_, target, standing) => {
    expect(standingOf({ changes: lb(target) })).toBe(standing);
  });

  test('a route that leads elsewhere than the clients that fail', () => {
    const route = (address: string) =>
      change({
        id: 'it',
        category: 'routing',
        action: 'delete',
        at: T - 1_000,
        effect: judged('breaks', 'no route leads back'),
        target: { kind: 'route', addresses: [address] },
      });
    const onset = onsetAt({ method: 'report', sources: ['203.0.113.0/24'] });
    expect(standingOf({ onset, changes: [route('203.0.113.0/24')] })).toBe('explains');
    expect(standingOf({ onset, changes: [route('0.0.0.0/0')] })).toBe('explains');
    expect(standingOf({ onset, changes: [route('10.244.3.0/24')] })).toBe('coincides');
  });

  test('the node of a maintenance that the API server does not run on', () => {
    const work = (name: string) => [
      change({ id: 'it', category: 'maintenance', target: { kind: 'Node', name, node: name } }),
    ];
    expect(standingOf({ expected: nodes('cp-1'), changes: work('cp-1') })).toBe('possible');
    expect(standingOf({ expected: nodes('cp-1'), changes: work('w-1') })).toBe('coincides');
  });

  test('a policy of a kind that is not evaluated is possible whatever step 5 says of the others', () => {
    const policy = (kind: string) => [
      change({ id: 'it', category: 'network-policy', effect: judged('unknown'), target: { kind } }),
    ];
    const steps = [evidence('network-policies', 'ok')];
    expect(standingOf({ changes: policy('CiliumNetworkPolicy'), steps })).toBe('possible');
    expect(standingOf({ changes: policy('NetworkPolicy'), steps })).toBe('coincides');
  });
});

describe('evidence for and against', () => {
  const drop = rule(passages('10.0.0.1', 'allow', 'deny'));

  test('what the rules say now speaks against a change that was to deny', () => {
    const steps = [evidence('firewall', 'ok', { reason: 'The firewall of cp-1 lets them in.' })];
    expect(causes({ changes: [drop], steps })).toMatchObject([
      { key: 'it', standing: 'possible', against: ['Step 4: The firewall of cp-1 lets them in.'] },
    ]);
  });

  test('unless they were put right meanwhile, or were asked for others', () => {
    const steps = [evidence('firewall', 'ok')];
    const undone = rule(passages('10.0.0.1', 'deny', 'allow'), { id: 'undone', at: T + 2_000 });
    expect(told({ changes: [drop, undone], steps })).toEqual(['it explains']);
    const onset = onsetAt({ method: 'report', sources: ['203.0.113.0/24'] });
    const asked = (source: string) => [evidence('firewall', 'ok', { facts: { judged: [{ source }] } })];
    expect(told({ onset, changes: [drop], steps: asked('198.51.100.7') })).toEqual(['it explains']);
    expect(told({ onset, changes: [drop], steps: asked('0.0.0.0/0') })).toEqual(['it possible']);
  });

  test('of another node it says nothing', () => {
    expect(
      told({ changes: [drop], steps: [evidence('firewall', 'ok', { node: 'cp-2' })], expected: nodes('cp-1') }),
    ).toEqual(
      // cp-2 looked, so there are two of them, and one alone does not take the API away.
      ['it possible'],
    );
  });

  test('a port that nobody listens on speaks against a firewall, and a server that answers inside for it', () => {
    const unknown = rule(judged('unknown'));
    const process = causes({ changes: [unknown], steps: [nothingListens()] });
    expect(process.map(({ key }) => key)).toEqual(['evidence:process:cp-1', 'it']);
    expect(process[1]?.against).toEqual(['Step 3: Nothing on cp-1 listens on port 6443.']);
    const path = causes({ changes: [unknown], steps: [reached('bot', probe(silent)), reached('pod', probe(null))] });
    expect(path[0]?.reasons.join()).toMatch(/evidence agrees.*while the API server answers pod apidown-1/);
  });

  test('what was found before it began, or after it was over, says nothing', () => {
    const during = evidence('firewall', 'problem', { gatheredAt: T + 5_000 });
    const before = evidence('firewall', 'problem', { gatheredAt: T - 5_000 });
    const after = evidence('firewall', 'problem', { gatheredAt: T + 90_000 });
    const onset = onsetAt({ recovery: { earliestAt: T + 60_000, latestAt: T + 61_000 } });
    const keys = (step: typeof during) => causes({ onset, coverage: [], steps: [step] }).map(({ key }) => key);
    expect(keys(during)).toEqual(['evidence:firewall:cp-1']);
    expect(keys(before)).toEqual([]);
    expect(keys(after)).toEqual([]);
  });

  test('state from before the outage proves nothing, save for policies', () => {
    const old = { asOfAt: T - minute };
    expect(causes({ coverage: [], steps: [evidence('control-plane-pods', 'problem', { ...old })] })).toEqual([]);
    expect(told({ coverage: [], steps: [evidence('network-policies', 'problem', old)] })).toEqual([
      'evidence:network-policies explains',
    ]);
  });

  test('rules that deny, while all was watched and nothing changed, may be older than the failure', () => {
    const steps = [evidence('firewall', 'problem')];
    expect(told({ steps })).toEqual(['evidence:firewall:cp-1 possible']);
    expect(told({ steps, coverage: [] })).toEqual(['evidence:firewall:cp-1 explains']);
  });

  test('trouble that a step found stands, though a later look finds none', () => {
    const steps = [
      evidence('firewall', 'problem', { gatheredAt: T + 5_000 }),
      evidence('firewall', 'ok', { gatheredAt: T + 90_000 }),
    ];
    expect(told({ changes: [drop], steps })).toEqual(['it explains']);
  });
});

describe('good probes after a change', () => {
  const drop = (at: number) => rule(passages('10.0.0.1', 'allow', 'deny'), { at });

  test('contradict what works at once', () => {
    const found = causes({ changes: [drop(T - 5 * minute)], good: [good(T - 60 * minute, T - 3_000)] });
    expect(found).toMatchObject([
      {
        standing: 'contradicted',
        against: [
          'It had stood for 4 min 57 s while probes from the bot (198.51.100.7) were good until 3 s before the first failures.',
        ],
      },
    ]);
  });

  test('do not when they lie before it, or within the time it takes to work', () => {
    expect(told({ changes: [drop(T - 5 * minute)], good: [good(T - 60 * minute, T - 5 * minute)] })).toEqual([
      'it explains',
    ]);
    expect(told({ changes: [drop(T - 4_000)], good: [good(T - 60 * minute, T - 1_000)] })).toEqual(['it explains']);
  });

  test('say nothing of a path that did not fail', () => {
    const report = onsetAt({ method: 'report' });
    const green = [good(T - 60 * minute, T + 10 * minute)];
    expect(told({ onset: report, changes: [drop(T - 5 * minute)], good: green })).toEqual(['it explains']);
  });

  test('nor of one that the rules let in, or that goes to another address', () => {
    const some = rule(passages('10.0.0.1', 'allow', 'deny', ['203.0.113.0', '203.0.113.255']), { at: T - 5 * minute });
    expect(standingOf({ changes: [some], good: [good(T - 60 * minute, T - 3_000)] })).not.toBe('contradicted');
    const { series } = good(T, T);
    const elsewhere = good(T - 60 * minute, T - 3_000, { series: { ...series, address: '10.0.0.2' } });
    const given = { expected: nodes('cp-1', 'cp-2'), changes: [drop(T - 5 * minute)], good: [elsewhere] };
    expect(standingOf(given)).not.toBe('contradicted');
  });

  test('tell of a rule that nobody can evaluate what it did to those who probe, and to nobody else', () => {
    const limit = rule(passages('10.0.0.1', 'allow', 'unknown'), { at: T - 25 * minute });
    const widened = { changes: [limit], widened: new Set(['firewall'] as const) };
    const from = (...sources: string[]) => onsetAt({ method: 'report', sources });
    const since = [good(T - 60 * minute, T + minute)];
    expect(told({ ...widened, onset: from('198.51.100.7'), good: since })).toEqual(['it contradicted']);
    expect(told({ ...widened, onset: from('198.51.100.7') })).toEqual(['it possible']);
    expect(told({ ...widened, onset: from('198.51.100.7', '203.0.113.9'), good: since })).toEqual(['it possible']);
  });

  test('nor of what does nothing until somebody reads it', () => {
    const manifest = change({
      id: 'it',
      category: 'control-plane',
      at: T - 2 * minute,
      effect: judged('unknown'),
      target: { kind: 'static pod manifest', name: 'kube-apiserver.yaml', node: 'cp-1' },
    });
    expect(told({ changes: [manifest], good: [good(T - 60 * minute, T - 3_000)] })).toEqual(['it possible']);
  });

  test('a server that restarted and served again did not begin it', () => {
    const restart = change({
      id: 'it',
      category: 'control-plane',
      action: 'restart',
      at: T - 3 * minute,
      effect: judged('breaks'),
      target: { kind: 'kube-apiserver container', name: 'kube-apiserver', node: 'cp-1' },
    });
    expect(told({ changes: [restart], good: [good(T - minute, T - 3_000)] })).toEqual(['it contradicted']);
    expect(told({ changes: [restart], good: [] })).toEqual(['it possible']);
  });
});

describe('several control-plane nodes', () => {
  const drop = (node: string, address: string) =>
    rule(passages(address, 'allow', 'deny'), {
      id: node,
      target: { kind: 'nftables', name: 'x', node, addresses: [], namespace: null, ports: [] },
    });
  const given = { expected: nodes('cp-1', 'cp-2'), endpoint: { addresses: ['192.0.2.80'], port: 6443 } };

  test('one alone leaves the others to serve', () => {
    expect(causes({ ...given, changes: [drop('cp-1', '10.0.0.1')] })).toMatchObject([
      {
        standing: 'possible',
        against: ['It is on cp-1 alone, one of 2 control-plane nodes: the others should still serve.'],
      },
    ]);
  });

  test('all of them alike explain it, and so does the one that clients come by', () => {
    expect(told({ ...given, changes: [drop('cp-1', '10.0.0.1'), drop('cp-2', '10.0.0.2')] })).toEqual([
      'cp-1 explains',
      'cp-2 explains',
    ]);
    const steps = [reached('bot', probe(silent), ['198.51.100.7'])];
    expect(told({ ...given, steps, changes: [drop('cp-1', '10.0.0.1')] })).toEqual(['cp-1 explains']);
  });
});

describe('what belongs together is told as one', () => {
  test('a manifest and the restart that it led to, before any step has looked', () => {
    const changes = [
      change({
        id: 'manifest',
        category: 'control-plane',
        at: T - 20_000,
        effect: judged('unknown', 'the kubelet starts kube-apiserver anew'),
        target: { kind: 'static pod manifest', name: 'kube-apiserver.yaml', node: 'cp-1' },
      }),
      change({
        id: 'restart',
        category: 'control-plane',
        action: 'restart',
        at: T - 1_000,
        effect: judged('breaks'),
        summary: 'kube-apiserver was restarted',
        target: { kind: 'kube-apiserver container', name: 'kube-apiserver', node: 'cp-1' },
      }),
    ];
    expect(causes({ changes })).toMatchObject([
      {
        key: 'manifest',
        standing: 'explains',
        reasons: expect.arrayContaining(['19 s later: kube-apiserver was restarted.']),
      },
    ]);
  });

  test('a DNS record and a name that does not resolve; a certificate and a fault of it', () => {
    const record = change({ id: 'it', category: 'dns', at: T - 1_000, target: { kind: 'DNS record' } });
    const unresolved = reached('bot', probe({ phase: 'resolve', kind: 'nameNotFound' }, { address: null }));
    expect(told({ changes: [record], steps: [unresolved] })).toEqual(['it explains']);
    const served = change({ id: 'it', category: 'endpoint', at: T - 1_000, target: { kind: 'served certificate' } });
    const wrong = reached('bot', probe({ phase: 'tls', kind: 'certificate' }, { tlsFaults: ['otherAuthority'] }));
    expect(told({ changes: [served], steps: [wrong] })).toEqual(['it explains']);
  });

  test('two tellings of one restart', () => {
    const one = (id: string, source: string, at: number) =>
      change({
        id,
        source,
        category: 'control-plane',
        action: 'restart',
        at,
        target: { kind: 'kube-apiserver container', name: 'kube-apiserver', node: 'cp-1' },
      });
    const changes = [one('a', 'kube', T - 2_000), one('b', 'node-files', T - 2_400)];
    expect(told({ changes })).toEqual(['a explains']);
  });
});

describe('ranking, where all else is the same', () => {
  const possible = (id: string, at: number, given: Partial<Change> = {}) =>
    change({ id, at, category: 'load-balancer', ...given });

  test('what the evidence agrees with, then what came before, then what is near, then by name', () => {
    const steps = [reached('bot', probe(silent)), reached('pod', probe(null))];
    const agreed = possible('agreed', T - 9 * minute);
    const open = change({ id: 'open', at: T - 1_000, category: 'dns' });
    expect(told({ changes: [open, agreed], steps })[0]).toBe('agreed possible');
    const planned = (id: string, at: number) =>
      change({ id, category: 'maintenance', action: 'start', at, untilAt: at + minute });
    expect(told({ changes: [planned('after', T + 1_000), planned('before', T - 5 * minute)] })).toEqual([
      'before possible',
      'after possible',
    ]);
    expect(told({ changes: [possible('far', T - 2_000), possible('near', T - 1_000)] })).toEqual([
      'near possible',
      'far possible',
    ]);
    expect(told({ changes: [possible('b', T - 1_000), possible('a', T - 1_000)] })).toEqual([
      'a possible',
      'b possible',
    ]);
  });
});

test('what was found at the first look says that there may have been others', () => {
  const [cause] = causes({ changes: [rule(judged('unknown'), { certainty: 'latestKnown' })] });
  expect(cause?.reasons.at(-1)).toMatch(/first look/);
  const [seen] = causes({ changes: [rule(judged('breaks'))] });
  const [found] = causes({ changes: [rule(judged('breaks'), { certainty: 'latestKnown' })] });
  expect([seen?.standing, found?.standing]).toEqual(['explains', 'possible']);
});

test('a node of which only is known that it was changed before anybody looked is no cause', () => {
  const node = { kind: 'Node', namespace: null, name: 'cp-1', node: 'cp-1', addresses: [], ports: [] };
  const looked = { category: 'maintenance' as const, target: node, effect: null, action: 'update' as const };
  const isCause = (certainty: 'seen' | 'latestKnown') =>
    causes({ changes: [{ ...rule(judged('unknown'), { certainty }), ...looked }] }).length > 0;
  expect(isCause('latestKnown')).toBe(false);
  expect(isCause('seen')).toBe(true);
});

test('each onset of a flapping outage is judged for itself', () => {
  const flap = onsetAt({
    id: 'prober:prod:flap',
    earliestAt: T - 20 * minute,
    latestAt: T - 20 * minute,
    recovery: { earliestAt: T - 19 * minute, latestAt: T - 19 * minute },
  });
  const changes = [rule(passages('10.0.0.1', 'allow', 'deny'), { at: T - 1_000 })];
  expect(told({ onset: flap, changes, steps: [evidence('firewall', 'problem')] })).toEqual([]);
  expect(told({ changes, steps: [evidence('firewall', 'problem')] })).toEqual(['it explains']);
});
