import type { Kysely, SelectQueryBuilder } from 'kysely';
import { Change } from '../../words/change.ts';
import { inChunks } from '../chunks.ts';
import { readJson } from '../json.ts';
import type { Tables } from '../tables.ts';
import { widthOf } from './width.ts';

interface Asked {
  readonly fromAt: number;
  readonly toAt: number;
  readonly nearAt: number;
  readonly most: number;
}

/** A change that was found, before what it says is read. */
interface Found {
  readonly n: number;
  readonly category: string;
  readonly distanceMs: number;
}

/** See `ChangeJournal.between`. A `nearAt` outside the window counts as the window's nearer end. */
export async function changesBetween(
  db: Kysely<Tables>,
  cluster: string,
  asked: Asked,
): Promise<{ readonly changes: readonly Change[]; readonly total: number }> {
  const { fromAt, toAt, most } = asked;
  const nearAt = Math.min(Math.max(asked.nearAt, fromAt), toAt);
  if (fromAt > toAt) return { changes: [], total: 0 };
  return db.connection().execute(async (connection) => {
    const groups = await connection
      .selectFrom('change_groups')
      .select(['id', 'category', 'level'])
      .where('cluster', '=', cluster)
      .execute();
    const found: Found[] = [];
    let total = 0;
    for (const group of groups) {
      const inGroup = await findInGroup(connection, group, { fromAt, toAt, nearAt, most });
      found.push(...inGroup.found);
      total += inGroup.total;
    }
    const changes = await read(connection, nearest(found, most));
    return { changes: changes.toSorted(oldestFirst), total };
  });
}

/** The nearest before, around and after `nearAt`, at most so many of each: each is one walk along an index from there. */
async function findInGroup(
  db: Kysely<Tables>,
  group: { readonly id: number; readonly category: string; readonly level: number },
  { fromAt, toAt, nearAt, most }: Asked,
): Promise<{ found: readonly Found[]; total: number }> {
  const inGroup = db.selectFrom('changes').where('group_id', '=', group.id);
  const before = inGroup.where('ends_at', '>=', fromAt).where('ends_at', '<', nearAt);
  const after = inGroup.where('starts_at', '>', nearAt).where('starts_at', '<=', toAt);
  const around = inGroup
    .where('starts_at', '>=', nearAt - widthOf(group.level))
    .where('starts_at', '<=', nearAt)
    .where('ends_at', '>=', nearAt);

  const columns = ['n', 'starts_at', 'ends_at'] as const;
  const walks = [
    { all: before, nearestFirst: before.select(columns).orderBy('ends_at', 'desc') },
    { all: around, nearestFirst: around.select(columns).orderBy('starts_at', 'desc') },
    { all: after, nearestFirst: after.select(columns).orderBy('starts_at') },
  ];
  const found: Found[] = [];
  let total = 0;
  for (const { all, nearestFirst } of walks) {
    const rows = await nearestFirst.limit(most).execute();
    for (const { n, starts_at, ends_at } of rows) {
      const distanceMs = Math.max(0, nearAt - ends_at, starts_at - nearAt);
      found.push({ n, category: group.category, distanceMs });
    }
    total += rows.length < most ? rows.length : await count(all);
  }
  return { found, total };
}

async function count(all: SelectQueryBuilder<Tables, 'changes', object>): Promise<number> {
  const { rows } = await all.select((eb) => eb.fn.countAll<number>().as('rows')).executeTakeFirstOrThrow();
  return rows;
}

/** The nearest of each category, by their rows. */
function nearest(found: readonly Found[], most: number): readonly number[] {
  const byCategory = Map.groupBy(found, ({ category }) => category);
  return [...byCategory.values()].flatMap((ofOne) =>
    ofOne
      .toSorted((a, b) => a.distanceMs - b.distanceMs || a.n - b.n)
      .slice(0, most)
      .map(({ n }) => n),
  );
}

async function read(db: Kysely<Tables>, rows: readonly number[]): Promise<Change[]> {
  const changes: Change[] = [];
  for (const chunk of inChunks(rows)) {
    const found = await db.selectFrom('changes').select(['id', 'json']).where('n', 'in', chunk).execute();
    for (const { id, json } of found) changes.push(readJson(Change, json, `change ${id}`));
  }
  return changes;
}

function oldestFirst(a: Change, b: Change): number {
  return a.earliestAt - b.earliestAt || a.latestAt - b.latestAt || (a.id < b.id ? -1 : 1);
}
