import { z } from 'zod';
import type { RawEvent } from '../api/others.ts';

/** What is used of a CloudTrail record, whatever it is about. Source: CloudTrail record contents. */
export interface AwsEvent {
  readonly id: string;
  readonly name: string;
  /** `ec2.amazonaws.com` */
  readonly source: string;
  /** Epoch ms; whole seconds. */
  readonly at: number;
  readonly region: string;
  /** The last part of the identity's arn, or the service that acted; never an access key. */
  readonly actor: string | null;
  readonly request: unknown;
  readonly response: unknown;
}

export type ReadEvent =
  | { readonly kind: 'event'; readonly event: AwsEvent }
  /** It was refused or failed: nothing changed. */
  | { readonly kind: 'failed' }
  | { readonly kind: 'malformed'; readonly why: string };

export function readEvent(raw: RawEvent): ReadEvent {
  const read = Record.safeParse(jsonOf(raw.json));
  if (!read.success)
    return { kind: 'malformed', why: z.prettifyError(read.error).replaceAll(/\s+/g, ' ').slice(0, 200) };
  const { eventID, eventName, eventSource, eventTime, awsRegion, userIdentity } = read.data;
  if (read.data.errorCode !== undefined) return { kind: 'failed' };
  return {
    kind: 'event',
    event: {
      id: eventID,
      name: eventName,
      source: eventSource,
      at: eventTime,
      region: awsRegion,
      actor: actorOf(userIdentity),
      request: read.data.requestParameters ?? {},
      response: read.data.responseElements ?? {},
    },
  };
}

function jsonOf(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

const Identity = z.object({
  arn: z.string().optional(),
  invokedBy: z.string().optional(),
  userName: z.string().optional(),
});

const Record = z.object({
  eventID: z.string().min(1).max(200),
  eventName: z.string().min(1),
  eventSource: z.string(),
  eventTime: z.string().transform((text, context) => {
    const at = Date.parse(text);
    if (!Number.isNaN(at)) return at;
    context.addIssue({ code: 'custom', message: 'no time', input: text });
    return z.NEVER;
  }),
  awsRegion: z.string().default(''),
  errorCode: z.string().optional(),
  // Whoever acted, the change is the same.
  userIdentity: Identity.catch({}).default({}),
  requestParameters: z.unknown(),
  responseElements: z.unknown(),
});

function actorOf({ arn, userName, invokedBy }: z.infer<typeof Identity>): string | null {
  const last = arn?.split(/[/:]/).at(-1);
  const actor = last || userName || invokedBy || null;
  return actor?.slice(0, 253) ?? null;
}
