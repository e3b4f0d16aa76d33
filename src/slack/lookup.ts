import { z } from 'zod';
import type { CallFailure, WebCall } from './web-call.ts';

/** The type of the metadata that every lasting message carries; its payload holds the message's key. */
export const METADATA_TYPE = 'apidown_message';

export type Lookup =
  | { readonly kind: 'found'; readonly ts: string }
  | { readonly kind: 'absent' }
  /** The app lacks the optional history scope: it can't know. */
  | { readonly kind: 'unknowable' }
  | { readonly kind: 'failed'; readonly result: CallFailure };

/** Clocks differ; a message may seem older than the moment it was claimed. */
const toleranceMs = 5 * 60_000;
const pages = 10;

interface Where {
  readonly channel: string;
  readonly thread: string | null;
  readonly sinceAt: number;
}

/**
 * Looks for a message that may have been posted just before a crash, by the key in its metadata.
 * `thread`: the thread it belongs to; null looks in the channel itself. Read newest first, so it is near.
 */
export function findByKey(call: WebCall, key: string, where: Where): Promise<Lookup> {
  return find(call, where, ({ ts, metadata }) =>
    metadata?.event_type === METADATA_TYPE && metadata.event_payload?.key === key ? ts : undefined,
  );
}

/** Looks for a file that may have been shared just before a crash, by its name; `ts` is the file's id then. */
export function findFile(call: WebCall, filename: string, where: Where): Promise<Lookup> {
  return find(call, where, ({ files }) => files?.find(({ name }) => name === filename)?.id);
}

async function find(
  call: WebCall,
  where: Where,
  match: (message: z.infer<typeof Page>['messages'][number]) => string | undefined,
): Promise<Lookup> {
  let cursor: string | undefined;
  for (let page = 0; page < pages; page++) {
    const result = await call(where.thread === null ? 'conversations.history' : 'conversations.replies', {
      channel: where.channel,
      ...(where.thread === null ? {} : { ts: where.thread }),
      oldest: String((where.sinceAt - toleranceMs) / 1000),
      include_all_metadata: true,
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (result.kind === 'refused' && result.error === 'missing_scope') return { kind: 'unknowable' };
    // The thread itself is gone, and with it whatever stood there.
    if (result.kind === 'refused' && result.error === 'thread_not_found') return { kind: 'absent' };
    if (result.kind !== 'ok') return { kind: 'failed', result };
    const parsed = Page.parse(result.data);
    const found = parsed.messages.map(match).find((one) => one !== undefined);
    if (found !== undefined) return { kind: 'found', ts: found };
    cursor = parsed.response_metadata?.next_cursor;
    if (!cursor) return { kind: 'absent' };
  }
  return { kind: 'unknowable' };
}

const Page = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      metadata: z
        .object({ event_type: z.string().optional(), event_payload: z.record(z.string(), z.unknown()).optional() })
        .optional(),
      files: z.array(z.object({ id: z.string(), name: z.string().nullish() })).optional(),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
