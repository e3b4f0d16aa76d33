import { z } from 'zod';
import { epochMs, Metadata, optional } from '../../kube/metadata.ts';
import { Container, ContainerNotes, containerDiff, noteContainers } from './containers.ts';
import { NoteBase, noteBase } from './note-base.ts';
import { nameOf, summaryOf, type Told, withinSecond } from './told.ts';

/** A pod of the control plane: what its manifest says, and how often its containers ended. */
export const PodNote = NoteBase.extend({
  kind: z.literal('Pod'),
  node: z.string().nullable(),
  containers: ContainerNotes,
  /** Of a static pod: which manifest it is of, and when the kubelet saw that. Epoch ms. */
  manifest: z.object({ hash: z.string(), seenAt: z.number().nullable() }).nullable(),
  ready: z.boolean(),
  /** When it became what `ready` says. Epoch ms. */
  readySinceAt: z.number().nullable(),
  runs: z.array(
    z.object({ container: z.string(), restarts: z.number(), endedAt: z.number().nullable(), how: z.string() }),
  ),
});
type PodNote = z.infer<typeof PodNote>;

const Ended = z.object({
  reason: z.string().nullish(),
  exitCode: z.number().int().nullish(),
  finishedAt: z.string().nullish(),
});
const State = z.object({ terminated: Ended.nullish() }).nullish();

const Pod = z.object({
  metadata: Metadata.extend({ annotations: optional(z.record(z.string(), z.string()), {}) }),
  spec: z.object({ nodeName: z.string().nullish(), containers: optional(z.array(Container), []) }),
  status: z
    .object({
      conditions: optional(
        z.array(z.object({ type: z.string(), status: z.string(), lastTransitionTime: z.string().nullish() })),
        [],
      ),
      containerStatuses: optional(
        z.array(
          z.object({ name: z.string(), restartCount: optional(z.number().int(), 0), state: State, lastState: State }),
        ),
        [],
      ),
    })
    .nullish(),
});

const COMPONENTS: ReadonlySet<string> = new Set([
  'kube-apiserver',
  'etcd',
  'kube-controller-manager',
  'kube-scheduler',
  'cloud-controller-manager',
]);
const Labelled = z.object({ metadata: Metadata.pick({ namespace: true, labels: true }) });

/** null: no pod of the control plane. */
export function notePod(raw: unknown): PodNote | null {
  const { namespace, labels } = Labelled.parse(raw).metadata;
  const named = ['component', 'k8s-app', 'app'].some((key) => COMPONENTS.has(labels[key] ?? ''));
  if (labels.tier !== 'control-plane' && !(named && namespace.startsWith('kube-'))) return null;
  const { metadata, spec, status } = Pod.parse(raw);
  const { 'kubernetes.io/config.hash': hash, 'kubernetes.io/config.seen': seen } = metadata.annotations;
  const ready = status?.conditions.find(({ type }) => type === 'Ready');
  return {
    kind: 'Pod',
    ...noteBase(metadata),
    node: spec.nodeName ?? null,
    containers: noteContainers(spec.containers),
    manifest: hash === undefined ? null : { hash, seenAt: epochMs(seen) },
    ready: ready?.status === 'True',
    readySinceAt: epochMs(ready?.lastTransitionTime),
    runs:
      status?.containerStatuses.map(({ name, restartCount, state, lastState }) => {
        // While it starts again the ending that was counted is the one before.
        const ended = lastState?.terminated ?? state?.terminated;
        return { container: name, restarts: restartCount, endedAt: epochMs(ended?.finishedAt), how: howEnded(ended) };
      }) ?? [],
  };
}

function howEnded(ended: z.infer<typeof Ended> | null | undefined): string {
  if (!ended) return '';
  const code = ended.exitCode == null ? '' : `exit code ${ended.exitCode}`;
  return [code, ended.reason ?? ''].filter((part) => part !== '').join(', ');
}

/** @param predecessor the pod of the same name that was there before. */
export function tellPod(before: PodNote | null, after: PodNote | null, predecessor: PodNote | null): Told[] {
  const note = after ?? before;
  if (note === null) return [];
  const { node } = note;
  const what = `pod ${nameOf(note)}`;
  const category = 'control-plane';
  if (after === null) return [{ category, action: 'delete', node, summary: `${what} deleted`, diff: [] }];
  if (before === null) {
    return [came(after, predecessor), ...(predecessor === null ? restartsIn(after) : newRestarts(predecessor, after))];
  }
  const restarts = newRestarts(before, after);
  if (restarts.length > 0) return restarts;
  const diff = containerDiff(before.containers, after.containers);
  if (diff.length > 0) {
    return [{ category, action: 'update', node, summary: summaryOf(`${what} changed`, diff), diff }];
  }
  // That it is ready again follows from what is told already.
  if (!before.ready || after.ready) return [];
  const happened = after.readySinceAt === null ? {} : { happened: withinSecond(after.readySinceAt) };
  return [{ category, action: 'update', actor: null, node, summary: `${what} is not ready`, diff: [], ...happened }];
}

function came(pod: PodNote, predecessor: PodNote | null): Told {
  const { node, manifest } = pod;
  const what = `pod ${nameOf(pod)}`;
  const told = { category: 'control-plane', node } as const;
  if (predecessor === null) {
    return { ...told, ...seenByKubelet(manifest), action: 'create', summary: `${what} created`, diff: [] };
  }
  if (manifest !== null && manifest.hash === predecessor.manifest?.hash) {
    const summary = `${what} registered anew with the same manifest; its containers were not touched by that`;
    return { ...told, action: 'create', summary, diff: [] };
  }
  const diff = containerDiff(predecessor.containers, pod.containers);
  const why = manifest === null ? 'replaced (new uid)' : 'replaced (new uid): its manifest changed';
  return {
    ...told,
    ...seenByKubelet(manifest),
    action: 'update',
    summary: summaryOf(`${what} ${why}`, diff),
    diff,
  };
}

/** The kubelet reads manifests without the API server, which may learn of it much later. */
function seenByKubelet(manifest: PodNote['manifest']): Pick<Told, 'happened'> {
  const seenAt = manifest?.seenAt ?? null;
  return seenAt === null ? {} : { happened: { earliestAt: seenAt, latestAt: seenAt } };
}

/** Of a pod that is seen for the first time: the newest ending of each container. */
function restartsIn(pod: PodNote): Told[] {
  return pod.runs
    .filter(({ restarts, endedAt }) => restarts > 0 && endedAt !== null)
    .map((run) => restarted(pod, run, 1));
}

function newRestarts(before: PodNote, after: PodNote): Told[] {
  return after.runs.flatMap((run) => {
    const times = run.restarts - (before.runs.find(({ container }) => container === run.container)?.restarts ?? 0);
    return times > 0 ? [restarted(after, run, times)] : [];
  });
}

function restarted(pod: PodNote, { container, restarts, endedAt, how }: PodNote['runs'][number], times: number): Told {
  const often = times === 1 ? `restarted (restart ${restarts})` : `restarted ${times} times (now ${restarts})`;
  const summary = `container ${container} of pod ${nameOf(pod)} ${often}${how === '' ? '' : `: it ended with ${how}`}`;
  const ended = endedAt === null ? null : withinSecond(endedAt);
  return {
    part: `restart:${container}:${restarts}`,
    category: 'control-plane',
    action: 'restart',
    kind: `${container} container`,
    actor: null,
    node: pod.node,
    summary,
    diff: [],
    ...(ended === null ? {} : { happened: times === 1 ? ended : { earliestAt: null, latestAt: ended.latestAt } }),
  };
}
