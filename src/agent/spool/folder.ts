import { type FileHandle, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from '../../ops/log.ts';
import { keptFile } from '../keep.ts';
import { type Count, Counts } from './counts.ts';
import { isSegmentFile, type Segment, segmentIn } from './segment.ts';

/** A lane of the spool on the disk: its segments, and how they are counted. */
export interface Folder {
  /** What earlier lives left, oldest first. @throws when the folder can't be read. */
  load(): Promise<{ readonly counts: readonly Count[]; readonly segments: readonly Segment[] }>;
  writeCounts(counts: readonly Count[]): Promise<void>;
  /** Appends what is not written yet. Not two at once. */
  append(segment: Segment): Promise<void>;
  read(segment: Segment): Promise<string>;
  remove(segment: Segment): Promise<void>;
  /** What was appended outlives the machine's own death. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export function laneFolder(options: {
  readonly dir: string;
  readonly cluster: string;
  readonly instance: string;
  readonly log: Log;
}): Folder {
  const { dir, cluster, instance, log } = options;
  const Kept = z.object({ instance: z.literal(instance), counts: Counts });
  const kept = keptFile({ dir, name: 'counts', schema: Kept, cluster, log });
  let growing: { readonly file: string; readonly handle: FileHandle; synced: boolean; torn: boolean } | null = null;

  async function growingFor(file: string): Promise<NonNullable<typeof growing>> {
    if (growing?.file !== file) {
      await close();
      growing = { file, handle: await open(join(dir, file), 'a', 0o600), synced: true, torn: false };
    }
    return growing;
  }

  async function sync(): Promise<void> {
    if (growing === null || growing.synced) return;
    growing.synced = true;
    await growing.handle.datasync();
  }

  async function close(): Promise<void> {
    if (growing === null) return;
    const { handle } = growing;
    try {
      await sync();
    } finally {
      growing = null;
      await handle.close();
    }
  }

  return {
    sync,
    close,
    async load() {
      await mkdir(dir, { recursive: true });
      const counts = (await kept.read())?.counts ?? [];
      const segments: Segment[] = [];
      const names = (await readdir(dir)).filter(isSegmentFile).sort();
      for (const name of names) {
        const segment = segmentIn(name, await readFile(join(dir, name), 'utf8'));
        const counted = segment !== null && segment.last >= (counts[0]?.first ?? Number.POSITIVE_INFINITY);
        if (counted && segment.first > (segments.at(-1)?.last ?? 0)) segments.push(segment);
        // Given up, never counted, or written by another agent in the same folder.
        else await rm(join(dir, name), { force: true });
      }
      return { counts, segments };
    },
    writeCounts: (counts) => kept.write({ instance, counts: [...counts] }),
    async append(segment) {
      const lines = segment.held?.slice(segment.written).map(({ line }) => line) ?? [];
      if (lines.length > 0) {
        const to = await growingFor(segment.file);
        const text = `${lines.join('\n')}\n`;
        // What a full disk cut off must not swallow the line that follows it.
        const whole = to.torn ? `\n${text}` : text;
        to.torn = true;
        to.synced = false;
        await to.handle.appendFile(whole);
        to.torn = false;
        segment.written += lines.length;
      }
      if (segment.sealed && growing?.file === segment.file) await close();
    },
    read: (segment) => readFile(join(dir, segment.file), 'utf8'),
    async remove(segment) {
      if (growing?.file === segment.file) await close();
      await rm(join(dir, segment.file), { force: true });
    },
  };
}
