import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import { Change } from '../../words/change.ts';
import { readJson } from '../json.ts';
import type { Tables } from '../tables.ts';
import { widthOf } from './width.ts';

interface Asked {
  readonly fromAt: number;
  readonly toAt: number;
  readonly nearAt: number;
  readonly most: number;
}

/** See `ChangeJournal.between`. A `nearAt` outside the window counts as the window's nearer end. */
export async function changesBetween(
  db: Kysely<Tables>,
  cluster: string,
  asked: Asked,
): Promise<{ readonly changes: readonly Change[]; readonly total: number }> {
  const { fromAt, toAt } = asked;
  if (fromAt > toAt) return { changes: [], total: 0 };
  const window = { ...asked, nearAt: Math.min(Math.max(asked.nearAt, fromAt), toAt) };
  return db.connection().execute(async (connection) => {
    const changes: Change[] = [];
    let total = 0;
    for (const groups of await groupsByCategory(connection, cluster)) {
      const walks = groups.flatMap((group) => walksOf(connection, group, window));
      const nearest = await nearestOf(connection, walks, window.most);
      for (const { n, json } of nearest) changes.push(readJson(Change, json, `change ${n} of cluster ${cluster}`));
      total += nearest.length < window.most ? nearest.length : await countOf(walks);
    }
    return { changes: changes.toSorted(oldestFirst), total };
  });
}

interface Group {
  readonly id: number;
  readonly level: number;
}

async function groupsByCategory(db: Kysely<Tables>, cluster: string): Promise<readonly (readonly Group[])[]> {
  const rows = await db
    .selectFrom('change_groups')
    .select(['id', 'category', 'level'])
    .where('cluster', '=', cluster)
    .orderBy('id')
    .execute();
  return [...Map.groupBy(rows, ({ category }) => category).values()];
}

/** Changes that lie on one side of `nearAt`, and their distance from it: read in order of it along an index. */
interface Walk {
  readonly all: SelectQueryBuilder<Tables, 'changes', object>;
  readonly nearestFirst: SelectQueryBuilder<Tables, 'changes', { n: number; distance: number }>;
}

/** Before, around and after `nearAt`: together all of the group that touch the window, each once. */
function walksOf(db: Kysely<Tables>, group: Group, { fromAt, toAt, nearAt }: Asked): readonly Walk[] {
  const inGroup = db.selectFrom('changes').where('group_id', '=', group.id);
  const before = inGroup.where('ends_at', '>=', fromAt).where('ends_at', '<', nearAt);
  const after = inGroup.where('starts_at', '>', nearAt).where('starts_at', '<=', toAt);
  const around = inGroup
    .where('starts_at', '>=', nearAt - widthOf(group.level))
    .where('starts_at', '<=', nearAt)
    .where('ends_at', '>=', nearAt);
  return [
    {
      all: before,
      nearestFirst: before
        .select(['n', sql<number>`${nearAt} - ${sql.ref('ends_at')}`.as('distance')])
        .orderBy('ends_at', 'desc'),
    },
    { all: around, nearestFirst: around.select(['n', sql.lit(0).as('distance')]).orderBy('starts_at', 'desc') },
    {
      all: after,
      nearestFirst: after
        .select(['n', sql<number>`${sql.ref('starts_at')} - ${nearAt}`.as('distance')])
        .orderBy('starts_at'),
    },
  ];
}

/** No walk goes further than `most` steps. */
async function nearestOf(
  db: Kysely<Tables>,
  walks: readonly Walk[],
  most: number,
): Promise<readonly { readonly n: number; readonly json: string }[]> {
  const [first, ...others] = walks.map(({ nearestFirst }) =>
    db.selectFrom(nearestFirst.limit(most).as('walk')).select(['n', 'distance']),
  );
  if (first === undefined) return [];
  const nearest = others
    .reduce((all, walk) => all.unionAll(walk), first)
    .orderBy('distance')
    .orderBy('n')
    .limit(most);
  return db
    .selectFrom(nearest.as('nearest'))
    .innerJoin('changes', 'changes.n', 'nearest.n')
    .select(['changes.n', 'changes.json'])
    .execute();
}

async function countOf(walks: readonly Walk[]): Promise<number> {
  let total = 0;
  for (const { all } of walks) {
    const { rows } = await all.select((eb) => eb.fn.countAll<number>().as('rows')).executeTakeFirstOrThrow();
    total += rows;
  }
  return total;
}

function oldestFirst(a: Change, b: Change): number {
  return a.earliestAt - b.earliestAt || a.latestAt - b.latestAt || (a.id < b.id ? -1 : 1);
}
