import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import type { Change, ChangeCategory } from '../../src/words/change.ts';
import { changeOf, spanOf } from './store-records.ts';

/** What every engine must do with changes and coverage. */
export function changesContract(storeNow: () => Store): void {
  describe('changes', () => {
    let journal: Store['changes'];
    beforeEach(() => {
      journal = storeNow().changes;
    });
    const around = async (fromAt: number, toAt: number, { nearAt = fromAt, most = 100, cluster = 'prod' } = {}) =>
      journal.between(cluster, { fromAt, toAt, nearAt, most });
    const idsAround = async (...asked: Parameters<typeof around>) =>
      (await around(...asked)).changes.map(({ id }) => id);

    it('gives a change back as it was', async () => {
      expect(await journal.add('prod', [full])).toEqual([full]);
      expect(await around(full.earliestAt, full.earliestAt)).toEqual({ changes: [full], total: 1 });
    });

    it('knows nothing of a cluster that it was told nothing of', async () => {
      await journal.add('prod', [changeOf('a', 1_000)]);
      expect(await around(0, 5_000, { cluster: 'stage' })).toEqual({ changes: [], total: 0 });
      expect(await journal.coverage('stage', 0, 5_000)).toEqual([]);
    });

    it.each([
      ['up to its first millisecond', 500, 1_000, true],
      ['that ends a millisecond before it', 500, 999, false],
      ['from its last millisecond', 2_000, 2_500, true],
      ['that begins a millisecond after it', 2_001, 2_500, false],
      ['of all of it', 1_000, 2_000, true],
      ['of a part of it', 1_400, 1_401, true],
      ['that ends before it begins', 2_000, 1_000, false],
    ])('compares with edges that belong to it: a window %s', async (_what, fromAt, toAt, found) => {
      await journal.add('prod', [{ ...changeOf('a', 1_000), latestAt: 2_000 }]);
      for (const nearAt of [fromAt, toAt, 1_500]) {
        expect(await idsAround(fromAt, toAt, { nearAt })).toEqual(found ? ['a'] : []);
      }
    });

    it('finds what began long before and still lasts, to the millisecond', async () => {
      const hours = 3_600_000;
      const began = { ...changeOf('a', 1_000), action: 'start' as const, untilAt: 1_000 + 5 * hours };
      await journal.add('prod', [began, { ...began, id: 'over', untilAt: null }]);
      expect(await idsAround(4 * hours, 4 * hours + 1)).toEqual(['a']);
      expect(await idsAround(1_000 + 5 * hours, 6 * hours)).toEqual(['a']);
      expect(await idsAround(1_001 + 5 * hours, 6 * hours)).toEqual([]);
    });

    it('finds what nobody knows the beginning of', async () => {
      await journal.add('prod', [{ ...changeOf('a', 1_700_000_000_000), earliestAt: 0 }]);
      expect(await idsAround(5, 6)).toEqual(['a']);
      expect(await idsAround(1_700_000_000_000, 1_700_000_000_001)).toEqual(['a']);
    });

    it('answers the oldest first', async () => {
      await journal.add('prod', [
        changeOf('c', 3_000),
        { ...changeOf('b', 1_000), latestAt: 1_500 },
        changeOf('a', 2_000, 'dns'),
        changeOf('d', 1_000),
      ]);
      expect(await idsAround(0, 9_000)).toEqual(['d', 'b', 'a', 'c']);
    });

    it('answers the nearest of each category, and says how many there are', async () => {
      const at = [1_000, 2_000, 3_000, 4_000, 5_000];
      await journal.add(
        'prod',
        at.flatMap((each) => [changeOf(`f${each}`, each), changeOf(`d${each}`, each + 1, 'dns')]),
      );
      const { changes, total } = await around(0, 4_500, { nearAt: 3_100, most: 2 });
      expect(changes.map(({ id }) => id)).toEqual(['f3000', 'd3000', 'f4000', 'd4000']);
      expect(total).toBe(8);
      expect(await around(0, 9_000, { most: 0 })).toEqual({ changes: [], total: 10 });
    });

    it('takes a moment outside the window for its nearer end', async () => {
      await journal.add('prod', [changeOf('a', 1_000), changeOf('b', 2_000), changeOf('c', 3_000)]);
      expect(await idsAround(1_000, 3_000, { nearAt: 9_000, most: 1 })).toEqual(['c']);
      expect(await idsAround(1_000, 3_000, { nearAt: 0, most: 1 })).toEqual(['a']);
    });

    it('adds what it knows already once, and replaces what was known of it', async () => {
      const told = changeOf('a', 1_000);
      const better = { ...told, category: 'dns' as const, latestAt: 900_000, summary: 'told better' };
      expect(await journal.add('prod', [told, changeOf('b', 1_000)])).toHaveLength(2);
      expect(await journal.add('prod', [changeOf('c', 1_000), better])).toEqual([changeOf('c', 1_000)]);
      expect(await around(500_000, 900_000)).toEqual({ changes: [better], total: 1 });
      expect((await around(1_000, 1_000)).changes).toContainEqual(better);
      expect((await around(1_000, 1_000)).total).toBe(3);
    });

    it('leaves what it knows already as it is, when it is told to', async () => {
      const told = changeOf('a', 1_000);
      await journal.add('prod', [told], 'leave');
      const other = { ...told, category: 'dns' as const, summary: 'told otherwise' };
      expect(await journal.add('prod', [other, changeOf('b', 1_000)], 'leave')).toEqual([changeOf('b', 1_000)]);
      expect(await around(1_000, 1_000)).toEqual({ changes: [told, changeOf('b', 1_000)], total: 2 });
      expect(await journal.add('stage', [other], 'leave')).toEqual([other]);
    });

    it('believes the later word of one batch', async () => {
      const later = { ...changeOf('a', 2_000), summary: 'told better' };
      expect(await journal.add('prod', [changeOf('a', 1_000), changeOf('b', 1_500), later])).toEqual([
        later,
        changeOf('b', 1_500),
      ]);
      expect(await around(0, 9_000)).toEqual({ changes: [changeOf('b', 1_500), later], total: 2 });
    });

    it('tells the same id of two clusters apart', async () => {
      await journal.add('prod', [changeOf('a', 1_000)]);
      expect(await journal.add('stage', [changeOf('a', 2_000)])).toHaveLength(1);
      expect(await around(0, 9_000)).toEqual({ changes: [changeOf('a', 1_000)], total: 1 });
    });

    it('keeps all of what is told at once, or nothing', async () => {
      const broken = { ...changeOf('b', Number.NaN) };
      await expect(journal.add('prod', [changeOf('a', 1_000), broken])).rejects.toThrow(/change b of cluster prod/);
      expect(await around(0, 9_000)).toEqual({ changes: [], total: 0 });
    });

    it('takes very many at once', async () => {
      const many = Array.from({ length: 3_001 }, (_, index) => changeOf(`c${index}`, index));
      expect(await journal.add('prod', many)).toHaveLength(3_001);
      expect(await journal.add('prod', many)).toEqual([]);
      expect((await around(0, 5_000, { most: 1 })).total).toBe(3_001);
    });

    it('makes one of many that add the same at once the first', async () => {
      const fresh = await Promise.all(Array.from({ length: 10 }, () => journal.add('prod', [changeOf('a', 1_000)])));
      expect(fresh.flat()).toHaveLength(1);
    });

    it('forgets what ended before, to the millisecond, and takes it for new when it is told again', async () => {
      const lasting = { ...changeOf('lasting', 1_000), untilAt: 5_000 };
      await journal.add('prod', [changeOf('a', 1_999), changeOf('b', 2_000), lasting]);
      await journal.add('stage', [changeOf('a', 1_000)]);
      await journal.prune(2_000);
      expect(await idsAround(0, 9_000)).toEqual(['lasting', 'b']);
      expect((await around(0, 9_000, { cluster: 'stage' })).total).toBe(0);
      expect(await journal.add('prod', [changeOf('a', 1_999), lasting])).toEqual([changeOf('a', 1_999)]);
    });

    it('forgets more than it forgets at once', async () => {
      await journal.add(
        'prod',
        Array.from({ length: 1_200 }, (_, index) => changeOf(`c${index}`, index)),
      );
      await journal.prune(1_100);
      expect((await around(0, 9_000)).total).toBe(100);
    });

    it('answers as looking at each change would', async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(batches, asking, async (told, asked) => {
          const cluster = `c${++run}`;
          for (const batch of told) await journal.add(cluster, batch);
          const known = [...new Map(told.flat().map((change) => [change.id, change])).values()];
          const touching = known.filter((change) => change.earliestAt <= asked.toAt && endOf(change) >= asked.fromAt);
          const { changes, total } = await journal.between(cluster, asked);

          expect(total).toBe(touching.length);
          expect(changes).toEqual(changes.toSorted((a, b) => a.earliestAt - b.earliestAt));
          expect(new Set(changes.map(({ id }) => id)).size).toBe(changes.length);
          for (const change of changes) expect(touching).toContainEqual(change);
          const distances = (of: readonly Change[], category: ChangeCategory) =>
            of
              .filter((change) => change.category === category)
              .map((change) => distanceOf(change, asked))
              .toSorted((a, b) => a - b);
          for (const category of categories) {
            expect(distances(changes, category)).toEqual(distances(touching, category).slice(0, asked.most));
          }
        }),
        { numRuns: 150 },
      );
    });
  });

  describe('coverage', () => {
    let journal: Store['changes'];
    beforeEach(() => {
      journal = storeNow().changes;
    });

    it('joins what touches, and keeps apart what does not', async () => {
      await journal.cover('prod', spanOf(100, 200));
      await journal.cover('prod', spanOf(202, 300));
      expect(await journal.coverage('prod', 0, 999)).toEqual([spanOf(100, 200), spanOf(202, 300)]);
      await journal.cover('prod', spanOf(201, 201));
      expect(await journal.coverage('prod', 0, 999)).toEqual([spanOf(100, 300)]);
    });

    it('tells sources, instances and categories apart', async () => {
      await journal.cover('prod', { ...spanOf(100, 200), categories: ['firewall', 'routing'] });
      await journal.cover('prod', { ...spanOf(150, 300), categories: ['routing'] });
      await journal.cover('prod', { ...spanOf(150, 300), instance: 'cp-2' });
      await journal.cover('prod', { ...spanOf(150, 300), source: 'node-files' });
      await journal.cover('stage', spanOf(0, 999));
      expect(await journal.coverage('prod', 0, 999)).toEqual([
        { ...spanOf(150, 300), source: 'node-files' },
        spanOf(100, 200),
        { ...spanOf(100, 300), categories: ['routing'] },
        { ...spanOf(150, 300), instance: 'cp-2' },
      ]);
    });

    it('tells categories that are covered alike in one span', async () => {
      await journal.cover('prod', { ...spanOf(100, 200), categories: ['routing', 'firewall'] });
      expect(await journal.coverage('prod', 0, 999)).toEqual([
        { ...spanOf(100, 200), categories: ['firewall', 'routing'] },
      ]);
    });

    it.each([
      [200, 300, true],
      [201, 300, false],
      [0, 100, true],
      [0, 99, false],
    ])('answers what reaches into the window, whole: %i to %i', async (fromAt, toAt, found) => {
      await journal.cover('prod', spanOf(100, 200));
      expect(await journal.coverage('prod', fromAt, toAt)).toEqual(found ? [spanOf(100, 200)] : []);
    });

    it('claims no part of a millisecond that it does not have whole', async () => {
      await journal.cover('prod', spanOf(100.4, 200.6));
      await journal.cover('prod', spanOf(300.2, 300.8));
      expect(await journal.coverage('prod', 0, 999)).toEqual([spanOf(101, 200)]);
    });

    it('takes out what is not known after all, of the named categories alone', async () => {
      await journal.cover('prod', { ...spanOf(100, 200), categories: ['firewall', 'routing'] });
      await journal.uncover('prod', spanOf(150, 159));
      expect(await journal.coverage('prod', 0, 999)).toEqual([
        spanOf(100, 149),
        { ...spanOf(100, 200), categories: ['routing'] },
        spanOf(160, 200),
      ]);
    });

    it('covers nothing of what it forgets', async () => {
      await journal.cover('prod', spanOf(100, 200));
      await journal.cover('prod', spanOf(300, 400));
      await journal.prune(350);
      expect(await journal.coverage('prod', 0, 999)).toEqual([spanOf(350, 400)]);
      await journal.cover('prod', spanOf(0, 500));
      await journal.cover('prod', { ...spanOf(0, 349), instance: 'cp-2' });
      expect(await journal.coverage('prod', 0, 999)).toEqual([spanOf(350, 500)]);
      expect(await journal.coverage('prod', 0, 349)).toEqual([]);
      await journal.prune(200);
      await journal.prune(500);
      expect(await journal.coverage('prod', 0, 999)).toEqual([spanOf(500, 500)]);
    });

    it('covers what a set of milliseconds would', async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(covering, { maxLength: 12 }), async (steps) => {
          const cluster = `c${++run}`;
          const known = new Map(categories.map((category) => [category, new Set<number>()]));
          for (const { does, span } of steps) {
            await journal[does](cluster, span);
            for (const category of span.categories) {
              for (let at = span.fromAt; at <= span.toAt; at += 1) {
                if (does === 'cover') known.get(category)?.add(at);
                else known.get(category)?.delete(at);
              }
            }
          }
          const told = await journal.coverage(cluster, -1, 99);
          for (const [category, milliseconds] of known) {
            const ofOne = told.filter((span) => span.categories.includes(category));
            expect(ofOne.map(({ fromAt, toAt }) => [fromAt, toAt])).toEqual(runsOf(milliseconds));
          }
        }),
        { numRuns: 100 },
      );
    });
  });
}

const full: Change = {
  ...changeOf('node-firewall:cp-1/17', 1_700_000_000_123),
  earliestAt: 1_699_999_999_999.5,
  certainty: 'latestKnown',
  actor: 'nft (root)',
  target: {
    kind: 'nftables',
    namespace: 'kube-system',
    name: `'; drop table changes; -- \u0000 ${'é'.repeat(200)} 🚒`,
    node: 'cp-1',
    addresses: ['10.0.0.0/8', 'fd00::/8'],
    ports: [6443, 2379],
  },
  diff: ['+ tcp dport 6443 drop'],
  effect: {
    kind: 'passages',
    port: 6443,
    before: [{ first: '0.0.0.0', last: '255.255.255.255', to: '10.0.0.10', verdict: 'allow', rule: null }],
    after: [{ first: '0.0.0.0', last: '255.255.255.255', to: '10.0.0.10', verdict: 'deny', rule: 'drop' }],
  },
  untilAt: 1_700_000_900_000,
  link: 'https://example.com/changes/17',
};

const categories = ['firewall', 'dns', 'maintenance'] as const;

/** Near one another, and as far apart as stretches that are hours, weeks and decades wide. */
const moment = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(1, 1, 4_096, 70_000, 20_000_000, 40_000_000_000))
  .map(([count, unit]) => count * unit);

const change = fc
  .record({
    id: fc.integer({ min: 0, max: 25 }).map((number) => `id-${number}`),
    category: fc.constantFrom(...categories),
    earliestAt: moment,
    widthMs: fc.oneof(fc.constant(0), moment),
    lastsMs: fc.option(moment),
  })
  .map(
    ({ id, category, earliestAt, widthMs, lastsMs }): Change => ({
      ...changeOf(id, earliestAt, category),
      latestAt: earliestAt + widthMs,
      untilAt: lastsMs === null ? null : earliestAt + lastsMs,
    }),
  );

const batches = fc.array(fc.array(change, { maxLength: 12 }), { maxLength: 3 });

interface Asked {
  readonly fromAt: number;
  readonly toAt: number;
  readonly nearAt: number;
  readonly most: number;
}

const asking = fc
  .tuple(moment, moment, moment, fc.integer({ min: 0, max: 6 }))
  .map(([one, other, nearAt, most]): Asked => {
    return { fromAt: Math.min(one, other), toAt: Math.max(one, other), nearAt, most };
  });

function endOf({ latestAt, untilAt }: Change): number {
  return Math.max(latestAt, untilAt ?? latestAt);
}

function distanceOf(one: Change, { fromAt, toAt, nearAt }: Asked): number {
  const at = Math.min(Math.max(nearAt, fromAt), toAt);
  return Math.max(0, at - endOf(one), one.earliestAt - at);
}

const covering = fc
  .tuple(
    fc.constantFrom('cover' as const, 'cover' as const, 'uncover' as const),
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 12 }),
    fc.uniqueArray(fc.constantFrom(...categories), { minLength: 1 }),
  )
  .map(([does, fromAt, length, named]) => ({
    does,
    span: { ...spanOf(fromAt, fromAt + length), categories: named },
  }));

function runsOf(milliseconds: ReadonlySet<number>): number[][] {
  const runs: number[][] = [];
  for (const at of [...milliseconds].toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === at - 1) last[1] = at;
    else runs.push([at, at]);
  }
  return runs;
}
