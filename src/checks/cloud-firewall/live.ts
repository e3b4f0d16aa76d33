/** Checks that ask at about the same time share a reading, and reading takes its time. */
const stillLiveMs = 30_000;

/** Of when the newest state is that readings rest on: now, unless one of them is a memory. Epoch ms. */
export function liveFrom(readAt: readonly number[], nowAt: number): number {
  const oldest = Math.min(nowAt, ...readAt);
  return nowAt - oldest <= stillLiveMs ? nowAt : oldest;
}
