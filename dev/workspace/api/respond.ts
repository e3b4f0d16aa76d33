import { z } from 'zod';
import type { ResponseTarget } from '../response-urls.ts';
import type { World } from '../world.ts';
import { checkContent } from './content.ts';
import { type Answer, ok, refuse } from './method.ts';

/** What may be sent to a `response_url`, and back with the acknowledgement of a command. */
const Response = z.strictObject({
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  response_type: z.enum(['in_channel', 'ephemeral']).optional(),
  replace_original: z.boolean().optional(),
  delete_original: z.boolean().optional(),
  thread_ts: z.string().optional(),
  metadata: z.unknown().optional(),
  unfurl_links: z.boolean().optional(),
  unfurl_media: z.boolean().optional(),
  mrkdwn: z.boolean().optional(),
});

/** @param body parsed JSON. Posts, replaces or deletes on behalf of the app; no scope or membership is asked for. */
export function respond(target: ResponseTarget, body: unknown, world: World): Answer {
  const parsed = Response.safeParse(body);
  if (!parsed.success) return refuse('invalid_payload', [z.prettifyError(parsed.error)]);
  const response = parsed.data;
  const original = target.messageTs && world.conversations.message(target.channelId, target.messageTs);
  if (response.delete_original) {
    if (!original) return refuse('message_not_found');
    world.conversations.remove(original);
    return ok();
  }
  const checked = checkContent(response, world);
  if (checked.kind === 'refused') return checked.refusal;
  const { text = '', blocks = [], metadata = null } = checked.content;
  if (text === '' && blocks.length === 0) return refuse('no_text');
  if (response.replace_original && original) {
    world.conversations.change(original, { text, blocks });
    return ok();
  }
  world.conversations.post({
    channel: target.channelId,
    userId: world.app.userId,
    text,
    blocks,
    metadata,
    threadTs: response.thread_ts ?? null,
    ephemeralTo: response.response_type === 'in_channel' ? null : target.userId,
  });
  return ok();
}
