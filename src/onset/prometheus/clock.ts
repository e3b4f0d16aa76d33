import type { Prometheus } from './api.ts';
import type { Asked } from './ask.ts';

/** How far Prometheus' clock is ahead of the bot's: at least and at most, since asking takes time. ms, negative when it is behind. */
export interface PrometheusClock {
  readonly aheadLeast: number;
  readonly aheadMost: number;
}

export async function readClock(
  prometheus: Prometheus,
  clock: { now(): number },
  signal: AbortSignal,
): Promise<Asked<PrometheusClock>> {
  const sentAt = clock.now();
  const asked = await prometheus.time(signal);
  const receivedAt = clock.now();
  if (asked.kind === 'failed') return asked;
  return { kind: 'answer', value: { aheadLeast: asked.value - receivedAt, aheadMost: asked.value - sentAt } };
}
