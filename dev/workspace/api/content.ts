import { z } from 'zod';
import type { Block } from '../blocks/blocks.ts';
import { checkBlocks } from '../blocks/check.ts';
import type { Metadata } from '../conversations.ts';
import { limits } from '../limits.ts';
import type { World } from '../world.ts';
import { flag, json, type Refusal, refuse, text } from './method.ts';

/** The arguments that make up what a message says. */
export const contentArgs = {
  text: text.optional(),
  blocks: json.optional(),
  metadata: json.optional(),
  parse: text.optional(),
  link_names: flag.optional(),
  mrkdwn: flag.optional(),
  unfurl_links: flag.optional(),
  unfurl_media: flag.optional(),
};

interface Content {
  /** Undefined where it wasn't given. */
  readonly text: string | undefined;
  readonly blocks: readonly Block[] | undefined;
  readonly metadata: Metadata | null | undefined;
}

type CheckedContent =
  | { readonly kind: 'fine'; readonly content: Content }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const MessageMetadata = z.strictObject({
  event_type: z.string().min(1),
  event_payload: z.record(z.string(), z.unknown()),
});

export function checkContent(
  args: { text?: string | undefined; blocks?: unknown; metadata?: unknown },
  world: World,
): CheckedContent {
  if (args.text !== undefined && args.text.length > limits.message.text) return refused(refuse('msg_too_long'));
  const metadata = checkMetadata(args.metadata);
  if (metadata.kind === 'refused') return metadata;
  if (args.blocks === undefined) {
    return { kind: 'fine', content: { text: args.text, blocks: undefined, metadata: metadata.value } };
  }
  if (!Array.isArray(args.blocks)) return refused(refuse('invalid_blocks_format'));
  const blocks = checkBlocks(args.blocks, 'message', '/blocks', world.refusedBlocks);
  if (blocks.kind === 'refused') return refused(refuse(blocks.error ?? 'invalid_blocks', blocks.problems));
  // Notifications and screen readers have nothing else to go by.
  if (blocks.value.length > 0 && !args.text) {
    world.book.violation('missingText', 'A message with blocks came without `text`');
  }
  return { kind: 'fine', content: { text: args.text, blocks: blocks.value, metadata: metadata.value } };
}

type CheckedMetadata =
  | { readonly kind: 'fine'; readonly value: Metadata | null | undefined }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

function checkMetadata(raw: unknown): CheckedMetadata {
  if (raw === undefined) return { kind: 'fine', value: undefined };
  // An empty object takes a message's metadata away.
  if (typeof raw === 'object' && raw !== null && Object.keys(raw).length === 0) return { kind: 'fine', value: null };
  const parsed = MessageMetadata.safeParse(raw);
  if (!parsed.success) return refused(refuse('invalid_metadata_format'));
  if (JSON.stringify(raw).length > limits.message.metadataJson) return refused(refuse('metadata_too_large'));
  return { kind: 'fine', value: parsed.data };
}

function refused(refusal: Refusal): { kind: 'refused'; refusal: Refusal } {
  return { kind: 'refused', refusal };
}
