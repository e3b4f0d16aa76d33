import { z } from 'zod';
import { Metadata, optional } from '../../kube/metadata.ts';
import { Container, ContainerNotes, containerDiff, noteContainers } from './containers.ts';
import { compare, Hashes, hashesOf, listed, NoteBase, noteBase } from './note-base.ts';
import { nameOf, summaryOf, type Told } from './told.ts';

/** A Deployment or a DaemonSet: what it runs, and how many. */
export const WorkloadNote = NoteBase.extend({
  kind: z.enum(['Deployment', 'DaemonSet']),
  /** null: as many as there are nodes. */
  replicas: z.number().nullable(),
  /** Who set that last, if it was by scaling it: such a write is in `managedFields` without a time. */
  scaledBy: z.string().nullable(),
  containers: ContainerNotes,
  /** `kubectl rollout restart` leaves the time here. */
  restartedAt: z.string().nullable(),
  /** Every other field of the pod template's spec, and of the workload's own. */
  template: Hashes,
  rest: Hashes,
});
type WorkloadNote = z.infer<typeof WorkloadNote>;

const RESTARTED = 'kubectl.kubernetes.io/restartedAt';

const Workload = z.object({
  metadata: Metadata,
  spec: z.looseObject({
    replicas: z.number().nullish(),
    template: z.object({
      metadata: z.object({ annotations: optional(z.record(z.string(), z.string()), {}) }).nullish(),
      spec: z.looseObject({ containers: optional(z.array(Container), []) }),
    }),
  }),
});

export function noteWorkload(kind: WorkloadNote['kind'], raw: unknown): WorkloadNote {
  const { metadata, spec } = Workload.parse(raw);
  const { replicas, template, ...rest } = spec;
  const { containers, ...templateRest } = template.spec;
  return {
    kind,
    ...noteBase(metadata),
    replicas: replicas ?? null,
    scaledBy: metadata.managedFields.find(({ subresource }) => subresource === 'scale')?.manager ?? null,
    containers: noteContainers(containers),
    restartedAt: template.metadata?.annotations[RESTARTED] ?? null,
    template: hashesOf(templateRest),
    rest: hashesOf(rest),
  };
}

export function tellWorkload(before: WorkloadNote | null, after: WorkloadNote | null): Told[] {
  const note = after ?? before;
  if (note === null) return [];
  const what = `${note.kind} ${nameOf(note)}`;
  const category = 'control-plane';
  if (before === null) return [{ category, action: 'create', summary: `${what} created`, diff: runs(note) }];
  if (after === null) return [{ category, action: 'delete', summary: `${what} deleted`, diff: runs(note) }];
  const diff = [
    ...(before.replicas === after.replicas ? [] : [`replicas ${before.replicas ?? '?'} -> ${after.replicas ?? '?'}`]),
    ...containerDiff(before.containers, after.containers),
    ...(before.restartedAt === after.restartedAt ? [] : ['restarted by a rollout']),
    ...fields('pod template', before.template, after.template),
    ...fields('spec', before.rest, after.rest),
  ];
  if (diff.length === 0) return [];
  const wasScaled = diff.length === 1 && before.replicas !== after.replicas && after.scaledBy !== null;
  const actor = wasScaled ? { actor: after.scaledBy } : {};
  return [{ category, action: 'update', ...actor, summary: summaryOf(`${what} changed`, diff), diff }];
}

function fields(where: string, before: Hashes, after: Hashes): string[] {
  const { added, removed, changed } = compare(before, after);
  const all = [...changed, ...added, ...removed].sort();
  return all.length === 0 ? [] : [`${where}: ${listed(all)} changed`];
}

function runs({ containers, replicas }: WorkloadNote): string[] {
  const images = Object.values(containers).map(({ image }) => `image ${image}`);
  return replicas === null ? images : [`replicas ${replicas}`, ...images];
}
