import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../ops/log.ts';
import { pause } from './pause.ts';

const EVERY_MS = 10_000;

/**
 * Renews `<dir>/heartbeat` every 10 s with the time in whole seconds since the epoch, so that a liveness probe (exec)
 * finds an agent that hangs by the age of the file, and the agent need not listen on anything for it.
 * It tells that the program turns, not that the bot or the API server can be reached: a restart would mend neither.
 */
export async function beatHeart(options: {
  readonly dir: string;
  readonly clock: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { dir, clock, log, signal } = options;
  let failing = false;
  while (!signal.aborted) {
    try {
      await mkdir(dir, { recursive: true });
      await writeFile(join(dir, 'heartbeat'), `${Math.floor(clock() / 1000)}\n`);
      failing = false;
    } catch (error) {
      if (!failing)
        log.warn({ dir, error }, 'the heartbeat can not be written: a liveness probe will restart this agent');
      failing = true;
    }
    await pause(EVERY_MS, signal);
  }
}
