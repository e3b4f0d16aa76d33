import { readdir, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** One life of a container, as its log file tells it. Times are epoch ms. */
export interface LoggedRun {
  readonly pod: string;
  /** Of a static pod: the hash of its manifest, not the uid of its mirror pod. */
  readonly podUid: string;
  readonly container: string;
  /** From 0; the kubelet's restart count. */
  readonly attempt: number;
  readonly path: string;
  /** When the file was made; null when the log was rotated since, or the file system doesn't tell. */
  readonly startedAt: number | null;
  /** When the last line was written. */
  readonly writtenAt: number;
}

/**
 * The logs that the kubelet keeps of kube-system's containers: `<dir>/kube-system_<pod>_<uid>/<container>/<attempt>.log`.
 * It keeps those of the running container and of the one before. @throws if the folder can't be read.
 */
export async function readLoggedRuns(dir: string): Promise<LoggedRun[]> {
  const pods = (await readdir(dir)).flatMap((name) => {
    const [namespace, pod, podUid, ...more] = name.split('_');
    const ours = namespace === 'kube-system' && pod && podUid && more.length === 0;
    return ours ? [{ name, pod, podUid }] : [];
  });
  const runs = await Promise.all(
    pods.map(async ({ name, pod, podUid }) => {
      const containers = await entries(join(dir, name));
      const logs = await Promise.all(containers.map((container) => runsIn(join(dir, name, container))));
      return containers.flatMap((container, at) => (logs[at] ?? []).map((run) => ({ pod, podUid, container, ...run })));
    }),
  );
  return runs.flat();
}

async function runsIn(dir: string): Promise<Omit<LoggedRun, 'pod' | 'podUid' | 'container'>[]> {
  const names = await entries(dir);
  const runs = await Promise.all(
    names.map(async (name) => {
      const [, attempt] = /^(\d+)\.log$/.exec(name) ?? [];
      if (attempt === undefined) return null;
      const path = join(dir, name);
      // It may be rotated or removed at any moment.
      const found = await stat(path).catch(() => null);
      if (found?.isFile() !== true) return null;
      const rotated = names.some((other) => other.startsWith(`${name}.`));
      const startedAt = rotated || found.birthtimeMs <= 0 ? null : found.birthtimeMs;
      return { attempt: Number(attempt), path, startedAt, writtenAt: found.mtimeMs };
    }),
  );
  return runs.filter((run) => run !== null);
}

/** A folder that is gone meanwhile has no entries, nor has a file. */
async function entries(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return [];
    throw cause;
  }
}

/**
 * Ids of containers by the log they write, from the kubelet's links
 * `<dir>/<pod>_<namespace>_<container>-<id>.log` → `…/<pod folder>/<container>/<attempt>.log`.
 * The key is the last three parts of the path, as the folder may be mounted elsewhere. @throws if the folder can't be read.
 */
export async function readContainerIds(dir: string): Promise<ReadonlyMap<string, string>> {
  const links = (await readdir(dir)).flatMap((name) => {
    const [, id] = /^[^_]+_kube-system_.+-([0-9a-f]{64})\.log$/.exec(name) ?? [];
    return id === undefined ? [] : [{ name, id }];
  });
  const targets = await Promise.all(
    links.map(async ({ name, id }) => {
      const target = await readlink(join(dir, name)).catch(() => null);
      return target === null ? null : ([logKey(target), id] as const);
    }),
  );
  return new Map(targets.filter((target) => target !== null));
}

export function logKey(path: string): string {
  const [pod, container] = path.split('/').slice(-3);
  return `${pod}/${container}/${basename(path)}`;
}
