import { openStore } from '../../../src/store/open.ts';
import { cluster, type Staged } from './bot.ts';

const HOUR_MS = 60 * 60_000;

/**
 * Lets so much time pass for the bot as if it had been switched off meanwhile: all that its journal and its prober know
 * happened that much earlier. Nobody has to wait for half an hour, and no clock of the machine is touched.
 */
export async function passTime(staged: Staged, ms: number): Promise<void> {
  await staged.stop();
  const opened = await openStore({ kind: 'sqlite', file: staged.storeFile });
  if (opened.kind === 'refused') throw new Error(opened.message);
  const { changes, samples, outages, close } = opened.store;
  const nowAt = Date.now();
  const window = { fromAt: nowAt - 3 * HOUR_MS, toAt: nowAt + HOUR_MS };

  const earlier = ({ earliestAt, latestAt }: { earliestAt: number; latestAt: number }) => ({
    earliestAt: earliestAt - ms,
    latestAt: latestAt - ms,
  });

  const known = await changes.between(cluster, { ...window, nearAt: nowAt, most: 100_000 });
  const coverage = await changes.coverage(cluster, window.fromAt, window.toAt);
  await changes.add(
    cluster,
    known.changes.map((change) => ({
      ...change,
      ...earlier(change),
      observedAt: change.observedAt - ms,
      untilAt: change.untilAt === null ? null : change.untilAt - ms,
    })),
  );
  for (const span of coverage) await changes.uncover(cluster, span);
  for (const span of coverage) {
    await changes.cover(cluster, { ...span, fromAt: span.fromAt - ms, toAt: span.toAt - ms });
  }

  const series = await samples.series(cluster);
  const seen = await Promise.all(series.map((one) => samples.between(one, window.fromAt, window.toAt)));
  await samples.prune(window.toAt);
  for (const [index, one] of series.entries()) {
    await samples.add(
      one,
      (seen[index] ?? []).map((sample) => ({ ...sample, at: sample.at - ms })),
    );
  }
  for (const { onset, ...outage } of await outages.since(cluster, window.fromAt)) {
    const recovery = onset.recovery === null ? null : earlier(onset.recovery);
    await outages.put({ ...outage, onset: { ...onset, ...earlier(onset), recovery } });
  }
  await close();
  await staged.start();
}
