import type { NodeComponentFacts, NodeFacts } from '../../checks/control-plane-pods/contract.ts';
import { Component } from '../../checks/control-plane-pods/contract.ts';
import type { ContainerRecord, Termination } from '../../words/kube.ts';
import { type LoggedRun, logKey, readContainerIds, readLoggedRuns } from './container-logs.ts';
import { type RuntimeStatus, readContainerStatus } from './container-status.ts';
import { lastLines } from './log-tail.ts';
import { flagsOf, type Manifest, type ManifestsFolder, readManifests } from './manifests.ts';

/** Folders of the node as they are mounted into the agent; null: not mounted. */
export interface NodeFolders {
  readonly manifests: string;
  readonly podLogs: string;
  readonly containerLogs: string;
  /** `<containerd's root>/io.containerd.grpc.v1.cri/containers` */
  readonly criStatus: string | null;
}

/** Reads what the node's own files tell of its control plane. Read-only; a file that can't be read is said in `limits`. */
export async function readNodeFiles(
  node: string,
  folders: NodeFolders,
  ranApiServer: boolean,
  nowAt: number,
): Promise<NodeFacts> {
  const manifests = await readManifests(folders.manifests);
  const { logsRead, components, limits } = await readComponents(node, folders, nowAt);
  const found = manifests.kind === 'read' ? manifests.manifests.flatMap(manifestFacts) : [];
  return {
    source: 'node-files',
    lookedAt: nowAt,
    node,
    manifests:
      manifests.kind === 'read'
        ? { kind: 'read', path: manifests.path, changedAt: manifests.changedAt, found, trouble: [...manifests.trouble] }
        : manifests,
    localEtcd: usesLocalEtcd(manifests),
    ranApiServer,
    logsRead,
    components: [...components],
    limits: [...limits],
  };
}

/** The control plane's containers, as the kubelet's logs and the runtime's files tell of them. */
export interface NodeComponents {
  readonly logsRead: boolean;
  readonly components: readonly NodeComponentFacts[];
  /** In words: what stands in the way of knowing more. */
  readonly limits: readonly string[];
}

export async function readComponents(node: string, folders: NodeFolders, nowAt: number): Promise<NodeComponents> {
  const limits: string[] = [];
  const logged = await readLoggedRuns(folders.podLogs).catch((cause) => {
    limits.push(`The logs of the pods can't be read: ${messageOf(cause)}`);
    return null;
  });
  const endings = await runtimeStatuses(folders, limits);
  const components = await Promise.all(
    Component.options.map((component) => componentFacts(component, node, logged ?? [], endings, limits, nowAt)),
  );
  return {
    logsRead: logged !== null,
    components: components.filter((each) => each !== null),
    limits: [...new Set(limits)],
  };
}

function manifestFacts({ pod, path, modifiedAt, sha256 }: Manifest) {
  const component = Component.safeParse(pod);
  return component.success ? [{ component: component.data, path, modifiedAt, sha256 }] : [];
}

/** Does the API server's manifest name an etcd on its own node? null: no such manifest. */
function usesLocalEtcd(folder: ManifestsFolder): boolean | null {
  const flags = apiServerFlags(folder);
  const servers = flags?.get('etcd-servers');
  if (flags === null || servers === undefined) return null;
  const own = new Set(['127.0.0.1', '[::1]', 'localhost', flags.get('advertise-address')]);
  return servers.split(',').some((server) => URL.canParse(server) && own.has(new URL(server).hostname));
}

export function apiServerFlags(folder: ManifestsFolder): ReadonlyMap<string, string> | null {
  const manifest = folder.kind === 'read' ? folder.manifests.find(({ pod }) => pod === 'kube-apiserver') : undefined;
  return manifest === undefined ? null : flagsOf(manifest.command);
}

type StatusOf = (run: LoggedRun) => Promise<RuntimeStatus | null>;

/** How to find what the runtime knows of a run; says in `limits` what stands in the way. */
async function runtimeStatuses(folders: NodeFolders, limits: string[]): Promise<StatusOf> {
  const dir = folders.criStatus;
  if (dir === null) {
    limits.push("containerd's status files are not mounted into the agent: exit codes and exact times are not known");
    return async () => null;
  }
  const ids = await readContainerIds(folders.containerLogs).catch((cause) => {
    limits.push(`The containers' ids can't be read: ${messageOf(cause)}`);
    return new Map<string, string>();
  });
  return async (run) => {
    const id = ids.get(logKey(run.path));
    if (id === undefined) return null;
    const answer = await readContainerStatus(dir, id);
    if (answer.kind === 'unreadable') limits.push(`containerd's status file can't be read: ${answer.message}`);
    return answer.kind === 'read' ? answer.status : null;
  };
}

async function componentFacts(
  component: Component,
  node: string,
  all: readonly LoggedRun[],
  statusOf: StatusOf,
  limits: string[],
  nowAt: number,
): Promise<NodeComponentFacts | null> {
  const runs = newestFirst(all.filter((run) => run.container === component));
  const [newest] = runs;
  if (newest === undefined) return null;
  const statuses = await Promise.all(runs.map(statusOf));
  const status = statuses[0] ?? null;
  const ended = endedRun(runs, statuses);
  const last = ended === null ? null : termination(ended.run, ended.status);
  const container: ContainerRecord = {
    name: component,
    state: status === null ? 'unknown' : STATES[status.state],
    reason: status?.reason ?? null,
    startedAt: status?.startedAt ?? newest.startedAt,
    ready: status?.state === 'running',
    restarts: newest.attempt,
    last,
  };
  return {
    component,
    node,
    pod: newest.pod,
    uid: newest.podUid,
    phase: null,
    deleting: false,
    container,
    loggedAt: newest.writtenAt,
    lastWords: ended !== null && isWorthTelling(last, nowAt) ? await wordsOf(ended.run, limits) : [],
  };
}

const STATES = { created: 'waiting', running: 'running', exited: 'terminated' } as const;

/** A new pod counts its containers from 0 again, so what was written last decides, not the number alone. */
function newestFirst(runs: readonly LoggedRun[]): LoggedRun[] {
  const writtenAt = new Map<string, number>();
  for (const run of runs) writtenAt.set(run.podUid, Math.max(writtenAt.get(run.podUid) ?? 0, run.writtenAt));
  return runs.toSorted(
    (a, b) => (writtenAt.get(b.podUid) ?? 0) - (writtenAt.get(a.podUid) ?? 0) || b.attempt - a.attempt,
  );
}

/** The newest run that has ended: by the runtime's word, or because another one came after it in the same pod. */
function endedRun(runs: readonly LoggedRun[], statuses: readonly (RuntimeStatus | null)[]) {
  for (const [at, run] of runs.entries()) {
    const status = statuses[at] ?? null;
    if (run.podUid !== runs[0]?.podUid) return null;
    if (status?.state === 'exited' || (at > 0 && status?.state !== 'running')) return { run, status };
  }
  return null;
}

function termination(run: LoggedRun, status: RuntimeStatus | null): Termination {
  return {
    reason: status?.reason ?? null,
    exitCode: status?.exitCode ?? null,
    startedAt: status?.startedAt ?? run.startedAt,
    // Without the runtime's word: when it wrote its last line, which is at its end or shortly before.
    finishedAt: status?.finishedAt ?? run.writtenAt,
    message: status?.message ?? null,
  };
}

function isWorthTelling(last: Termination | null, nowAt: number): boolean {
  return last !== null && last.finishedAt !== null && nowAt - last.finishedAt < 3_600_000;
}

async function wordsOf(run: LoggedRun, limits: string[]): Promise<string[]> {
  try {
    return await lastLines(run.path);
  } catch (cause) {
    limits.push(`The log ${run.path} can't be read: ${messageOf(cause)}`);
    return [];
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
