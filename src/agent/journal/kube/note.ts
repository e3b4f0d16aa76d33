import { z } from 'zod';
import { EndpointsNote, tellEndpoints } from './api-endpoints.ts';
import { ConfigMapNote, tellConfigMap } from './config-map.ts';
import { PodNote, tellPod } from './control-plane-pod.ts';
import { EventNote, tellEvent } from './event.ts';
import { ServiceNote, tellService } from './load-balancer.ts';
import { NetworkPolicyNote, tellNetworkPolicy } from './network-policy.ts';
import { NodeNote, tellNode } from './node.ts';
import { OtherPolicyNote, tellOtherPolicy } from './other-policy.ts';
import { ReplicaSetNote, tellReplicaSet } from './replica-set.ts';
import type { Told } from './told.ts';
import { tellWorkload, WorkloadNote } from './workload.ts';

/** What is kept of an object to tell what differs when it changes. No value of a ConfigMap is in any of them. */
export const Note = z.discriminatedUnion('kind', [
  ConfigMapNote,
  WorkloadNote,
  ReplicaSetNote,
  PodNote,
  NodeNote,
  ServiceNote,
  EndpointsNote,
  EventNote,
  OtherPolicyNote,
  NetworkPolicyNote,
]);
export type Note = z.infer<typeof Note>;

/**
 * What differs between two notes of one object; null: it is not there. Nothing where all that differs is noise.
 * @param predecessor of one that came: the object of the same name that went before it, where that is known.
 */
export function tell(before: Note | null, after: Note | null, predecessor: Note | null): Told[] {
  const note = after ?? before;
  switch (note?.kind) {
    case undefined:
      return [];
    case 'ConfigMap':
      return tellConfigMap(only(before, 'ConfigMap'), only(after, 'ConfigMap'));
    case 'Deployment':
    case 'DaemonSet':
      return tellWorkload(workload(before), workload(after));
    case 'ReplicaSet':
      return tellReplicaSet(only(before, 'ReplicaSet'), only(after, 'ReplicaSet'));
    case 'Pod':
      return tellPod(only(before, 'Pod'), only(after, 'Pod'), only(predecessor, 'Pod'));
    case 'Node':
      return tellNode(only(before, 'Node'), only(after, 'Node'), only(predecessor, 'Node'));
    case 'Service':
      return tellService(only(before, 'Service'), only(after, 'Service'));
    case 'EndpointSlice':
      return tellEndpoints(only(before, 'EndpointSlice'), only(after, 'EndpointSlice'));
    case 'Event':
      return tellEvent(only(before, 'Event'), only(after, 'Event'));
    case 'OtherPolicy':
      return tellOtherPolicy(only(before, 'OtherPolicy'), only(after, 'OtherPolicy'));
    case 'NetworkPolicy':
      return tellNetworkPolicy(only(before, 'NetworkPolicy'), only(after, 'NetworkPolicy'));
    default:
      return note satisfies never;
  }
}

type NoteOf<Kind extends Note['kind']> = Extract<Note, { kind: Kind }>;

/** Both are notes of the same object, or of one that took its place: their kinds never differ. */
function only<Kind extends Note['kind']>(note: Note | null, kind: Kind): NoteOf<Kind> | null {
  return note !== null && isOf(note, kind) ? note : null;
}

function isOf<Kind extends Note['kind']>(note: Note, kind: Kind): note is NoteOf<Kind> {
  return note.kind === kind;
}

function workload(note: Note | null): z.infer<typeof WorkloadNote> | null {
  return note?.kind === 'Deployment' || note?.kind === 'DaemonSet' ? note : null;
}
