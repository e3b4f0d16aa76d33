import { z } from 'zod';

/** When a health post is due, and what it is about. Times are epoch ms. */
export const Schedule = z.object({
  /** Short and typeable: `hp-k3f9x2`; of one that the configuration gives `cfg-k3f9x2`. */
  id: z.string().min(1).max(40),
  /** Names; null: all that are configured, whichever those are then. */
  clusters: z.array(z.string()).min(1).nullable(),
  /** Slack's id. */
  channel: z.string().min(1).max(40),
  /** Five fields, read in `zone`. */
  cron: z.string().min(1).max(200),
  /** As it was said: `weekdays at 9:00`, or the cron expression itself. */
  said: z.string().min(1).max(200),
  /** IANA name. */
  zone: z.string().min(1).max(100),
  /** The Slack user who made it; null: the configuration. */
  by: z.string().max(40).nullable(),
  createdAt: z.number(),
  /** Slots up to then are nobody's: it did not exist yet, or was paused. */
  sinceAt: z.number(),
  /** null: it runs. */
  paused: z.object({ at: z.number(), by: z.string().max(40) }).nullable(),
});
export type Schedule = z.infer<typeof Schedule>;

/** What became of a slot. `posted` and `late` were; the others never will be, and the next post says so. */
export const SlotOutcome = z.enum(['posted', 'late', 'missed', 'refused', 'failed']);
export type SlotOutcome = z.infer<typeof SlotOutcome>;

/** A moment at which a schedule was due, once somebody took care of it. Times are epoch ms. */
export interface Slot {
  readonly schedule: string;
  readonly slotAt: number;
  /** By whoever posts it; renewed for as long as that goes on. */
  readonly claimedAt: number;
  /** null: it is being posted, or whoever did so is gone. */
  readonly settled: { readonly outcome: SlotOutcome; readonly why: string; readonly at: number } | null;
}

export function isConfigured({ by }: Pick<Schedule, 'by'>): boolean {
  return by === null;
}

/** The clusters that it is about, of those that are configured now. */
export function clustersOf({ clusters }: Pick<Schedule, 'clusters'>, configured: readonly string[]): readonly string[] {
  return clusters === null ? configured : configured.filter((name) => clusters.includes(name));
}

/** The same post at the same times in the same place. */
export function sameSchedule(a: Schedule, b: Schedule): boolean {
  const clusters = ({ clusters: names }: Schedule) => (names === null ? '*' : [...names].sort().join(' '));
  return a.channel === b.channel && a.cron === b.cron && a.zone === b.zone && clusters(a) === clusters(b);
}
