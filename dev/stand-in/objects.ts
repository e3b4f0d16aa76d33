import { COLLECTIONS, type KubeObject, type StandInKubeApi } from './kube-api.ts';

/** Addresses from the ranges that are kept for documentation: they lead nowhere outside the stand-in. */
export const addresses = {
  node: '198.51.100.10',
  nodes: '198.51.100.0/24',
  pods: '10.244.0.0/16',
  /** Of the load balancer, and of one that was in use before it. */
  balancer: '192.0.2.20',
  formerBalancer: '192.0.2.99',
  service: '10.96.0.1',
  agentPod: '10.244.0.7',
  gatewayPod: '10.244.0.12',
  bot: '192.0.2.7',
  router: '192.0.2.1',
  clients: '203.0.113.0/24',
} as const;

/** What clients connect to. */
export const apiHost = 'api.demo.example';
export const nodeName = 'cp-1';
export const apiPort = 6443;

/** Fills the API server with what a small kubeadm cluster holds, as far as the agents ask for it. */
export function fillCluster(api: StandInKubeApi, nowAt: number): void {
  const dayAgo = new Date(nowAt - 86_400_000).toISOString();
  const twentyMinutesAgo = new Date(nowAt - 20 * 60_000).toISOString();
  const twelveDaysAgo = new Date(nowAt - 12 * 86_400_000).toISOString();
  api.document('/apis', { groups: [] });
  for (const name of ['default', 'kube-system', 'kube-public', 'apidown', 'edge', 'shop']) {
    api.put(COLLECTIONS.namespaces, { metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } });
  }
  api.put(COLLECTIONS.nodes, node(nodeName, addresses.node, { 'node-role.kubernetes.io/control-plane': '' }));
  api.put(COLLECTIONS.nodes, node('worker-1', '198.51.100.11', {}));
  for (const component of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']) {
    api.put(COLLECTIONS.pods, mirrorPod(component, { running: { startedAt: twelveDaysAgo } }));
  }
  api.put(COLLECTIONS.pods, pod('kube-system', 'coredns-6f6b679f8f-2xk4p', { 'k8s-app': 'kube-dns' }, '10.244.0.3'));
  api.put(COLLECTIONS.pods, pod('apidown', 'apidown-cluster-0', { app: 'apidown' }, addresses.agentPod));
  api.put(COLLECTIONS.pods, pod('edge', 'api-gateway-7d9c5', gatewayLabels, addresses.gatewayPod));
  api.put(COLLECTIONS.pods, pod('shop', 'cart-5b8d', { app: 'cart' }, '10.244.0.20'));
  api.put(COLLECTIONS.services, {
    metadata: { name: 'kubernetes', namespace: 'default' },
    spec: { type: 'ClusterIP', clusterIPs: [addresses.service], ports: [{ port: 443, targetPort: apiPort }] },
  });
  api.put(COLLECTIONS.services, {
    metadata: { name: 'api-gateway', namespace: 'edge' },
    spec: {
      type: 'LoadBalancer',
      clusterIPs: ['10.96.14.2'],
      selector: gatewayLabels,
      ports: [{ port: apiPort, targetPort: apiPort }],
    },
  });
  api.put(COLLECTIONS.endpointSlices, {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    endpoints: [{ addresses: [addresses.node], conditions: { ready: true } }],
    ports: [{ name: 'https', port: apiPort }],
  });
  // None of them keeps anybody from the API server.
  api.put(COLLECTIONS.networkPolicies, clientsPolicy(null, dayAgo));
  api.put(COLLECTIONS.networkPolicies, policy('shop', 'default-deny', twentyMinutesAgo, { podSelector: {} }, dayAgo));
  api.put(
    COLLECTIONS.networkPolicies,
    policy('kube-system', 'dns', twelveDaysAgo, {
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
      ingress: [{ ports: [{ protocol: 'UDP', port: 53 }] }],
    }),
  );
}

/** Who may connect to the gateway: these; null: everybody. */
export function clientsPolicy(cidrs: readonly string[] | null, changedAt: string): KubeObject {
  const from = cidrs === null ? {} : { from: cidrs.map((cidr) => ({ ipBlock: { cidr } })) };
  return policy(gatewayNamespace, 'allow-clients', changedAt, {
    podSelector: { matchLabels: gatewayLabels },
    policyTypes: ['Ingress'],
    ingress: [{ ...from, ports: [{ protocol: 'TCP', port: apiPort }] }],
  });
}

/** A policy of a shop, which has nothing to do with the API server. */
export function shopPolicy(ports: readonly number[], changedAt: string): KubeObject {
  return policy('shop', 'allow-cart', changedAt, {
    podSelector: { matchLabels: { app: 'cart' } },
    ingress: [{ ports: ports.map((port) => ({ protocol: 'TCP', port })) }],
  });
}

export const gatewayNamespace = 'edge';
export const gatewayLabels = { app: 'api-gateway' } as const;

/** As `kubectl` writes it; without a token as `kube-public/cluster-info` holds it. */
export function kubeconfig(server: string, caPem: string, token: string | null): string {
  const ca = Buffer.from(caPem).toString('base64');
  const cluster = { name: 'demo', cluster: { server, 'certificate-authority-data': ca } };
  const access =
    token === null
      ? { contexts: [], users: [], 'current-context': '' }
      : {
          contexts: [{ name: 'demo', context: { cluster: 'demo', user: 'apidown' } }],
          users: [{ name: 'apidown', user: { token } }],
          'current-context': 'demo',
        };
  // JSON is YAML too.
  return JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters: [cluster], ...access });
}

function node(name: string, address: string, labels: Readonly<Record<string, string>>): KubeObject {
  return {
    metadata: { name, labels },
    spec: { podCIDRs: ['10.244.0.0/24'] },
    status: {
      addresses: [{ type: 'InternalIP', address }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

function pod(namespace: string, name: string, labels: Readonly<Record<string, string>>, address: string): KubeObject {
  return {
    metadata: { name, namespace, labels },
    spec: { nodeName, containers: [{ name: 'main', ports: [{ containerPort: apiPort }] }] },
    status: { phase: 'Running', podIPs: [{ ip: address }] },
  };
}

export function imageOf(component: string): string {
  return `registry.k8s.io/${component}:v1.37.2`;
}

/** What the kubelet shows in the API of a static pod. */
export function mirrorPod(
  component: string,
  state: object,
  before: { restarts: number; last: object } | null = null,
): KubeObject {
  const status = { name: component, ready: true, restartCount: before?.restarts ?? 0, state };
  return {
    metadata: {
      name: `${component}-${nodeName}`,
      namespace: 'kube-system',
      labels: { component, tier: 'control-plane' },
      annotations: { 'kubernetes.io/config.mirror': 'hash', 'kubernetes.io/config.hash': 'hash' },
    },
    spec: { nodeName, hostNetwork: true, containers: [{ name: component, image: imageOf(component) }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      podIPs: [{ ip: addresses.node }],
      containerStatuses: [before === null ? status : { ...status, lastState: before.last }],
    },
  };
}

function policy(
  namespace: string,
  name: string,
  changedAt: string,
  spec: object,
  creationTimestamp = changedAt,
): KubeObject {
  return {
    metadata: {
      name,
      namespace,
      creationTimestamp,
      managedFields: [{ manager: 'argocd', time: changedAt }],
    },
    spec,
  };
}
