import type { KubeSnapshot, PodRecord } from '../../words/kube.ts';
import type { CheckRunner } from '../contract.ts';
import type { KubeState, Learned } from '../ports.ts';
import {
  type ApiFacts,
  Component,
  type ComponentFacts,
  type ControlPlanePodsFacts,
  type ControlPlanePodsParams,
  controlPlanePods,
  type NodeFacts,
} from './contract.ts';

type Runner = CheckRunner<ControlPlanePodsParams, ControlPlanePodsFacts>;

/** In the cluster: from the newest state that the agent keeps, which outlives the API server's answers. */
export function controlPlanePodsFromApi(options: {
  readonly state: KubeState;
  readonly learned: Learned;
  readonly clock: () => number;
}): Runner {
  const { state, learned, clock } = options;
  return {
    contract: controlPlanePods,
    async run() {
      const snapshot = state.snapshot();
      const now = clock();
      const facts = apiFacts(snapshot, learned, now);
      return { facts, asOfAt: snapshot === null || snapshot.live ? now : snapshot.asOfAt };
    },
  };
}

/** On a control-plane node: from its files, with or without an API server. */
export function controlPlanePodsFromNode(options: {
  readonly readFiles: () => Promise<NodeFacts>;
  readonly clock: () => number;
}): Runner {
  return {
    contract: controlPlanePods,
    run: async () => ({ facts: await options.readFiles(), asOfAt: options.clock() }),
  };
}

function apiFacts(snapshot: KubeSnapshot | null, learned: Learned, lookedAt: number): ApiFacts {
  const { provider, controlPlaneNodes } = learned.knowledge();
  const nodes = snapshot?.nodes.filter(({ controlPlane }) => controlPlane).map(({ name }) => name) ?? [];
  return {
    source: 'api',
    lookedAt,
    asOfAt: snapshot?.asOfAt ?? null,
    live: snapshot?.live ?? false,
    provider,
    // Nodes that are seen now beat those remembered: one may have been taken out on purpose.
    controlPlaneNodes: nodes.length > 0 ? nodes : controlPlaneNodes,
    components: snapshot?.pods.flatMap(componentFacts) ?? [],
    limits: snapshot?.unseen?.filter((words) => /^(pods|nodes)\b/.test(words)) ?? [],
  };
}

function componentFacts(pod: PodRecord): ComponentFacts[] {
  const component = componentOf(pod);
  if (component === null) return [];
  return [
    {
      component,
      node: pod.nodeName,
      pod: pod.name,
      uid: pod.uid,
      phase: pod.phase,
      deleting: pod.deleting,
      container: pod.containers.find(({ name }) => name === component) ?? pod.containers[0] ?? null,
    },
  ];
}

/** Static pods by kubeadm's labels; what stands beside them by the labels of its own. */
function componentOf({ namespace, labels }: PodRecord): Component | null {
  if (namespace !== 'kube-system') return null;
  const app = labels['k8s-app'];
  if (app === 'kube-dns') return 'coredns';
  if (app === 'kube-proxy') return 'kube-proxy';
  return labels.tier === 'control-plane' ? (Component.safeParse(labels.component).data ?? null) : null;
}
