import { z } from 'zod';
import { epochMs, Metadata, optional } from '../../kube/metadata.ts';
import { listed, NoteBase, noteBase } from './note-base.ts';
import { summaryOf, type Told, withinSecond } from './told.ts';

export const NodeNote = NoteBase.extend({
  kind: z.literal('Node'),
  controlPlane: z.boolean(),
  ready: z.enum(['True', 'False', 'Unknown']),
  /** Epoch ms. */
  readySinceAt: z.number().nullable(),
  readyReason: z.string(),
  cordoned: z.boolean(),
  kubelet: z.string(),
  /** Another one after each boot. */
  boot: z.string(),
  addresses: z.array(z.string()),
});
type NodeNote = z.infer<typeof NodeNote>;

const Node = z.object({
  metadata: Metadata,
  spec: z.object({ unschedulable: optional(z.boolean(), false) }).nullish(),
  status: z
    .object({
      addresses: optional(z.array(z.object({ type: z.string(), address: z.string() })), []),
      conditions: optional(
        z.array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().nullish(),
            lastTransitionTime: z.string().nullish(),
          }),
        ),
        [],
      ),
      nodeInfo: z.object({ kubeletVersion: optional(z.string(), ''), bootID: optional(z.string(), '') }).nullish(),
    })
    .nullish(),
});

export function noteNode(raw: unknown): NodeNote {
  const { metadata, spec, status } = Node.parse(raw);
  const ready = status?.conditions.find(({ type }) => type === 'Ready');
  return {
    kind: 'Node',
    ...noteBase(metadata),
    controlPlane:
      'node-role.kubernetes.io/control-plane' in metadata.labels || 'node-role.kubernetes.io/master' in metadata.labels,
    ready: ready?.status === 'True' || ready?.status === 'False' ? ready.status : 'Unknown',
    readySinceAt: epochMs(ready?.lastTransitionTime),
    readyReason: ready?.reason ?? '',
    cordoned: spec?.unschedulable ?? false,
    kubelet: status?.nodeInfo?.kubeletVersion ?? '',
    boot: status?.nodeInfo?.bootID ?? '',
    addresses: (status?.addresses ?? [])
      .filter(({ type }) => type.endsWith('IP'))
      .map(({ address }) => address)
      .sort(),
  };
}

/** @param predecessor the node of the same name that was there before. */
export function tellNode(before: NodeNote | null, after: NodeNote | null, predecessor: NodeNote | null): Told[] {
  const note = after ?? before;
  if (note === null) return [];
  const what = `${note.controlPlane ? 'control-plane node' : 'node'} ${note.name}`;
  const about = { node: note.name, addresses: note.addresses };
  const maintenance = { ...about, category: 'maintenance' } as const;
  if (after === null) return [{ ...maintenance, action: 'delete', summary: `${what} removed`, diff: [] }];
  if (before === null) {
    if (predecessor === null) return [{ ...maintenance, action: 'create', summary: `${what} added`, diff: [] }];
    const diff = versions(predecessor, after);
    return [{ ...maintenance, action: 'create', summary: summaryOf(`${what} replaced (new uid)`, diff), diff }];
  }
  const diff = [
    ...(before.cordoned === after.cordoned ? [] : [after.cordoned ? 'cordoned' : 'uncordoned']),
    ...versions(before, after),
    ...(before.addresses.join() === after.addresses.join()
      ? []
      : [`addresses ${listed(before.addresses)} -> ${listed(after.addresses)}`]),
  ];
  const changed: Told = { ...maintenance, action: 'update', summary: summaryOf(what, diff), diff };
  return [...(diff.length === 0 ? [] : [changed]), ...reboot(before, after, what), ...readiness(before, after, what)];
}

function versions(before: NodeNote, after: NodeNote): string[] {
  return before.kubelet === after.kubelet || before.kubelet === '' || after.kubelet === ''
    ? []
    : [`kubelet ${before.kubelet} -> ${after.kubelet}`];
}

function reboot(before: NodeNote, after: NodeNote, what: string): Told[] {
  if (before.boot === after.boot || before.boot === '' || after.boot === '') return [];
  const { name: node, addresses, boot } = after;
  const told = { category: 'control-plane', action: 'restart', actor: null, node, addresses } as const;
  return [{ ...told, part: `boot:${boot}`, summary: `${what} rebooted`, diff: [] }];
}

function readiness(before: NodeNote, after: NodeNote, what: string): Told[] {
  const [was, is] = [before.ready === 'True', after.ready === 'True'];
  if (was === is) return [];
  const { name: node, addresses, readySinceAt, readyReason } = after;
  const why = is || readyReason === '' ? '' : ` (${readyReason})`;
  return [
    {
      part: `ready:${is}:${readySinceAt ?? ''}`,
      category: 'control-plane',
      action: 'update',
      actor: null,
      node,
      addresses,
      summary: `${what} is ${is ? 'ready again' : 'not ready'}${why}`,
      diff: [],
      ...(readySinceAt === null ? {} : { happened: withinSecond(readySinceAt) }),
    },
  ];
}
