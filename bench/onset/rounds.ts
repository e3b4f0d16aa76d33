import { setTimeout as wait } from 'node:timers/promises';
import { dropped, frozen, told, watchTestbed } from '../../test/e2e/harness/onsets.ts';
import { leavingAfter } from '../leave.ts';

/** One outage of the real API server, as it was and as the prober found it. All in ms. */
export interface Round {
  readonly how: 'frozen' | 'dropped';
  /** The true moment was somewhere within as much. */
  readonly uncertainMs: number;
  readonly isInside: boolean;
  readonly widthMs: number;
  /** From the true moment to the prober's word. */
  readonly toldAfterMs: number;
  /** The end found in the same way holds the moment at which the API server could be reached again. */
  readonly isRecoveryInside: boolean;
}

const DEADLINE_MS = 60_000;
const DAWDLE_MS = 1_000;

/** By turns the process is stopped and a firewall drops, each at another moment of the interval. */
export async function severalOutages(count: number, everyMs: number): Promise<readonly Round[]> {
  const watcher = await watchTestbed(everyMs);
  const rounds: Round[] = [];
  try {
    await watcher.seen();
    for (let index = 0; index < count; index++) {
      // Every phase of the interval has its turn.
      await wait(2 * everyMs + ((index + 0.5) / count) * DAWDLE_MS);
      const how = index % 2 === 0 ? 'frozen' : 'dropped';
      const broken = await (how === 'frozen' ? frozen() : dropped());
      let isBroken = true;
      let mended = { fromAt: 0, toAt: 0 };
      const mend = async (): Promise<void> => {
        isBroken = false;
        const fromAt = Date.now();
        await broken.undo();
        mended = { fromAt, toAt: Date.now() };
      };
      const mendIfBroken = async (): Promise<void> => {
        if (isBroken) await mend();
      };
      await leavingAfter(mendIfBroken, async () => {
        const { outage, toldAt } = await told(watcher, 'began', broken.fromAt, DEADLINE_MS);
        await mend();
        const ended = await told(watcher, 'ended', mended.fromAt, DEADLINE_MS);
        const { recovery } = ended.outage.onset;
        rounds.push({
          how,
          uncertainMs: broken.toAt - broken.fromAt,
          isInside: outage.onset.earliestAt <= broken.toAt && outage.onset.latestAt >= broken.fromAt,
          widthMs: outage.onset.latestAt - outage.onset.earliestAt,
          toldAfterMs: toldAt - broken.toAt,
          isRecoveryInside:
            recovery !== null && recovery.earliestAt <= mended.toAt && recovery.latestAt >= mended.fromAt,
        });
      });
    }
  } finally {
    await watcher.close();
  }
  return rounds;
}
