import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockdown, startFirewall } from './firewall.ts';
import { startFront } from './front.ts';
import { COLLECTIONS, startKubeApi } from './kube-api.ts';
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
  /** A rule that rejects everyone who comes from outside stands first in the node's firewall. */
  lockDown(): Promise<void>;
  /** It is deleted again. */
  unlock(): Promise<void>;
  /** An edit of the API server's manifest leaves a flag that it doesn't know: it ends at once, each time it is started. */
  breakFlag(): Promise<void>;
  /** The manifest is put right, and the kubelet starts it. */
  mendFlag(): Promise<void>;
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
  const nodeFolder = join(folder, nodeName);
  await mkdir(nodeFolder, { recursive: true });
  const node = await makeNode(nodeFolder, nodeName, 'eth0');
  const firewall = await startFirewall(nodeFolder);

  const startedAt = Date.now() - 12 * DAY_MS;
  fillCluster(api, Date.now());
  for (const component of ['etcd', 'kube-controller-manager', 'kube-scheduler']) {
    await node.manifest(component, []);
    await node.life({ component, attempt: 0, startedAt, lines: ['Serving'] });
  }
  await node.manifest('kube-apiserver', goodFlags);
  await node.life({ ...firstLife, startedAt });
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
        ways: { [`${addresses.node}:${apiPort}`]: front.port },
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
      },
    },
    kubeconfigFile,
    node: { ...node.folders, name: nodeName, caFile, firewallSocket: firewall.socketPath },

    async lockDown() {
      await firewall.insertRule(lockdown);
      await front.reject();
    },
    async unlock() {
      await firewall.deleteRule(lockdown);
      await front.pass();
    },
    async breakFlag() {
      await node.manifest('kube-apiserver', badFlags);
      await node.listens(otherPorts);
      await front.reject();
      await api.stop();
      // The kubelet has tried again twice, and waits before the next time.
      const now = Date.now();
      lastFailure = failedLife(now - 3_000);
      await node.life({ ...firstLife, startedAt, ended: { at: now - 9_000, exitCode: 0 } });
      await node.life({ ...failedLife(now - 8_000), attempt: 1 });
      await node.life({ ...lastFailure, attempt: 2 });
    },
    async mendFlag() {
      await node.manifest('kube-apiserver', goodFlags);
      const now = Date.now();
      await node.life({ ...firstLife, attempt: 3, startedAt: now });
      await node.listens([...otherPorts, apiPort]);
      await api.start();
      await front.pass();
      const running = { running: { startedAt: new Date(now).toISOString() } };
      const last = lastFailure === null ? {} : { terminated: terminated(lastFailure.ended) };
      api.put(COLLECTIONS.pods, mirrorPod('kube-apiserver', running, { restarts: 3, last }));
    },

    async close() {
      await Promise.allSettled([front.close(), api.close(), firewall.close()]);
    },
  };
}

/** sshd, the kubelet. */
const otherPorts = [22, 10250];

const commonFlags = [`--advertise-address=${addresses.node}`, `--secure-port=${apiPort}`];
const goodFlags = [...commonFlags, '--etcd-servers=https://127.0.0.1:2379'];
const badFlags = [...commonFlags, '--etcd-server=https://127.0.0.1:2379'];

function terminated({ at, exitCode }: { readonly at: number; readonly exitCode: number }): object {
  return { exitCode, reason: 'Error', finishedAt: new Date(at).toISOString() };
}

function failedLife(startedAt: number) {
  const ended = { at: startedAt + 300, exitCode: 1 };
  return { component: 'kube-apiserver', startedAt, ended, lines: ['Error: unknown flag: --etcd-server'] };
}

const firstLife = { component: 'kube-apiserver', attempt: 0, lines: ['Serving securely on [::]:6443'] };
