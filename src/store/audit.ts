import type { Kysely } from 'kysely';
import { type AuditLog, AuditOutcome, AuditVia } from '../words/audit.ts';
import { readValue } from './json.ts';
import type { Tables } from './tables.ts';

export function auditLog(db: Kysely<Tables>): AuditLog {
  return {
    async add({ at, actor, via, channel, action, cluster, target, outcome }) {
      await db.insertInto('audit').values({ at, actor, via, channel, action, cluster, target, outcome }).execute();
    },

    async find({ clusters, actor, sinceAt, before, most }) {
      if (clusters?.length === 0) return [];
      let query = db.selectFrom('audit').selectAll();
      if (clusters !== null) query = query.where('cluster', 'in', clusters);
      if (actor !== null) query = query.where('actor', '=', actor);
      if (sinceAt !== null) query = query.where('at', '>=', sinceAt);
      if (before !== null) query = query.where('n', '<', before);
      const rows = await query.orderBy('n', 'desc').limit(most).execute();
      return rows.map(({ via, outcome, ...row }) => ({
        ...row,
        via: readValue(AuditVia, via, `entry ${row.n} of the audit log`),
        outcome: readValue(AuditOutcome, outcome, `entry ${row.n} of the audit log`),
      }));
    },

    async prune(beforeAt) {
      await db.deleteFrom('audit').where('at', '<', beforeAt).execute();
    },
  };
}
