import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StandInCluster, startCluster } from '../stand-in/cluster.ts';
import { startWorkspace, type Workspace } from '../workspace/workspace.ts';
import { deploy } from './deployment.ts';
import type { Knows } from './knows.ts';
import type { Narrator } from './narrator.ts';
import { createProcesses, type Processes } from './processes.ts';

/** The people of the demo; the last may do nothing but look. */
export const people = {
  ana: { id: 'U0ANA', name: 'ana', realName: 'Ana', tz: 'Europe/Berlin' },
  ben: { id: 'U0BEN', name: 'ben', realName: 'Ben', tz: 'America/New_York' },
  cleo: { id: 'U0CLEO', name: 'cleo', realName: 'Cleo', tz: 'Asia/Tokyo' },
} as const;

export const channels = {
  incidents: { id: 'C0INCIDENTS', name: 'incidents' },
  platform: { id: 'C0PLATFORM', name: 'platform' },
} as const;

/** A cluster with the product deployed to it, and a workspace where people work. */
export interface DemoWorld {
  readonly cluster: StandInCluster;
  readonly workspace: Workspace;
  readonly knows: Knows;
  readonly processes: Processes;
  /** Aborts when it is interrupted, or when a program ends that should not. */
  readonly signal: AbortSignal;
}

export interface WorldOptions {
  readonly narrator: Narrator;
  readonly interrupted: AbortSignal;
  /**
   * What may begin while programs still start: the workspace stands, and nobody answers in it yet. `ready` resolves when
   * the product is deployed and watches. What it returns is ended before the workspace is.
   */
  readonly open?: (workspace: Workspace, ready: Promise<DemoWorld>) => Promise<AsyncDisposable>;
}

/**
 * From nothing to nothing: makes the world, lets `live` have it, and ends whatever was started and removes every file,
 * however that goes.
 */
export async function inDemoWorld(
  { narrator, interrupted, open }: WorldOptions,
  live: (world: DemoWorld) => Promise<void>,
): Promise<'lived' | 'failed'> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-demo-'));
  // Should this process break before it can tidy up; its children end with it by themselves.
  const lastResort = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', lastResort);
  const processes = createProcesses();
  const signal = AbortSignal.any([interrupted, processes.signal]);
  let cluster: StandInCluster | null = null;
  let workspace: Workspace | null = null;
  let knows: Knows | null = null;
  let opened: AsyncDisposable | undefined;
  let work: Promise<unknown> = Promise.resolve();
  try {
    cluster = await startCluster(folder);
    workspace = await startWorkspace({
      manifest: await readFile(new URL('../../app-manifest.yml', import.meta.url), 'utf8'),
      users: Object.values(people),
      channels: Object.values(channels),
    });
    const standing = { cluster, workspace, processes, signal };
    const deployed = deploy({
      folder,
      cluster,
      workspace,
      channel: channels.incidents.id,
      investigators: [people.ana.id, people.ben.id],
      processes,
    });
    work = deployed;
    const ready = deployed.then((watching) => ({ ...standing, knows: watching }));
    // Whoever opened something hears of a failure as well; this one is told below.
    ready.catch(() => undefined);
    opened = await open?.(workspace, ready);
    knows = await unlessAborted(deployed, signal);
    const lived = live({ ...standing, knows });
    work = lived;
    await unlessAborted(lived, signal);
    return 'lived';
  } catch (error) {
    tellFailure(error, narrator, processes, interrupted);
    return 'failed';
  } finally {
    await processes.stop();
    // What was given up still writes into the folder until it notices; why it ends does not matter any more.
    await Promise.allSettled([work]);
    await knows?.close();
    await opened?.[Symbol.asyncDispose]();
    await workspace?.close();
    await cluster?.close();
    await rm(folder, { recursive: true, force: true });
    process.removeListener('exit', lastResort);
  }
}

function tellFailure(error: unknown, narrator: Narrator, processes: Processes, interrupted: AbortSignal): void {
  if (interrupted.aborted) {
    narrator.fails('Interrupted.');
    return;
  }
  const cause = processes.signal.aborted ? processes.signal.reason : error;
  narrator.fails(`The demo stopped: ${cause instanceof Error ? cause.message : String(cause)}`, processes.tails());
}

/** Rejects as soon as the signal aborts; the work may then go on for a moment. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
