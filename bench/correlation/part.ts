import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectedSources } from '../../src/changes/expected.ts';
import { diagnose } from '../../src/correlation/diagnose.ts';
import type { Situation } from '../../src/correlation/situation.ts';
import type { Change } from '../../src/words/change.ts';
import type { Onset } from '../../src/words/onset.ts';
import { RuleId } from '../../src/words/rule.ts';
import { type Figure, ms, type Part } from '../figures.ts';
import { askedFor, onsetsIn, scanFor, type Took, timeEach } from '../journal/ask.ts';
import { fillJournal, type Journal, journalSizes } from '../journal/fill.ts';
import { leavingAfter } from '../leave.ts';
import { median, quantile } from '../spread.ts';

export const correlationTitle = 'Correlation: from an onset to its causes';
const rounds = 300;
const scans = 3;
/** Of each category, as the bot asks for them. */
const most = 200;
const smallestSize = journalSizes[0];
const largestSize = journalSizes[2];

/** From an onset to every rule's answer and the ranked causes, by the size of the journal; all windows widened, so that nothing is spared. */
export async function measureCorrelation(): Promise<Part> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-bench-'));
  const figures: Figure[] = [];
  const p99s = new Map<number, number>();
  await leavingAfter(
    () => rm(folder, { recursive: true, force: true }),
    async () => {
      for (const size of journalSizes) {
        const journal = await fillJournal(join(folder, `${size}.db`), size);
        try {
          const onsets = onsetsIn(journal, rounds);
          const took = await timeEach(onsets, (at) => answer(journal, at));
          const alone = await diagnoseAlone(journal, onsets);
          const scanned = await timeEach(onsets.slice(-scans), async (at) =>
            diagnose(situationOf(at, await scanFor(journal, at, most))),
          );
          p99s.set(
            size,
            quantile(
              took.map(({ tookMs }) => tookMs),
              0.99,
            ),
          );
          figures.push(...figuresOf(size, took, alone, scanned));
        } finally {
          await journal.remove();
        }
      }
    },
  );
  const [smallest, largest] = [p99s.get(smallestSize), p99s.get(largestSize)];
  if (smallest !== undefined && largest !== undefined) {
    figures.push({
      what: `p99, ${largestSize} to ${smallestSize} changes`,
      measured: { value: largest / smallest, unit: '×' },
      reference: null,
      limit: { kind: 'atMost', value: 3 },
    });
  }
  return {
    kind: 'measured',
    title: correlationTitle,
    notes: [
      `${rounds} onsets spread over each journal: changes and coverage read from the file as the bot reads them (two hours to each side, at most ${most} of each category), then every rule and look with its window widened.`,
      'Beside it, in the same file: each row looked at, then the same diagnosis.',
    ],
    figures,
  };
}

function figuresOf(
  size: number,
  took: readonly Took[],
  alone: readonly number[],
  scanned: readonly Took[],
): readonly Figure[] {
  const beside = { what: 'each row looked at, median', amount: ms(median(scanned.map(({ tookMs }) => tookMs))) };
  return [
    {
      what: `of ${size} changes, p50`,
      measured: ms(median(took.map(({ tookMs }) => tookMs))),
      reference: beside,
      limit: null,
    },
    {
      what: `of ${size} changes, p99`,
      measured: ms(
        quantile(
          took.map(({ tookMs }) => tookMs),
          0.99,
        ),
      ),
      reference: {
        what: 'processor time of the same, p99',
        amount: ms(
          quantile(
            took.map(({ cpuMs }) => cpuMs),
            0.99,
          ),
        ),
      },
      limit: size === largestSize ? { kind: 'atMost', value: 50 } : null,
    },
    {
      what: `of ${size} changes, the diagnosis alone, p99`,
      measured: ms(quantile(alone, 0.99)),
      reference: null,
      limit: null,
    },
  ];
}

async function answer({ store, cluster }: Journal, at: number) {
  const asked = askedFor(at, most);
  const [{ changes }, coverage] = await Promise.all([
    store.changes.between(cluster, asked),
    store.changes.coverage(cluster, asked.fromAt, asked.toAt),
  ]);
  return diagnose({ ...situationOf(at, changes), coverage });
}

/** With the changes at hand. */
async function diagnoseAlone({ store, cluster }: Journal, onsets: readonly number[]): Promise<readonly number[]> {
  const took: number[] = [];
  for (const at of onsets.filter((_, index) => index % 3 === 0)) {
    const { changes } = await store.changes.between(cluster, askedFor(at, most));
    const situation = situationOf(at, changes);
    const began = performance.now();
    diagnose(situation);
    took.push(performance.now() - began);
  }
  return took;
}

function situationOf(at: number, changes: readonly Change[]): Situation {
  const onset: Onset = {
    id: 'prober:bench',
    method: 'prober',
    earliestAt: at,
    latestAt: at + 5_000,
    words: 'seen by the bot',
    sources: ['10.0.0.5'],
    scope: 'everywhere',
    recovery: null,
  };
  return {
    onset,
    changes,
    expected: expectedSources({ knowledge: { provider: 'self', controlPlaneNodes: ['cp-0', 'cp-1', 'cp-2'] } }, []),
    coverage: [],
    steps: [],
    good: [],
    linksLost: [],
    widened: new Set(RuleId.options),
    endpoint: { addresses: ['10.0.0.10'], port: 6443 },
    notApplicable: {},
    clockToleranceMs: 250,
    nowAt: at + 60_000,
  };
}
