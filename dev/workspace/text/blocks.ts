import type { Block } from '../blocks/blocks.ts';
import type { AnyText } from '../blocks/text-objects.ts';
import type { Entered } from '../state-values.ts';
import { renderElement } from './elements.ts';
import { indent, padEnd, widthOf, wrap } from './lines.ts';
import { readMrkdwn, readPlain } from './mrkdwn.ts';
import { bold, dim, type Reader } from './reader.ts';
import { readRichText } from './rich-text.ts';
import { renderTable } from './table.ts';

/** Blocks from top to bottom, as lines of at most `width` columns. */
export function renderBlocks(
  blocks: readonly Block[],
  reader: Reader,
  width: number,
  { entered = {}, errors = {} }: { entered?: Entered; errors?: Readonly<Record<string, string>> } = {},
): string[] {
  return blocks.flatMap((block) => renderBlock(block, reader, width, entered, errors));
}

function renderBlock(
  block: Block,
  reader: Reader,
  width: number,
  entered: Entered,
  errors: Readonly<Record<string, string>>,
): string[] {
  switch (block.type) {
    case 'header':
      return wrap(readPlain(block.text.text), width).map((line) => bold(line, reader));
    case 'divider':
      return [dim('─'.repeat(width), reader)];
    case 'section':
      return renderSection(block, reader, width, entered);
    case 'context': {
      const parts = block.elements.map((element) =>
        element.type === 'image' ? `▣ ${element.alt_text}` : readText(element, reader),
      );
      return wrap(parts.join('  '), width).map((line) => dim(line, reader));
    }
    case 'actions':
      return wrapElements(
        block.elements.map((element) => renderElement(element, block.block_id, entered, reader)),
        width,
      );
    case 'image':
      return wrap(`▣ ${block.title ? `${readPlain(block.title.text)}: ` : ''}${block.alt_text}`, width);
    case 'input': {
      const label = `${readPlain(block.label.text)}${block.optional ? ' (optional)' : ''}`;
      const field = wrap(renderElement(block.element, block.block_id, entered, reader), width - 2);
      const below = [
        ...(block.hint ? wrap(readPlain(block.hint.text), width).map((line) => dim(line, reader)) : []),
        ...(errors[block.block_id] ? wrap(`⚠ ${errors[block.block_id]}`, width) : []),
      ];
      return [...wrap(label, width).map((line) => bold(line, reader)), ...indent(field, '│ '), ...below];
    }
    case 'markdown':
      return wrap(block.text, width);
    case 'rich_text':
      return readRichText(block, reader).flatMap((line) => wrap(line, width));
    case 'table':
      return renderTable(block, reader, width);
    case 'plan':
      return [
        bold(block.title, reader),
        ...(block.tasks ?? []).flatMap((task) => indent(renderBlock(task, reader, width - 2, entered, errors), '  ')),
      ];
    case 'task_card': {
      const mark = { pending: '○', in_progress: '◔', complete: '●', error: '✗' }[block.status];
      const details = [block.details, block.output].flatMap((part) => (part ? readRichText(part, reader) : []));
      const folded = details.flatMap((line) => wrap(line, width - 2));
      return [...wrap(`${mark} ${block.title}`, width), ...indent(folded, '  ')];
    }
  }
}

function renderSection(
  section: Extract<Block, { type: 'section' }>,
  reader: Reader,
  width: number,
  entered: Entered,
): string[] {
  const { accessory } = section;
  const beside = !accessory
    ? ''
    : accessory.type === 'image'
      ? `▣ ${accessory.alt_text}`
      : renderElement(accessory, section.block_id, entered, reader);
  const room = beside === '' ? width : Math.max(Math.floor(width / 2), width - widthOf(beside) - 2);
  const text = section.text ? wrap(readText(section.text, reader), room) : [];
  const fields = renderFields(section.fields ?? [], reader, text.length > 0 ? width : room);
  if (beside === '') return [...text, ...fields];
  const [first = '', ...rest] = [...text, ...fields];
  return [`${padEnd(first, room)}  ${beside}`, ...rest];
}

/** Two columns, as Slack lays fields out. */
function renderFields(fields: readonly AnyText[], reader: Reader, width: number): string[] {
  const column = Math.floor((width - 2) / 2);
  const cells = fields.map((field) => wrap(readText(field, reader), column));
  return cells.flatMap((left, index) => {
    if (index % 2 === 1) return [];
    const right = cells[index + 1] ?? [];
    const height = Math.max(left.length, right.length);
    return Array.from({ length: height }, (_, line) =>
      `${padEnd(left[line] ?? '', column)}  ${right[line] ?? ''}`.trimEnd(),
    );
  });
}

function wrapElements(elements: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const element of elements) {
    const joined = `${lines.at(-1) ?? ''} ${element}`;
    if (lines.length > 0 && widthOf(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(element);
  }
  return lines;
}

function readText(text: AnyText, reader: Reader): string {
  return text.type === 'mrkdwn' ? readMrkdwn(text.text, reader) : readPlain(text.text);
}
