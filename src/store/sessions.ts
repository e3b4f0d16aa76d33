import type { Kysely } from 'kysely';
import { Role, Vantage } from '../words/vantage.ts';
import { readJson, readValue, writeJson } from './json.ts';
import type { AgentSessions } from './store.ts';
import type { Tables } from './tables.ts';

export function agentSessions(db: Kysely<Tables>): AgentSessions {
  return {
    async nextEpoch(cluster, role, instance) {
      const row = await db
        .insertInto('agent_sessions')
        .values({ cluster, role, instance, epoch: 1, vantage_json: null, version: null, last_seen_at: null })
        .onConflict((conflict) =>
          conflict
            .columns(['cluster', 'role', 'instance'])
            .doUpdateSet((eb) => ({ epoch: eb('agent_sessions.epoch', '+', 1) })),
        )
        .returning('epoch')
        .executeTakeFirstOrThrow();
      return row.epoch;
    },

    async seen(cluster, role, vantage, version, at) {
      const news = {
        vantage_json: writeJson(Vantage, vantage, `the vantage of ${cluster}/${role}/${vantage.instance}`),
        version,
        last_seen_at: at,
      };
      await db
        .insertInto('agent_sessions')
        .values({ cluster, role, instance: vantage.instance, epoch: 0, ...news })
        .onConflict((conflict) =>
          conflict
            .columns(['cluster', 'role', 'instance'])
            .doUpdateSet(news)
            // A report that was overtaken on its way changes nothing.
            .where((eb) =>
              eb.or([eb('agent_sessions.last_seen_at', 'is', null), eb('agent_sessions.last_seen_at', '<=', at)]),
            ),
        )
        .execute();
    },

    async list(cluster) {
      const rows = await db
        .selectFrom('agent_sessions')
        .selectAll()
        .where('cluster', '=', cluster)
        .orderBy('role')
        .orderBy('instance')
        .execute();
      return rows.flatMap(({ role, instance, vantage_json, version, last_seen_at }) => {
        if (vantage_json === null || version === null || last_seen_at === null) return [];
        const what = `agent ${cluster}/${role}/${instance}`;
        return {
          role: readValue(Role, role, what),
          vantage: readJson(Vantage, vantage_json, what),
          version,
          lastSeenAt: last_seen_at,
        };
      });
    },
  };
}
