import { COLLECTIONS, type KubeObject, type StandInKubeApi } from './kube-api.ts';
import { apiHost, apiPort, imageOf, kubeconfig } from './objects.ts';

/** Fills `kube-system` and `kube-public` with what kubeadm leaves there beside the static pods. */
export function fillKubeSystem(api: StandInKubeApi, madeAt: number): void {
  const clusterInfo = configMap('kube-public', 'cluster-info', madeAt, 'kubeadm', {
    kubeconfig: kubeconfig(`https://${apiHost}:${apiPort}`, api.caPem, null),
  });
  const kubeadmConfig = configMap('kube-system', 'kubeadm-config', madeAt, 'kubeadm', {
    ClusterConfiguration: `controlPlaneEndpoint: ${apiHost}:${apiPort}\n`,
  });
  api.put(COLLECTIONS.publicConfigMaps, clusterInfo);
  api.document(`${COLLECTIONS.publicConfigMaps}/cluster-info`, clusterInfo);
  api.put(COLLECTIONS.configMaps, kubeadmConfig);
  api.document(`${COLLECTIONS.configMaps}/kubeadm-config`, kubeadmConfig);
  api.put(COLLECTIONS.configMaps, dnsConfig(30, madeAt, 'kubeadm'));
  api.put(COLLECTIONS.deployments, {
    metadata: written('coredns', madeAt, 'kubeadm'),
    spec: { replicas: 2, ...podsOf('coredns') },
  });
  api.put(COLLECTIONS.replicaSets, {
    metadata: {
      ...written('coredns-6f6b679f8f', madeAt, 'kube-controller-manager'),
      ownerReferences: [{ kind: 'Deployment', name: 'coredns' }],
    },
  });
  api.put(COLLECTIONS.daemonSets, {
    metadata: written('kube-proxy', madeAt, 'kubeadm'),
    spec: podsOf('kube-proxy'),
  });
}

/** What the cluster's DNS goes by. */
export function dnsConfig(cacheSeconds: number, changedAt: number, by: string): KubeObject {
  return configMap('kube-system', 'coredns', changedAt, by, {
    Corefile: `.:53 {\n    kubernetes cluster.local\n    cache ${cacheSeconds}\n}\n`,
  });
}

function configMap(
  namespace: string,
  name: string,
  changedAt: number,
  by: string,
  data: Readonly<Record<string, string>>,
): KubeObject {
  return { metadata: { ...written(name, changedAt, by), namespace }, data };
}

function written(name: string, at: number, manager: string): KubeObject['metadata'] {
  // Whole seconds, as the API server has them.
  const time = `${new Date(at).toISOString().slice(0, 19)}Z`;
  return { name, namespace: 'kube-system', creationTimestamp: time, managedFields: [{ manager, time }] };
}

function podsOf(name: string): object {
  return { template: { spec: { containers: [{ name, image: imageOf(name) }] } } };
}
