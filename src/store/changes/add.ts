import type { Transaction } from 'kysely';
import { Change } from '../../words/change.ts';
import { inChunks } from '../chunks.ts';
import { checked } from '../json.ts';
import type { Tables } from '../tables.ts';
import { levelOf, stretchOf } from './width.ts';

/** Adds those that are new, and replaces what was known of the others or leaves it. Returns the new ones, in the order they were told. */
export async function addChanges(
  trx: Transaction<Tables>,
  cluster: string,
  told: readonly Change[],
  known: 'replace' | 'leave' = 'replace',
): Promise<readonly Change[]> {
  const changes = lastOfEach(told);
  if (changes.length === 0) return [];
  const placed = changes.map((change) => {
    const stretch = stretchOf(checked(Change, change, `change ${change.id} of cluster ${cluster}`));
    return { change, stretch, category: change.category, level: levelOf(stretch) };
  });
  const groupOf = await groups(trx, cluster, placed);
  const rows = placed.map(({ change, stretch, category, level }) => ({
    cluster,
    id: change.id,
    group_id: groupOf(category, level),
    starts_at: stretch.fromAt,
    ends_at: stretch.toAt,
    json: JSON.stringify(change),
  }));

  const fresh = new Set<string>();
  for (const chunk of inChunks(rows)) {
    const inserted = await trx
      .insertInto('changes')
      .values(chunk)
      .onConflict((conflict) => conflict.columns(['cluster', 'id']).doNothing())
      .returning('id')
      .execute();
    for (const { id } of inserted) fresh.add(id);
  }
  const others = known === 'leave' ? [] : rows.filter(({ id }) => !fresh.has(id));
  for (const chunk of inChunks(others)) {
    await trx
      .insertInto('changes')
      .values(chunk)
      .onConflict((conflict) =>
        conflict
          .columns(['cluster', 'id'])
          .doUpdateSet((eb) => ({
            group_id: eb.ref('excluded.group_id'),
            starts_at: eb.ref('excluded.starts_at'),
            ends_at: eb.ref('excluded.ends_at'),
            json: eb.ref('excluded.json'),
          }))
          // An agent that starts tells again all that it finds: most of it is as it was.
          .whereRef('changes.json', '!=', 'excluded.json'),
      )
      .execute();
  }
  return changes.filter(({ id }) => fresh.has(id));
}

/** Told twice at once: the later word stands. */
function lastOfEach(told: readonly Change[]): readonly Change[] {
  const byId = new Map(told.map((change) => [change.id, change]));
  return byId.size === told.length ? told : [...byId.values()];
}

interface Place {
  readonly category: string;
  readonly level: number;
}

/** The ids of the groups that these go into; those that are missing are made. */
async function groups(
  trx: Transaction<Tables>,
  cluster: string,
  places: readonly Place[],
): Promise<(category: string, level: number) => number> {
  const nameOf = ({ category, level }: Place): string => `${category} ${level}`;
  const known = async () =>
    new Map(
      (await trx.selectFrom('change_groups').selectAll().where('cluster', '=', cluster).execute()).map((row) => [
        nameOf(row),
        row.id,
      ]),
    );
  let ids = await known();
  const missing = new Map(places.filter((place) => !ids.has(nameOf(place))).map((place) => [nameOf(place), place]));
  if (missing.size > 0) {
    const rows = [...missing.values()].map(({ category, level }) => ({ cluster, category, level }));
    await trx.insertInto('change_groups').values(rows).execute();
    ids = await known();
  }
  return (category, level) => {
    const id = ids.get(nameOf({ category, level }));
    if (id === undefined) throw new Error(`no group was made for ${category} changes of cluster ${cluster}`);
    return id;
  };
}
