import { z } from 'zod';

const PortRange = z.object({ from: z.number(), to: z.number() });
const Peer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cidr'), cidr: z.string() }),
  z.object({ kind: z.literal('group'), id: z.string() }),
  z.object({ kind: z.literal('prefixList'), id: z.string() }),
]);
const Rule = z.object({ id: z.string().nullable(), protocol: z.string(), ports: PortRange.nullable(), peer: Peer });
const Group = z.object({ id: z.string(), name: z.string(), ingress: z.array(Rule), egress: z.array(Rule) });
const Entry = z.object({
  number: z.number(),
  egress: z.boolean(),
  action: z.enum(['allow', 'deny']),
  protocol: z.string(),
  cidr: z.string(),
  ports: PortRange.nullable(),
});
const Route = z.object({ destination: z.string(), target: z.string(), state: z.enum(['active', 'blackhole']) });

const StateInterface = z.object({
  id: z.string(),
  addresses: z.array(z.string()),
  publicAddresses: z.array(z.string()),
  subnet: z.string(),
  vpc: z.string(),
  groups: z.array(z.string()),
  instance: z.string().nullable(),
  /** Name of the load balancer that it belongs to. */
  balancer: z.string().nullable(),
});
export type StateInterface = z.infer<typeof StateInterface>;

const StateTarget = z.object({
  /** An instance's id or an address. */
  id: z.string(),
  port: z.number().nullable(),
  /** In the balancer's word; null: not told. */
  health: z.string().nullable(),
});
export type StateTarget = z.infer<typeof StateTarget>;

const StateTargetGroup = z.object({
  /** Its arn; of a classic load balancer `<its name>:<instance port>`. */
  id: z.string(),
  name: z.string(),
  keepsClientAddress: z.boolean().nullable(),
  targets: z.array(StateTarget),
});
export type StateTargetGroup = z.infer<typeof StateTargetGroup>;

const StateBalancer = z.object({
  kind: z.enum(['network', 'application', 'classic']),
  /** Its arn; a classic one's name. */
  id: z.string(),
  name: z.string(),
  dnsName: z.string(),
});
export type StateBalancer = z.infer<typeof StateBalancer>;

const StateListener = z.object({
  id: z.string(),
  balancer: z.string(),
  port: z.number(),
  protocol: z.string(),
  targetGroups: z.array(z.string()),
});
export type StateListener = z.infer<typeof StateListener>;

const NameRecord = z.object({
  zone: z.string(),
  name: z.string(),
  type: z.string(),
  values: z.array(z.string()),
  ttl: z.number().nullable(),
});

const Association = z.object({ id: z.string(), subnet: z.string(), of: z.string() });

/**
 * What AWS said of everything between clients and one API server, with AWS' own ids, in the form in which changes can be
 * undone: what is on the way follows from it (`modelOf`). Also as it is kept, so a schema.
 */
export const AwsState = z.object({
  /** Epoch ms. */
  readAt: z.number(),
  endpoint: z.object({ host: z.string(), port: z.number(), addresses: z.array(z.string()) }),
  balancers: z.array(StateBalancer),
  listeners: z.array(StateListener),
  targetGroups: z.array(StateTargetGroup),
  instances: z.array(z.object({ id: z.string(), name: z.string(), state: z.string() })),
  interfaces: z.array(StateInterface),
  groups: z.record(z.string(), Group),
  acls: z.record(z.string(), z.object({ id: z.string(), entries: z.array(Entry) })),
  aclOf: z.array(Association),
  tables: z.record(z.string(), z.object({ id: z.string(), routes: z.array(Route) })),
  tableOf: z.array(Association),
  /** VPC to its main table. */
  mainTables: z.record(z.string(), z.string()),
  prefixLists: z.record(z.string(), z.array(z.string())),
  managed: z
    .object({
      name: z.string(),
      version: z.string(),
      publicAccess: z.boolean(),
      privateAccess: z.boolean(),
      publicCidrs: z.array(z.string()),
      networkCidrs: z.array(z.string()),
    })
    .nullable(),
  /** Of the endpoint's name; null: they were not, or could not be, read. */
  records: z.array(NameRecord).nullable(),
  /** What of the way could not be read, in words. */
  unread: z.array(z.string()),
  /** What else a reader has to know; the way is known all the same. */
  notes: z.array(z.string()),
});
export type AwsState = z.infer<typeof AwsState>;

/** In service, as far as the balancer says: it sends new connections there. */
export function mayServe({ health }: Pick<StateTarget, 'health'>): boolean {
  return health === null || health === 'healthy' || health === 'initial';
}
