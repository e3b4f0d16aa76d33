import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** A static pod manifest as it stands on the node. */
export interface Manifest {
  readonly path: string;
  /** When its content was written; epoch ms. */
  readonly modifiedAt: number;
  /** When the file was put here, written, renamed or given other rights; nobody can set it. Epoch ms. */
  readonly placedAt: number;
  readonly sha256: string;
  /** Name of the pod without the node's: `kube-apiserver`. */
  readonly pod: string;
  /** Of its first container: program, then arguments. */
  readonly command: readonly string[];
  /** Of its first container; null when it names none. */
  readonly image: string | null;
}

export type ManifestsFolder =
  | {
      readonly kind: 'read';
      readonly path: string;
      /** When a file last came, went or was renamed. */
      readonly changedAt: number;
      readonly manifests: readonly Manifest[];
      /** In words: each file that the kubelet would not be able to use either, or that may not be read. */
      readonly trouble: readonly string[];
    }
  | { readonly kind: 'unreadable'; readonly path: string; readonly message: string };

const MAX_BYTES = 1024 * 1024;

const StaticPod = z.object({
  kind: z.literal('Pod'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    containers: z.array(
      z.object({
        command: z.array(z.string()).nullish(),
        args: z.array(z.string()).nullish(),
        image: z.string().nullish(),
      }),
    ),
  }),
});

/** Reads the folder that the kubelet takes static pods from (`staticPodPath`, `/etc/kubernetes/manifests` with kubeadm). */
export async function readManifests(path: string): Promise<ManifestsFolder> {
  try {
    const changedAt = (await stat(path)).mtimeMs;
    const names = (await readdir(path)).filter(isTakenByKubelet).sort();
    const files = await Promise.all(names.map((name) => readManifest(join(path, name))));
    return {
      kind: 'read',
      path,
      changedAt,
      manifests: files.filter((file) => file !== null && typeof file !== 'string'),
      trouble: files.filter((file) => typeof file === 'string'),
    };
  } catch (cause) {
    return { kind: 'unreadable', path, message: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** The kubelet takes every file whose name does not start with a dot, whatever its ending. */
function isTakenByKubelet(name: string): boolean {
  return !name.startsWith('.');
}

/** A manifest, or in words why it is none; null for a folder, which the kubelet passes over. */
async function readManifest(path: string): Promise<Manifest | string | null> {
  const name = basename(path);
  try {
    const found = await stat(path);
    if (found.isDirectory()) return null;
    const { mtimeMs, ctimeMs, size } = found;
    if (size > MAX_BYTES) return `${name} is too large for a manifest (${size} bytes)`;
    const text = await readFile(path, 'utf8');
    const parsed = StaticPod.safeParse(parse(text));
    if (!parsed.success) return `${name} is no manifest of a pod`;
    const [first] = parsed.data.spec.containers;
    return {
      path,
      modifiedAt: mtimeMs,
      placedAt: ctimeMs,
      sha256: createHash('sha256').update(text).digest('hex'),
      pod: parsed.data.metadata.name,
      command: [...(first?.command ?? []), ...(first?.args ?? [])],
      image: first?.image ?? null,
    };
  } catch (cause) {
    return `${name} can't be read: ${(cause instanceof Error ? cause.message : String(cause)).split('\n')[0]}`;
  }
}

/** `--name=value` and `--name value` of a command line; the last of several counts, as in Go's flags. A bare flag is `true`. */
export function flagsOf(command: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  for (const [at, word] of command.entries()) {
    const [, name, value] = /^--?([a-z0-9][a-z0-9-]*)(?:=(.*))?$/is.exec(word) ?? [];
    if (name === undefined) continue;
    const next = command[at + 1];
    flags.set(name, value ?? (next !== undefined && !next.startsWith('-') ? next : 'true'));
  }
  return flags;
}
