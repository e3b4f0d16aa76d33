import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What a source saw last, so that after a restart it compares with the state before. */
export interface SourceMemory {
  /** null: nothing was kept, or it can't be read any more. Never rejects. */
  last(): Promise<unknown>;
  /** @throws Error when it could not be kept */
  keep(state: unknown): Promise<void>;
}

/** In a file of its own, replaced whole: a kill leaves the old or the new one. */
export function rememberIn(file: string): SourceMemory {
  return {
    async last() {
      try {
        return JSON.parse(await readFile(file, 'utf8'));
      } catch {
        // Not there yet, or cut: it begins anew.
        return null;
      }
    },
    async keep(state) {
      await mkdir(dirname(file), { recursive: true });
      const fresh = `${file}.${randomUUID()}`;
      await writeFile(fresh, JSON.stringify(state), { mode: 0o600 });
      await rename(fresh, file);
    },
  };
}
