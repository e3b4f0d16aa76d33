import { fileURLToPath } from 'node:url';
import Bree from 'bree';
import type { Log } from '../ops/log.ts';

/** One job of bree: it says when to look, and does nothing itself, so that one process alone writes to the store and to Slack. */
export interface Ticking {
  stop(): Promise<void>;
}

/** `every`: a cron expression in UTC, or ms in between. */
export async function startTicking(options: {
  readonly every: { readonly cron: string } | { readonly ms: number };
  onTick(): void;
  readonly log: Log;
}): Promise<Ticking> {
  const { every, onTick, log } = options;
  const bree = new Bree({
    root: false,
    logger: {
      info() {},
      // Such as that the job before is still running, which the next one makes good.
      warn: (error: unknown) => log.warn({ error }, 'bree warns'),
      error: (error: unknown) => log.error({ error }, 'bree fails'),
    },
    timezone: 'UTC',
    acceptedExtensions: ['.ts'],
    defaultExtension: 'ts',
    jobs: [
      {
        name: 'health-tick',
        path: fileURLToPath(new URL('./tick-worker.ts', import.meta.url)),
        ...('cron' in every ? { cron: every.cron } : { interval: every.ms }),
      },
    ],
    workerMessageHandler: ({ message }) => {
      if (message === 'tick') onTick();
    },
    errorHandler: (error) => log.error({ error }, 'the tick of health posts broke'),
  });
  await bree.start();
  return { stop: () => bree.stop() };
}
