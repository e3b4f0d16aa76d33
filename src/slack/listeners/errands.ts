import { randomInt } from 'node:crypto';
import type { Log } from '../../ops/log.ts';
import type { Content } from '../render/content.ts';
import { errorReply } from '../render/replies.ts';
import type { Trail } from '../trail.ts';
import type { Lull } from './lull.ts';

/**
 * What is left to do once a request is acknowledged. A few run at once, and each begins in a lull of
 * requests, so that five hundred commands at once are all acknowledged in time.
 */
export interface Errands {
  /** `about` goes into the log; `say` reaches the one who asked when the errand breaks. */
  start(
    about: Readonly<Record<string, unknown>>,
    say: (content: Content) => Promise<unknown>,
    run: () => Promise<void>,
  ): void;
  /** Resolves when none is left. */
  idle(): Promise<void>;
}

const atOnce = 8;

export function createErrands(log: Log, lull: Lull, trail: Pick<Trail, 'later' | 'broke'>): Errands {
  const queue: (() => Promise<void>)[] = [];
  const idlers: (() => void)[] = [];
  let running = 0;

  function next(): void {
    if (running >= atOnce) return;
    const errand = queue.shift();
    if (errand === undefined) {
      if (running === 0) for (const tell of idlers.splice(0)) tell();
      return;
    }
    running += 1;
    void lull
      .reached()
      .then(errand)
      .finally(() => {
        running -= 1;
        next();
      });
    next();
  }

  return {
    start(about, say, run) {
      queue.push(trail.later(() => guarded(log, trail, about, say, run)));
      next();
    },
    idle: () =>
      running === 0 && queue.length === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(() => resolve())),
  };
}

/** Never rejects: whatever breaks is in the log and said to the one who asked, under the same short id. */
async function guarded(
  log: Log,
  trail: Pick<Trail, 'broke'>,
  about: Readonly<Record<string, unknown>>,
  say: (content: Content) => Promise<unknown>,
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    trail.broke();
    const correlation = newCorrelation();
    log.error({ ...about, correlation, error }, 'a request from Slack broke');
    try {
      await say(errorReply(correlation));
    } catch (sayingError) {
      log.error({ ...about, correlation, error: sayingError }, 'the one who asked could not be told');
    }
  }
}

/** Short enough to read out on a call. */
export function newCorrelation(): string {
  return `err-${randomInt(36 ** 6)
    .toString(36)
    .padStart(6, '0')}`;
}
