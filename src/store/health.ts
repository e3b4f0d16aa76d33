import type { Kysely, Selectable, Transaction } from 'kysely';
import type { HealthStore } from '../health/ports.ts';
import { Schedule, type Slot, SlotOutcome } from '../health/schedule.ts';
import { readJson, readValue, writeJson } from './json.ts';
import type { Tables } from './tables.ts';

export function healthStore(db: Kysely<Tables>): HealthStore {
  return {
    async add(schedule) {
      const inserted = await db
        .insertInto('health_schedules')
        .values({
          id: schedule.id,
          created_at: schedule.createdAt,
          removed_at: null,
          json: writeJson(Schedule, schedule, nameOf(schedule.id)),
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return inserted.numInsertedOrUpdatedRows === 1n;
    },

    async list() {
      const rows = await db
        .selectFrom('health_schedules')
        .select(['id', 'json'])
        .where('removed_at', 'is', null)
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(({ id, json }) => readJson(Schedule, json, nameOf(id)));
    },

    find: (id) => findIn(db, id),

    pause: (id, by, at) =>
      changed(db, id, (schedule) => (schedule.paused === null ? { ...schedule, paused: { at, by } } : null)),

    resume: (id, at) =>
      changed(db, id, (schedule) => (schedule.paused === null ? null : { ...schedule, paused: null, sinceAt: at })),

    async remove(id, at) {
      const updated = await db
        .updateTable('health_schedules')
        .set({ removed_at: at })
        .where('id', '=', id)
        .where('removed_at', 'is', null)
        .executeTakeFirst();
      return updated.numUpdatedRows === 1n;
    },

    slots: slotStore(db),
  };
}

function slotStore(db: Kysely<Tables>): HealthStore['slots'] {
  return {
    async claim(schedule, slotAt, at) {
      const inserted = await db
        .insertInto('health_slots')
        .values({ schedule, slot_at: slotAt, claimed_at: at, outcome: null, why: null, settled_at: null })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return inserted.numInsertedOrUpdatedRows === 1n;
    },

    async takeOver({ schedule, slotAt, claimedAt }, at) {
      const updated = await db
        .updateTable('health_slots')
        .set({ claimed_at: at })
        .where('schedule', '=', schedule)
        .where('slot_at', '=', slotAt)
        .where('claimed_at', '=', claimedAt)
        .where('outcome', 'is', null)
        .executeTakeFirst();
      return updated.numUpdatedRows === 1n;
    },

    async settle(schedule, slotAt, { outcome, why, at }) {
      const settled = { outcome, why, settled_at: at };
      await db
        .insertInto('health_slots')
        .values({ schedule, slot_at: slotAt, claimed_at: at, ...settled })
        .onConflict((conflict) =>
          conflict.columns(['schedule', 'slot_at']).doUpdateSet(settled).where('health_slots.outcome', 'is', null),
        )
        .execute();
    },

    async newest(schedule, most) {
      const rows = await db
        .selectFrom('health_slots')
        .selectAll()
        .where('schedule', '=', schedule)
        .orderBy('slot_at', 'desc')
        .limit(most)
        .execute();
      return rows.map(slotOf);
    },

    async unsettled() {
      const rows = await db
        .selectFrom('health_slots')
        .selectAll()
        .where('outcome', 'is', null)
        .orderBy('slot_at')
        .execute();
      return rows.map(slotOf);
    },

    async prune(before) {
      await db
        .deleteFrom('health_slots')
        .where('slot_at', '<', before)
        .where((eb) =>
          eb.exists(
            eb
              .selectFrom('health_slots as newer')
              .select('newer.slot_at')
              .whereRef('newer.schedule', '=', 'health_slots.schedule')
              .whereRef('newer.slot_at', '>', 'health_slots.slot_at'),
          ),
        )
        .execute();
    },
  };
}

async function findIn(db: Kysely<Tables> | Transaction<Tables>, id: string): Promise<Schedule | null> {
  const row = await db
    .selectFrom('health_schedules')
    .select('json')
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? null : readJson(Schedule, row.json, nameOf(id));
}

/** `change` gives null when there is nothing to change. */
function changed(db: Kysely<Tables>, id: string, change: (schedule: Schedule) => Schedule | null): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const schedule = await findIn(trx, id);
    const next = schedule === null ? null : change(schedule);
    if (next === null) return false;
    const json = writeJson(Schedule, next, nameOf(id));
    await trx.updateTable('health_schedules').set({ json }).where('id', '=', id).execute();
    return true;
  });
}

function slotOf({ schedule, slot_at, claimed_at, outcome, why, settled_at }: Selectable<Tables['health_slots']>): Slot {
  const isSettled = outcome !== null && settled_at !== null;
  return {
    schedule,
    slotAt: slot_at,
    claimedAt: claimed_at,
    settled: isSettled
      ? { outcome: readValue(SlotOutcome, outcome, `a slot of ${nameOf(schedule)}`), why: why ?? '', at: settled_at }
      : null,
  };
}

function nameOf(id: string): string {
  return `schedule ${id}`;
}
