import { z } from 'zod';
import { KnownEndpoint } from '../../words/endpoint.ts';
import type { CheckContract } from '../contract.ts';
import { judgeEndpoint } from './judge.ts';

export const EndpointParams = z.object({
  /** The URL in use when that is settled: configured, or given by a person; null: it is chosen from what is known. */
  url: z.string().max(2048).nullable(),
  known: z.array(KnownEndpoint).max(256),
});
export type EndpointParams = z.infer<typeof EndpointParams>;

const LookupFault = z.object({ code: z.string(), message: z.string() });

/** A DNS record as it was answered. `ttlSeconds` is null for CNAMEs, whose lifetime the resolver library doesn't tell. */
export const DnsRecord = z.object({
  name: z.string(),
  type: z.enum(['A', 'AAAA', 'CNAME']),
  value: z.string(),
  ttlSeconds: z.number().int().nonnegative().nullable(),
});
export type DnsRecord = z.infer<typeof DnsRecord>;

/** How one host resolves from here: as clients do it, and what DNS answers, which may differ. */
export const HostResolution = z.object({
  host: z.string(),
  /** By getaddrinfo, with hosts file and search list; the host itself when it is an address. */
  addresses: z.array(z.string()),
  fault: LookupFault.nullable(),
  tookMs: z.number(),
  /** null when the host is an address. */
  dns: z
    .object({
      servers: z.array(z.string()),
      records: z.array(DnsRecord),
      faults: z.array(LookupFault.extend({ type: DnsRecord.shape.type })),
    })
    .nullable(),
});
export type HostResolution = z.infer<typeof HostResolution>;

export const EndpointFacts = z.object({
  chosen: KnownEndpoint.nullable(),
  /** All that were named, by the bot and by what the agent learned, each origin's word once. */
  known: z.array(KnownEndpoint),
  /** One for each host among them; the chosen one's first. */
  hosts: z.array(HostResolution),
});
export type EndpointFacts = z.infer<typeof EndpointFacts>;

/** Which URL, address and port are used for API access, and what do they resolve to here? */
export const endpoint: CheckContract<EndpointParams, EndpointFacts> = {
  id: 'endpoint',
  params: EndpointParams,
  facts: EndpointFacts,
  judge: judgeEndpoint,
};
