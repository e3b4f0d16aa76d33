import { mkdir, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** A control-plane node's files, laid out as kubeadm, the kubelet, containerd and the kernel lay them out. */
export interface StandInNode {
  readonly folders: NodePaths;
  /** Writes a static pod's manifest as kubeadm does, cut to what matters. `at`: when; now, unless told. Epoch ms. */
  manifest(component: string, flags: readonly string[], at?: number): Promise<void>;
  /** One life of a container: its log, the kubelet's link to it, containerd's status file. Called again, it tells more of the same life. */
  life(life: Life): Promise<void>;
  /** Which ports something listens on, on every address, as `/proc/net/tcp6` shows it. */
  listens(ports: readonly number[]): Promise<void>;
}

export interface NodePaths {
  readonly manifests: string;
  readonly podLogs: string;
  readonly containerLogs: string;
  readonly criStatus: string;
  /** Stands for `/proc`. */
  readonly proc: string;
}

/** Times are epoch ms. */
interface Life {
  readonly component: string;
  /** The kubelet's restart count, from 0. */
  readonly attempt: number;
  readonly startedAt: number;
  /** While it runs there is none. */
  readonly ended?: { readonly at: number; readonly exitCode: number };
  /** When it wrote its lines, while it runs; when it started, unless told. */
  readonly loggedAt?: number;
  readonly lines: readonly string[];
}

/** @param device the interface that the default route and its own network lead to. */
export async function makeNode(root: string, name: string, device: string): Promise<StandInNode> {
  const folders = {
    manifests: join(root, 'manifests'),
    podLogs: join(root, 'pods'),
    containerLogs: join(root, 'containers'),
    criStatus: join(root, 'cri'),
    proc: join(root, 'proc'),
  };
  for (const folder of [...Object.values(folders), join(folders.proc, 'net')]) await mkdir(folder, { recursive: true });
  const kernel = (file: string, text: string) => replace(join(folders.proc, 'net', file), text);
  await kernel('dev', devices(['lo', device]));
  await kernel('route', routes(device));
  await kernel('ipv6_route', '');
  await kernel('tcp', sockets([]));

  return {
    folders,
    async manifest(component, flags, at) {
      const path = join(folders.manifests, `${component}.yaml`);
      await writeFile(path, stringify(staticPod(component, flags)));
      if (at !== undefined) for (const one of [path, folders.manifests]) await utimes(one, at / 1000, at / 1000);
    },
    async life({ component, attempt, startedAt, ended, loggedAt = startedAt, lines }) {
      const pod = `${component}-${name}`;
      const uid = uidOf(component);
      const folder = join(folders.podLogs, `kube-system_${pod}_${uid}`, component);
      await mkdir(folder, { recursive: true });
      const log = join(folder, `${attempt}.log`);
      const writtenAt = (ended?.at ?? loggedAt) / 1000;
      await writeFile(
        log,
        lines.map((line) => `${new Date(writtenAt * 1000).toISOString()} stderr F ${line}\n`).join(''),
      );
      await utimes(log, writtenAt, writtenAt);
      const id = Buffer.from(`${component} ${attempt}`.padEnd(32)).toString('hex');
      const link = join(folders.containerLogs, `${pod}_kube-system_${component}-${id}.log`);
      await symlink(`/var/log/pods/kube-system_${pod}_${uid}/${component}/${attempt}.log`, link).catch(unlessThere);
      await mkdir(join(folders.criStatus, id), { recursive: true });
      await replace(join(folders.criStatus, id, 'status'), checkpoint(startedAt, ended));
    },
    listens: (ports) => kernel('tcp6', sockets(ports)),
  };
}

/** Of a static pod the kubelet takes the hash of its manifest; any will do that stays the same. */
function uidOf(component: string): string {
  return Buffer.from(component.padEnd(16)).toString('hex');
}

function staticPod(component: string, flags: readonly string[]): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: component, namespace: 'kube-system', labels: { component, tier: 'control-plane' } },
    spec: {
      containers: [{ name: component, image: `registry.k8s.io/${component}:v1.37.2`, command: [component, ...flags] }],
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
    },
  };
}

/** As containerd 2.4 writes it: in one line, times in nanoseconds, which are more than a number holds. */
function checkpoint(startedAt: number, ended: Life['ended']): string {
  const ns = (at: number) => `${Math.round(at)}000000`;
  const finished = ended === undefined ? '0' : ns(ended.at);
  const state = `"StartedAt":${ns(startedAt)},"FinishedAt":${finished},"ExitCode":${ended?.exitCode ?? 0}`;
  return `{"Version":"v1","Pid":4711,"CreatedAt":${ns(startedAt)},${state},"Reason":"","Message":""}`;
}

/** Of `/proc/net/tcp6`: `::`, listening. */
function sockets(ports: readonly number[]): string {
  const any = '0'.repeat(32);
  const lines = ports.map((port, index) => {
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    return `${String(index).padStart(4)}: ${any}:${hex} ${any}:0000 0A 00000000:00000000 00:00000000 00000000     0        0 ${1000 + index}`;
  });
  return [
    '  sl  local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode',
    ...lines,
    '',
  ].join('\n');
}

/** The default route by 198.51.100.1, and the node's own network; numbers as the kernel prints them, backwards. */
function routes(device: string): string {
  const rest = '0\t0\t0';
  return [
    'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT',
    `${device}\t00000000\t016433C6\t0003\t0\t0\t0\t00000000\t${rest}`,
    `${device}\t006433C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t${rest}`,
    '',
  ].join('\n');
}

function devices(names: readonly string[]): string {
  return ['Inter-|   Receive', ' face |bytes', ...names.map((name) => `${name.padStart(6)}: 0`), ''].join('\n');
}

/** In one step, so that nobody reads half of it. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.next`, text);
  await rename(`${path}.next`, path);
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
