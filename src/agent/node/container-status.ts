import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What containerd last wrote of a container. Times are epoch ms. */
export interface RuntimeStatus {
  readonly state: 'created' | 'running' | 'exited';
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly exitCode: number | null;
  /** `Error`, `Completed`, `OOMKilled`; null when it gave none. */
  readonly reason: string | null;
  readonly message: string | null;
}

export type RuntimeStatusAnswer =
  | { readonly kind: 'read'; readonly status: RuntimeStatus }
  /** The container has been removed, or never was on this node. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly message: string };

/**
 * Reads the checkpoint that containerd's CRI plug-in keeps of each container, `<dir>/<id>/status`, so that exit codes
 * are known while the API server is down and without containerd's socket (which would let its holder do anything).
 * Source of the format: containerd 2.4, internal/cri/store/container/status.go (`Version` "v1"; the same since 1.3).
 *
 * @param dir `<containerd's root>/io.containerd.grpc.v1.cri/containers`
 */
export async function readContainerStatus(dir: string, id: string): Promise<RuntimeStatusAnswer> {
  const path = join(dir, id, 'status');
  try {
    const parsed = Checkpoint.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success
      ? { kind: 'read', status: statusOf(parsed.data) }
      : { kind: 'unreadable', message: `${path} has a form that is not known (written by another containerd?)` };
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return { kind: 'absent' };
    return { kind: 'unreadable', message: `${path}: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

/** Nanoseconds since the epoch; 0 where it has not happened. JSON.parse is off by up to 256 ns, which doesn't matter. */
const Nanoseconds = z.number().transform((ns) => (ns === 0 ? null : ns / 1e6));
const text = z.string().transform((value) => (value === '' ? null : value));

const Checkpoint = z.object({
  Version: z.literal('v1'),
  StartedAt: Nanoseconds,
  FinishedAt: Nanoseconds,
  ExitCode: z.number().int(),
  Reason: text,
  Message: text,
});

function statusOf(checkpoint: z.infer<typeof Checkpoint>): RuntimeStatus {
  const { StartedAt: startedAt, FinishedAt: finishedAt } = checkpoint;
  return {
    state: finishedAt !== null ? 'exited' : startedAt !== null ? 'running' : 'created',
    startedAt,
    finishedAt,
    exitCode: finishedAt === null ? null : checkpoint.ExitCode,
    // containerd leaves it empty where the kubelet then says so by the exit code.
    reason: checkpoint.Reason ?? (finishedAt === null ? null : checkpoint.ExitCode === 0 ? 'Completed' : 'Error'),
    message: checkpoint.Message,
  };
}
