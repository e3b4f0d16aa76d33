import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/correlation/diagnose.ts';
import { rules } from '../../src/playbook/rules.ts';
import type { Change } from '../../src/words/change.ts';
import type { Hit, RuleAnswer } from '../../src/words/diagnosis.ts';
import type { RuleId } from '../../src/words/rule.ts';
import { allWidened, change, minute, onsetAt, situation, T } from './given.ts';

/** As the playbook and the design have them: minutes before, minutes after. */
const windows: Readonly<Record<RuleId, { narrow: [number, number]; widened: [number, number] }>> = {
  firewall: { narrow: [10, 0], widened: [30, 0] },
  'network-policy': { narrow: [10, 0], widened: [30, 0] },
  'control-plane': { narrow: [5, 5], widened: [15, 15] },
  'load-balancer': { narrow: [10, 10], widened: [30, 30] },
  'security-group': { narrow: [10, 10], widened: [30, 30] },
  maintenance: { narrow: [60, 60], widened: [120, 120] },
  'cloud-logs': { narrow: [10, 10], widened: [30, 30] },
  'load-balancer-history': { narrow: [10, 10], widened: [30, 30] },
  routing: { narrow: [10, 10], widened: [30, 30] },
  dns: { narrow: [10, 10], widened: [30, 30] },
  'api-endpoints': { narrow: [10, 10], widened: [30, 30] },
};

/** The look into the load balancer's history holds what its rule leaves out, and has a test of its own. */
const table = rules
  .filter(({ id }) => id !== 'load-balancer-history')
  .flatMap((rule) =>
    (['narrow', 'widened'] as const).map((width) => ({ rule, width, edges: windows[rule.id][width] })),
  );

test('every rule has the windows that the playbook gives it', () => {
  for (const rule of rules) {
    const [before, after] = windows[rule.id].narrow;
    expect(rule.narrow, rule.id).toEqual({ beforeMs: before * minute, afterMs: after * minute });
    const [wideBefore, wideAfter] = windows[rule.id].widened;
    expect(rule.widened, rule.id).toEqual({ beforeMs: wideBefore * minute, afterMs: wideAfter * minute });
  }
});

describe.each(table)('$rule.id, $width', ({ rule, width, edges: [before, after] }) => {
  const first = T - before * minute;
  const last = T + after * minute;

  function look(given: Partial<Change> & { at?: number }, onset = onsetAt(), clockToleranceMs = 0): Hit | undefined {
    const changes = rule.feeds.map((category) => change({ ...given, category }));
    const widened = width === 'widened' ? allWidened : new Set<RuleId>();
    return answerTo(rule.id, diagnose(situation({ onset, changes, widened, clockToleranceMs }))).hits[0];
  }

  test('both edges are inside, a millisecond beyond them is not', () => {
    expect(look({ at: first })).toMatchObject({ placed: 'certain', distanceMs: before * minute });
    expect(look({ at: first - 1 })).toBeUndefined();
    expect(look({ at: last })).toMatchObject({ placed: 'certain', distanceMs: after * minute });
    expect(look({ at: last + 1 })).toBeUndefined();
  });

  test('a change that may have been outside is possible', () => {
    expect(look({ earliestAt: first - 1, latestAt: first })).toMatchObject({ placed: 'possible' });
    expect(look({ earliestAt: first - 5, latestAt: first - 1 })).toBeUndefined();
    expect(look({ earliestAt: last, latestAt: last + 1 })).toMatchObject({ placed: 'possible' });
    expect(look({ earliestAt: last + 1, latestAt: last + 5 })).toBeUndefined();
  });

  test('an onset that may have been elsewhere makes it possible', () => {
    const wide = onsetAt({ earliestAt: T, latestAt: T + 2_000 });
    expect(look({ at: first + 2_000 }, wide)).toMatchObject({ placed: 'certain' });
    expect(look({ at: first + 1_999 }, wide)).toMatchObject({ placed: 'possible' });
    expect(look({ at: first }, wide)).toMatchObject({ placed: 'possible' });
    expect(look({ at: first - 1 }, wide)).toBeUndefined();
    expect(look({ at: last }, wide)).toMatchObject({ placed: 'certain' });
    expect(look({ at: last + 1 }, wide)).toMatchObject({ placed: 'possible' });
    expect(look({ at: last + 2_000 }, wide)).toMatchObject({ placed: 'possible' });
    expect(look({ at: last + 2_001 }, wide)).toBeUndefined();
  });

  test('clocks that may differ carry a change in, possibly, and none that is in out', () => {
    expect(look({ at: first }, onsetAt(), 250)).toMatchObject({ placed: 'certain' });
    expect(look({ at: first - 250 }, onsetAt(), 250)).toMatchObject({ placed: 'possible' });
    expect(look({ at: first - 251 }, onsetAt(), 250)).toBeUndefined();
    expect(look({ at: last + 250 }, onsetAt(), 250)).toMatchObject({ placed: 'possible' });
    expect(look({ at: last + 251 }, onsetAt(), 250)).toBeUndefined();
  });

  test('which side it was on', () => {
    const wide = onsetAt({ earliestAt: T, latestAt: T + 2_000 });
    expect(look({ at: T - 1 }, wide)).toMatchObject({ side: 'before', distanceMs: 1 });
    expect(look({ at: T }, wide)).toMatchObject({ side: 'during', distanceMs: 0 });
    expect(look({ at: T + 2_000 }, wide)).toMatchObject({ side: 'during', distanceMs: 0 });
    if (after > 0) expect(look({ at: T + 2_001 }, wide)).toMatchObject({ side: 'after', distanceMs: 1 });
    else expect(look({ at: T + 2_001 }, wide)).toBeUndefined();
    expect(look({ at: T - 200 }, wide, 250)).toMatchObject({ side: 'during', distanceMs: 200 });
  });
});

test('what the widened window adds is marked, and counted while it is narrow', () => {
  const changes = [10, 11, 29, 30, 31].map((minutes) => change({ id: `f${minutes}`, at: T - minutes * minute }));
  const narrow = answerTo('firewall', diagnose(situation({ changes })));
  expect(narrow).toMatchObject({ widened: false, justOutside: 3 });
  expect(narrow.hits.map(({ change: { id }, onlyWidened }) => [id, onlyWidened])).toEqual([['f10', false]]);
  const widened = answerTo('firewall', diagnose(situation({ changes, widened: new Set(['firewall'] as const) })));
  expect(widened).toMatchObject({ widened: true, justOutside: 0 });
  expect(widened.hits.map(({ change: { id }, onlyWidened }) => [id, onlyWidened])).toEqual([
    ['f10', false],
    ['f11', true],
    ['f29', true],
    ['f30', true],
  ]);
});

describe('maintenance is compared as a whole', () => {
  const work = (given: Partial<Change> & { at?: number }) =>
    change({ category: 'maintenance', action: 'start', target: { kind: 'window', name: 'upgrade' }, ...given });
  const hits = (...changes: Change[]) => answerTo('maintenance', diagnose(situation({ changes }))).hits;

  test('one that began long before and is still running is near', () => {
    expect(hits(work({ at: T - 90 * minute, untilAt: T + 30 * minute }))).toMatchObject([
      { placed: 'certain', distanceMs: 0, side: 'before', standing: 'possible' },
    ]);
  });

  test('the hour counts from its end', () => {
    expect(hits(work({ at: T - 200 * minute, untilAt: T - 60 * minute }))).toMatchObject([
      { placed: 'certain', distanceMs: 60 * minute },
    ]);
    expect(hits(work({ at: T - 200 * minute, untilAt: T - 60 * minute - 1 }))).toEqual([]);
  });

  test('the end that was seen stands before the one that was planned', () => {
    const end = work({ at: T - 61 * minute, action: 'end' });
    expect(hits(work({ at: T - 100 * minute, untilAt: T }), end)).toEqual([]);
    const later = work({ at: T - 59 * minute, action: 'end' });
    expect(hits(work({ at: T - 100 * minute, untilAt: T - 90 * minute }), later)).toHaveLength(1);
  });

  test('without an end it lasts until now; an end without a start is a moment', () => {
    expect(hits(work({ at: T - 119 * minute }))).toMatchObject([{ distanceMs: 0 }]);
    expect(hits(work({ at: T - 50 * minute, action: 'end' }))).toMatchObject([{ distanceMs: 50 * minute }]);
  });

  test('of another thing the end is not its end', () => {
    const other = work({ at: T - 100 * minute, action: 'end', target: { ...work({}).target, name: 'other' } });
    expect(hits(work({ at: T - 110 * minute }), other)).toMatchObject([{ distanceMs: 0 }]);
  });

  test('planned for after the onset it may have begun early; seen to begin after it, it did not begin it', () => {
    expect(hits(work({ at: T + minute, untilAt: T + 60 * minute }))).toMatchObject([
      { side: 'after', standing: 'possible' },
    ]);
    expect(hits(work({ at: T + minute }))).toMatchObject([{ side: 'after', standing: 'coincides' }]);
  });
});

test('a DNS record may be in force up to its TTL later', () => {
  const record = (minutes: number, ttl: number) =>
    change({ category: 'dns', at: T - minutes * minute, untilAt: T - (minutes - ttl) * minute });
  const hits = (one: Change) => answerTo('dns', diagnose(situation({ changes: [one] }))).hits;
  expect(hits(record(14, 5))).toMatchObject([{ placed: 'certain', distanceMs: 9 * minute, standing: 'possible' }]);
  expect(hits(record(16, 5))).toEqual([]);
});

describe("the load balancer's history", () => {
  const changes = [5, 20].map((minutes) =>
    change({ id: `lb${minutes}`, category: 'load-balancer', at: T - minutes * minute }),
  );
  const look = (...widened: RuleId[]) => {
    const found = diagnose(situation({ changes, widened: new Set(widened) }));
    const ids = (rule: RuleId) => answerTo(rule, found).hits.map(({ change: { id } }) => id);
    return [ids('load-balancer'), ids('load-balancer-history'), answerTo('load-balancer', found).justOutside];
  };

  test('holds what rule 4 leaves out, and nothing twice', () => {
    expect(look()).toEqual([['lb5'], [], 1]);
    expect(look('load-balancer-history')).toEqual([['lb5'], ['lb20'], 1]);
    expect(look('load-balancer')).toEqual([['lb5', 'lb20'], [], 0]);
    expect(look('load-balancer', 'load-balancer-history')).toEqual([['lb5', 'lb20'], [], 0]);
    expect(answerTo('load-balancer-history', diagnose(situation({ changes }))).justOutside).toBe(0);
  });
});

test('at most 50 are listed, the nearest; the rest is counted', () => {
  const changes = Array.from({ length: 70 }, (_, index) => change({ at: T - (index + 1) * 1_000 }));
  const answer = answerTo('firewall', diagnose(situation({ changes })));
  expect(answer.hits).toHaveLength(50);
  expect(answer.moreHits).toBe(20);
  expect(answer.hits.map(({ distanceMs }) => distanceMs)).toEqual(
    changes.slice(0, 50).map(({ latestAt }) => T - latestAt),
  );
});

function answerTo(rule: RuleId, { answers }: { answers: readonly RuleAnswer[] }): RuleAnswer {
  const answer = answers.find((one) => one.rule === rule);
  if (answer === undefined) throw new Error(`no answer to ${rule}`);
  return answer;
}
