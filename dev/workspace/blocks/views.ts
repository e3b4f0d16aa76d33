import { z } from 'zod';
import { limits } from '../limits.ts';
import { elementsOf } from '../state-values.ts';
import type { Block } from './blocks.ts';
import { type Checked, checkBlocks } from './check.ts';
import { problemsOf } from './problems.ts';
import { plainText } from './text-objects.ts';

/** Source: docs.slack.dev/reference/views. */
const base = {
  blocks: z.array(z.unknown()),
  private_metadata: z.string().max(limits.view.privateMetadata).default(''),
  callback_id: z.string().max(limits.view.callbackId).default(''),
  external_id: z.string().max(limits.view.externalId).default(''),
};

const Modal = z.strictObject({
  type: z.literal('modal'),
  ...base,
  title: plainText(limits.view.title),
  close: plainText(limits.view.button).nullable().default(null),
  submit: plainText(limits.view.button).nullable().default(null),
  clear_on_close: z.boolean().default(false),
  notify_on_close: z.boolean().default(false),
});

const Home = z.strictObject({ type: z.literal('home'), ...base });

/** A view as an app hands it over, checked, its blocks as they will stand. */
export type ViewContent = (Omit<z.infer<typeof Modal>, 'blocks'> | Omit<z.infer<typeof Home>, 'blocks'>) & {
  readonly blocks: readonly Block[];
};

export function checkView(
  raw: unknown,
  type: 'modal' | 'home',
  refused: readonly Block['type'][],
): Checked<ViewContent> {
  const parsed = (type === 'modal' ? Modal : Home).safeParse(raw, { reportInput: true });
  if (!parsed.success) return { kind: 'refused', error: null, problems: problemsOf(parsed.error, '/view') };
  if (JSON.stringify(raw).length > limits.view.json) return { kind: 'refused', error: 'view_too_large', problems: [] };
  const blocks = checkBlocks(parsed.data.blocks, 'view', '/view/blocks', refused);
  if (blocks.kind === 'refused') return blocks;
  const problems = [...submitMissing(parsed.data, blocks.value), ...focusedTwice(blocks.value)];
  if (problems.length > 0) return { kind: 'refused', error: null, problems };
  return { kind: 'fine', value: { ...parsed.data, blocks: blocks.value } };
}

function submitMissing(view: { type: string; submit?: unknown }, blocks: readonly Block[]): string[] {
  const missing = view.type === 'modal' && view.submit === null && blocks.some((block) => block.type === 'input');
  return missing ? ['missing required field: submit [json-pointer:/view]'] : [];
}

function focusedTwice(blocks: readonly Block[]): string[] {
  const focused = elementsOf(blocks).filter(
    ({ element }) => 'focus_on_load' in element && element.focus_on_load === true,
  );
  return focused.length > 1 ? ['only one element may have `focus_on_load` [json-pointer:/view/blocks]'] : [];
}
