import type { Kysely, Selectable } from 'kysely';
import type { Hush, OutageCard, OutageCards, Reminder } from '../outages/ports.ts';
import type { Tables } from './tables.ts';

export function outageCards(db: Kysely<Tables>): OutageCards {
  async function remindersOf(incident: string): Promise<readonly Reminder[]> {
    const rows = await db
      .selectFrom('outage_reminders')
      .selectAll()
      .where('incident', '=', incident)
      .orderBy('number')
      .execute();
    return rows.map(({ number, at, mentions }) => ({ number, at, mentions: mentions === 1 }));
  }

  async function find(incident: string): Promise<OutageCard | null> {
    const row = await db.selectFrom('outage_cards').selectAll().where('incident', '=', incident).executeTakeFirst();
    return row === undefined ? null : cardOf(row, await remindersOf(incident));
  }

  return {
    find,

    async claim({ incident, cluster, channel, postedAt, mentions }) {
      const inserted = await db
        .insertInto('outage_cards')
        .values({ incident, cluster, channel, posted_at: postedAt, mentions: mentions ? 1 : 0 })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      const card = await find(incident);
      if (card === null) throw new Error(`the card of outage ${incident} vanished from the store`);
      return { fresh: inserted.numInsertedOrUpdatedRows === 1n, card };
    },

    async open() {
      const rows = await db
        .selectFrom('outage_cards')
        .selectAll()
        .where('closed', '=', 0)
        .orderBy('posted_at')
        .orderBy('incident')
        .execute();
      return Promise.all(rows.map(async (row) => cardOf(row, await remindersOf(row.incident))));
    },

    async lead(incident, investigation) {
      await db.updateTable('outage_cards').set({ investigation }).where('incident', '=', incident).execute();
    },

    async remind(incident, { number, at, mentions }) {
      const inserted = await db
        .insertInto('outage_reminders')
        .values({ incident, number, at, mentions: mentions ? 1 : 0 })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return inserted.numInsertedOrUpdatedRows === 1n;
    },

    async hush(incident, { kind, reminder, by, at, untilAt }) {
      const updated = await db
        .updateTable('outage_cards')
        .set({ hush_kind: kind, hush_reminder: reminder, hush_by: by, hush_at: at, hush_until_at: untilAt })
        .where('incident', '=', incident)
        .where((eb) =>
          eb.or([
            eb('hush_kind', 'is', null),
            kind === 'stopped'
              ? eb('hush_kind', '!=', 'stopped')
              : eb.and([eb('hush_kind', '!=', 'stopped'), eb('hush_reminder', '<', reminder)]),
          ]),
        )
        .executeTakeFirst();
      const card = await find(incident);
      const holds = card?.hush ?? null;
      return holds === null ? null : { fresh: updated.numUpdatedRows === 1n, hush: holds };
    },

    async close(incident) {
      await db.updateTable('outage_cards').set({ closed: 1 }).where('incident', '=', incident).execute();
    },

    async reopen(incident) {
      await db.updateTable('outage_cards').set({ closed: 0 }).where('incident', '=', incident).execute();
    },

    prune: (at) =>
      db.transaction().execute(async (trx) => {
        const old = trx
          .selectFrom('outage_cards')
          .select('incident')
          .where('closed', '=', 1)
          .where('posted_at', '<', at);
        await trx.deleteFrom('outage_reminders').where('incident', 'in', old).execute();
        await trx.deleteFrom('outage_cards').where('closed', '=', 1).where('posted_at', '<', at).execute();
      }),
  };
}

function cardOf(row: Selectable<Tables['outage_cards']>, reminders: readonly Reminder[]): OutageCard {
  return {
    incident: row.incident,
    cluster: row.cluster,
    channel: row.channel,
    postedAt: row.posted_at,
    mentions: row.mentions === 1,
    investigation: row.investigation,
    reminders,
    hush: hushOf(row),
  };
}

function hushOf(row: Selectable<Tables['outage_cards']>): Hush | null {
  const { hush_kind: kind, hush_reminder: reminder, hush_by: by, hush_at: at, hush_until_at: untilAt } = row;
  if (kind === null || reminder === null || by === null || at === null) return null;
  return { kind, reminder, by, at, untilAt };
}
