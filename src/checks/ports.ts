import type { ClusterKnowledge } from '../words/endpoint.ts';
import type { KubeSnapshot } from '../words/kube.ts';

/** What check runners get from the agent they run in; each takes only what it needs. */

/** The newest state of the cluster that the agent keeps; null before the first list ever succeeded. */
export interface KubeState {
  snapshot(): KubeSnapshot | null;
}

/** What was learned while the cluster was healthy. */
export interface Learned {
  knowledge(): ClusterKnowledge;
}
