import { type Kysely, type RawBuilder, sql } from 'kysely';
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
      const walks = groups.flatMap((group) => walksOf(group, window));
      const nearest = await nearestOf(connection, walks, window.most);
      for (const { n, json } of nearest) changes.push(readJson(Change, json, `change ${n} of cluster ${cluster}`));
      total += nearest.length < window.most ? nearest.length : await countOf(connection, walks);
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

/** Changes that lie on one side of `nearAt`, read in order of their distance from it along an index. */
interface Walk {
  readonly where: RawBuilder<unknown>;
  readonly distance: RawBuilder<unknown>;
  readonly order: RawBuilder<unknown>;
}

/** Before, around and after `nearAt`: together all of the group that touch the window, each once. */
function walksOf(group: Group, { fromAt, toAt, nearAt }: Asked): readonly Walk[] {
  const beganAt = nearAt - widthOf(group.level);
  return [
    {
      where: sql`group_id = ${group.id} and ends_at >= ${fromAt} and ends_at < ${nearAt}`,
      distance: sql`${nearAt} - ends_at`,
      order: sql`ends_at desc`,
    },
    {
      where: sql`group_id = ${group.id} and starts_at >= ${beganAt} and starts_at <= ${nearAt} and ends_at >= ${nearAt}`,
      distance: sql`0`,
      order: sql`starts_at desc`,
    },
    {
      where: sql`group_id = ${group.id} and starts_at > ${nearAt} and starts_at <= ${toAt}`,
      distance: sql`starts_at - ${nearAt}`,
      order: sql`starts_at`,
    },
  ];
}

/** No walk goes further than `most` steps. Written out, since building it anew would take as long as running it. */
async function nearestOf(
  db: Kysely<Tables>,
  walks: readonly Walk[],
  most: number,
): Promise<readonly { readonly n: number; readonly json: string }[]> {
  const steps = walks.map(
    ({ where, distance, order }) =>
      sql`select n, distance from
        (select n, ${distance} as distance from changes where ${where} order by ${order} limit ${most}) as walk`,
  );
  const nearest = sql`${sql.join(steps, sql` union all `)} order by distance, n limit ${most}`;
  const { rows } = await sql<{ n: number; json: string }>`
    select changes.n, changes.json from (${nearest}) as nearest join changes on changes.n = nearest.n`.execute(db);
  return rows;
}

async function countOf(db: Kysely<Tables>, walks: readonly Walk[]): Promise<number> {
  const counts = walks.map(({ where }) => sql`(select count(*) from changes where ${where})`);
  const { rows } = await sql<{ total: number }>`select ${sql.join(counts, sql` + `)} as total`.execute(db);
  return rows[0]?.total ?? 0;
}

function oldestFirst(a: Change, b: Change): number {
  return a.earliestAt - b.earliestAt || a.latestAt - b.latestAt || (a.id < b.id ? -1 : 1);
}
