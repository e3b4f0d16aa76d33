import { type Account, serve } from '../../../../dev/stand-in/account.ts';
import { type AwsStandIn, type CloudTrailRecord, startAwsStandIn } from '../../../../dev/stand-in/aws.ts';
import type { AwsEntry } from '../../../../src/changes/sources/aws/entry.ts';
import { awsLimits } from '../../../../src/changes/sources/aws/pace.ts';
import type { ModelShelf } from '../../../../src/changes/sources/aws/shelf.ts';
import { type AwsSource, awsSource } from '../../../../src/changes/sources/aws/source.ts';
import { memoryShelf } from './memory-shelf.ts';
import { entryOf, frontAddress, prod } from './prod.ts';

export interface AwsStage {
  readonly aws: AwsStandIn;
  readonly world: Account;
  readonly source: AwsSource;
  readonly clock: { at: number; now(): number };
  readonly names: Map<string, { addresses: string[]; names: string[] } | null>;
  close(): Promise<void>;
}

/** A source before a stand-in for AWS, at a time of its own. CloudTrail is asked without a pause, since nothing counts. */
export async function stage(
  options: {
    entry?: Partial<AwsEntry>;
    shelf?: ModelShelf;
    nowAt?: number;
    pauseMs?: number | undefined;
    requestMs?: number;
    on?: AwsStandIn;
  } = {},
): Promise<AwsStage> {
  process.env.AWS_ACCESS_KEY_ID ??= 'AKIASECRETSECRET';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'so-very-secret';
  const aws = options.on ?? (await startAwsStandIn());
  const world = prod();
  serve(aws, world);
  const clock = { at: options.nowAt ?? noon, now: () => clock.at };
  const names: AwsStage['names'] = new Map([['api.prod.example', { addresses: [frontAddress], names: [] }]]);
  const source = awsSource(entryOf(aws.url, options.entry), {
    endpointOf: async () => ({ host: 'api.prod.example', port: 443 }),
    lookUp: async (host) => names.get(host) ?? null,
    shelf: options.shelf ?? memoryShelf(),
    clock,
    limits: 'pauseMs' in options ? awsLimits(clock, options.pauseMs) : awsLimits(clock, 0),
    patience: { requestMs: options.requestMs ?? 5_000, firstWaitMs: 5, mostTries: 3 },
  });
  const close = async () => {
    await source.close?.();
    await aws.close();
  };
  return { aws, world, source, clock, names, close };
}

export const noon = Date.parse('2026-03-04T12:00:00Z');
export const minute = 60_000;

/** As CloudTrail keeps it. */
export function record(
  eventName: string,
  at: number,
  requestParameters: unknown,
  more: Partial<CloudTrailRecord> = {},
): CloudTrailRecord {
  return {
    eventID: `${eventName}-${at}`,
    eventName,
    eventSource: 'ec2.amazonaws.com',
    eventTime: new Date(at).toISOString().replace('.000Z', 'Z'),
    awsRegion: 'eu-west-1',
    userIdentity: {
      type: 'AssumedRole',
      arn: 'arn:aws:sts::123456789012:assumed-role/Deployer/alice',
      accessKeyId: 'ASIAACCESSKEYOFALICE',
    },
    requestParameters,
    responseElements: { _return: true },
    ...more,
  };
}

/** Whoever waits, waits for good. */
export const never = new AbortController().signal;
