import type { Kysely } from 'kysely';
import type { SourceMemories } from './store.ts';
import type { Tables } from './tables.ts';

/** A row for each source; what it means is read by the source, with a schema of its own. */
export function sourceMemories(db: Kysely<Tables>): SourceMemories {
  return {
    of: (source, instance) => ({
      async last() {
        const row = await db
          .selectFrom('source_memories')
          .select('json')
          .where('source', '=', source)
          .where('instance', '=', instance)
          .executeTakeFirst();
        return row === undefined ? null : JSON.parse(row.json);
      },
      async keep(state) {
        const json = JSON.stringify(state);
        await db
          .insertInto('source_memories')
          .values({ source, instance, json })
          .onConflict((conflict) => conflict.columns(['source', 'instance']).doUpdateSet({ json }))
          .execute();
      },
    }),
  };
}
