import { z } from 'zod';
import { Metadata, optional } from '../../kube/metadata.ts';
import { NoteBase, noteBase } from './note-base.ts';
import { nameOf, summaryOf, type Told } from './told.ts';

/** An EndpointSlice of `default/kubernetes`: where API servers say that they are. */
export const EndpointsNote = NoteBase.extend({
  kind: z.literal('EndpointSlice'),
  addresses: z.array(z.string()),
  ports: z.array(z.number()),
});
type EndpointsNote = z.infer<typeof EndpointsNote>;

const Slice = z.object({
  metadata: Metadata,
  endpoints: optional(
    z.array(
      z.object({
        addresses: optional(z.array(z.string()), []),
        conditions: z.object({ ready: z.boolean().nullish() }).nullish(),
      }),
    ),
    [],
  ),
  ports: optional(z.array(z.object({ port: z.number().int().nullish() })), []),
});

export function noteEndpoints(raw: unknown): EndpointsNote {
  const { metadata, endpoints, ports } = Slice.parse(raw);
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
  return {
    kind: 'EndpointSlice',
    ...noteBase(metadata),
    addresses: ready.flatMap(({ addresses }) => addresses).sort(),
    ports: ports.flatMap(({ port }) => port ?? []).sort((a, b) => a - b),
  };
}

export function tellEndpoints(before: EndpointsNote | null, after: EndpointsNote | null): Told[] {
  const note = after ?? before;
  if (note === null) return [];
  const what = `API server endpoints ${nameOf(note)}`;
  const told = { category: 'endpoint', addresses: note.addresses, ports: note.ports } as const;
  const diff = [
    ...(before?.addresses ?? [])
      .filter((one) => !after?.addresses.includes(one))
      .map((one) => `address ${one} removed`),
    ...(after?.addresses ?? []).filter((one) => !before?.addresses.includes(one)).map((one) => `address ${one} added`),
    ...(before === null || after === null || before.ports.join() === after.ports.join()
      ? []
      : [`ports ${before.ports.join(', ')} -> ${after.ports.join(', ')}`]),
  ];
  if (after === null) return [{ ...told, action: 'delete', summary: summaryOf(`${what} deleted`, diff), diff }];
  if (before === null) return [{ ...told, action: 'create', summary: summaryOf(`${what} created`, diff), diff }];
  return diff.length === 0 ? [] : [{ ...told, action: 'update', summary: summaryOf(`${what} changed`, diff), diff }];
}
