import { DatabaseSync } from 'node:sqlite';
import { furthest } from '../../src/playbook/rules.ts';
import { Change } from '../../src/words/change.ts';
import type { Journal } from './fill.ts';

/** What a diagnosis asks of the journal for an onset at `nearAt`. */
export function askedFor(nearAt: number, most: number) {
  return { fromAt: nearAt - furthest.beforeMs, toAt: nearAt + furthest.afterMs, nearAt, most };
}

/** Onsets spread evenly over the journal, the last two windows' width of it included. */
export function onsetsIn({ firstAt, lastAt }: Journal, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => Math.round(firstAt + ((lastAt - firstAt) * (index + 1)) / count));
}

export interface Took {
  readonly tookMs: number;
  /** What the processor did for it: tells what the same would take on a machine with nothing else to do. */
  readonly cpuMs: number;
}

/** How long each took, one after the other; the first few, which nobody waits for in a bot that runs, left out. */
export async function timeEach(
  onsets: readonly number[],
  work: (nearAt: number) => Promise<unknown>,
): Promise<readonly Took[]> {
  for (const nearAt of onsets.slice(0, WARM_UP)) await work(nearAt);
  const took: Took[] = [];
  for (const nearAt of onsets) {
    const before = process.cpuUsage();
    const began = performance.now();
    await work(nearAt);
    const tookMs = performance.now() - began;
    const { user, system } = process.cpuUsage(before);
    took.push({ tookMs, cpuMs: (user + system) / 1_000 });
  }
  return took;
}

const WARM_UP = 20;

/** The same answer from the same file, by looking at each row. */
export async function scanFor(journal: Journal, nearAt: number, most: number): Promise<readonly Change[]> {
  const { fromAt, toAt } = askedFor(nearAt, most);
  const database = new DatabaseSync(journal.file, { readOnly: true });
  try {
    const rows = database
      .prepare('select json from changes not indexed where cluster = ? and starts_at <= ? and ends_at >= ?')
      .all(journal.cluster, toAt, fromAt);
    const changes = rows.map(({ json }) => Change.parse(JSON.parse(String(json))));
    const byCategory = Map.groupBy(changes, ({ category }) => category);
    const distance = ({ earliestAt, latestAt, untilAt }: Change): number =>
      Math.max(0, nearAt - Math.max(latestAt, untilAt ?? latestAt), earliestAt - nearAt);
    return [...byCategory.values()].flatMap((ofOne) =>
      ofOne.toSorted((a, b) => distance(a) - distance(b)).slice(0, most),
    );
  } finally {
    database.close();
  }
}
