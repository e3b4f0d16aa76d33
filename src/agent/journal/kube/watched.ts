import type { ChangeCategory } from '../../../words/change.ts';
import type { Kind } from '../../kube/follow.ts';
import { noteEndpoints } from './api-endpoints.ts';
import { noteConfigMap } from './config-map.ts';
import { notePod } from './control-plane-pod.ts';
import { noteEvent } from './event.ts';
import { noteService } from './load-balancer.ts';
import { noteNetworkPolicy } from './network-policy.ts';
import { noteNode } from './node.ts';
import type { Note } from './note.ts';
import { noteOtherPolicy } from './other-policy.ts';
import { noteReplicaSet } from './replica-set.ts';
import { noteWorkload } from './workload.ts';

/** What the journal follows beside the kinds that the agent follows for the steps. */
export const ALSO_FOLLOWED: readonly Kind<Note>[] = [
  ...['kube-system', 'kube-public'].map((namespace) => ({
    name: `configmaps of ${namespace}`,
    path: `/api/v1/namespaces/${namespace}/configmaps`,
    reduce: noteConfigMap,
  })),
  {
    name: 'deployments',
    path: '/apis/apps/v1/namespaces/kube-system/deployments',
    reduce: (raw) => noteWorkload('Deployment', raw),
  },
  {
    name: 'daemonsets',
    path: '/apis/apps/v1/namespaces/kube-system/daemonsets',
    reduce: (raw) => noteWorkload('DaemonSet', raw),
  },
  {
    name: 'replicasets',
    path: '/apis/apps/v1/namespaces/kube-system/replicasets',
    metadataOnly: true,
    reduce: noteReplicaSet,
  },
  {
    name: 'events of pods',
    path: '/api/v1/namespaces/kube-system/events',
    query: { fieldSelector: 'involvedObject.kind=Pod' },
    reduce: noteEvent,
  },
  {
    // Nodes are in no namespace; what is said of them is in this one.
    name: 'events of nodes',
    path: '/api/v1/namespaces/default/events',
    query: { fieldSelector: 'involvedObject.kind=Node' },
    reduce: noteEvent,
  },
];

/** Of the kinds that are followed for the steps, what the journal notes. */
const NOTED: Readonly<Record<string, (raw: unknown) => Note | null>> = {
  pods: notePod,
  namespaces: () => null,
  networkpolicies: noteNetworkPolicy,
  services: noteService,
  nodes: noteNode,
  endpointslices: noteEndpoints,
};

/**
 * By the name of the kind that is followed: one that is not known here is a policy of another kind. null: of no interest.
 * @throws when the object has not the form expected.
 */
export function noteOf(resource: string, raw: unknown): Note | null {
  const note = NOTED[resource];
  return note === undefined ? noteOtherPolicy(resource, raw) : note(raw);
}

/** What has to be seen before the journal may say that nothing of a category changed; Events only add to it. */
export const NEEDED: ReadonlyMap<ChangeCategory, readonly string[]> = new Map([
  ['network-policy', ['networkpolicies']],
  [
    'control-plane',
    [
      'pods',
      'nodes',
      'configmaps of kube-system',
      'configmaps of kube-public',
      'deployments',
      'daemonsets',
      'replicasets',
    ],
  ],
  ['load-balancer', ['services']],
  ['maintenance', ['nodes']],
  ['endpoint', ['endpointslices']],
]);
