import { DatabaseSync } from 'node:sqlite';
import type { Staged } from './bot.ts';
import { until } from './until.ts';

/** What was seen, by agents, by the prober and of what stands around. */
const seen = ['changes', 'coverage', 'outages', 'sample_chunks', 'sample_series', 'source_memories'];

/** As if the bot had been set up a moment ago: scenarios know nothing of one another. Agents stay enrolled. */
export async function afresh(staged: Staged): Promise<void> {
  await staged.stop();
  const database = new DatabaseSync(staged.storeFile);
  try {
    for (const table of seen) database.exec(`delete from ${table}`);
  } finally {
    database.close();
  }
  await staged.start();
}

/** Waits until each of these, `source category`, covers something since: it has looked, and will see what differs. */
export async function watched(staged: Staged, sinceAt: number, lines: readonly string[]): Promise<void> {
  await until(120_000, async () => {
    const database = new DatabaseSync(staged.storeFile, { readOnly: true });
    try {
      const statement = database.prepare('select distinct source, category from coverage where to_at > ?');
      const found = statement.all(sinceAt).map(({ source, category }) => `${source} ${category}`);
      const missing = lines.filter((line) => !found.includes(line));
      return missing.length === 0 ? null : `nothing is covered by ${missing.join(', ')}`;
    } finally {
      database.close();
    }
  });
}
