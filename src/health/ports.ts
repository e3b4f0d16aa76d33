import type { Schedule, Slot, SlotOutcome } from './schedule.ts';

/** Schedules that people made, and what became of their slots, kept durably. Times are epoch ms. */
export interface HealthStore {
  /** false: one with this id is there, or was; nothing is changed. */
  add(schedule: Schedule): Promise<boolean>;
  /** Oldest first. */
  list(): Promise<readonly Schedule[]>;
  find(id: string): Promise<Schedule | null>;
  /** false: it is paused already, or isn't there. */
  pause(id: string, by: string, at: number): Promise<boolean>;
  /** Slots up to `at` are nobody's then. false: it runs, or isn't there. */
  resume(id: string, at: number): Promise<boolean>;
  /** false: it isn't there any more. */
  remove(id: string, at: number): Promise<boolean>;
  readonly slots: SlotStore;
}

interface SlotStore {
  /** The one who inserts it has it: false for everybody else. */
  claim(schedule: string, slotAt: number, at: number): Promise<boolean>;
  /** Of one whose claim was last renewed at `claimedAt`, and is still that old: for one of those who try. */
  takeOver(slot: Pick<Slot, 'schedule' | 'slotAt' | 'claimedAt'>, at: number): Promise<boolean>;
  /** What became of it; inserts it when nobody had claimed it. The first to say so is right. */
  settle(schedule: string, slotAt: number, settled: { outcome: SlotOutcome; why: string; at: number }): Promise<void>;
  /** Newest first. */
  newest(schedule: string, most: number): Promise<readonly Slot[]>;
  /** Claimed, and nothing said since. */
  unsettled(): Promise<readonly Slot[]>;
  /** Forgets slots before `before`, save the newest of each schedule. */
  prune(before: number): Promise<void>;
}
