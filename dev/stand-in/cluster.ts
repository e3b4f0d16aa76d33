import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type StandInCloud, startCloud } from './cloud.ts';
import { startDns, type Zone } from './dns.ts';
import { lockdown, startFirewall } from './firewall.ts';
import { startDoor, startGate } from './gate.ts';
import { type StandInGitHub, startGitHub } from './git-hub.ts';
import { COLLECTIONS, startKubeApi } from './kube-api.ts';
import { dnsConfig, fillKubeSystem } from './kube-system.ts';
import { makeNode, type NodePaths } from './node.ts';
import {
  addresses,
  apiHost,
  apiPort,
  clientsPolicy,
  fillCluster,
  kubeconfig,
  mirrorPod,
  nodeName,
  shopPolicy,
} from './objects.ts';
import type { Place } from './place.ts';
import { fateOn } from './way.ts';

/**
 * A kubeadm cluster of one control-plane node, as far as the product can tell: an API server, its node's files and
 * firewall, the cloud and the name that clients come by, the GitHub that announces work on it, and three places to stand
 * at. It breaks where real ones break; what that means is for others to find out. Whatever mends is safe to call when
 * nothing is broken.
 */
export interface StandInCluster {
  readonly endpoint: string;
  readonly places: { readonly outside: Place; readonly pod: Place; readonly node: Place };
  /** For the cluster agent. */
  readonly kubeconfigFile: string;
  readonly node: NodePaths & { readonly name: string; readonly caFile: string; readonly firewallSocket: string };
  readonly cloud: StandInCloud;
  readonly gitHub: StandInGitHub & { readonly repository: string };
  /** A rule that rejects everyone who comes from outside stands first in the node's firewall. Resolves with its handle. */
  lockDown(): Promise<number>;
  /** It is deleted again. */
  unlock(): Promise<void>;
  /** An edit of the API server's manifest leaves a flag that it doesn't know: it ends at once, each time it is started. */
  breakFlag(): Promise<void>;
  /** The manifest is put right, and the kubelet starts it. */
  mendFlag(): Promise<void>;
  /** The policy of the gateway lets in nobody but a private network. */
  narrowPolicy(): void;
  widenPolicy(): void;
  /** The record of the endpoint's name leads to the load balancer that was in use before. */
  pointElsewhere(): void;
  pointBack(): void;
  /** The API server presents a certificate that lacks the name that clients use. */
  replaceCertificate(): Promise<void>;
  restoreCertificate(): Promise<void>;
  /** Work on what connects the nodes' network to the internet is announced, and begins. */
  beginMaintenance(): Promise<void>;
  endMaintenance(): Promise<void>;
  /** Things that break nothing. The cluster's DNS shall cache for longer or shorter; a policy of the shop is edited. */
  tuneDns(): void;
  editShop(): void;
  close(): Promise<void>;
}

const TOKEN = 'stand-in-token';
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** @param folder where its files go; short, since there is a socket among them. */
export async function startCluster(folder: string): Promise<StandInCluster> {
  const inside = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', nodeName];
  const ownAddresses = [addresses.node, addresses.service];
  const api = await startKubeApi({ names: [...inside, apiHost], addresses: ownAddresses, token: TOKEN });
  const cloud = await startCloud();
  const gitHub = await startGitHub(owner, [infrastructure, website]);
  let leadsTo: string = addresses.balancer;
  const dns = await startDns((): Zone => ({ [apiHost]: { a: [leadsTo], ttlSeconds: 2 } }));
  const router = await startDoor();
  const nodeFolder = join(folder, nodeName);
  await mkdir(nodeFolder, { recursive: true });
  const node = await makeNode(nodeFolder, nodeName, 'eth0');
  const firewall = await startFirewall(nodeFolder);
  let isUplinkUp = true;
  const gate = await startGate(fateOn({ isUplinkUp: () => isUplinkUp, cloud, api, firewall }));

  const loggedAt = Date.now();
  const beganAt = loggedAt - 12 * DAY_MS;
  fillCluster(api, loggedAt);
  fillKubeSystem(api, beganAt);
  for (const component of ['etcd', 'kube-controller-manager', 'kube-scheduler']) {
    await node.manifest(component, [], beganAt);
    await node.life({ component, attempt: 0, startedAt: beganAt, loggedAt, lines: ['Serving'] });
  }
  await node.manifest('kube-apiserver', goodFlags, beganAt);
  await node.life({ ...goodLife, attempt: 0, startedAt: beganAt, loggedAt });
  await node.listens([...otherPorts, apiPort]);

  const kubeconfigFile = join(folder, 'kubeconfig');
  const caFile = join(nodeFolder, 'ca.crt');
  await writeFile(kubeconfigFile, kubeconfig(`https://${addresses.node}:${apiPort}`, api.caPem, TOKEN));
  await writeFile(caFile, api.caPem);

  /** Of the container that runs, or ran last. */
  let life = { attempt: 0, startedAt: beganAt };
  let failure: ReturnType<typeof failedLife> | null = null;
  let cacheSeconds = 30;
  let shopPorts = [8080];
  let maintenance: { end(): Promise<void> } | null = null;

  const nowText = () => new Date().toISOString();
  const common = { gate: gate.port, dns: dns.at };
  const byBalancer = {
    [`${addresses.balancer}:${apiPort}`]: api.port,
    [`${addresses.formerBalancer}:${apiPort}`]: api.port,
  };
  const straight = { [`${addresses.node}:${apiPort}`]: api.port, [`${addresses.service}:443`]: api.port };
  return {
    endpoint: `https://${apiHost}:${apiPort}`,
    places: {
      outside: {
        ...common,
        ways: { ...byBalancer, [routerPlace]: router.port },
        names: {},
        leavesBy: addresses.bot,
        interfaces: {},
      },
      pod: {
        ...common,
        ways: { ...byBalancer, ...straight },
        names: { 'kubernetes.default.svc': [addresses.service] },
        leavesBy: addresses.agentPod,
        interfaces: {},
      },
      node: {
        ...common,
        ways: { ...byBalancer, ...straight, [`127.0.0.1:${apiPort}`]: api.port, [`[::1]:${apiPort}`]: api.port },
        names: {},
        leavesBy: addresses.node,
        interfaces: { lo: ['127.0.0.1/8', '::1/128'], eth0: [`${addresses.node}/24`] },
        oldFiles: node.folders.manifests,
      },
    },
    kubeconfigFile,
    node: { ...node.folders, name: nodeName, caFile, firewallSocket: firewall.socketPath },
    cloud,
    gitHub: { ...gitHub, repository: `${owner}/${infrastructure}` },

    lockDown: () => firewall.insertRule(lockdown),
    async unlock() {
      for (const handle of firewall.handlesOf(lockdown)) await firewall.deleteRule(handle);
    },
    async breakFlag() {
      await node.manifest('kube-apiserver', badFlags);
      await node.listens(otherPorts);
      await api.stop();
      const endedAt = Date.now();
      await node.life({ ...goodLife, ...life, ended: { at: endedAt, exitCode: 0 } });
      // The kubelet tries the new one once, and waits before the next time.
      await wait(shortLifeMs);
      failure = failedLife(endedAt);
      await node.life({ ...failure, attempt: life.attempt + 1 });
    },
    async mendFlag() {
      if (failure === null) return;
      await node.manifest('kube-apiserver', goodFlags);
      life = { attempt: life.attempt + 2, startedAt: Date.now() };
      await node.life({ ...goodLife, ...life });
      await node.listens([...otherPorts, apiPort]);
      await api.start();
      const running = { running: { startedAt: new Date(life.startedAt).toISOString() } };
      const last = { terminated: terminated(failure.ended) };
      api.put(COLLECTIONS.pods, mirrorPod('kube-apiserver', running, { restarts: life.attempt, last }));
      failure = null;
    },
    narrowPolicy: () => api.put(COLLECTIONS.networkPolicies, clientsPolicy(['10.0.0.0/8'], nowText())),
    widenPolicy: () => api.put(COLLECTIONS.networkPolicies, clientsPolicy(null, nowText())),
    pointElsewhere() {
      leadsTo = addresses.formerBalancer;
    },
    pointBack() {
      leadsTo = addresses.balancer;
    },
    replaceCertificate: () => api.present(inside, ownAddresses),
    restoreCertificate: () => api.present([...inside, apiHost], ownAddresses),
    async beginMaintenance() {
      const nowAt = Date.now();
      const work = { repository: infrastructure, title: 'Replace the uplink switches of the cluster network' };
      maintenance = await gitHub.announce({ ...work, fromAt: nowAt - MINUTE_MS, toAt: nowAt + 30 * MINUTE_MS });
      const elsewhere = { repository: website, title: 'Move the website to new fonts' };
      await gitHub.announce({ ...elsewhere, fromAt: nowAt - MINUTE_MS, toAt: nowAt + 30 * MINUTE_MS });
      isUplinkUp = false;
    },
    async endMaintenance() {
      isUplinkUp = true;
      await maintenance?.end();
      maintenance = null;
    },
    tuneDns() {
      cacheSeconds = cacheSeconds === 30 ? 60 : 30;
      api.put(COLLECTIONS.configMaps, dnsConfig(cacheSeconds, Date.now(), 'kubectl-edit'));
    },
    editShop() {
      shopPorts = [...shopPorts, 8080 + shopPorts.length];
      api.put(COLLECTIONS.networkPolicies, shopPolicy(shopPorts, nowText()));
    },

    async close() {
      await Promise.allSettled([gate, router, dns, gitHub, cloud, api, firewall].map((part) => part.close()));
    },
  };
}

/** Answers those outside whatever becomes of the cluster: what tells them that their own network works. */
export const routerPlace = `${addresses.router}:443`;

const owner = 'acme';
const [infrastructure, website] = ['infrastructure', 'website'] as const;

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

const goodLife = { component: 'kube-apiserver', lines: ['Serving securely on [::]:6443'] };
