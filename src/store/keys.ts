import type { Kysely, Selectable } from 'kysely';
import { Role } from '../words/vantage.ts';
import { readValue } from './json.ts';
import type { AgentKey, AgentKeys } from './store.ts';
import type { Tables } from './tables.ts';

/** One in use and one that takes its place. */
const MAX_VALID = 2;

export function agentKeys(db: Kysely<Tables>): AgentKeys {
  return {
    add: (key) =>
      db.transaction().execute(async (trx) => {
        const same = await trx.selectFrom('agent_keys').selectAll().where('id', '=', key.id).executeTakeFirst();
        if (same !== undefined) {
          if (same.revoked_at === null && same.cluster === key.cluster && same.role === key.role) return 'added';
          throw new TypeError(
            `key ${key.id} was ${same.revoked_at === null ? 'made' : 'revoked'} for ${same.cluster}, role ${same.role}; ` +
              'a key serves once: make a new one',
          );
        }
        const valid = await trx
          .selectFrom('agent_keys')
          .select('id')
          .where('cluster', '=', key.cluster)
          .where('role', '=', key.role)
          .where('revoked_at', 'is', null)
          .execute();
        if (valid.length >= MAX_VALID) return 'tooMany';
        await trx
          .insertInto('agent_keys')
          .values({
            id: key.id,
            cluster: key.cluster,
            role: key.role,
            public_key_pem: key.publicKeyPem,
            created_at: key.createdAt,
            revoked_at: null,
          })
          .execute();
        return 'added';
      }),

    async find(id) {
      const row = await db.selectFrom('agent_keys').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : keyOf(row);
    },

    async list(cluster) {
      let query = db.selectFrom('agent_keys').selectAll();
      if (cluster !== undefined) query = query.where('cluster', '=', cluster);
      const rows = await query.orderBy('cluster').orderBy('role').orderBy('created_at').orderBy('id').execute();
      return rows.map(keyOf);
    },

    revoke: (id, at) =>
      db.transaction().execute(async (trx) => {
        await trx
          .updateTable('agent_keys')
          .set({ revoked_at: at })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .execute();
        const row = await trx.selectFrom('agent_keys').select('id').where('id', '=', id).executeTakeFirst();
        return row !== undefined;
      }),
  };
}

function keyOf(row: Selectable<Tables['agent_keys']>): AgentKey {
  return {
    id: row.id,
    cluster: row.cluster,
    role: readValue(Role, row.role, `agent key ${row.id}`),
    publicKeyPem: row.public_key_pem,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  };
}
