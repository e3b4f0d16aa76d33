import { z } from 'zod';
import { blockId } from './ids.ts';

const style = z
  .strictObject({
    bold: z.boolean().optional(),
    italic: z.boolean().optional(),
    strike: z.boolean().optional(),
    underline: z.boolean().optional(),
    code: z.boolean().optional(),
  })
  .optional();

const Text = z.strictObject({ type: z.literal('text'), text: z.string().min(1), style });
const Link = z.strictObject({
  type: z.literal('link'),
  url: z.string().min(1),
  text: z.string().optional(),
  unsafe: z.boolean().optional(),
  style,
});

const Leaf = z.discriminatedUnion('type', [
  Text,
  Link,
  z.strictObject({ type: z.literal('user'), user_id: z.string(), style }),
  z.strictObject({ type: z.literal('usergroup'), usergroup_id: z.string(), style }),
  z.strictObject({ type: z.literal('channel'), channel_id: z.string(), style }),
  z.strictObject({ type: z.literal('broadcast'), range: z.enum(['here', 'channel', 'everyone']), style }),
  z.strictObject({ type: z.literal('emoji'), name: z.string().min(1), unicode: z.string().optional(), style }),
  z.strictObject({ type: z.literal('color'), value: z.string(), style }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.int(),
    format: z.string().min(1),
    url: z.string().optional(),
    fallback: z.string().optional(),
    style,
  }),
]);
export type RichTextLeaf = z.infer<typeof Leaf>;

const border = z.literal([0, 1]).optional();
const Section = z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(Leaf) });

const Element = z.discriminatedUnion('type', [
  Section,
  z.strictObject({
    type: z.literal('rich_text_list'),
    style: z.enum(['bullet', 'ordered']),
    elements: z.array(Section),
    indent: z.int().min(0).max(8).optional(),
    offset: z.int().min(0).optional(),
    border,
  }),
  z.strictObject({ type: z.literal('rich_text_quote'), elements: z.array(Leaf), border }),
  z.strictObject({
    type: z.literal('rich_text_preformatted'),
    elements: z.array(z.discriminatedUnion('type', [Text, Link])),
    language: z.string().optional(),
    border,
  }),
]);

/** Source: docs.slack.dev/reference/block-kit/blocks/rich-text-block. */
export const RichText = z.strictObject({
  type: z.literal('rich_text'),
  block_id: blockId(),
  elements: z.array(Element),
});
export type RichText = z.infer<typeof RichText>;

/** How many characters a person would see. */
export function richTextLength(block: RichText): number {
  const leaf = (element: RichTextLeaf): number => {
    if (element.type === 'text') return element.text.length;
    if (element.type === 'link') return (element.text ?? element.url).length;
    return 1;
  };
  return block.elements
    .flatMap((element) =>
      element.type === 'rich_text_list' ? element.elements.flatMap((section) => section.elements) : element.elements,
    )
    .reduce((sum, element) => sum + leaf(element), 0);
}
