import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/correlation/diagnose.ts';
import type { Situation } from '../../src/correlation/situation.ts';
import type { Change } from '../../src/words/change.ts';
import type { TlsFault } from '../../src/words/probe.ts';
import {
  change,
  decoys,
  evidence,
  good,
  judged,
  minute,
  nothingListens,
  passages,
  probe,
  reached,
  situation,
  T,
} from './given.ts';

const silent = { phase: 'connect', kind: 'timeout' } as const;
const refused = { phase: 'connect', kind: 'refused' } as const;
const distrusted = { phase: 'tls', kind: 'certificate' } as const;
const fromPod = reached('pod', probe(null, { path: 'service-ip' }));

function told(given: Partial<Situation>): string[] {
  return diagnose(situation(given)).causes.map(({ key, standing }) => `${key} ${standing}`);
}

function hit(given: Partial<Situation>, id = 'it') {
  const found = diagnose(situation(given)).answers.flatMap((answer) => answer.hits);
  const one = found.find((each) => each.change.id === id);
  return one === undefined ? undefined : { standing: one.standing, isEffect: one.isEffect };
}

const haproxy = (
  kind: string,
  verdict: 'breaks' | 'mends' | 'none' | 'unknown',
  at: number,
  given: Partial<Change> = {},
) =>
  change({
    id: 'it',
    source: 'haproxy',
    category: 'load-balancer',
    at,
    effect: judged(verdict),
    ...given,
    target: { kind: `HAProxy ${kind}`, name: 'kube-api/cp-1', addresses: ['10.0.0.1'], ports: [6443] },
  });

describe('what somebody ordered of a load balancer, and what its health check found', () => {
  const outsideOnly = [reached('bot', probe(silent)), fromPod];

  test.each([
    ['maintenance of the last server', 'server', 'breaks', T - 2_000, 'explains', false],
    ['maintenance of one of several', 'server', 'unknown', T - 2_000, 'possible', false],
    ['a server made ready', 'server', 'mends', T - 2_000, 'coincides', false],
    ['maintenance after it began', 'server', 'breaks', T + 10_000, 'coincides', false],
    ['a backend that is gone', 'backend', 'breaks', T - 2_000, 'explains', false],
    ['a frontend that is gone', 'frontend', 'breaks', T - 2_000, 'explains', false],
    ['a reload', 'process', 'unknown', T - 2_000, 'possible', false],
    ['a file that was changed', 'configuration', 'none', T - 2_000, 'coincides', false],
    ['a health check, before', 'health check', 'breaks', T - 20_000, 'coincides', false],
    ['a health check, as it began', 'health check', 'breaks', T, 'coincides', true],
    ['a health check, after', 'health check', 'breaks', T + 10_000, 'coincides', true],
  ] as const)('%s', (_, kind, verdict, at, standing, isEffect) => {
    expect(hit({ changes: [haproxy(kind, verdict, at)] })).toEqual({ standing, isEffect });
  });

  test('the process died, and the health check found it: the process it is', () => {
    const restart = change({
      id: 'restart',
      at: T - 1_000,
      source: 'node-files',
      category: 'control-plane',
      action: 'restart',
      target: { kind: 'kube-apiserver container', name: 'kube-apiserver', node: 'cp-1' },
    });
    const steps = [
      nothingListens(),
      reached('bot', probe(refused)),
      reached('node', probe(refused, { path: 'api-server-address' })),
    ];
    expect(told({ steps, changes: [restart, haproxy('health check', 'breaks', T), ...decoys()] })[0]).toBe(
      'restart explains',
    );
    expect(hit({ steps, changes: [restart, haproxy('health check', 'breaks', T)] })).toMatchObject({
      standing: 'coincides',
    });
  });

  test('a health check that fails while the API server answers inside is possible, and never before what began it', () => {
    const finding = haproxy('health check', 'breaks', T - 1_000);
    expect(told({ steps: outsideOnly, changes: [finding] })).toEqual(['it possible']);
    const rules = change({
      id: 'rules',
      at: T - 4_000,
      source: 'node-firewall',
      effect: passages('10.0.0.1', 'allow', 'unknown'),
      target: { kind: 'nftables', name: 'inet filter input', node: 'cp-1' },
    });
    expect(told({ steps: outsideOnly, changes: [finding, rules] })).toEqual(['rules possible']);
  });

  test('an order that breaks it stands before every decoy', () => {
    const others = [
      haproxy('server', 'unknown', T - 500, { id: 'decoy:other-server' }),
      haproxy('process', 'unknown', T - 400, { id: 'decoy:reload' }),
      haproxy('health check', 'breaks', T - 300, { id: 'decoy:health' }),
      change({
        id: 'decoy:service',
        at: T - 200,
        category: 'load-balancer',
        target: { kind: 'Service', addresses: ['10.0.0.1'] },
      }),
    ];
    const causes = told({
      steps: outsideOnly,
      changes: [haproxy('server', 'breaks', T - 2_000), ...others, ...decoys()],
    });
    expect(causes[0]).toBe('it explains');
    expect(causes.filter((cause) => cause.endsWith('explains'))).toHaveLength(1);
  });

  test('it works at once: good probes afterwards contradict it', () => {
    const stood = [good(T - 10 * minute, T - 1)];
    expect(hit({ good: stood, changes: [haproxy('server', 'breaks', T - minute)] })).toMatchObject({
      standing: 'contradicted',
    });
    expect(hit({ good: stood, changes: [haproxy('server', 'breaks', T - 1_000)] })).toMatchObject({
      standing: 'explains',
    });
  });

  test.each([
    ['ConfigMap', 'kubevip', 'update', 'possible'],
    ['DaemonSet', 'kube-vip-ds', 'update', 'possible'],
    ['static pod manifest', 'kube-vip.yaml', 'delete', 'possible'],
    ['kube-vip container', 'kube-vip', 'restart', 'possible'],
    ['ConfigMap', 'team-notes', 'update', 'coincides'],
  ] as const)('what carries the address from within kube-system: %s %s', (kind, name, action, standing) => {
    const one = change({
      id: 'it',
      at: T - 5_000,
      category: 'control-plane',
      action,
      target: { kind, name, namespace: 'kube-system' },
    });
    expect(hit({ steps: outsideOnly, changes: [one] })).toMatchObject({ standing });
  });
});

describe('a name that leads elsewhere', () => {
  const moved = (given: Partial<Change> = {}) =>
    change({
      id: 'it',
      source: 'prober',
      category: 'dns',
      at: T - 5_000,
      untilAt: T + 55_000,
      ...given,
      target: { kind: 'DNS name', name: 'api.example', addresses: ['10.0.0.1', '192.0.2.80'] },
    });
  const failsAt = (address: string, failure = silent as Parameters<typeof probe>[0], tlsFaults: TlsFault[] = []) => [
    reached('bot', probe(failure, { address, tlsFaults, byClusterCa: tlsFaults.length === 0 ? null : false })),
    fromPod,
  ];
  const wasGood = [good(T - 10 * minute, T - 1_000)];

  test.each([
    ['it fails where it leads, and was good where it led', { steps: failsAt('192.0.2.80'), good: wasGood }, 'explains'],
    ['it fails where it leads; before is not known', { steps: failsAt('192.0.2.80') }, 'possible'],
    ['it fails where it led, as the other address does', { steps: failsAt('10.0.0.1'), good: wasGood }, 'possible'],
    ['it fails at an address of another answer', { steps: failsAt('198.51.100.1'), good: wasGood }, 'possible'],
    ['another server answers there', { steps: failsAt('192.0.2.80', distrusted, ['otherAuthority']) }, 'explains'],
    ['the server there has expired', { steps: failsAt('192.0.2.80', distrusted, ['expired']) }, 'possible'],
    ['nobody has looked', {}, 'possible'],
  ] as const)('%s', (_, given, standing) => {
    expect(hit({ ...given, steps: [...('steps' in given ? given.steps : [])], changes: [moved()] })).toMatchObject({
      standing,
    });
  });

  test('a name that is gone, with what was found', () => {
    const gone = moved({ action: 'delete', effect: judged('breaks') });
    const steps = [reached('bot', probe({ phase: 'resolve', kind: 'nameNotFound' }, { address: null }))];
    expect(told({ steps, changes: [gone, ...decoys()] })).toEqual(['it explains']);
  });

  test('it stands before its decoys', () => {
    const others = [
      haproxy('server', 'unknown', T - 500, { id: 'decoy:server' }),
      change({
        id: 'decoy:service',
        at: T - 200,
        category: 'load-balancer',
        target: { kind: 'Service', addresses: ['10.0.0.1'] },
      }),
      change({
        id: 'decoy:certificate',
        at: T - 300,
        category: 'endpoint',
        effect: judged('none'),
        target: { kind: 'served certificate', addresses: ['10.0.0.1'] },
      }),
    ];
    for (const steps of [failsAt('192.0.2.80'), failsAt('192.0.2.80', distrusted, ['selfSigned'])]) {
      const [first] = told({ steps: [...steps], good: wasGood, changes: [moved(), ...others, ...decoys()] });
      expect(first).toBe('it explains');
    }
  });

  test('a certificate that was replaced by one that nobody trusts', () => {
    const replaced = change({
      id: 'it',
      at: T - 1_000,
      source: 'prober',
      category: 'endpoint',
      effect: judged('breaks'),
      target: { kind: 'served certificate', name: '10.0.0.1:6443', addresses: ['10.0.0.1'], ports: [6443] },
    });
    for (const fault of ['expired', 'wrongName', 'otherAuthority'] as const) {
      const steps = failsAt('10.0.0.1', distrusted, [fault]);
      expect(
        told({
          good: wasGood,
          steps: [...steps, evidence('firewall', 'ok')],
          changes: [replaced, moved({ id: 'decoy:name' }), ...decoys()],
        })[0],
      ).toBe('it explains');
    }
  });
});
