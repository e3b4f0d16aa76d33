import type {
  FlowFact,
  NetworkPoliciesFacts,
  NetworkPoliciesParams,
} from '../../../src/checks/network-policies/contract.ts';
import { networkPolicies } from '../../../src/checks/network-policies/contract.ts';
import { networkPoliciesRunner } from '../../../src/checks/network-policies/run.ts';
import type { Finding } from '../../../src/words/evidence.ts';
import type { KubeSnapshot, NodeRecord, PodRecord, PolicyRecord, ServiceRecord } from '../../../src/words/kube.ts';
import type { Vantage } from '../../../src/words/vantage.ts';

export const nowAt = Date.parse('2026-11-22T14:05:00Z');
export const changedAt = Date.parse('2026-11-22T14:03:12Z');

export const apiServer = pod('kube-apiserver-cp-1', {
  namespace: 'kube-system',
  labels: { component: 'kube-apiserver', tier: 'control-plane' },
  addresses: ['10.99.0.10'],
  hostNetwork: true,
  ports: [],
});
export const gateway = pod('proxy-1', { ports: [{ name: 'api', port: 8443, protocol: 'TCP' }] });
export const coredns = pod('coredns-1', {
  namespace: 'kube-system',
  labels: { 'k8s-app': 'kube-dns' },
  addresses: ['10.244.0.53'],
  ports: [],
});

export function pod(name: string, given: Partial<PodRecord> = {}): PodRecord {
  return {
    namespace: 'edge',
    name,
    uid: name,
    labels: { app: 'proxy' },
    nodeName: 'cp-1',
    addresses: ['10.244.0.7'],
    hostNetwork: false,
    phase: 'Running',
    startedAt: 0,
    deleting: false,
    ports: [{ name: 'api', port: 8443, protocol: 'TCP' }],
    containers: [],
    ...given,
  };
}

export function policy(name: string, spec: unknown, namespace = 'edge'): PolicyRecord {
  return { namespace, name, uid: name, modifiedAt: changedAt, modifiedBy: 'kubectl-create', spec };
}

export function service(name: string, given: Partial<ServiceRecord> = {}): ServiceRecord {
  return {
    namespace: 'edge',
    name,
    type: 'ClusterIP',
    clusterIps: ['10.96.7.7'],
    selector: { app: 'proxy' },
    ports: [{ port: 443, targetPort: 8443 }],
    ...given,
  };
}

export function node(name: string, ...addresses: string[]): NodeRecord {
  return { name, addresses, controlPlane: true, ready: true, podCidrs: [] };
}

/** A kubeadm cluster of one node with a gateway pod in `edge`, and no policy. */
export function snapshot(given: Partial<KubeSnapshot> = {}): KubeSnapshot {
  return {
    asOfAt: nowAt - 180_000,
    live: false,
    pods: [apiServer, gateway, coredns],
    namespaces: ['default', 'edge', 'kube-system'].map((name) => ({
      name,
      labels: { 'kubernetes.io/metadata.name': name },
    })),
    policies: [],
    otherPolicies: [],
    services: [
      service('kubernetes', {
        namespace: 'default',
        clusterIps: ['10.96.0.1'],
        selector: null,
        ports: [{ port: 443, targetPort: 6443 }],
      }),
    ],
    nodes: [node('cp-1', '10.99.0.10')],
    apiServers: [{ address: '10.99.0.10', port: 6443 }],
    ...given,
  };
}

const params: NetworkPoliciesParams = {
  port: 443,
  gateways: [{ namespace: 'edge', labels: { app: 'proxy' } }],
  clients: ['203.0.113.7'],
  apiAddresses: ['10.99.0.10'],
};

/** As it goes in life: the runner gathers, the facts cross the link as JSON, the contract judges. */
export async function checked(
  state: KubeSnapshot | null,
  asked: Partial<NetworkPoliciesParams> = {},
): Promise<{ facts: NetworkPoliciesFacts; asOfAt: number; finding: Finding }> {
  const runner = networkPoliciesRunner({ state: { snapshot: () => state }, clock: () => nowAt });
  const given = networkPolicies.params.parse({ ...params, ...asked });
  const run = await runner.run(given, AbortSignal.timeout(10_000));
  const facts = networkPolicies.facts.parse(JSON.parse(JSON.stringify(run.facts)));
  const vantage: Vantage = { kind: 'pod', instance: 'agent-1', leavesBy: [] };
  return { facts, asOfAt: run.asOfAt, finding: networkPolicies.judge({ params: given, facts, vantage, nowAt }) };
}

/** `from → to:ports` with its passage, of the flows that weigh. */
export function ways(flows: readonly FlowFact[]): Record<string, string> {
  return Object.fromEntries(
    flows
      .filter(({ weighs }) => weighs)
      .map(({ from, to, ports, passage }) => [`${from} → ${to}:${ports.join()}`, passage]),
  );
}
