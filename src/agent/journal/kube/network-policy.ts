import { z } from 'zod';
import { NetworkPolicySpec } from '../../../packet/network-policy/spec.ts';
import { Metadata } from '../../kube/metadata.ts';
import { policyAddresses, policyPorts, policyWords, specDiff } from './network-policy-words.ts';
import { NoteBase, noteBase } from './note-base.ts';
import { nameOf, summaryOf, type Told } from './told.ts';

/** A NetworkPolicy: its spec whole, since it is evaluated. */
export const NetworkPolicyNote = NoteBase.extend({ kind: z.literal('NetworkPolicy'), spec: z.unknown() });
export type NetworkPolicyNote = z.infer<typeof NetworkPolicyNote>;

const Policy = z.object({ metadata: Metadata, spec: z.unknown() });

export function noteNetworkPolicy(raw: unknown): NetworkPolicyNote {
  const { metadata, spec } = Policy.parse(raw);
  return { kind: 'NetworkPolicy', ...noteBase(metadata), spec };
}

export function tellNetworkPolicy(before: NetworkPolicyNote | null, after: NetworkPolicyNote | null): Told[] {
  const note = after ?? before;
  if (note === null || JSON.stringify(before?.spec) === JSON.stringify(after?.spec)) return [];
  const [was, is] = [before, after].map((one) => NetworkPolicySpec.safeParse(one?.spec).data ?? null);
  const spec = is ?? was ?? null;
  const told = {
    category: 'network-policy',
    ports: spec === null ? [] : policyPorts(spec),
    addresses: spec === null ? [] : policyAddresses(spec),
  } as const;
  const what = `NetworkPolicy ${nameOf(note)}`;
  const says = spec === null ? ['says something that this version does not know'] : policyWords(spec);
  if (before === null) return [{ ...told, action: 'create', summary: summaryOf(`${what} created`, says), diff: says }];
  if (after === null) {
    const diff = says.map((line) => `was: ${line}`);
    return [{ ...told, action: 'delete', summary: `${what} deleted`, diff }];
  }
  const diff = was && is ? specDiff(was, is) : ['spec changed; it says something that this version does not know'];
  return diff.length === 0 ? [] : [{ ...told, action: 'update', summary: summaryOf(`${what} changed`, diff), diff }];
}
