import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lockdown, startFirewall } from './firewall.ts';
import { startDoor, startFront } from './front.ts';
import { COLLECTIONS, startKubeApi } from './kube-api.ts';
import { dnsConfig, fillKubeSystem } from './kube-system.ts';
import { makeNode, type NodePaths } from './node.ts';
import { addresses, apiPort, fillCluster, kubeconfig, mirrorPod, nodeName } from './objects.ts';
import type { Place } from './place.ts';

/**
 * A kubeadm cluster of one control-plane node, as far as the product can tell: an API server, its node's files and
 * firewall, and three places to stand at. It breaks where real ones break; what that means is for others to find out.
 */
export interface StandInCluster {
  readonly endpoint: string;
  readonly places: { readonly outside: Place; readonly pod: Place; readonly node: Place };
  /** For the cluster agent. */
  readonly kubeconfigFile: string;
  readonly node: NodePaths & { readonly name: string; readonly caFile: string; readonly firewallSocket: string };
  /** A rule that rejects everyone who comes from outside stands first in the node's firewall. Resolves with its handle. */
  lockDown(): Promise<number>;
  /** It is deleted again. */
  unlock(handle: number): Promise<void>;
  /** An edit of the API server's manifest leaves a flag that it doesn't know: it ends at once, each time it is started. */
  breakFlag(): Promise<void>;
  /** The manifest is put right, and the kubelet starts it. */
  mendFlag(): Promise<void>;
  /** Something that breaks nothing: the cluster's DNS shall cache for longer. */
  tuneDns(): void;
  close(): Promise<void>;
}

const TOKEN = 'stand-in-token';
const DAY_MS = 86_400_000;

/** @param folder where its files go; short, since there is a socket among them. */
export async function startCluster(folder: string): Promise<StandInCluster> {
  const api = await startKubeApi({
    names: ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', nodeName],
    addresses: [addresses.node, addresses.service],
    token: TOKEN,
  });
  const front = await startFront(api.port);
  const router = await startDoor();
  const nodeFolder = join(folder, nodeName);
  await mkdir(nodeFolder, { recursive: true });
  const node = await makeNode(nodeFolder, nodeName, 'eth0');
  const firewall = await startFirewall(nodeFolder);

  const loggedAt = Date.now();
  const startedAt = loggedAt - 12 * DAY_MS;
  fillCluster(api, loggedAt);
  fillKubeSystem(api, startedAt);
  for (const component of ['etcd', 'kube-controller-manager', 'kube-scheduler']) {
    await node.manifest(component, [], startedAt);
    await node.life({ component, attempt: 0, startedAt, loggedAt, lines: ['Serving'] });
  }
  await node.manifest('kube-apiserver', goodFlags, startedAt);
  await node.life({ ...firstLife, startedAt, loggedAt });
  await node.listens([...otherPorts, apiPort]);

  const kubeconfigFile = join(folder, 'kubeconfig');
  const caFile = join(nodeFolder, 'ca.crt');
  await writeFile(kubeconfigFile, kubeconfig(`https://${addresses.node}:${apiPort}`, api.caPem, TOKEN));
  await writeFile(caFile, api.caPem);

  let lastFailure: ReturnType<typeof failedLife> | null = null;

  const direct = { [`${addresses.node}:${apiPort}`]: api.port, [`${addresses.service}:443`]: api.port };
  return {
    endpoint: `https://${addresses.node}:${apiPort}`,
    places: {
      outside: {
        ways: { [`${addresses.node}:${apiPort}`]: front.port, [routerPlace]: router.port },
        names: {},
        leavesBy: addresses.bot,
        interfaces: {},
      },
      pod: {
        ways: direct,
        names: { 'kubernetes.default.svc': [addresses.service] },
        leavesBy: addresses.agentPod,
        interfaces: {},
      },
      node: {
        ways: { ...direct, [`127.0.0.1:${apiPort}`]: api.port, [`[::1]:${apiPort}`]: api.port },
        names: {},
        leavesBy: addresses.node,
        interfaces: { lo: ['127.0.0.1/8', '::1/128'], eth0: [`${addresses.node}/24`] },
        oldFiles: node.folders.manifests,
      },
    },
    kubeconfigFile,
    node: { ...node.folders, name: nodeName, caFile, firewallSocket: firewall.socketPath },

    async lockDown() {
      const handle = await firewall.insertRule(lockdown);
      await front.reject();
      return handle;
    },
    async unlock(handle) {
      await firewall.deleteRule(handle);
      await front.pass();
    },
    tuneDns() {
      api.put(COLLECTIONS.configMaps, dnsConfig(60, Date.now(), 'kubectl-edit'));
    },
    async breakFlag() {
      await node.manifest('kube-apiserver', badFlags);
      await node.listens(otherPorts);
      await front.reject();
      await api.stop();
      const endedAt = Date.now();
      await node.life({ ...firstLife, startedAt, ended: { at: endedAt, exitCode: 0 } });
      // The kubelet tries the new one once, and waits before the next time.
      await wait(shortLifeMs);
      lastFailure = failedLife(endedAt);
      await node.life({ ...lastFailure, attempt: 1 });
    },
    async mendFlag() {
      await node.manifest('kube-apiserver', goodFlags);
      const now = Date.now();
      await node.life({ ...firstLife, attempt: 2, startedAt: now });
      await node.listens([...otherPorts, apiPort]);
      await api.start();
      await front.pass();
      const running = { running: { startedAt: new Date(now).toISOString() } };
      const last = lastFailure === null ? {} : { terminated: terminated(lastFailure.ended) };
      api.put(COLLECTIONS.pods, mirrorPod('kube-apiserver', running, { restarts: 2, last }));
    },

    async close() {
      await Promise.allSettled([front.close(), router.close(), api.close(), firewall.close()]);
    },
  };
}

/** Answers those outside whatever becomes of the cluster: what tells them that their own network works. */
export const routerPlace = `${addresses.router}:443`;

/** sshd, the kubelet. */
const otherPorts = [22, 10250];

const commonFlags = [`--advertise-address=${addresses.node}`, `--secure-port=${apiPort}`];
const goodFlags = [...commonFlags, '--etcd-servers=https://127.0.0.1:2379'];
const badFlags = [...commonFlags, '--etcd-server=https://127.0.0.1:2379'];

function terminated({ at, exitCode }: { readonly at: number; readonly exitCode: number }): object {
  return { exitCode, reason: 'Error', finishedAt: new Date(at).toISOString() };
}

/** No longer than it takes to read the flags. */
const shortLifeMs = 300;

function failedLife(startedAt: number) {
  const ended = { at: startedAt + shortLifeMs, exitCode: 1 };
  return { component: 'kube-apiserver', startedAt, ended, lines: ['Error: unknown flag: --etcd-server'] };
}

const firstLife = { component: 'kube-apiserver', attempt: 0, lines: ['Serving securely on [::]:6443'] };
