import type { KubeObject } from '../../../dev/stand-in/kube-api.ts';

/** Objects as an API server of a kubeadm cluster gives them, cut to what matters. */

export function pod(
  name: string,
  over: Partial<Record<'metadata' | 'spec' | 'status', Record<string, unknown>>> = {},
): KubeObject {
  return {
    metadata: { name, namespace: 'default', labels: { app: name }, ...over.metadata },
    spec: {
      nodeName: 'worker-1',
      containers: [{ name: 'main', ports: [{ name: 'web', containerPort: 8080 }] }],
      ...over.spec,
    },
    status: { phase: 'Running', startTime: '2026-11-22T09:00:00Z', podIPs: [{ ip: '10.244.0.7' }], ...over.status },
  };
}

export function apiServerPod(node: string, status: Record<string, unknown> = {}): KubeObject {
  return pod(`kube-apiserver-${node}`, {
    metadata: {
      namespace: 'kube-system',
      labels: { component: 'kube-apiserver', tier: 'control-plane' },
      annotations: { 'kubernetes.io/config.mirror': 'abc' },
    },
    spec: { nodeName: node, hostNetwork: true, containers: [{ name: 'kube-apiserver' }] },
    status: {
      podIPs: [{ ip: '10.0.0.10' }],
      containerStatuses: [
        {
          name: 'kube-apiserver',
          ready: true,
          restartCount: 2,
          state: { running: { startedAt: '2026-11-22T09:00:05Z' } },
          lastState: {
            terminated: {
              reason: 'Error',
              exitCode: 137,
              startedAt: '2026-11-22T08:00:00Z',
              finishedAt: '2026-11-22T09:00:01Z',
              message: 'out of luck',
            },
          },
        },
      ],
      ...status,
    },
  });
}

export function node(name: string, labels: Record<string, string> = {}): KubeObject {
  return {
    metadata: { name, labels },
    spec: { podCIDRs: ['10.244.0.0/24'] },
    status: {
      addresses: [
        { type: 'InternalIP', address: '10.0.0.10' },
        { type: 'Hostname', address: name },
      ],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

export const CONTROL_PLANE = { 'node-role.kubernetes.io/control-plane': '' };

export function policy(name: string, spec: unknown = { podSelector: {} }): KubeObject {
  return {
    metadata: {
      name,
      namespace: 'default',
      creationTimestamp: '2026-11-22T08:00:00Z',
      managedFields: [
        { manager: 'kubectl-create', time: '2026-11-22T08:00:00Z' },
        { manager: 'argocd', time: '2026-11-22T09:30:00Z' },
        { manager: 'controller', time: '2026-11-22T10:00:00Z', subresource: 'status' },
      ],
    },
    spec,
  };
}

export const KUBERNETES_SERVICE: KubeObject = {
  metadata: { name: 'kubernetes', namespace: 'default' },
  spec: { type: 'ClusterIP', clusterIPs: ['10.96.0.1'], ports: [{ name: 'https', port: 443, targetPort: 6443 }] },
};

export const KUBERNETES_SLICE: KubeObject = {
  metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
  endpoints: [{ addresses: ['10.0.0.10'], conditions: { ready: true } }],
  ports: [{ name: 'https', port: 6443 }],
};
