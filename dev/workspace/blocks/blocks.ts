import { z } from 'zod';
import { limits } from '../limits.ts';
import { Accessory, ActionElement, Image, InputElement, oneImage } from './elements.ts';
import { blockId } from './ids.ts';
import { RichText } from './rich-text.ts';
import { anyText, plainText } from './text-objects.ts';

/**
 * The blocks that this workspace knows, each as strict as Slack: no property that the documentation doesn't name.
 * Slack has more (alert, card, carousel, container, data_table, video, …); here they are refused until needed.
 * Source: docs.slack.dev/reference/block-kit/blocks.
 */
const block_id = blockId();

const Section = z
  .strictObject({
    type: z.literal('section'),
    block_id,
    text: anyText(limits.block.sectionText).optional(),
    fields: z.array(anyText(limits.block.field)).min(1).max(limits.block.fields).optional(),
    accessory: Accessory.optional(),
    expand: z.boolean().optional(),
  })
  .superRefine((section, context) => {
    if (section.text === undefined && section.fields === undefined) {
      context.addIssue({ code: 'custom', message: 'must define either `text` or `fields`' });
    }
  });

const Header = z.strictObject({ type: z.literal('header'), block_id, text: plainText(limits.block.header) });

const Divider = z.strictObject({ type: z.literal('divider'), block_id });

const Context = z.strictObject({
  type: z.literal('context'),
  block_id,
  elements: z
    .array(z.discriminatedUnion('type', [...anyText(limits.block.sectionText).options, Image]))
    .min(1)
    .max(limits.block.contextElements),
});

const Actions = z.strictObject({
  type: z.literal('actions'),
  block_id,
  elements: z.array(ActionElement).min(1).max(limits.block.actionElements),
});

const ImageBlock = z
  .strictObject({ ...Image.shape, block_id, title: plainText(limits.block.imageTitle).optional() })
  .superRefine(oneImage);

const Input = z.strictObject({
  type: z.literal('input'),
  block_id,
  label: plainText(limits.block.label),
  element: InputElement,
  hint: plainText(limits.block.hint).optional(),
  optional: z.boolean().default(false),
  dispatch_action: z.boolean().default(false),
});

const Markdown = z.strictObject({
  type: z.literal('markdown'),
  block_id,
  text: z.string().min(1).max(limits.message.markdownTotal),
});

const Cell = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('raw_text'), text: z.string().min(1) }),
  z.strictObject({ type: z.literal('raw_number'), value: z.number(), text: z.string().min(1) }),
  RichText,
]);

const Table = z.strictObject({
  type: z.literal('table'),
  block_id,
  rows: z.array(z.array(Cell).min(1).max(limits.block.tableColumns)).min(1).max(limits.block.tableRows),
  column_settings: z
    .array(
      z
        .strictObject({ align: z.enum(['left', 'center', 'right']).optional(), is_wrapped: z.boolean().optional() })
        .nullable(),
    )
    .max(limits.block.tableColumns)
    .optional(),
});

const TaskCard = z.strictObject({
  type: z.literal('task_card'),
  block_id,
  task_id: z.string().min(1),
  title: z.string().min(1),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
  details: RichText.optional(),
  output: RichText.optional(),
  sources: z.array(z.strictObject({ type: z.literal('url'), url: z.url(), text: z.string().min(1) })).optional(),
});

const Plan = z.strictObject({
  type: z.literal('plan'),
  block_id,
  title: z.string().min(1),
  tasks: z.array(TaskCard).optional(),
});

const everywhere = [Section, Header, Divider, Context, Actions, ImageBlock, Input, RichText] as const;

export const MessageBlock = z.discriminatedUnion('type', [...everywhere, Markdown, Table, TaskCard, Plan]);
/** Modals and the Home tab. */
export const ViewBlock = z.discriminatedUnion('type', [...everywhere]);

/** A block as it stands in the workspace: ids made up, defaults filled in. */
export type Block = z.infer<typeof MessageBlock>;
export type TableBlock = z.infer<typeof Table>;
