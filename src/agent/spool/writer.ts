import type { Log } from '../../ops/log.ts';
import { pause } from '../pause.ts';

/** Brings the spool to the disk behind those who fill it: a disk that hangs or is full keeps nobody from going on. */
export interface DiskWriter {
  /** There is something to write. */
  kick(): void;
  /** Did the disk not take what was written last? */
  failing(): boolean;
  written(): Promise<void>;
  /** Writes a last time; what it can't write then is lost. */
  close(): Promise<void>;
}

/**
 * What is written survives the agent being killed; what is synced survives the machine. Every sync makes the disk of
 * the control plane wait, etcd's among the rest, so they are seldom.
 */
const SYNC_EVERY_MS = 1_000;
const RETRY_AFTER_MS = 5_000;

export function diskWriter(options: {
  readonly dir: string;
  flush(): Promise<void>;
  sync(): Promise<void>;
  /** The disk is full: gives up the oldest of what is on it. False: there is nothing. */
  makeRoom(): boolean;
  readonly log: Log;
}): DiskWriter {
  const { dir, flush, sync, makeRoom, log } = options;
  const closing = new AbortController();
  let dirty = false;
  let failing = false;
  let running: Promise<void> | null = null;
  let syncing: NodeJS.Timeout | null = null;
  const waiting = new Set<() => void>();

  function kick(): void {
    dirty = true;
    running ??= write().finally(() => {
      running = null;
      if (dirty && !closing.signal.aborted) kick();
    });
  }

  async function write(): Promise<void> {
    // Later, so that whoever puts many puts all of them before the first is written.
    await Promise.resolve();
    while (dirty) {
      dirty = false;
      const problem = await attempt(flush);
      if (problem === null) {
        if (failing) log.info({ dir }, 'What is kept for the bot is written to the disk again');
        failing = false;
        syncSoon();
        if (!dirty) for (const tell of [...waiting]) tell();
        continue;
      }
      dirty = true;
      if (isFull(problem) && makeRoom()) continue;
      if (!failing) {
        log.warn({ error: problem, dir }, 'What is kept for the bot is in memory alone: the disk does not take it');
      }
      failing = true;
      await pause(RETRY_AFTER_MS, closing.signal);
      if (closing.signal.aborted) return;
    }
  }

  function syncSoon(): void {
    syncing ??= setTimeout(() => {
      syncing = null;
      void attempt(sync).then((problem) => {
        if (problem !== null) log.warn({ error: problem, dir }, 'What is kept for the bot could not be synced');
      });
    }, SYNC_EVERY_MS).unref();
  }

  return {
    kick,
    failing: () => failing,
    async written() {
      if (!dirty && running === null) return;
      await new Promise<void>((resolve) => {
        const tell = (): void => {
          waiting.delete(tell);
          resolve();
        };
        waiting.add(tell);
      });
    },
    async close() {
      closing.abort();
      await running;
      if (syncing !== null) clearTimeout(syncing);
      const problem = (await attempt(flush)) ?? (await attempt(sync));
      if (problem !== null)
        log.warn({ error: problem, dir }, 'What was kept for the bot alone is lost with this agent');
    },
  };
}

/** null: it went well. */
async function attempt(work: () => Promise<void>): Promise<unknown> {
  try {
    await work();
    return null;
  } catch (error) {
    return error;
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
