import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import { dueOf, lateLimitMs } from './due.ts';
import type { Period } from './figures/way-figures.ts';
import { type GatherPorts, gatherHealth } from './gather.ts';
import type { HealthStore } from './ports.ts';
import type { HealthReport } from './report.ts';
import { clustersOf, type Schedule, type Slot, type SlotOutcome } from './schedule.ts';
import { slotsBetween } from './slots.ts';

/** A post that is to stand in its channel. */
export interface HealthPost {
  /** The same for as long as it is the same post. */
  readonly key: string;
  readonly schedule: Schedule;
  readonly slotAt: number;
  /** Later than that by more than anybody would overlook. */
  readonly isLate: boolean;
  readonly report: HealthReport;
  /** Slots since the last post that nothing was posted for, newest first. */
  readonly missed: readonly { readonly slotAt: number; readonly why: string }[];
}

export type PostOutcome =
  | { readonly kind: 'sent' }
  /** Slack won't have it, now or later. */
  | { readonly kind: 'refused'; readonly error: string }
  /** It could not be reached, for long. */
  | { readonly kind: 'failed'; readonly message: string };

export interface PostingPorts {
  readonly store: HealthStore;
  /** Those that the configuration gives. */
  readonly configured: readonly Schedule[];
  readonly clusters: readonly string[];
  readonly gather: GatherPorts;
  /** Puts it into Slack, once however often it is asked; waits while Slack wants it to. Never rejects. */
  post(post: HealthPost): Promise<PostOutcome>;
  /** Is it known that the message with this key stands in Slack? */
  stands(key: string): Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Posting {
  /** Looks what is due, and begins to post it. To be called about once a minute; calls that overlap are one. Never rejects. */
  tick(): Promise<void>;
  /** Resolves when nothing is being posted. */
  idle(): Promise<void>;
  tally(): PostTally;
  /** Begins nothing more; what is under way is given up, and taken up by whoever ticks next. */
  close(): Promise<void>;
}

/** What one bot took care of since it started. */
export interface PostTally {
  /** Slots, by what became of them. */
  readonly counts: ReadonlyMap<SlotOutcome, number>;
  readonly lastPostAt: number | null;
}

/** A claim that was not renewed for so long belongs to a bot that is gone. */
const leaseMs = 150_000;
const noticedLateMs = 3 * 60_000;
/** What one post covers at most, however long ago the last one was. */
const longestMs = 7 * 24 * 3_600_000;
const keepSlotsMs = 60 * 24 * 3_600_000;
const remembered = 60;

/** Posts what is due, each slot once: whoever inserts it in the store has it, and a claim that lapses is taken over. */
export function keepPosting(ports: PostingPorts): Posting {
  const { store, configured, clock, log } = ports;
  const startedAt = clock.now();
  const closing = new AbortController();
  const underWay = new Map<string, { slot: Slot; work: Promise<void> }>();
  const counts = new Map<SlotOutcome, number>();
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<{ readonly kind: 'closed' }>();
  let lastPostAt: number | null = null;
  let ticking: Promise<void> | null = null;
  let gathering: Promise<unknown> = Promise.resolve();

  async function look(): Promise<void> {
    await renew();
    const schedules = [...(await store.list()), ...configured];
    for (const schedule of schedules) await lookAt(schedule);
    await takeUp(new Map(schedules.map((schedule) => [schedule.id, schedule])));
    await store.slots.prune(clock.now() - keepSlotsMs);
  }

  async function lookAt(schedule: Schedule): Promise<void> {
    const nowAt = clock.now();
    const [newest] = await store.slots.newest(schedule.id, 1);
    const due = dueOf(schedule, newest?.slotAt ?? null, nowAt);
    for (const slotAt of due.missed) await settle(schedule.id, slotAt, 'missed', whyMissed(slotAt));
    if (due.post !== null && (await store.slots.claim(schedule.id, due.post, nowAt))) {
      begin(schedule, { schedule: schedule.id, slotAt: due.post, claimedAt: nowAt, settled: null });
    }
  }

  function whyMissed(slotAt: number): string {
    return slotAt < startedAt ? 'the bot was not running' : 'the bot did not come to it in time';
  }

  function whyFailed({ claimedAt }: Slot): string {
    return claimedAt < startedAt ? 'the bot stopped while it was posted' : 'it could not be sent in time';
  }

  /** What another bot, or this one before it was restarted, claimed and did not finish. */
  async function takeUp(schedules: ReadonlyMap<string, Schedule>): Promise<void> {
    for (const slot of await store.slots.unsettled()) {
      const nowAt = clock.now();
      const schedule = schedules.get(slot.schedule);
      if (underWay.has(keyOf(slot)) || nowAt - slot.claimedAt < leaseMs) continue;
      if (schedule === undefined) await settle(slot.schedule, slot.slotAt, 'missed', 'the schedule was removed');
      else if (nowAt - slot.slotAt > lateLimitMs(schedule, slot.slotAt)) {
        if (await ports.stands(postKey(slot))) await settle(slot.schedule, slot.slotAt, 'posted', '');
        else await settle(slot.schedule, slot.slotAt, 'failed', whyFailed(slot));
      } else if (await store.slots.takeOver(slot, nowAt)) begin(schedule, { ...slot, claimedAt: nowAt });
    }
  }

  async function renew(): Promise<void> {
    for (const each of underWay.values()) {
      const nowAt = clock.now();
      if (await store.slots.takeOver(each.slot, nowAt)) each.slot = { ...each.slot, claimedAt: nowAt };
    }
  }

  function begin(schedule: Schedule, slot: Slot): void {
    const key = keyOf(slot);
    const work = postSlot(schedule, slot)
      .catch((error: unknown) => {
        // The claim lapses, and it is tried again for as long as it is worth it.
        if (!closing.signal.aborted) log.error({ error, schedule: schedule.id }, 'a health post could not be made');
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, { slot, work });
  }

  async function postSlot(schedule: Schedule, slot: Slot): Promise<void> {
    const { slotAt } = slot;
    const nowAt = clock.now();
    const before = (await store.slots.newest(schedule.id, remembered)).filter((one) => one.slotAt < slotAt);
    const lastPost = before.find(({ settled }) => settled?.outcome === 'posted' || settled?.outcome === 'late');
    const missed = before
      .filter((one) => one.slotAt > (lastPost?.slotAt ?? Number.NEGATIVE_INFINITY) && one.settled !== null)
      .map((one) => ({ slotAt: one.slotAt, why: one.settled?.why ?? '' }));
    const period = periodOf(schedule, slotAt, lastPost?.slotAt ?? null, nowAt);
    const report = await gatherInTurn(clustersOf(schedule, ports.clusters), period);
    const isLate = nowAt - slotAt > noticedLateMs;
    // Slack may want to be waited for longer than a bot that stops can wait.
    const outcome = await Promise.race([
      ports.post({ key: postKey(slot), schedule, slotAt, isLate, report, missed }),
      closed,
    ]);
    if (outcome.kind === 'closed') return;
    switch (outcome.kind) {
      case 'sent':
        lastPostAt = clock.now();
        return settle(schedule.id, slotAt, isLate ? 'late' : 'posted', '');
      case 'refused':
        log.warn({ schedule: schedule.id, error: outcome.error }, 'Slack refused a health post');
        return settle(schedule.id, slotAt, 'refused', `Slack refused it (${outcome.error})`);
      case 'failed':
        log.warn({ schedule: schedule.id, why: outcome.message }, 'a health post could not be sent; it is tried again');
        return;
      default:
        return outcome satisfies never;
    }
  }

  /** One after the other: several posts are due at nine, and each goes through millions of samples. */
  function gatherInTurn(clusters: readonly string[], period: Period): Promise<HealthReport> {
    const mine = gathering.then(() => gatherHealth(ports.gather, clusters, period, closing.signal));
    gathering = mine.catch(() => {});
    return mine;
  }

  async function settle(schedule: string, slotAt: number, outcome: SlotOutcome, why: string): Promise<void> {
    await store.slots.settle(schedule, slotAt, { outcome, why, at: clock.now() });
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    if (outcome === 'missed' || outcome === 'failed') log.warn({ schedule, slotAt, why }, 'a health post was missed');
    else log.info({ schedule, slotAt, outcome }, 'a health post is settled');
  }

  return {
    tick() {
      if (closing.signal.aborted) return Promise.resolve();
      ticking ??= look()
        .catch((error: unknown) => log.error({ error }, 'health posts could not be looked after'))
        .finally(() => {
          ticking = null;
        });
      return ticking;
    },
    async idle() {
      await ticking;
      while (underWay.size > 0) await Promise.all([...underWay.values()].map(({ work }) => work));
    },
    tally: () => ({ counts, lastPostAt }),
    async close() {
      closing.abort(new Error('the bot stops'));
      onClosed({ kind: 'closed' });
      await ticking;
      await Promise.all([...underWay.values()].map(({ work }) => work));
    },
  };
}

/** From the last post on, so that nothing falls between two; before the first, as far as the schedule is apart. */
function periodOf(schedule: Schedule, slotAt: number, lastPostAt: number | null, nowAt: number): Period {
  const [previous] = slotsBetween(schedule, Number.NEGATIVE_INFINITY, slotAt - 1, 1);
  return { fromAt: Math.max(lastPostAt ?? previous ?? 0, slotAt - longestMs), toAt: nowAt };
}

function keyOf({ schedule, slotAt }: Pick<Slot, 'schedule' | 'slotAt'>): string {
  return `${schedule} ${slotAt}`;
}

function postKey({ schedule, slotAt }: Pick<Slot, 'schedule' | 'slotAt'>): string {
  return `health/${schedule}/${slotAt}`;
}
