import { z } from 'zod';
import { nameOf } from '../api/others.ts';
import type { Deed, RecordChange } from '../deed.ts';
import type { AwsEvent } from './event.ts';
import { Id } from './shapes.ts';

/** EKS. A change of the configuration may be of who is let in, of logging, or of other things. */
export function readManagedConfig({ request }: AwsEvent): readonly Deed[] {
  const { name: cluster, resourcesVpcConfig: config } = ManagedConfig.parse(request);
  if (config === null || config === undefined) return [{ kind: 'managed-other', cluster }];
  const now = {
    publicAccess: config.endpointPublicAccess ?? null,
    privateAccess: config.endpointPrivateAccess ?? null,
    publicCidrs: config.publicAccessCidrs ?? null,
  };
  const isAccess = Object.values(now).some((one) => one !== null);
  return [isAccess ? { kind: 'managed-access', cluster, now, was: null } : { kind: 'managed-other', cluster }];
}

export function readManagedVersion({ request }: AwsEvent): readonly Deed[] {
  const { name, version } = z.object({ name: Id, version: z.string().default('another') }).parse(request);
  return [{ kind: 'managed-version', cluster: name, version }];
}

/** Route 53. */
export function readRecords({ request }: AwsEvent): readonly Deed[] {
  const { hostedZoneId, changeBatch } = RecordRequest.parse(request);
  const records = changeBatch.changes.map(({ action, resourceRecordSet: set }): RecordChange => {
    const alias = set.aliasTarget?.dNSName;
    return {
      done: action === 'CREATE' ? 'created' : action === 'DELETE' ? 'deleted' : 'set',
      name: nameOf(set.name),
      type: set.type,
      values:
        alias === undefined ? (set.resourceRecords ?? []).map(({ value }) => nameOf(value)).sort() : [nameOf(alias)],
      ttl: set.tTL ?? null,
    };
  });
  return [{ kind: 'records', zone: hostedZoneId.split('/').at(-1) ?? hostedZoneId, records }];
}

const ManagedConfig = z.object({
  name: Id,
  resourcesVpcConfig: z
    .object({
      endpointPublicAccess: z.boolean().nullish(),
      endpointPrivateAccess: z.boolean().nullish(),
      publicAccessCidrs: z.array(z.string()).nullish(),
    })
    .nullish(),
});

const RecordSet = z.object({
  name: Id,
  type: z.string(),
  // Of all abbreviations CloudTrail lowers the first letter alone.
  tTL: z.number().nullish(),
  resourceRecords: z.array(z.object({ value: z.string() })).nullish(),
  aliasTarget: z.object({ dNSName: z.string() }).nullish(),
});

const RecordRequest = z.object({
  hostedZoneId: Id,
  changeBatch: z.object({
    changes: z.array(z.object({ action: z.enum(['CREATE', 'DELETE', 'UPSERT']), resourceRecordSet: RecordSet })).min(1),
  }),
});
