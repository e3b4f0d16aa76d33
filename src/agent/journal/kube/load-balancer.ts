import { z } from 'zod';
import { Metadata, optional } from '../../kube/metadata.ts';
import { compare, Hashes, hashesOf, listed, NoteBase, noteBase } from './note-base.ts';
import { nameOf, summaryOf, type Told } from './told.ts';

/** A Service: what of it a load balancer is made from, and the addresses that it was given. */
export const ServiceNote = NoteBase.extend({
  kind: z.literal('Service'),
  type: z.string(),
  ports: z.array(z.string()),
  portNumbers: z.array(z.number()),
  addresses: z.array(z.string()),
  sourceRanges: z.array(z.string()),
  /** Cloud controllers are told by annotations. */
  annotations: Hashes,
  rest: Hashes,
});
type ServiceNote = z.infer<typeof ServiceNote>;

const Service = z.object({
  metadata: Metadata.extend({ annotations: optional(z.record(z.string(), z.string()), {}) }),
  spec: z.looseObject({
    type: optional(z.string(), 'ClusterIP'),
    ports: optional(
      z.array(
        z.object({
          port: z.number().int(),
          protocol: optional(z.string(), 'TCP'),
          targetPort: z.union([z.number(), z.string()]).nullish(),
          nodePort: z.number().nullish(),
        }),
      ),
      [],
    ),
    loadBalancerSourceRanges: optional(z.array(z.string()), []),
  }),
  status: z
    .object({
      loadBalancer: z
        .object({
          ingress: optional(z.array(z.object({ ip: z.string().nullish(), hostname: z.string().nullish() })), []),
        })
        .nullish(),
    })
    .nullish(),
});

/** Reports of controllers, and what a client remembers of itself. */
const NOT_A_SETTING = /last-applied-configuration$|status$|-version$|\/last-/;

export function noteService(raw: unknown): ServiceNote {
  const { metadata, spec, status } = Service.parse(raw);
  const { type, ports, loadBalancerSourceRanges, ...rest } = spec;
  const settings = Object.entries(metadata.annotations).filter(([name]) => !NOT_A_SETTING.test(name));
  const isBalanced = type === 'LoadBalancer';
  return {
    kind: 'Service',
    ...noteBase(metadata),
    type,
    ports: isBalanced ? ports.map(portText) : [],
    portNumbers: isBalanced ? ports.map(({ port }) => port) : [],
    addresses: (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip || hostname || []).sort(),
    sourceRanges: loadBalancerSourceRanges.toSorted(),
    // Of other Services nothing is compared.
    annotations: isBalanced ? hashesOf(Object.fromEntries(settings)) : {},
    rest: isBalanced ? hashesOf(rest) : {},
  };
}

type Port = z.infer<typeof Service>['spec']['ports'][number];

function portText({ port, protocol, targetPort, nodePort }: Port): string {
  const node = nodePort ? ` (node port ${nodePort})` : '';
  return `${protocol === 'TCP' ? '' : `${protocol} `}${port} to ${targetPort ?? port}${node}`;
}

export function tellService(before: ServiceNote | null, after: ServiceNote | null): Told[] {
  const [was, is] = [balanced(before), balanced(after)];
  const note = is ?? was;
  if (note === null) return [];
  const what = `Service ${nameOf(note)} (type LoadBalancer)`;
  const told = { category: 'load-balancer', addresses: note.addresses, ports: note.portNumbers } as const;
  if (was === null) {
    const diff = note.ports.map((port) => `port ${port}`);
    return before === null
      ? [{ ...told, action: 'create', summary: `${what} created`, diff }]
      : [{ ...told, action: 'update', summary: summaryOf(`Service ${nameOf(note)}`, typeDiff(before, after)), diff }];
  }
  if (is === null) {
    const diff = typeDiff(before, after);
    return after === null
      ? [{ ...told, action: 'delete', summary: `${what} deleted`, diff: [] }]
      : [{ ...told, action: 'update', summary: summaryOf(`Service ${nameOf(note)}`, diff), diff }];
  }
  const diff = [
    ...sets('port', was.ports, is.ports),
    ...sets('address', was.addresses, is.addresses),
    ...sets('source range', was.sourceRanges, is.sourceRanges),
    ...fields('annotations', was.annotations, is.annotations),
    ...fields('spec', was.rest, is.rest),
  ];
  // The addresses are the controller's to write: whoever wrote the spec last did not do it.
  const actor = diff.every((line) => line.startsWith('address ')) ? { actor: null } : {};
  return diff.length === 0
    ? []
    : [{ ...told, ...actor, action: 'update', summary: summaryOf(`${what} changed`, diff), diff }];
}

function balanced(note: ServiceNote | null): ServiceNote | null {
  return note?.type === 'LoadBalancer' ? note : null;
}

function typeDiff(before: ServiceNote | null, after: ServiceNote | null): string[] {
  return before === null || after === null ? [] : [`type ${before.type} -> ${after.type}`];
}

function sets(what: string, before: readonly string[], after: readonly string[]): string[] {
  return [
    ...before.filter((one) => !after.includes(one)).map((one) => `${what} ${one} removed`),
    ...after.filter((one) => !before.includes(one)).map((one) => `${what} ${one} added`),
  ];
}

function fields(where: string, before: Hashes, after: Hashes): string[] {
  const { added, removed, changed } = compare(before, after);
  const all = [...changed, ...added, ...removed].sort();
  return all.length === 0 ? [] : [`${where}: ${listed(all)} changed`];
}
