import { z } from 'zod';
import type { Asker } from './ask.ts';
import type { AwsClients } from './clients.ts';
import type { Asked } from './failure.ts';
import { allPages } from './pages.ts';

/** What is read beside the network: who asks, a provider's control plane, records of names, and history. */
export interface Others {
  /** The account's number. */
  account(signal: AbortSignal): Promise<Asked<string>>;
  cluster(name: string, signal: AbortSignal): Promise<Asked<ManagedCluster>>;
  /** Records of that name in the zone, of the kinds that say where clients connect. */
  records(zone: string, name: string, signal: AbortSignal): Promise<Asked<readonly NameRecord[]>>;
  /** One page, newest first. */
  events(
    asked: AskedEvents,
    signal: AbortSignal,
  ): Promise<Asked<{ readonly events: readonly RawEvent[]; readonly next: string | undefined }>>;
}

interface ManagedCluster {
  readonly name: string;
  readonly version: string;
  /** `ACTIVE`, `UPDATING`, … */
  readonly status: string;
  readonly publicAccess: boolean;
  readonly privateAccess: boolean;
  readonly publicCidrs: readonly string[];
  readonly vpc: string | null;
}

export interface NameRecord {
  readonly zone: string;
  /** Without the dot at its end. */
  readonly name: string;
  readonly type: string;
  /** Addresses or names; of an alias the name that it stands for. */
  readonly values: readonly string[];
  /** In seconds; null: an alias, which has its target's. */
  readonly ttl: number | null;
}

interface AskedEvents {
  readonly region: string;
  readonly fromAt: number;
  readonly toAt: number;
  /** Of this service; null: everything that was no mere reading. */
  readonly source: string | null;
  readonly token: string | undefined;
}

/** As CloudTrail hands it out; nothing of it is sure. */
export interface RawEvent {
  readonly id: string | null;
  readonly name: string | null;
  /** Epoch ms. */
  readonly at: number | null;
  /** The record itself, as JSON. */
  readonly json: string | null;
}

export function others(clients: AwsClients, { ask, lookup }: Asker): Others {
  return {
    account: (signal) =>
      ask(
        'sts:GetCallerIdentity',
        async (abortSignal) => {
          const [client, { GetCallerIdentityCommand }] = await Promise.all([
            clients.sts(),
            import('@aws-sdk/client-sts'),
          ]);
          return z
            .string()
            .min(1)
            .parse((await client.send(new GetCallerIdentityCommand({}), { abortSignal })).Account);
        },
        signal,
      ),
    cluster: (name, signal) =>
      ask(
        'eks:DescribeCluster',
        async (abortSignal) => {
          const [client, { DescribeClusterCommand }] = await Promise.all([
            clients.eks(),
            import('@aws-sdk/client-eks'),
          ]);
          const { cluster } = await client.send(new DescribeClusterCommand({ name }), { abortSignal });
          return Cluster.parse(cluster);
        },
        signal,
      ),
    records: async (zone, name, signal) => {
      const asked = await allPages((token) =>
        ask(
          'route53:ListResourceRecordSets',
          async (abortSignal) => {
            const [client, { ListResourceRecordSetsCommand }] = await Promise.all([
              clients.route53(),
              import('@aws-sdk/client-route-53'),
            ]);
            // They are in order of their names: from this one on, as long as it is this one.
            const next = token === undefined ? {} : RecordToken.parse(JSON.parse(token));
            const command = new ListResourceRecordSetsCommand({ HostedZoneId: zone, StartRecordName: name, ...next });
            const answer = await client.send(command, { abortSignal });
            const items = (answer.ResourceRecordSets ?? []).filter((one) => nameOf(one.Name) === nameOf(name));
            const goesOn = answer.IsTruncated === true && nameOf(answer.NextRecordName) === nameOf(name);
            const following = {
              StartRecordName: answer.NextRecordName,
              StartRecordType: answer.NextRecordType,
              StartRecordIdentifier: answer.NextRecordIdentifier,
            };
            return { items, next: goesOn ? JSON.stringify(following) : undefined };
          },
          signal,
        ),
      );
      if (asked.kind === 'failed') return asked;
      const value = asked.value
        .filter(({ Type }) => Type === 'A' || Type === 'AAAA' || Type === 'CNAME')
        .map(({ Name, Type = '', TTL, ResourceRecords = [], AliasTarget }) => ({
          zone,
          name: nameOf(Name),
          type: Type,
          values:
            AliasTarget?.DNSName === undefined
              ? ResourceRecords.flatMap((one) => (one.Value === undefined ? [] : [nameOf(one.Value)])).sort()
              : [nameOf(AliasTarget.DNSName)],
          ttl: TTL ?? null,
        }));
      return { kind: 'answer', value };
    },
    events: ({ region, fromAt, toAt, source, token }, signal) =>
      lookup(
        'cloudtrail:LookupEvents',
        async (abortSignal) => {
          const [client, { LookupEventsCommand }] = await Promise.all([
            clients.cloudTrail(region),
            import('@aws-sdk/client-cloudtrail'),
          ]);
          const attribute =
            source === null
              ? ({ AttributeKey: 'ReadOnly', AttributeValue: 'false' } as const)
              : ({ AttributeKey: 'EventSource', AttributeValue: source } as const);
          const command = new LookupEventsCommand({
            LookupAttributes: [attribute],
            // Whole seconds are kept.
            StartTime: new Date(Math.floor(fromAt / 1000) * 1000),
            EndTime: new Date(Math.ceil(toAt / 1000) * 1000),
            MaxResults: 50,
            ...(token === undefined ? {} : { NextToken: token }),
          });
          const { Events, NextToken } = await client.send(command, { abortSignal });
          // Something that answers in another form has no events at all, which would pass for a quiet hour.
          const events = z.array(z.unknown()).parse(Events).length === 0 ? [] : (Events ?? []);
          return {
            events: events.map(({ EventId, EventName, EventTime, CloudTrailEvent }) => ({
              id: EventId ?? null,
              name: EventName ?? null,
              at: EventTime === undefined || Number.isNaN(EventTime.getTime()) ? null : EventTime.getTime(),
              json: CloudTrailEvent ?? null,
            })),
            next: NextToken || undefined,
          };
        },
        signal,
      ),
  };
}

/** Source: EKS `DescribeCluster`, `resourcesVpcConfig`. What is not told is not guessed. */
const Cluster = z
  .object({
    name: z.string(),
    version: z.string().default('unknown'),
    status: z.string().default('unknown'),
    resourcesVpcConfig: z.object({
      endpointPublicAccess: z.boolean(),
      endpointPrivateAccess: z.boolean(),
      publicAccessCidrs: z.array(z.string()).default([]),
      vpcId: z.string().nullish(),
    }),
  })
  .transform(({ name, version, status, resourcesVpcConfig: config }) => ({
    name,
    version,
    status,
    publicAccess: config.endpointPublicAccess,
    privateAccess: config.endpointPrivateAccess,
    publicCidrs: config.publicAccessCidrs,
    vpc: config.vpcId ?? null,
  }));

const RecordToken = z.object({
  StartRecordName: z.string().optional(),
  StartRecordType: z
    .enum([
      'A',
      'AAAA',
      'CAA',
      'CNAME',
      'DS',
      'HTTPS',
      'MX',
      'NAPTR',
      'NS',
      'PTR',
      'SOA',
      'SPF',
      'SRV',
      'SSHFP',
      'SVCB',
      'TLSA',
      'TXT',
    ])
    .optional(),
  StartRecordIdentifier: z.string().optional(),
});

/** In the way that names are compared here. */
export function nameOf(name: string | undefined): string {
  return (name ?? '').toLowerCase().replace(/\.$/, '').replace('\\052', '*');
}
