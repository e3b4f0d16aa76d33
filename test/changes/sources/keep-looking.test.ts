import { afterEach, describe, expect, test } from 'vitest';
import { expectedOf } from '../../../src/changes/sources/expected-of.ts';
import { keepLooking } from '../../../src/changes/sources/keep-looking.ts';
import type { Paced } from '../../../src/changes/sources/pace.ts';
import type { OutsideSource, SourceTrouble } from '../../../src/changes/sources/source.ts';
import { furthest } from '../../../src/playbook/rules.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Change } from '../../../src/words/change.ts';
import { opened } from '../../contracts/store.ts';
import { change, minute, T } from '../../correlation/given.ts';
import { scriptedSource } from '../../fakes/outside-source.ts';
import { eventually, type LogLine, recordedLog } from '../../link/stage.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** Looks with these, at the given time, into a store of its own or one that was there before. */
async function looking(
  sources: readonly OutsideSource[],
  given: { store?: Store; nowAt?: number; withinMs?: number; pauseMs?: (paced: Paced) => number } = {},
) {
  const store = given.store ?? (await opened({ kind: 'sqlite', file: ':memory:' }));
  const clock = { at: given.nowAt ?? T, now: () => clock.at };
  const learned: string[] = [];
  const { log, lines } = recordedLog();
  const kept = keepLooking(sources, {
    journal: store.changes,
    clock,
    log,
    onLearned: (cluster) => void learned.push(cluster),
    pauseMs: given.pauseMs ?? (({ lookEveryMs }) => lookEveryMs),
    ...(given.withinMs === undefined ? {} : { withinMs: () => given.withinMs ?? 0 }),
  });
  if (given.store === undefined) cleanups.push(store.close);
  cleanups.push(kept.close);
  const changes = async (cluster = 'prod') => {
    const asked = { fromAt: 0, toAt: T + 600 * minute, nearAt: T, most: 100 };
    return (await store.changes.between(cluster, asked)).changes.map(({ id }) => id);
  };
  const covered = (cluster = 'prod') => store.changes.coverage(cluster, 0, T + 600 * minute);
  return { ...kept, store, clock, learned, lines, changes, covered };
}

const grown = (at: number, given: Partial<Change> = {}): Change =>
  change({ at, source: 'aws', instance: 'prod-eu', category: 'security-group', id: `aws:${at}`, ...given });
const told = (...changes: readonly Change[]) => ({
  changes: changes.map((each) => ({ cluster: 'prod', change: each })),
});
const failing = (kind: SourceTrouble['kind'], words = `it is ${kind}`) => ({
  covered: [],
  troubles: [{ kind, words, categories: ['security-group' as const] }],
});
const healthOf = (kept: { states(): readonly { health: unknown }[] }, index = 0) => kept.states()[index]?.health;

describe('looking ahead', () => {
  test('reaches back as far as the rules do, and as late as it records', async () => {
    const source = scriptedSource({ lateMs: 15 * minute, answer: async () => told(grown(T - minute)) });
    const kept = await looking([source]);
    await eventually(() => expect(healthOf(kept)).toEqual({ kind: 'working', sinceAt: T }));
    expect(source.asked).toEqual([{ fromAt: T - furthest.beforeMs - 15 * minute, toAt: T }]);
    expect(await kept.changes()).toEqual([`aws:${T - minute}`]);
    expect(await kept.covered()).toEqual([
      { source: 'aws', instance: 'prod-eu', categories: ['security-group'], ...source.asked[0] },
    ]);
    expect(kept.learned).toEqual(['prod']);
    expect(kept.states()[0]).toMatchObject({ lastLookedAt: T, looks: { whole: 1, partly: 0, failed: 0 } });
  });

  test('reaches back no further than the source does', async () => {
    const source = scriptedSource({ reachesBackMs: 7 * minute });
    const kept = await looking([source]);
    await eventually(() => expect(healthOf(kept)).toMatchObject({ kind: 'working' }));
    expect(source.asked).toEqual([{ fromAt: T - 7 * minute, toAt: T }]);
  });

  test('goes on where it ended before a restart', async () => {
    const store = await opened({ kind: 'sqlite', file: ':memory:' });
    cleanups.push(store.close);
    const before = await looking([scriptedSource()], { store });
    await eventually(() => expect(healthOf(before)).toMatchObject({ kind: 'working' }));
    await before.close();
    const source = scriptedSource();
    const after = await looking([source], { store, nowAt: T + 3 * minute });
    await eventually(() => expect(healthOf(after)).toMatchObject({ kind: 'working' }));
    expect(source.asked).toEqual([{ fromAt: T + 1, toAt: T + 3 * minute }]);
  });

  test('asks again for as long as it may have recorded late, and the looks are one stretch', async () => {
    let isLate = true;
    const source = scriptedSource({
      lateMs: 2 * minute,
      lookEveryMs: 5,
      async answer({ fromAt, toAt }) {
        const covered = [
          { fromAt, toAt: Math.max(fromAt, toAt - 2 * minute), categories: ['security-group' as const] },
        ];
        return { ...(isLate ? {} : told(grown(T - minute))), covered };
      },
    });
    const kept = await looking([source]);
    await eventually(() => expect(source.asked.length).toBeGreaterThan(1));
    isLate = false;
    kept.clock.at = T + 10 * minute;
    await eventually(async () => expect(await kept.changes()).toEqual([`aws:${T - minute}`]));
    await eventually(async () =>
      expect(await kept.covered()).toMatchObject([
        { fromAt: T - furthest.beforeMs - 2 * minute, toAt: T + 8 * minute },
      ]),
    );
    const first = source.asked.findIndex(({ toAt }) => toAt === T + 10 * minute);
    expect(source.asked[first]?.fromAt).toBeLessThanOrEqual(T - 2 * minute);
  });

  test('is never done twice at once', async () => {
    let underWay = 0;
    let most = 0;
    const source = scriptedSource({
      lookEveryMs: 1,
      async answer() {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise(setImmediate);
        underWay -= 1;
        return {};
      },
    });
    const kept = await looking([source]);
    for (let round = 0; round < 20; round++) {
      kept.clock.at += minute;
      await kept.lookAround('prod', { fromAt: T, toAt: kept.clock.at });
    }
    await eventually(() => expect(source.asked.length).toBeGreaterThan(20));
    expect(most).toBe(1);
  });

  test('covers every cluster of the source, and gives each its own changes', async () => {
    const source = scriptedSource({
      clusters: ['prod', 'stage'],
      answer: async () => ({ changes: [{ cluster: 'stage', change: grown(T - minute) }] }),
    });
    const kept = await looking([source]);
    await eventually(() => expect(kept.learned).toEqual(['prod', 'stage']));
    expect([await kept.changes('prod'), await kept.changes('stage')]).toEqual([[], [`aws:${T - minute}`]]);
    expect(await kept.covered('prod')).toEqual(await kept.covered('stage'));
    expect(await kept.covered('prod')).toHaveLength(1);
  });
});

describe('around an onset', () => {
  const window = { fromAt: T - 300 * minute, toAt: T + 120 * minute };

  test('asks for what is missing of the stretch until now, and only for that', async () => {
    const source = scriptedSource();
    const kept = await looking([source]);
    await kept.lookAround('prod', { fromAt: T - 60 * minute, toAt: T + minute });
    expect(source.asked).toHaveLength(1);
    kept.clock.at = T + 2 * minute;
    await kept.lookAround('prod', window);
    expect(source.asked.slice(1)).toEqual([{ fromAt: window.fromAt, toAt: T + 2 * minute }]);
    await kept.lookAround('prod', window);
    expect(source.asked).toHaveLength(2);
  });

  /** The first look lasts until the gate is opened. */
  async function lookingUnderWay() {
    const gate = Promise.withResolvers<void>();
    const source = scriptedSource({
      async answer() {
        await gate.promise;
        return {};
      },
    });
    const kept = await looking([source]);
    await eventually(() => expect(source.asked).toHaveLength(1));
    return { kept, source, gate };
  }

  test('a look that is under way is not doubled', async () => {
    const { kept, source, gate } = await lookingUnderWay();
    const asking = [1, 2, 3].map(() => kept.lookAround('prod', { fromAt: T - 30 * minute, toAt: T + minute }));
    gate.resolve();
    await Promise.all(asking);
    expect(source.asked).toHaveLength(1);
  });

  test('one that reaches too short is followed by another', async () => {
    const { kept, source, gate } = await lookingUnderWay();
    const asking = kept.lookAround('prod', window);
    gate.resolve();
    await asking;
    expect(source.asked.slice(1)).toEqual([{ fromAt: window.fromAt, toAt: T }]);
  });

  test('asks sources of other clusters nothing', async () => {
    const other = scriptedSource({ instance: 'other', clusters: ['stage'] });
    const kept = await looking([scriptedSource(), other]);
    await eventually(() => expect(kept.states().map(({ health }) => health.kind)).toEqual(['working', 'working']));
    await kept.lookAround('prod', window);
    expect(other.asked).toHaveLength(1);
  });

  test('one that hangs delays no other, and each answer is told as it comes', async () => {
    const hanging = scriptedSource({ instance: 'hangs', answer: (_stretch, signal) => untilAborted(signal) });
    const quick = scriptedSource({ answer: async () => told(grown(T - minute)) });
    const kept = await looking([hanging, quick]);
    const asking = kept.lookAround('prod', window);
    await eventually(async () => expect(await kept.changes()).toEqual([`aws:${T - minute}`]));
    await eventually(() => expect(kept.states().map(({ health }) => health.kind)).toEqual(['notYet', 'working']));
    expect(kept.learned).toContain('prod');
    await kept.close();
    await asking;
  });

  test('is asked more often while something may yet be recorded of it, and no longer', async () => {
    const source = scriptedSource({ lateMs: 15 * minute });
    const paced: boolean[] = [];
    const kept = await looking([source], {
      pauseMs({ isWaitedFor }) {
        paced.push(isWaitedFor);
        return isWaitedFor ? 2 : 3_600_000;
      },
    });
    await kept.lookAround('prod', { fromAt: T - 300 * minute, toAt: T - 16 * minute });
    await eventually(() => expect(paced.at(-1)).toBe(false));
    await kept.lookAround('prod', window);
    const before = source.asked.length;
    await eventually(() => expect(source.asked.length).toBeGreaterThan(before + 3));
    kept.clock.at = T + 46 * minute;
    await eventually(() => expect(paced.at(-1)).toBe(false));
  });

  test('what it could not tell then it is asked for again, by itself, however long ago it was', async () => {
    let isBack = false;
    const source = scriptedSource({
      lookEveryMs: 2,
      answer: async () => (isBack ? told(grown(window.fromAt + minute)) : failing('unreachable')),
    });
    const kept = await looking([source]);
    await kept.lookAround('prod', { fromAt: window.fromAt, toAt: window.fromAt + 120 * minute });
    expect(await kept.changes()).toEqual([]);
    isBack = true;
    await eventually(async () => expect(await kept.changes()).toEqual([`aws:${window.fromAt + minute}`]));
  });
});

describe('a source in trouble', () => {
  test('says since when and why, and is well again afterwards', async () => {
    let trouble: SourceTrouble['kind'] | null = 'expired';
    const source = scriptedSource({
      lookEveryMs: 2,
      answer: async () => (trouble === null ? {} : failing(trouble)),
    });
    const kept = await looking([source]);
    await eventually(() => expect(healthOf(kept)).toMatchObject({ kind: 'inTrouble', sinceAt: T }));
    expect(await kept.covered()).toEqual([]);
    kept.clock.at = T + minute;
    trouble = 'refused';
    await eventually(() =>
      expect(healthOf(kept)).toMatchObject({ sinceAt: T, troubles: [{ kind: 'refused', words: 'it is refused' }] }),
    );
    trouble = null;
    await eventually(() => expect(healthOf(kept)).toEqual({ kind: 'working', sinceAt: T + minute }));
    expect(warnings(kept.lines)).toEqual(['a source of changes is in trouble']);
  });

  test('is not held against what it could answer of another part', async () => {
    const source = scriptedSource({
      tells: [
        { categories: ['security-group'], words: 'AWS security groups (prod-eu)' },
        { categories: ['load-balancer', 'cloud'], words: 'AWS load balancers and logs (prod-eu)' },
      ],
      lookEveryMs: 2,
      answer: async (stretch) => ({
        covered: [{ ...stretch, categories: ['security-group', 'cloud'] }],
        troubles: [{ kind: 'refused', categories: ['load-balancer'], words: 'it may not be read' }],
      }),
    });
    const kept = await looking([source]);
    await eventually(() => expect(kept.states()[0]?.looks.partly).toBeGreaterThan(1));
    expect(kept.states().flatMap(expectedOf)).toMatchObject([
      { categories: ['security-group'], words: 'AWS security groups (prod-eu)', trouble: null },
      { categories: ['load-balancer'], trouble: 'it may not be read' },
      { categories: ['cloud'], trouble: null },
    ]);
    // What is refused does not make it read two hours each time.
    expect(source.asked.at(-1)).toEqual({ fromAt: T, toAt: T });
  });

  test('once a part is back, what was missed of it is asked for', async () => {
    let isRefused = true;
    const source = scriptedSource({
      tells: [{ categories: ['security-group', 'cloud'], words: 'AWS (prod-eu)' }],
      lookEveryMs: 2,
      answer: async (stretch) =>
        isRefused
          ? {
              covered: [{ ...stretch, categories: ['cloud'] }],
              troubles: [{ kind: 'refused', categories: ['security-group'], words: 'it may not be read' }],
            }
          : {},
    });
    const kept = await looking([source]);
    await eventually(() => expect(kept.states()[0]?.looks.partly).toBeGreaterThan(1));
    isRefused = false;
    kept.clock.at = T + minute;
    await eventually(async () => {
      const spans = (await kept.covered()).filter(({ categories }) => categories.includes('security-group'));
      expect(spans).toMatchObject([{ fromAt: T + minute - furthest.beforeMs, toAt: T + minute }]);
    });
  });

  test('that does not answer in time is left, and asked again', async () => {
    const source = scriptedSource({ lookEveryMs: 2, answer: (_stretch, signal) => untilAborted(signal) });
    const kept = await looking([source], { withinMs: 20 });
    await kept.lookAround('prod', { fromAt: T - minute, toAt: T });
    expect(healthOf(kept)).toMatchObject({
      kind: 'inTrouble',
      troubles: [{ kind: 'timedOut', categories: ['security-group'], words: expect.stringContaining('within') }],
    });
    await eventually(() => expect(source.asked.length).toBeGreaterThan(1));
  });

  test('that does not even stop when it is told to is not asked twice at once, and keeps nobody waiting', async () => {
    const source = scriptedSource({ lookEveryMs: 1, answer: () => new Promise<never>(() => {}) });
    const other = scriptedSource({ instance: 'other', lookEveryMs: 1 });
    const kept = await looking([source, other], { withinMs: 20 });
    await kept.lookAround('prod', { fromAt: T - minute, toAt: T });
    expect(healthOf(kept)).toMatchObject({ kind: 'inTrouble', troubles: [{ kind: 'timedOut' }] });
    const before = other.asked.length;
    await eventually(() => expect(other.asked.length).toBeGreaterThan(before + 5));
    expect(source.asked).toHaveLength(1);
  });

  test('that throws is told as broken, with its error in the log', async () => {
    const source = scriptedSource({ answer: () => Promise.reject(new Error('no such thing')) });
    const kept = await looking([source]);
    await eventually(() =>
      expect(healthOf(kept)).toMatchObject({
        kind: 'inTrouble',
        troubles: [{ kind: 'broke', categories: ['security-group'] }],
      }),
    );
    expect(kept.lines.find(({ level }) => level === 'error')?.data).toMatchObject({
      source: 'aws',
      instance: 'prod-eu',
    });
  });

  test('a change that is none is trouble, the others are kept, and what it may hide is not covered', async () => {
    const good = grown(T - minute);
    const source = scriptedSource({
      tells: [{ categories: ['security-group', 'cloud'], words: 'AWS (prod-eu)' }],
      answer: async () => ({
        changes: [
          { cluster: 'prod', change: good },
          { cluster: 'prod', change: { ...grown(T - 2 * minute), earliestAt: Number.NaN } },
          { cluster: 'elsewhere', change: grown(T - 3 * minute) },
          { cluster: 'prod', change: grown(T - 4 * minute, { source: 'kube' }) },
        ],
      }),
    });
    const kept = await looking([source]);
    await eventually(() =>
      expect(healthOf(kept)).toMatchObject({
        troubles: [
          {
            kind: 'malformed',
            categories: ['security-group'],
            words: 'it told of 3 changes in a shape that is not understood',
          },
        ],
      }),
    );
    expect(await kept.changes()).toEqual([good.id]);
    expect((await kept.covered()).flatMap(({ categories }) => categories)).toEqual(['cloud']);
  });

  test('is told as broken when the store can not be read', async () => {
    const store = await opened({ kind: 'sqlite', file: ':memory:' });
    cleanups.push(store.close);
    const changes = { ...store.changes, coverage: () => Promise.reject(new Error('no such table')) };
    const source = scriptedSource();
    const kept = await looking([source], { store: { ...store, changes } });
    await kept.lookAround('prod', { fromAt: T - minute, toAt: T });
    await eventually(() => expect(healthOf(kept)).toMatchObject({ kind: 'inTrouble', troubles: [{ kind: 'broke' }] }));
    expect(source.asked).toEqual([]);
  });

  test('whose answer can not be kept has covered nothing', async () => {
    const store = await opened({ kind: 'sqlite', file: ':memory:' });
    cleanups.push(store.close);
    const changes = { ...store.changes, add: () => Promise.reject(new Error('disk full')) };
    const source = scriptedSource({ answer: async () => told(grown(T - minute)) });
    const kept = await looking([source], { store: { ...store, changes } });
    await eventually(() => expect(healthOf(kept)).toMatchObject({ troubles: [{ kind: 'broke' }] }));
    expect(await kept.covered()).toEqual([]);
  });
});

describe('the end', () => {
  test('leaves what is under way, closes what is held, and asks nothing more', async () => {
    let closed = 0;
    const source = scriptedSource({
      answer: (_stretch, signal) => untilAborted(signal),
      close: async () => {
        closed += 1;
      },
    });
    const kept = await looking([source]);
    await eventually(() => expect(source.asked).toHaveLength(1));
    await kept.close();
    await kept.lookAround('prod', { fromAt: T - minute, toAt: T });
    expect({ closed, asked: source.asked.length }).toEqual({ closed: 1, asked: 1 });
    expect(kept.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

function warnings(lines: readonly LogLine[]): readonly string[] {
  return lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
