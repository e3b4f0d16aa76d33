import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gaps } from '../../src/correlation/cover.ts';
import { diagnose } from '../../src/correlation/diagnose.ts';
import type { ExpectedSource, Situation } from '../../src/correlation/situation.ts';
import type { RuleAnswer } from '../../src/words/diagnosis.ts';
import { change, everything, minute, seenBetween, situation, T } from './given.ts';

const cp1: ExpectedSource = {
  source: 'node-firewall',
  instance: 'cp-1',
  categories: ['firewall'],
  words: 'host firewall of cp-1',
  lateMs: 0,
  absent: null,
  trouble: null,
};
const cp2 = { ...cp1, instance: 'cp-2', words: 'host firewall of cp-2' };
const cloud: ExpectedSource = {
  source: 'aws',
  instance: null,
  categories: ['firewall'],
  words: 'cloud firewall',
  lateMs: 15 * minute,
  absent: null,
  trouble: null,
};
const of = (instance: string, fromAt = T - 10 * minute, toAt = T) =>
  seenBetween(fromAt, toAt, { source: 'node-firewall', instance, categories: ['firewall'] });

function firewall(given: Partial<Situation>): RuleAnswer {
  const [answer] = diagnose(situation(given)).answers;
  if (answer?.rule !== 'firewall') throw new Error('the firewall comes first');
  return answer;
}

describe('"nothing" is said only by those who saw all of the window', () => {
  test('every source, the whole window', () => {
    const seen = firewall({ expected: [cp1, cp2], coverage: [of('cp-1'), of('cp-2')] });
    expect(seen).toMatchObject({ kind: 'nothing', unseen: [], pendingUntilAt: null });
  });

  test('a millisecond that one of them missed is enough', () => {
    const coverage = [of('cp-1'), of('cp-2', T - 10 * minute + 1)];
    expect(firewall({ expected: [cp1, cp2], coverage }).kind).toBe('nothingInWhatWasSeen');
    expect(firewall({ expected: [cp1], coverage: [of('cp-1', T - 10 * minute, T - 1)] }).kind).toBe(
      'nothingInWhatWasSeen',
    );
  });

  test('the stretch and who missed it are named', () => {
    const coverage = [of('cp-1', T - 20 * minute, T - 108_000), of('cp-1', T - 80_000, T + minute), of('cp-2')];
    expect(firewall({ expected: [cp1, cp2], coverage })).toMatchObject({
      kind: 'nothingInWhatWasSeen',
      unseen: ['host firewall of cp-1: 14:03:12–14:03:39 UTC not seen'],
    });
  });

  test('two spans that follow one another leave nothing between them', () => {
    const coverage = [of('cp-1', T - 10 * minute, T - minute), of('cp-1', T - minute + 1, T)];
    expect(firewall({ expected: [cp1], coverage }).kind).toBe('nothing');
  });

  test('of a source without a name any instance does, also one after the other', () => {
    const coverage = [of('old', T - 10 * minute, T - minute), of('new', T - minute, T)];
    expect(firewall({ expected: [{ ...cp1, instance: null }], coverage }).kind).toBe('nothing');
    expect(firewall({ expected: [cp1], coverage }).kind).toBe('noData');
  });

  test('what was watched for another category counts for nothing', () => {
    const coverage = [
      seenBetween(T - 60 * minute, T, { source: 'node-firewall', instance: 'cp-1', categories: ['routing'] }),
    ];
    expect(firewall({ expected: [cp1], coverage }).kind).toBe('noData');
  });

  test('the onset may have been anywhere in its interval, and the window moves with it', () => {
    const onset = { ...situation().onset, earliestAt: T - 2_000 };
    expect(firewall({ onset, expected: [cp1], coverage: [of('cp-1')] }).kind).toBe('nothingInWhatWasSeen');
    expect(firewall({ onset, expected: [cp1], coverage: [of('cp-1', T - 10 * minute - 2_000)] }).kind).toBe('nothing');
  });

  test('widened, the wide window has to be seen', () => {
    const widened = new Set(['firewall'] as const);
    expect(firewall({ widened, expected: [cp1], coverage: [of('cp-1')] }).kind).toBe('nothingInWhatWasSeen');
    expect(firewall({ widened, expected: [cp1], coverage: [of('cp-1', T - 30 * minute)] }).kind).toBe('nothing');
  });
});

describe('no data', () => {
  test('nobody who could tell is there', () => {
    const absent = { ...cloud, absent: 'no cloud account is configured' };
    expect(firewall({ expected: [absent] })).toMatchObject({
      kind: 'noData',
      unseen: ['cloud firewall: no cloud account is configured'],
      pendingUntilAt: null,
    });
    expect(firewall({ expected: [] })).toMatchObject({ kind: 'noData' });
  });

  test('nobody saw any of it', () => {
    expect(firewall({ expected: [cp1], coverage: [of('cp-1', T - 60 * minute, T - 50 * minute)] })).toMatchObject({
      kind: 'noData',
      unseen: ['host firewall of cp-1: nothing was seen of 13:55:00–14:05:00 UTC'],
    });
  });

  test('one who is not there leaves the others an answer, but not "nothing"', () => {
    const absent = { ...cloud, absent: 'no cloud account is configured' };
    expect(firewall({ expected: [cp1, absent], coverage: [of('cp-1')] })).toMatchObject({
      kind: 'nothingInWhatWasSeen',
      unseen: ['cloud firewall: no cloud account is configured'],
    });
  });
});

describe('a source in trouble', () => {
  const expired = 'the credentials have expired; renew them';
  const accounts = ['prod-eu', 'prod-us', 'edge'].map((instance) => ({
    ...cloud,
    instance,
    words: `AWS security groups (${instance})`,
  }));
  const saw = (instance: string, fromAt = T - 10 * minute, toAt = T) =>
    seenBetween(fromAt, toAt, { source: 'aws', instance, categories: ['firewall'] });
  const [eu = cloud, us = cloud, edge = cloud] = accounts;

  test('says which stretch it did not see, and why', () => {
    const expected = [{ ...eu, trouble: expired }];
    expect(firewall({ expected, coverage: [saw('prod-eu', T - 5 * minute)] })).toMatchObject({
      kind: 'nothingInWhatWasSeen',
      unseen: [`AWS security groups (prod-eu): 13:55:00–13:59:59 UTC not seen; ${expired}`],
    });
    expect(firewall({ expected })).toMatchObject({
      kind: 'noData',
      unseen: [`AWS security groups (prod-eu): nothing was seen of 13:55:00–14:05:00 UTC; ${expired}`],
    });
  });

  test('does not matter where the window was seen before', () => {
    const given = { expected: [{ ...eu, trouble: expired }], coverage: [saw('prod-eu')] };
    expect(firewall(given)).toMatchObject({ kind: 'nothing', unseen: [] });
  });

  test('one account of three that answers is "nothing in what was seen", and both others say why', () => {
    const expected = [eu, { ...us, trouble: expired }, { ...edge, trouble: 'it can not be reached' }];
    expect(firewall({ expected, coverage: [saw('prod-eu')] })).toMatchObject({
      kind: 'nothingInWhatWasSeen',
      unseen: [expect.stringContaining('(edge)'), expect.stringContaining('(prod-us)')],
    });
  });

  test('stays pending as long as it may come round, and says already what keeps it', () => {
    const nowAt = T + 2 * minute;
    const expected = [{ ...eu, trouble: expired }];
    expect(firewall({ expected, nowAt, coverage: [saw('prod-eu', T - 60 * minute, T - 8 * minute)] })).toMatchObject({
      kind: 'pending',
      pendingUntilAt: T + 15 * minute,
      unseen: [`AWS security groups (prod-eu): 13:57:00–14:05:00 UTC not seen; ${expired}`],
    });
  });

  test('property: trouble changes the words alone, never what a rule answers', () => {
    const at = fc.integer({ min: -20, max: 30 }).map((minutes) => T - minutes * minute);
    const span = fc
      .tuple(at, at, fc.constantFrom('prod-eu', 'prod-us', 'edge'))
      .map(([a, b, who]) => saw(who, Math.min(a, b), Math.max(a, b)));
    const troubles = fc.array(fc.constantFrom(null, expired), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(span, { maxLength: 8 }), troubles, at, (coverage, troubled, nowAt) => {
        const inTrouble = accounts.map((one, index) => ({ ...one, trouble: troubled[index] ?? null }));
        const without = firewall({ coverage, expected: accounts, nowAt });
        const beside = firewall({ coverage, expected: inTrouble, nowAt });
        expect({ ...beside, unseen: [] }).toEqual({ ...without, unseen: [] });
        expect(beside.unseen.length).toBeGreaterThanOrEqual(without.unseen.length);
      }),
    );
  });
});

describe('pending', () => {
  test('until a source that reports late has had its time, and not a millisecond longer', () => {
    const given = { expected: [cloud], coverage: [] };
    expect(firewall({ ...given, nowAt: T + 15 * minute - 1 })).toMatchObject({
      kind: 'pending',
      pendingUntilAt: T + 15 * minute,
    });
    expect(firewall({ ...given, nowAt: T + 15 * minute })).toMatchObject({ kind: 'noData', pendingUntilAt: null });
  });

  test('what is older than it is ever late is unseen for good', () => {
    const coverage = [seenBetween(T - 8 * minute, T - 6 * minute, { source: 'aws', categories: ['firewall'] })];
    expect(firewall({ expected: [cloud], coverage, nowAt: T + 7 * minute })).toMatchObject({
      kind: 'pending',
      pendingUntilAt: T + 15 * minute,
      unseen: ['cloud firewall: 13:55:00–13:56:59 UTC not seen'],
    });
  });

  test('a window that reaches into the future is not over', () => {
    const rule = (nowAt: number) =>
      diagnose(situation({ nowAt, coverage: [seenBetween(T - 3 * 60 * minute, nowAt)] })).answers.find(
        (answer) => answer.rule === 'control-plane',
      );
    expect(rule(T + 10_000)).toMatchObject({ kind: 'pending', pendingUntilAt: T + 5 * minute, unseen: [] });
    expect(rule(T + 5 * minute)).toMatchObject({ kind: 'nothing', pendingUntilAt: null });
  });

  test('what is in the window is listed while the rest is waited for', () => {
    const changes = [change({ at: T - minute })];
    expect(firewall({ changes, expected: [cloud], coverage: [], nowAt: T + minute })).toMatchObject({
      kind: 'inTheWindow',
      pendingUntilAt: T + 15 * minute,
    });
  });
});

test('a rule that the cluster can not have says why, unless it holds something after all', () => {
  const notApplicable = { firewall: 'the control plane is run by the provider' };
  expect(firewall({ notApplicable })).toMatchObject({
    kind: 'notApplicable',
    unseen: ['the control plane is run by the provider'],
  });
  expect(firewall({ notApplicable, changes: [change()] }).kind).toBe('inTheWindow');
});

test('property: the gaps are the milliseconds that no span holds', () => {
  const span = fc
    .tuple(fc.integer({ min: -5, max: 40 }), fc.nat(12))
    .map(([fromAt, length]) => ({ fromAt, toAt: fromAt + length }));
  const window = fc
    .tuple(fc.integer({ min: 0, max: 20 }), fc.nat(15))
    .map(([fromAt, length]) => ({ fromAt, toAt: fromAt + length }));
  fc.assert(
    fc.property(window, fc.array(span, { maxLength: 6 }), (asked, spans) => {
      const each = Array.from({ length: asked.toAt - asked.fromAt + 1 }, (_, index) => asked.fromAt + index);
      const unseen = each.filter((at) => !spans.some(({ fromAt, toAt }) => fromAt <= at && at <= toAt));
      const found = gaps(asked, spans);
      expect(each.filter((at) => found.some(({ fromAt, toAt }) => fromAt <= at && at <= toAt))).toEqual(unseen);
      for (const [index, gap] of found.entries()) {
        expect(gap.fromAt).toBeLessThanOrEqual(gap.toAt);
        expect(gap.fromAt).toBeGreaterThan((found[index - 1]?.toAt ?? Number.NEGATIVE_INFINITY) + 1);
      }
    }),
  );
});

test('property: "nothing" means that every source saw every millisecond', () => {
  const at = fc.integer({ min: 0, max: 30 }).map((minutes) => T - minutes * minute);
  const span = fc
    .tuple(at, at, fc.constantFrom('cp-1', 'cp-2'))
    .map(([a, b, who]) => of(who, Math.min(a, b), Math.max(a, b)));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 8 }), fc.subarray([cp1, cp2, cloud, everything]), (coverage, expected) => {
      const { kind } = firewall({ coverage, expected });
      const whole = expected.every(({ source, instance }) => {
        const own = coverage.filter((one) => one.source === source && (instance === null || one.instance === instance));
        return gaps({ fromAt: T - 10 * minute, toAt: T }, own).length === 0;
      });
      expect(kind === 'nothing').toBe(expected.length > 0 && whole);
    }),
  );
});
