import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/correlation/diagnose.ts';
import type { Situation } from '../../src/correlation/situation.ts';
import type { Change } from '../../src/words/change.ts';
import type { Diagnosis, Hit, Standing } from '../../src/words/diagnosis.ts';
import {
  change,
  decoys,
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
const refused = { phase: 'connect', kind: 'refused' } as const;
const office = '203.0.113.0/24';

const dropped = (given: Partial<Change> & { at?: number } = {}) =>
  change({
    id: 'drop',
    source: 'node-firewall',
    at: T - 500,
    summary: 'nftables on cp-1: "tcp dport 6443 drop" added',
    effect: passages('10.0.0.1', 'allow', 'deny'),
    ...given,
    target: { kind: 'nftables', node: 'cp-1', ports: [6443], ...given.target },
  });
const manifest = (given: Partial<Change> & { at?: number } = {}) =>
  change({
    id: 'manifest',
    source: 'node-files',
    category: 'control-plane',
    at: T - 8_000,
    summary: 'manifest kube-apiserver.yaml changed: flag --etcd-servers changed',
    effect: judged('unknown', 'the kubelet starts kube-apiserver anew from what it says now'),
    ...given,
    target: { kind: 'static pod manifest', name: 'kube-apiserver.yaml', node: 'cp-1', ports: [6443], ...given.target },
  });
const restart = (given: Partial<Change> & { at?: number } = {}) =>
  change({
    id: 'restart',
    category: 'control-plane',
    action: 'restart',
    at: T - 1_000,
    source: 'node-files',
    summary: 'kube-apiserver was restarted (restart 3): it ended with exit code 1',
    effect: judged('breaks', 'it did not answer from its end until the next one was ready'),
    ...given,
    target: { kind: 'kube-apiserver container', name: 'kube-apiserver', node: 'cp-1', ...given.target },
  });
const outsideSilentInsideFine = [
  reached('bot', probe(silent), ['198.51.100.7']),
  reached('pod', probe(null, { path: 'service-ip' })),
];

/** Each story of an outage: what is given, and the causes it should end in, the first first. */
const stories: readonly {
  readonly story: string;
  readonly given: Partial<Situation>;
  readonly causes: readonly (readonly [key: string, standing: Standing])[];
}[] = [
  {
    story: 'nftables drops the port',
    given: {
      onset: onsetAt({ earliestAt: T - 1_000, latestAt: T }),
      changes: [dropped(), ...decoys()],
      steps: [
        evidence('firewall', 'problem', { reason: 'The firewall of cp-1 drops it.' }),
        ...outsideSilentInsideFine,
      ],
      good: [good(T - 60 * minute, T - 1_000)],
    },
    causes: [['drop', 'explains']],
  },
  {
    story: "the API server's flag is broken by a manifest edit",
    given: {
      onset: onsetAt({ earliestAt: T - 2_000, latestAt: T }),
      changes: [
        manifest(),
        restart(),
        restart({ id: 'again', at: T + 30_000 }),
        change({
          id: 'socket',
          source: 'node-network',
          category: 'control-plane',
          action: 'end',
          at: T - 900,
          effect: judged('breaks', 'nothing listens on port 6443 of this node any more'),
          target: { kind: 'listening socket', name: 'kube-apiserver 6443', node: 'cp-1', ports: [6443] },
        }),
        change({
          id: 'pod',
          category: 'control-plane',
          at: T - 4_000,
          summary: 'pod kube-system/kube-apiserver-cp-1 replaced (new uid): its manifest changed',
          diff: ['flag --etcd-servers changed'],
          target: { kind: 'Pod', namespace: 'kube-system', name: 'kube-apiserver-cp-1', node: 'cp-1' },
        }),
        ...decoys(),
      ],
      steps: [
        nothingListens(),
        evidence('control-plane-pods', 'problem', { reason: 'kube-apiserver on cp-1 keeps crashing.' }),
        reached('bot', probe(refused)),
        reached('pod', probe(refused)),
      ],
      good: [good(T - 60 * minute, T - 2_000)],
    },
    causes: [['manifest', 'explains']],
  },
  {
    story: 'a NetworkPolicy before the gateway is deleted',
    given: {
      changes: [
        change({
          id: 'policy',
          category: 'network-policy',
          action: 'delete',
          at: T - 2_000,
          effect: judged('breaks', 'Without it no rule lets clients reach the gateway.'),
          target: { kind: 'NetworkPolicy', namespace: 'gateway', name: 'allow-clients' },
        }),
        ...decoys(),
      ],
      steps: outsideSilentInsideFine,
      good: [good(T - 60 * minute, T - 1_000)],
    },
    causes: [['policy', 'explains']],
  },
  {
    story: 'a ConfigMap of the API server changes and a restart follows',
    given: {
      onset: onsetAt({ earliestAt: T - 2_000, latestAt: T }),
      changes: [
        change({
          id: 'config',
          category: 'control-plane',
          at: T - 40_000,
          target: { kind: 'ConfigMap', namespace: 'kube-system', name: 'kube-apiserver-flags' },
        }),
        restart(),
        ...decoys(T - 20_000),
      ],
      steps: [nothingListens(), reached('bot', probe(refused)), reached('pod', probe(refused))],
    },
    causes: [['config', 'explains']],
  },
  {
    story: 'the server restarts, and a ConfigMap that says nothing of it was edited before',
    given: {
      onset: onsetAt({ earliestAt: T - 2_000, latestAt: T }),
      changes: [restart(), ...decoys()],
      steps: [nothingListens()],
    },
    causes: [
      ['restart', 'explains'],
      ['decoy:configmap', 'possible'],
    ],
  },
  {
    story: 'the route back is withdrawn',
    given: {
      changes: [
        change({
          id: 'route',
          category: 'routing',
          source: 'node-network',
          action: 'delete',
          at: T - 1_000,
          target: { kind: 'route', name: '198.51.100.0/24', node: 'cp-1', addresses: ['198.51.100.0/24'] },
        }),
        change({
          id: 'pod-route',
          category: 'routing',
          source: 'node-network',
          action: 'delete',
          at: T - 500,
          target: { kind: 'route', name: '10.244.3.0/24', node: 'cp-1', addresses: ['10.244.3.0/24'] },
        }),
        ...decoys(),
      ],
      steps: outsideSilentInsideFine,
    },
    causes: [['route', 'explains']],
  },
  {
    story: 'the certificate expires, which nobody did',
    given: {
      changes: decoys(),
      steps: [
        reached(
          'bot',
          probe(
            { phase: 'tls', kind: 'certificate' },
            {
              tlsFaults: ['expired'],
              certificate: {
                subject: 'CN=kube-apiserver',
                issuer: 'CN=kubernetes',
                serial: '1',
                names: [],
                notBeforeAt: T - 1e9,
                notAfterAt: T - 1_000,
                fingerprint256: 'AA',
              },
            },
          ),
        ),
      ],
    },
    causes: [['evidence:certificate:expired', 'explains']],
  },
  {
    story: 'the process hangs',
    given: {
      changes: decoys(),
      steps: [
        reached('bot', probe({ phase: 'tls', kind: 'timeout' })),
        reached('node', probe({ phase: 'tls', kind: 'timeout' }, { path: 'loopback' })),
      ],
    },
    causes: [['evidence:process', 'explains']],
  },
  {
    story: 'etcd is dead, and the API server with it',
    given: {
      changes: decoys(),
      steps: [
        nothingListens(),
        evidence('control-plane-pods', 'problem', {
          vantage: { kind: 'node', instance: 'cp-1', leavesBy: [] },
          reason: 'etcd on cp-1 keeps crashing.',
          facts: {
            components: [
              component('etcd', 'CrashLoopBackOff', 'panic: no space'),
              component('kube-apiserver', 'Error', 'connection refused'),
            ],
          },
        }),
      ],
    },
    causes: [['evidence:process:cp-1', 'explains']],
  },
  {
    story: 'the node is gone',
    given: {
      changes: decoys(),
      steps: [
        reached('bot', probe({ phase: 'connect', kind: 'hostUnreachable' })),
        reached('pod', probe({ phase: 'connect', kind: 'timeout' })),
      ],
      linksLost: [{ vantage: 'node cp-1', at: T + 12_000 }],
    },
    causes: [['evidence:node:cp-1', 'explains']],
  },
  {
    story: 'a firewall rule stands that nobody saw being made',
    given: {
      changes: decoys(),
      coverage: [],
      steps: [evidence('firewall', 'problem', { reason: 'The firewall of cp-1 drops it.' })],
    },
    causes: [['evidence:firewall:cp-1', 'explains']],
  },
  {
    story: 'the name does not resolve any more',
    given: {
      changes: decoys(),
      steps: [reached('bot', probe({ phase: 'resolve', kind: 'nameNotFound' }, { address: null }))],
    },
    causes: [['evidence:dns', 'explains']],
  },
  {
    story: 'something was changed a minute after it began',
    given: {
      changes: [
        dropped({ at: T + minute }),
        manifest({ at: T + minute }),
        restart({ at: T + minute }),
        change({ id: 'lb', category: 'load-balancer', at: T + minute, effect: judged('breaks') }),
      ],
      steps: [nothingListens()],
    },
    causes: [['evidence:process:cp-1', 'explains']],
  },
  {
    story: 'clients report 25 min after the change: the narrow window does not hold it',
    given: { ...reportFrom(office), changes: [officeDropped()] },
    causes: [],
  },
  {
    story: 'clients report 25 min after the change: widened',
    given: { ...reportFrom(office), changes: [officeDropped(), ...decoys()], widened: new Set(['firewall'] as const) },
    causes: [['drop', 'explains']],
  },
  {
    story: 'the same, with good probes of that path in between',
    given: {
      ...reportFrom(office),
      changes: [officeDropped(), ...decoys()],
      widened: new Set(['firewall'] as const),
      good: [
        good(T - 90 * minute, T + 5 * minute),
        good(T - 90 * minute, T - 5_000, { leavesBy: ['203.0.113.9'], series: series('office') }),
      ],
    },
    causes: [['drop', 'contradicted']],
  },
  {
    story: 'nothing relevant changed at all',
    given: { changes: decoys(), steps: outsideSilentInsideFine, good: [good(T - 60 * minute, T - 1_000)] },
    causes: [],
  },
  {
    story: 'a maintenance is under way',
    given: {
      changes: [change({ id: 'work', category: 'maintenance', action: 'start', at: T - 30 * minute }), ...decoys()],
    },
    causes: [['work', 'possible']],
  },
  {
    story: 'a control-plane node is drained and goes, a worker too',
    given: {
      expected: [{ ...situation().expected[0], source: 'node-files', instance: 'cp-1' } as never],
      changes: [
        change({ id: 'drain', category: 'maintenance', at: T - minute, target: { kind: 'Node', name: 'cp-1' } }),
        change({ id: 'worker', category: 'maintenance', at: T - 10_000, target: { kind: 'Node', name: 'w-1' } }),
      ],
      steps: [reached('bot', probe({ phase: 'connect', kind: 'hostUnreachable' }))],
      linksLost: [{ vantage: 'node cp-1', at: T + 1_000 }],
    },
    causes: [['drain', 'explains']],
  },
];

describe.each(stories)('$story', ({ given, causes }) => {
  const found = diagnose(situation(given));

  test('causes', () => {
    expect(found.causes.map(({ key, standing }) => [key, standing])).toEqual(causes);
  });

  test('every cause and every hit has its reasons, as sentences', () => {
    for (const { reasons, against, standing } of [...found.causes, ...hitsOf(found)]) {
      expect(reasons.length).toBeGreaterThan(0);
      for (const words of [...reasons, ...against]) expect(words).toMatch(/^\S.*[.”"]$/s);
      if (standing === 'contradicted') expect(against.length).toBeGreaterThan(0);
    }
  });
});

function component(name: string, reason: string, lastWords: string) {
  return {
    component: name,
    node: 'cp-1',
    container: {
      name,
      state: 'waiting',
      reason,
      startedAt: null,
      ready: false,
      restarts: 3,
      last: { reason: 'Error', exitCode: 2, startedAt: null, finishedAt: T, message: null },
    },
    lastWords: [lastWords],
  };
}

function series(instance: string) {
  return { ...good(T, T).series, vantage: { kind: 'outside', instance } } as const;
}

/** Only clients of that office fail, while the prober is good all the time. */
function reportFrom(sources: string): Partial<Situation> {
  return {
    onset: onsetAt({ id: 'report:1', method: 'report', sources: [sources] }),
    good: [good(T - 90 * minute, T + 5 * minute)],
    steps: [reached('bot', probe(null), ['198.51.100.7'])],
  };
}

function officeDropped(): Change {
  return dropped({
    at: T - 25 * minute,
    effect: passages('10.0.0.1', 'allow', 'deny', ['203.0.113.0', '203.0.113.255']),
  });
}

function hitsOf({ answers }: Diagnosis): readonly Hit[] {
  return answers.flatMap(({ hits }) => hits);
}
