import { setTimeout as wait } from 'node:timers/promises';

const everyMs = 250;

/** Asks until nothing is missing any more; what can't be asked is missing too. @throws with what still was when the deadline passed */
export async function until(deadlineMs: number, missing: () => Promise<string | null>): Promise<void> {
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    const what = await missing().catch(String);
    if (what === null) return;
    if (performance.now() > giveUpAt) throw new Error(`not within ${deadlineMs / 1000} s: ${what}`);
    await wait(everyMs);
  }
}
