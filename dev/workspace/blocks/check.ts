import { z } from 'zod';
import { limits } from '../limits.ts';
import { type Block, MessageBlock, ViewBlock } from './blocks.ts';
import { problemsOf } from './problems.ts';
import { richTextLength } from './rich-text.ts';

export type Checked<T> =
  | { readonly kind: 'fine'; readonly value: T }
  /** `error` is Slack's code, or null where the caller's usual one applies. */
  | { readonly kind: 'refused'; readonly error: string | null; readonly problems: readonly string[] };

export type Surface = 'message' | 'view';

const schemas = {
  message: z.array(MessageBlock).max(limits.message.blocks),
  view: z.array(ViewBlock).max(limits.view.blocks),
};

/**
 * Blocks as Slack would take them, ids made up, or every reason why it would not.
 * @param at JSON pointer of the array, `/blocks` or `/view/blocks`.
 * @param refused types that this workspace doesn't take.
 */
export function checkBlocks(
  raw: unknown,
  surface: Surface,
  at: string,
  refused: readonly Block['type'][],
): Checked<readonly Block[]> {
  const parsed = schemas[surface].safeParse(raw, { reportInput: true });
  if (!parsed.success) return { kind: 'refused', error: null, problems: problemsOf(parsed.error, at) };
  const blocks: readonly Block[] = parsed.data;
  const problems = [
    ...unsupported(blocks, at, refused),
    ...repeatedBlockIds(blocks, at),
    ...repeatedActionIds(blocks, at),
  ];
  if (problems.length > 0) return { kind: 'refused', error: null, problems };
  return surface === 'message' ? wholeMessage(blocks, raw, at) : { kind: 'fine', value: blocks };
}

function unsupported(blocks: readonly Block[], at: string, refused: readonly Block['type'][]): string[] {
  return blocks.flatMap((block, index) =>
    refused.includes(block.type) ? [`unsupported type: ${block.type} [json-pointer:${at}/${index}/type]`] : [],
  );
}

function repeatedBlockIds(blocks: readonly Block[], at: string): string[] {
  const seen = new Set<string>();
  return blocks.flatMap((block, index) => {
    if (!seen.has(block.block_id)) {
      seen.add(block.block_id);
      return [];
    }
    return [`\`block_id\` "${block.block_id}" already exists [json-pointer:${at}/${index}/block_id]`];
  });
}

function repeatedActionIds(blocks: readonly Block[], at: string): string[] {
  return blocks.flatMap((block, index) => {
    if (block.type !== 'actions') return [];
    const seen = new Set<string>();
    return block.elements.flatMap((element, place) => {
      if (!seen.has(element.action_id)) {
        seen.add(element.action_id);
        return [];
      }
      const where = `${at}/${index}/elements/${place}/action_id`;
      return [
        `\`action_id\` "${element.action_id}" already exists for block_id "${block.block_id}" [json-pointer:${where}]`,
      ];
    });
  });
}

function wholeMessage(blocks: readonly Block[], raw: unknown, at: string): Checked<readonly Block[]> {
  const refuse = (error: string, problem: string): Checked<readonly Block[]> => ({
    kind: 'refused',
    error,
    problems: [`${problem} [json-pointer:${at}]`],
  });
  const markdown = blocks.reduce((sum, block) => sum + (block.type === 'markdown' ? block.text.length : 0), 0);
  if (markdown > limits.message.markdownTotal) {
    return refuse(
      'msg_blocks_too_long',
      `markdown blocks must be less than ${limits.message.markdownTotal + 1} characters`,
    );
  }
  const tables = blocks.filter((block) => block.type === 'table');
  if (tables.length > limits.message.tables) return refuse('invalid_attachments', 'only_one_table_allowed');
  const cells = tables.flatMap((table) => table.rows.flat());
  const inCells = cells.reduce(
    (sum, cell) => sum + (cell.type === 'rich_text' ? richTextLength(cell) : cell.text.length),
    0,
  );
  if (inCells > limits.message.tableCharacters) {
    return refuse('invalid_blocks', `table cells must be less than ${limits.message.tableCharacters + 1} characters`);
  }
  if (JSON.stringify(raw).length > limits.message.blocksJson) {
    return refuse('msg_blocks_too_long', `blocks must be less than ${limits.message.blocksJson + 1} characters`);
  }
  return { kind: 'fine', value: blocks };
}
