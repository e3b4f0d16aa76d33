import { z } from 'zod';
import { Metadata } from '../../kube/metadata.ts';
import { compare, Hashes, hashesOf, listed, NoteBase, noteBase } from './note-base.ts';
import { nameOf, summaryOf, type Told } from './told.ts';

/** A policy of a kind that is not evaluated: of each field of its spec a hash. */
export const OtherPolicyNote = NoteBase.extend({ kind: z.literal('OtherPolicy'), of: z.string(), parts: Hashes });
type OtherPolicyNote = z.infer<typeof OtherPolicyNote>;

const Policy = z.object({
  metadata: Metadata,
  spec: z.record(z.string(), z.unknown()).nullish(),
  /** Cilium takes several in one object. */
  specs: z.unknown().optional(),
});

export function noteOtherPolicy(of: string, raw: unknown): OtherPolicyNote {
  const { metadata, spec, specs } = Policy.parse(raw);
  const parts = { ...spec, ...(specs == null ? {} : { specs }) };
  return { kind: 'OtherPolicy', ...noteBase(metadata), of, parts: hashesOf(parts) };
}

export function tellOtherPolicy(before: OtherPolicyNote | null, after: OtherPolicyNote | null): Told[] {
  const note = after ?? before;
  if (note === null) return [];
  const what = `${note.of} ${nameOf(note)}`;
  const told = { category: 'network-policy', kind: note.of } as const;
  const says = Object.keys(note.parts).map((part) => `says something of ${part}`);
  if (before === null) return [{ ...told, action: 'create', summary: `${what} created`, diff: says }];
  if (after === null) return [{ ...told, action: 'delete', summary: `${what} deleted`, diff: [] }];
  const { added, removed, changed } = compare(before.parts, after.parts);
  const diff = [
    ...(changed.length === 0 ? [] : [`changed: ${listed(changed)}`]),
    ...(added.length === 0 ? [] : [`added: ${listed(added)}`]),
    ...(removed.length === 0 ? [] : [`removed: ${listed(removed)}`]),
  ];
  return diff.length === 0 ? [] : [{ ...told, action: 'update', summary: summaryOf(what, diff), diff }];
}
