import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { ChangeJournal } from '../../changes/ports.ts';
import type { Tables } from '../tables.ts';
import { addChanges } from './add.ts';
import { changesBetween } from './between.ts';
import { cover, coverageWithin, forgetCoverage, uncover } from './coverage.ts';

export function changeJournal(db: Kysely<Tables>): ChangeJournal {
  return {
    add: (cluster, changes, known) => db.transaction().execute((trx) => addChanges(trx, cluster, changes, known)),
    between: (cluster, asked) => changesBetween(db, cluster, asked),
    cover: (cluster, span) => db.transaction().execute((trx) => cover(trx, cluster, [span])),
    uncover: (cluster, span) => db.transaction().execute((trx) => uncover(trx, cluster, span, [span])),
    coverage: (cluster, fromAt, toAt) => coverageWithin(db, cluster, fromAt, toAt),

    async prune(at) {
      // First, so that nobody ever reads that a source saw all while half of what it saw is forgotten.
      await db.transaction().execute(async (trx) => {
        await forgetCoverage(trx, Math.ceil(at));
        await trx.deleteFrom('stream_gaps').where('to_at', '<', at).execute();
        await trx.deleteFrom('stream_cursors').where('told_at', '<', at).execute();
      });
      for (const { id } of await db.selectFrom('change_groups').select('id').execute()) await forget(db, id, at);
    },
  };
}

/** A few at a time: whoever else wants the store comes in between. */
const PRUNED_AT_ONCE = 500;

async function forget(db: Kysely<Tables>, group: number, at: number): Promise<void> {
  for (;;) {
    const { numDeletedRows } = await db
      .deleteFrom('changes')
      .where('n', 'in', (eb) =>
        eb
          .selectFrom('changes')
          .select('n')
          .where('group_id', '=', group)
          .where('ends_at', '<', at)
          .orderBy('ends_at')
          .limit(PRUNED_AT_ONCE),
      )
      .executeTakeFirstOrThrow();
    if (numDeletedRows < PRUNED_AT_ONCE) return;
    await nextTurn();
  }
}
