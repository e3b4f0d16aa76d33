import { z } from 'zod';
import { Metadata, optional } from '../../kube/metadata.ts';
import { NoteBase, noteBase } from './note-base.ts';
import { nameOf, type Told } from './told.ts';

/** A ReplicaSet, of which only the metadata is asked for: that it is there says that its Deployment has a new template. */
export const ReplicaSetNote = NoteBase.extend({
  kind: z.literal('ReplicaSet'),
  /** The Deployment that made it. */
  owner: z.string().nullable(),
});
type ReplicaSetNote = z.infer<typeof ReplicaSetNote>;

const ReplicaSet = z.object({
  metadata: Metadata.extend({
    ownerReferences: optional(z.array(z.object({ kind: z.string(), name: z.string() })), []),
  }),
});

export function noteReplicaSet(raw: unknown): ReplicaSetNote {
  const { metadata } = ReplicaSet.parse(raw);
  const owner = metadata.ownerReferences.find(({ kind }) => kind === 'Deployment')?.name ?? null;
  const { createdAt, ...base } = noteBase(metadata);
  // What is written to it later, as its Deployment is scaled, is told of the Deployment.
  return { kind: 'ReplicaSet', ...base, createdAt, modifiedAt: createdAt, owner };
}

export function tellReplicaSet(before: ReplicaSetNote | null, after: ReplicaSetNote | null): Told[] {
  const note = after ?? before;
  if (note === null || (before !== null && after !== null)) return [];
  const what = `ReplicaSet ${nameOf(note)}`;
  const of = note.owner === null ? '' : `: Deployment ${note.owner} has a new pod template`;
  return before === null
    ? [{ category: 'control-plane', action: 'create', summary: `${what} created${of}`, diff: [] }]
    : [{ category: 'control-plane', action: 'delete', summary: `${what} deleted`, diff: [] }];
}
