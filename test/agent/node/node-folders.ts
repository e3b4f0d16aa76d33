import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeFolders } from '../../../src/agent/node/files.ts';

/** A control-plane node's files in a temporary folder, laid out as kubeadm, kubelet and containerd do. */
export interface FakeNode {
  readonly root: string;
  readonly folders: NodeFolders;
  /** A manifest as kubeadm writes it, cut to what matters. */
  manifest(component: string, command?: readonly string[]): Promise<void>;
  /** One life of a container of kube-system: its log, the kubelet's link, containerd's status file. */
  run(life: Life): Promise<void>;
  remove(): Promise<void>;
}

interface Life {
  readonly component: string;
  readonly attempt: number;
  readonly podUid?: string;
  /** Epoch ms. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly lines?: readonly string[];
  /** When the log was last written; epoch ms. */
  readonly writtenAt?: number;
  /** No link and no status, as where containerd's folder is not mounted. */
  readonly onlyLog?: boolean;
}

export async function fakeNode(): Promise<FakeNode> {
  const root = await mkdtemp(join(tmpdir(), 'node-'));
  const folders = {
    manifests: join(root, 'manifests'),
    podLogs: join(root, 'pods'),
    containerLogs: join(root, 'containers'),
    criStatus: join(root, 'cri'),
  };
  for (const folder of Object.values(folders)) await mkdir(folder);

  return {
    root,
    folders,
    remove: () => rm(root, { recursive: true, force: true }),
    async manifest(component, command = [component]) {
      const quoted = command.map((word) => `    - ${JSON.stringify(word)}`).join('\n');
      await writeFile(
        join(folders.manifests, `${component}.yaml`),
        `apiVersion: v1
kind: Pod
metadata:
  labels: {component: ${component}, tier: control-plane}
  name: ${component}
  namespace: kube-system
spec:
  containers:
  - command:
${quoted}
    image: registry.k8s.io/${component}:v1.37.2
    name: ${component}
  hostNetwork: true
`,
      );
    },
    async run({ component, attempt, podUid = 'hash1', onlyLog = false, lines = [], ...life }) {
      const pod = `${component}-cp-1`;
      const dir = join(folders.podLogs, `kube-system_${pod}_${podUid}`, component);
      await mkdir(dir, { recursive: true });
      const log = join(dir, `${attempt}.log`);
      await writeFile(log, lines.map((line) => `2026-11-22T10:00:00.123456789Z stderr F ${line}\n`).join(''));
      const writtenAt = (life.writtenAt ?? life.finishedAt ?? Date.now()) / 1000;
      await utimes(log, writtenAt, writtenAt);
      if (onlyLog) return;
      const id = Buffer.from(`${component} ${podUid} ${attempt}`.padEnd(32)).toString('hex');
      await symlink(
        `/var/log/pods/kube-system_${pod}_${podUid}/${component}/${attempt}.log`,
        join(folders.containerLogs, `${pod}_kube-system_${component}-${id}.log`),
      );
      await mkdir(join(folders.criStatus, id));
      await writeFile(join(folders.criStatus, id, 'status'), checkpoint(life));
    },
  };
}

/** As containerd 2.4 writes it: in one line, times in nanoseconds. */
function checkpoint(life: Pick<Life, 'startedAt' | 'finishedAt' | 'exitCode' | 'reason'>): string {
  const ns = (at: number | undefined) => (at === undefined ? '0' : `${at}123456`);
  return `{"Version":"v1","Pid":4711,"CreatedAt":${ns(life.startedAt ?? 1)},"StartedAt":${ns(life.startedAt)},"FinishedAt":${ns(life.finishedAt)},"ExitCode":${life.exitCode ?? 0},"Reason":"${life.reason ?? ''}","Message":"","Resources":{"linux":{"cpu_period":100000}}}`;
}
