import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diagnose } from '../../src/correlation/diagnose.ts';
import { place } from '../../src/correlation/place.ts';
import type { Situation, StepFinding } from '../../src/correlation/situation.ts';
import { type Rule, rules } from '../../src/playbook/rules.ts';
import { type Change, ChangeAction, ChangeCategory } from '../../src/words/change.ts';
import { Diagnosis } from '../../src/words/diagnosis.ts';
import type { RuleId } from '../../src/words/rule.ts';
import {
  allWidened,
  change,
  decoys,
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
  seenBetween,
  situation,
  T,
} from './given.ts';

const around = fc.integer({ min: -140 * 60, max: 140 * 60 }).map((seconds) => T + seconds * 1_000);

const anyEffect = fc.constantFrom<Change['effect']>(
  null,
  judged('breaks'),
  judged('mends'),
  judged('none'),
  judged('unknown'),
  passages('10.0.0.1', 'allow', 'deny'),
  passages('10.0.0.1', 'deny', 'allow'),
  passages('10.0.0.1', 'allow', 'deny', ['203.0.113.0', '203.0.113.255']),
  passages('10.0.0.9', 'allow', 'unknown'),
);
const anyTarget = fc.constantFrom<Partial<Change['target']>>(
  { kind: 'ConfigMap', name: 'notes' },
  { kind: 'ConfigMap', name: 'kubeadm-config' },
  { kind: 'static pod manifest', name: 'kube-apiserver.yaml', node: 'cp-1' },
  { kind: 'kube-apiserver container', name: 'kube-apiserver', node: 'cp-1' },
  { kind: 'etcd container', name: 'etcd', node: 'cp-2' },
  { kind: 'listening socket', name: 'kube-apiserver 6443', ports: [6443], node: 'cp-1' },
  { kind: 'Pod', name: 'kube-apiserver-cp-1', node: 'cp-1' },
  { kind: 'Node', name: 'cp-1', node: 'cp-1' },
  { kind: 'route', name: 'r', addresses: ['198.51.100.0/24'] },
  { kind: 'thing', addresses: ['10.0.0.1'], ports: [6443] },
);
const anyChange = fc
  .record({
    at: around,
    length: fc.oneof(fc.constant(0), fc.nat(30 * 60_000)),
    category: fc.constantFrom(...ChangeCategory.options),
    action: fc.constantFrom(...ChangeAction.options),
    effect: anyEffect,
    target: anyTarget,
    untilAt: fc.option(around, { freq: 4 }),
  })
  .map(({ at, length, target, ...rest }) => ({ ...rest, earliestAt: at, latestAt: at + length, target }));

const anyStep = fc.constantFrom<StepFinding>(
  nothingListens(),
  nothingListens('cp-2'),
  evidence('firewall', 'problem'),
  evidence('firewall', 'ok'),
  evidence('network-policies', 'ok'),
  evidence('control-plane-pods', 'problem', { reason: 'kube-apiserver keeps crashing.' }),
  evidence('control-plane-pods', 'ok'),
  reached('bot', probe({ phase: 'connect', kind: 'timeout' }), ['198.51.100.7']),
  reached('bot', probe({ phase: 'connect', kind: 'refused' }), ['198.51.100.7']),
  reached('pod', probe(null)),
  reached('pod', probe({ phase: 'connect', kind: 'refused' })),
  reached('node', probe({ phase: 'tls', kind: 'timeout' })),
);

const anySituation = fc
  .record({
    changes: fc.array(anyChange, { maxLength: 14 }),
    width: fc.constantFrom(0, 1, 2_000, 90_000),
    sources: fc.constantFrom<string[]>([], ['203.0.113.0/24'], ['198.51.100.7']),
    method: fc.constantFrom('prober' as const, 'report' as const),
    steps: fc.array(anyStep, { maxLength: 5 }),
    stretches: fc.array(
      fc.tuple(around, fc.nat(3_600_000)).map(([fromAt, length]) => good(fromAt, fromAt + length)),
      { maxLength: 3 },
    ),
    widened: fc.subarray<RuleId>([...allWidened]),
    tolerance: fc.constantFrom(0, 250),
    nodes: fc.constantFrom(1, 2),
    covered: around,
    lost: fc.boolean(),
  })
  .map(
    ({ changes, width, sources, method, steps, stretches, widened, tolerance, nodes, covered, lost }): Situation =>
      situation({
        onset: onsetAt({ earliestAt: T, latestAt: T + width, sources, method }),
        changes: changes.map((given, index) => change({ id: `c${index}`, ...given })),
        steps,
        good: stretches,
        widened: new Set(widened),
        clockToleranceMs: tolerance,
        expected: [
          everything,
          ...['cp-1', 'cp-2'].slice(0, nodes).map((instance) => ({
            ...everything,
            source: 'node-files',
            instance,
            categories: ['control-plane' as const],
          })),
        ],
        coverage: [seenBetween(T - 200 * minute, covered), seenBetween(covered + 1_000, T + 200 * minute)],
        linksLost: lost ? [{ vantage: 'node cp-1', at: T + 1_000 }] : [],
      }),
  );

test('property: windows are those of a model that tries every instant', () => {
  const small = fc.integer({ min: -12, max: 12 });
  const interval = fc.tuple(small, fc.nat(4)).map(([from, length]) => ({ earliestAt: from, latestAt: from + length }));
  const window = fc.record({ beforeMs: fc.nat(8), afterMs: fc.nat(8) });
  fc.assert(
    fc.property(interval, interval, window, fc.nat(3), (what, onset, { beforeMs, afterMs }, tolerance) => {
      const instants = ({ earliestAt, latestAt }: typeof what) =>
        Array.from({ length: latestAt - earliestAt + 1 }, (_, index) => earliestAt + index);
      const all = instants(what).flatMap((at) => instants(onset).map((onsetAt) => at - onsetAt));
      const isIn = (apart: number, by: number) => apart >= -beforeMs - by && apart <= afterMs + by;
      const found = place({ begun: what, ended: what }, onset, { beforeMs, afterMs }, tolerance);
      const expected = all.every((apart) => isIn(apart, 0))
        ? 'certain'
        : all.some((apart) => isIn(apart, tolerance))
          ? 'possible'
          : undefined;
      expect(found?.placed).toBe(expected);
      if (found !== null) expect(found.distanceMs).toBe(Math.min(...all.map(Math.abs)));
    }),
    { numRuns: 2_000 },
  );
});

test('property: what lasts is placed as a model that tries every beginning and end', () => {
  const small = fc.integer({ min: -12, max: 12 });
  const stretch = fc.tuple(small, fc.nat(3), fc.nat(6), fc.nat(3)).map(([from, a, length, b]) => ({
    begun: { earliestAt: from, latestAt: from + a },
    ended: { earliestAt: from + a + length, latestAt: from + a + length + b },
  }));
  fc.assert(
    fc.property(stretch, small, fc.nat(8), fc.nat(8), ({ begun, ended }, onset, beforeMs, afterMs) => {
      const instants = ({ earliestAt, latestAt }: typeof begun) =>
        Array.from({ length: latestAt - earliestAt + 1 }, (_, index) => earliestAt + index);
      const cases = instants(begun).flatMap((begin) => instants(ended).map((end) => [begin, end] as const));
      const isIn = ([begin, end]: readonly [number, number]) => begin - onset <= afterMs && onset - end <= beforeMs;
      const found = place({ begun, ended }, { earliestAt: onset, latestAt: onset }, { beforeMs, afterMs }, 0);
      expect(found?.placed).toBe(cases.every(isIn) ? 'certain' : cases.some(isIn) ? 'possible' : undefined);
    }),
    { numRuns: 1_000 },
  );
});

test('property: the same answer whatever order things come in, and one that can be stored', () => {
  fc.assert(
    fc.property(anySituation, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (given, random) => {
      const shuffled = <T>(list: readonly T[]): T[] =>
        list
          .map((one) => ({ one, place: Number(random.next().value) }))
          .sort((a, b) => a.place - b.place)
          .map(({ one }) => one);
      const first = diagnose(given);
      const again = diagnose({
        ...given,
        changes: shuffled([...given.changes, ...given.changes]),
        expected: shuffled(given.expected),
        coverage: shuffled(given.coverage),
        steps: shuffled(given.steps),
        good: shuffled(given.good),
      });
      expect(again).toEqual(first);
      expect(Diagnosis.parse(first)).toEqual(first);
    }),
  );
});

test('property: a change that has nothing to do with it never changes the leading cause', () => {
  const irrelevant = fc.tuple(fc.constantFrom(0, 1, 2), around).map(([which, at]) => decoys(at)[which]);
  fc.assert(
    fc.property(anySituation, irrelevant, (given, decoy) => {
      if (decoy === undefined) throw new Error('three decoys');
      const leading = diagnose(given).causes[0];
      const withDecoy = diagnose({ ...given, changes: [...given.changes, decoy] }).causes[0];
      expect(withDecoy?.key).toBe(leading?.key);
      expect(withDecoy?.standing).toBe(leading?.standing);
    }),
    { numRuns: 300 },
  );
});

test('property: widening loses no hit, and what it adds is marked', () => {
  fc.assert(
    fc.property(anySituation, fc.subarray<RuleId>([...allWidened]), (given, more) => {
      const hits = (widened: ReadonlySet<RuleId>) =>
        diagnose({ ...given, widened }).answers.flatMap((answer) => answer.hits);
      const before = hits(given.widened);
      const after = new Map(hits(new Set([...given.widened, ...more])).map((hit) => [hit.change.id, hit] as const));
      for (const hit of before) expect(after.get(hit.change.id)).toBeDefined();
      const narrow = new Set(hits(new Set()).map(({ change: { id } }) => id));
      for (const [id, { onlyWidened }] of after) expect(onlyWidened).toBe(!narrow.has(id));
    }),
  );
});

test('property: every change in the widened windows is listed in one place, or counted beside one button', () => {
  fc.assert(
    fc.property(anySituation, (given) => {
      const count = (widened: ReadonlySet<RuleId>) =>
        diagnose({ ...given, widened }).answers.map(({ rule, hits, justOutside }) => ({
          rule,
          n: hits.length,
          justOutside,
        }));
      const wide = count(allWidened);
      for (const { rule, n, justOutside } of count(new Set())) {
        if (rule === 'load-balancer-history') expect([n, justOutside]).toEqual([0, 0]);
        else expect(n + justOutside, rule).toBe(wide.find((one) => one.rule === rule)?.n);
      }
      const ids = diagnose(given).answers.flatMap(({ hits }) => hits.map(({ change: { id } }) => id));
      expect(new Set(ids).size).toBe(ids.length);
    }),
  );
});

test('property: causes stand in the order of their standing, none merely coincides, each once', () => {
  const order = ['explains', 'possible', 'contradicted'];
  fc.assert(
    fc.property(anySituation, (given) => {
      const { causes, answers } = diagnose(given);
      const places = causes.map(({ standing }) => order.indexOf(standing));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(places).not.toContain(-1);
      expect(new Set(causes.map(({ key }) => key)).size).toBe(causes.length);
      const hits = new Map(answers.flatMap((answer) => answer.hits.map((hit) => [hit.change.id, hit] as const)));
      for (const { changeId, standing } of causes) {
        if (changeId !== null) expect(hits.get(changeId)?.standing).toBe(standing);
      }
      for (const { isEffect, side, standing } of hits.values()) {
        if (isEffect) expect([side, standing]).toEqual(['after', 'coincides']);
        if (standing === 'explains') expect(side).not.toBe('after');
      }
    }),
  );
});

test('10,000 changes in the windows cost no square of themselves', () => {
  const category = (index: number) => ChangeCategory.options[index % ChangeCategory.options.length] ?? 'firewall';
  const changes = Array.from({ length: 10_000 }, (_, index) =>
    change({ id: `c${index}`, at: T - (index % 280) * 1_000, category: category(index), effect: anyOf(index) }),
  );
  const given = situation({ changes, steps: [nothingListens()], good: [good(T - 60 * minute, T)] });
  const before = process.cpuUsage();
  expect(diagnose(given).answers).toHaveLength(rules.length);
  const { user, system } = process.cpuUsage(before);
  // A tenth of it on an idle machine; in time of the processor, as others may be at work.
  expect((user + system) / 1_000).toBeLessThan(2_000);
});

function anyOf(index: number): Change['effect'] {
  return [null, judged('none'), passages('10.0.0.1', 'allow', 'deny'), judged('unknown')][index % 4] ?? null;
}

test('every category feeds a rule, and every rule is fed', () => {
  const fed = new Set(rules.flatMap(({ feeds }: Rule) => feeds));
  expect([...fed].sort()).toEqual([...ChangeCategory.options].sort());
});
