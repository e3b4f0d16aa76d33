import type { Kysely } from 'kysely';
import { ClusterKnowledge } from '../words/endpoint.ts';
import { readJson, writeJson } from './json.ts';
import type { KnowledgeShelf } from './store.ts';
import type { Tables } from './tables.ts';

export function knowledgeShelf(db: Kysely<Tables>): KnowledgeShelf {
  return {
    async get(cluster) {
      const row = await db
        .selectFrom('cluster_knowledge')
        .select('json')
        .where('cluster', '=', cluster)
        .executeTakeFirst();
      return row === undefined ? null : readJson(ClusterKnowledge, row.json, `what is known of cluster ${cluster}`);
    },

    async put(cluster, knowledge) {
      const json = writeJson(ClusterKnowledge, knowledge, `what is known of cluster ${cluster}`);
      await db
        .insertInto('cluster_knowledge')
        .values({ cluster, json })
        .onConflict((conflict) => conflict.column('cluster').doUpdateSet({ json }))
        .execute();
    },
  };
}
