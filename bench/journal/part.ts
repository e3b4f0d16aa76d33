import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Figure, ms, type Part } from '../figures.ts';
import { quantile } from '../spread.ts';
import { askedFor, onsetsIn, scanFor, timeEach } from './ask.ts';
import { fillJournal, journalSizes } from './fill.ts';

const ROUNDS = 300;
const SCANS = 3;
/** Of each category. */
const MOST = 200;

/** How long the journal's answer takes, by its size; correlation comes on top of it. */
export async function measureJournal(sizes: readonly number[] = journalSizes): Promise<Part> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-bench-'));
  const figures: Figure[] = [];
  const p99s: number[] = [];
  const rates: string[] = [];
  try {
    for (const size of sizes) {
      const journal = await fillJournal(join(folder, `${size}.db`), size);
      try {
        const onsets = onsetsIn(journal, ROUNDS);
        const took = await timeEach(onsets, (at) => journal.store.changes.between(journal.cluster, askedFor(at, MOST)));
        const scans = await timeEach(onsets.slice(-SCANS), (at) => scanFor(journal, at, MOST));
        const p99 = quantile(took, 0.99);
        p99s.push(p99);
        rates.push(`${size} in ${(journal.filledInMs / 1_000).toFixed(1)} s`);
        figures.push({
          what: `changes around an onset, of ${size}, p99`,
          measured: ms(p99),
          reference: { what: 'each row looked at, median', amount: ms(quantile(scans, 0.5)) },
          limit: { kind: 'atMost', value: 50 },
        });
      } finally {
        await journal.remove();
      }
    }
    const [smallest, largest] = [p99s[0], p99s.at(-1)];
    if (smallest !== undefined && largest !== undefined) {
      figures.push({
        what: 'growth from the smallest to the largest',
        measured: { value: largest / smallest, unit: '×' },
        reference: null,
        limit: { kind: 'atMost', value: 3 },
      });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return {
    kind: 'measured',
    title: 'The journal of changes',
    notes: [
      `${ROUNDS} onsets spread over each journal; the widest window of any rule, at most ${MOST} changes of each category, read from the file.`,
      `Filled through the stores of the bot, as agents fill it: ${rates.join(', ')}.`,
    ],
    figures,
  };
}
