import { z } from 'zod';
import { Metadata, optional } from '../../kube/metadata.ts';
import { compare, Hashes, hashesOf, listed, NoteBase, noteBase } from './note-base.ts';
import { nameOf, summaryOf, type Told } from './told.ts';

/** A ConfigMap: of each key a hash, never a value. */
export const ConfigMapNote = NoteBase.extend({ kind: z.literal('ConfigMap'), keys: Hashes });
type ConfigMapNote = z.infer<typeof ConfigMapNote>;

/** Written by controllers on and on, and configure nothing. */
const NOISE: ReadonlySet<string> = new Set([
  // The cluster's CA, copied into every namespace.
  'kube-root-ca.crt',
  'openshift-service-ca.crt',
  'istio-ca-root-cert',
  // Reports, renewed every few seconds or minutes.
  'cluster-autoscaler-status',
  'clustermetrics',
  'gke-common-webhook-heartbeat',
  // Which day this is the first on.
  'kube-apiserver-legacy-service-account-token-tracking',
]);
/** Whoever holds this annotation is a record of who leads. */
const LEADER = 'control-plane.alpha.kubernetes.io/leader';

const ConfigMap = z.object({
  metadata: Metadata.extend({ annotations: optional(z.record(z.string(), z.string()), {}) }),
  data: optional(z.record(z.string(), z.string()), {}),
  binaryData: optional(z.record(z.string(), z.string()), {}),
});

export function noteConfigMap(raw: unknown): ConfigMapNote | null {
  const { metadata, data, binaryData } = ConfigMap.parse(raw);
  if (NOISE.has(metadata.name) || Object.hasOwn(metadata.annotations, LEADER)) return null;
  return { kind: 'ConfigMap', ...noteBase(metadata), keys: { ...hashesOf(data), ...hashesOf(binaryData) } };
}

export function tellConfigMap(before: ConfigMapNote | null, after: ConfigMapNote | null): Told[] {
  const note = after ?? before;
  if (note === null) return [];
  const what = `ConfigMap ${nameOf(note)}`;
  const category = 'control-plane';
  if (before === null) return [{ category, action: 'create', summary: `${what} created`, diff: held(note) }];
  if (after === null) return [{ category, action: 'delete', summary: `${what} deleted`, diff: held(note) }];
  const { added, removed, changed } = compare(before.keys, after.keys);
  const diff = [
    ...(changed.length === 0 ? [] : [`data keys changed: ${listed(changed)} (hash differs)`]),
    ...(added.length === 0 ? [] : [`data keys added: ${listed(added)}`]),
    ...(removed.length === 0 ? [] : [`data keys removed: ${listed(removed)}`]),
  ];
  return diff.length === 0 ? [] : [{ category, action: 'update', summary: summaryOf(`${what} changed`, diff), diff }];
}

function held({ keys }: ConfigMapNote): string[] {
  const names = Object.keys(keys);
  return names.length === 0 ? [] : [`data keys: ${listed(names)}`];
}
