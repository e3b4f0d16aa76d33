import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from '../../../ops/log.ts';
import { type NodeFolders, readComponents } from '../../node/files.ts';
import { readManifests } from '../../node/manifests.ts';
import { pause } from '../../pause.ts';
import {
  ComponentRecord,
  componentChanges,
  componentRecords,
  componentsAtFirst,
  isStatic,
} from './component-changes.ts';
import { ManifestRecord, manifestChanges, manifestRecords, manifestsAtFirst } from './manifest-changes.ts';
import type { NodeTelling } from './tell.ts';

/** What was seen last, and when that look began; epoch ms. */
export const FilesSeen = z.object({
  seenAt: z.number(),
  manifests: z.array(ManifestRecord),
  components: z.array(ComponentRecord),
});
export type FilesSeen = z.infer<typeof FilesSeen>;

export interface FilesJournal {
  /** Looks every other second until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  seen(): FilesSeen | null;
}

const EVERY_MS = 2_000;
const SETTLE_MS = 100;
const MOST_TRIES = 10;

/** Tells changes of the static pods' manifests, and lives of the control plane's containers, from the node's own files. */
export function filesJournal(options: {
  readonly node: string;
  readonly folders: NodeFolders;
  readonly telling: NodeTelling;
  /** What an earlier life saw last. */
  readonly earlier: FilesSeen | null;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
  readonly everyMs?: number;
}): FilesJournal {
  const { node, folders, telling, clock, log, everyMs = EVERY_MS } = options;
  let seen = options.earlier;
  /** Of the folder when it was last read. */
  let stamp: string | null = null;

  return {
    seen: () => seen,
    async run(signal) {
      while (!signal.aborted) {
        const reached = await look(signal);
        if (reached === null) telling.coverage.end();
        else telling.coverage.reach(reached);
        await pause(everyMs, signal);
      }
      telling.coverage.end();
    },
  };

  /** Until when everything is known; null: something can't be read. */
  async function look(signal: AbortSignal): Promise<number | null> {
    const lookedAt = clock();
    const manifests = await lookAtManifests(signal);
    const { logsRead, components: all } = await readComponents(node, folders, clock());
    const components = all.filter(isStatic);
    if (manifests === null || !logsRead) return null;
    const before = seen;
    // What was looked at is a little newer than this; what changes meanwhile is not older than the next look's begin.
    const nowAt = clock();
    seen = {
      seenAt: lookedAt,
      manifests: manifests.records ?? before?.manifests ?? [],
      components: componentRecords(components),
    };
    const changes =
      before === null
        ? [...manifestsAtFirst(seen.manifests), ...componentsAtFirst(components, nowAt)]
        : [
            ...manifestChanges(before.manifests, seen.manifests, {
              sinceAt: before.seenAt,
              lookedAt: nowAt,
              folderChangedAt: manifests.changedAt,
            }),
            ...componentChanges(before.components, components, { sinceAt: before.seenAt, lookedAt: nowAt }),
          ];
    for (const change of changes) telling.change(change);
    return lookedAt;
  }

  /** Files are read only when one of them was touched. `records` null: nothing was. */
  async function lookAtManifests(
    signal: AbortSignal,
  ): Promise<{ records: ManifestRecord[] | null; changedAt: number } | null> {
    let now = await stampOf(folders.manifests);
    if (now !== null && now.stamp === stamp) return { records: null, changedAt: now.changedAt };
    // Whoever writes a file may need a moment for it; half of one is no manifest.
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const before = now?.stamp;
      await pause(Math.min(everyMs, SETTLE_MS), signal);
      now = await stampOf(folders.manifests);
      if (now?.stamp === before) break;
    }
    if (now === null) {
      stamp = null;
      return null;
    }
    const folder = await readManifests(folders.manifests);
    if (folder.kind === 'unreadable') {
      log.debug({ path: folder.path, why: folder.message }, 'the manifests can not be read');
      return null;
    }
    stamp = now.stamp;
    return { records: manifestRecords(folder), changedAt: folder.changedAt };
  }
}

async function stampOf(folder: string): Promise<{ stamp: string; changedAt: number } | null> {
  try {
    const { mtimeMs } = await stat(folder);
    const names = (await readdir(folder)).sort();
    const files = await Promise.all(
      names.map(async (name) => {
        // It may be gone at any moment.
        const file = await stat(join(folder, name)).catch(() => null);
        return `${name} ${file?.ino} ${file?.size} ${file?.mtimeMs} ${file?.ctimeMs}`;
      }),
    );
    return { stamp: [mtimeMs, ...files].join('\n'), changedAt: mtimeMs };
  } catch {
    // Said as missing coverage; step 6 tells why.
    return null;
  }
}
