import { createHash } from 'node:crypto';
import type { Schedule } from './schedule.ts';

/** As the configuration gives it, checked. */
export interface ConfiguredSchedule {
  /** null: all. */
  readonly clusters: readonly string[] | null;
  readonly channel: string;
  readonly cron: string;
  readonly said: string;
  readonly zone: string;
}

/** Schedules of the configuration: the same entry is the same schedule after a restart, a changed one is another. */
export function configuredSchedules(entries: readonly ConfiguredSchedule[], startedAt: number): readonly Schedule[] {
  return entries.map((entry) => ({
    ...entry,
    clusters: entry.clusters === null ? null : [...entry.clusters],
    id: `cfg-${shortId(JSON.stringify([entry.clusters, entry.channel, entry.cron, entry.zone]))}`,
    by: null,
    createdAt: startedAt,
    sinceAt: startedAt,
    paused: null,
  }));
}

/** Six characters to type; the same for the same seed. */
export function shortId(seed: string): string {
  const digest = createHash('sha256').update(seed).digest().readUIntBE(0, 6);
  return (digest % 36 ** 6).toString(36).padStart(6, '0');
}
