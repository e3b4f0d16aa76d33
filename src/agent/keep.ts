import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from '../ops/log.ts';
import { pause } from './pause.ts';

/**
 * One thing that outlives the agent, as a file in its state folder: an agent that starts into an outage knows what it
 * knew before. A file that can't be used is moved aside and said, never a reason not to start.
 */
export interface Kept<T> {
  /** What an earlier life left; null when there is nothing usable. */
  read(): Promise<T | null>;
  /** Replaces it in one step, so that a crash leaves the old or the new one. @throws when the folder can't be written. */
  write(value: T): Promise<void>;
}

const VERSION = 1;

export function keptFile<T>(options: {
  readonly dir: string;
  /** Without an extension. */
  readonly name: string;
  readonly schema: z.ZodType<T>;
  /** What another cluster's agent left in this folder is not taken for one's own. */
  readonly cluster: string;
  readonly log: Log;
}): Kept<T> {
  const { dir, cluster, log } = options;
  const path = join(dir, `${options.name}.json`);
  const Envelope = z.object({ version: z.literal(VERSION), cluster: z.literal(cluster), kept: options.schema });

  async function setAside(why: string): Promise<null> {
    const aside = `${path}.unusable`;
    log.warn({ path, aside, why }, 'what was kept can not be used: moved aside');
    try {
      await rename(path, aside);
    } catch (error) {
      log.warn({ path, error }, 'it could not be moved either');
    }
    return null;
  }

  return {
    async read() {
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        if (isAbsent(error)) return null;
        log.warn({ path, error }, 'what was kept can not be read');
        return null;
      }
      let raw: unknown;
      try {
        raw = JSON.parse(text);
      } catch (error) {
        return setAside(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
      }
      const parsed = Envelope.safeParse(raw);
      return parsed.success ? parsed.data.kept : setAside(z.prettifyError(parsed.error));
    },

    async write(value) {
      await mkdir(dir, { recursive: true });
      const next = `${path}.next`;
      const file = await open(next, 'w', 0o600);
      try {
        await file.writeFile(JSON.stringify({ version: VERSION, cluster, kept: value }));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(next, path);
    },
  };
}

/** Writes the newest value after `touch`, at most once in `everyMs`, and a last time when the signal aborts. */
export interface Keeper {
  touch(): void;
  run(signal: AbortSignal): Promise<void>;
}

export function keepNewest<T>(options: {
  readonly kept: Kept<T>;
  /** null: nothing worth keeping yet. */
  readonly newest: () => T | null;
  readonly everyMs: number;
  readonly log: Log;
}): Keeper {
  const { kept, newest, everyMs, log } = options;
  let touched = false;
  let wake: () => void = () => {};

  async function write() {
    touched = false;
    const value = newest();
    if (value === null) return;
    try {
      await kept.write(value);
    } catch (error) {
      // The agent still answers from memory; what is lost is only its next start into an outage.
      log.warn({ error }, 'the newest state could not be kept');
    }
  }

  return {
    touch() {
      touched = true;
      wake();
    },
    async run(signal) {
      signal.addEventListener('abort', () => wake(), { once: true });
      while (!signal.aborted) {
        if (!touched) await new Promise<void>((resolve) => (wake = resolve));
        if (signal.aborted) break;
        await write();
        await pause(everyMs, signal);
      }
      if (touched) await write();
    },
  };
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
