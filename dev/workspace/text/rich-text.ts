import type { RichText, RichTextLeaf } from '../blocks/rich-text.ts';
import { formatDate } from './dates.ts';
import { showEmoji } from './emoji.ts';
import { bold, type Reader } from './reader.ts';

/** A rich text block in lines, not wrapped yet. */
export function readRichText(block: RichText, reader: Reader): string[] {
  return block.elements.flatMap((element) => {
    switch (element.type) {
      case 'rich_text_section':
        return readLeaves(element.elements, reader);
      case 'rich_text_quote':
        return readLeaves(element.elements, reader).map((line) => `▏ ${line}`);
      case 'rich_text_preformatted':
        return readLeaves(element.elements, reader).map((line) => `  ${line}`);
      case 'rich_text_list':
        return element.elements.flatMap((item, index) => {
          const mark = element.style === 'ordered' ? `${index + 1 + (element.offset ?? 0)}. ` : '• ';
          const before = '  '.repeat(element.indent ?? 0);
          return readLeaves(item.elements, reader).map((line, at) => `${before}${at === 0 ? mark : '   '}${line}`);
        });
      default:
        return element satisfies never;
    }
  });
}

function readLeaves(leaves: readonly RichTextLeaf[], reader: Reader): string[] {
  return leaves
    .map((leaf) => readLeaf(leaf, reader))
    .join('')
    .replace(/\n$/, '')
    .split('\n');
}

function readLeaf(leaf: RichTextLeaf, reader: Reader): string {
  switch (leaf.type) {
    case 'text':
      if (leaf.style?.code) return `\`${leaf.text}\``;
      return leaf.style?.bold ? bold(leaf.text, reader) : leaf.text;
    case 'link':
      return leaf.text ?? leaf.url;
    case 'user':
      return `@${reader.nameOf(leaf.user_id)}`;
    case 'usergroup':
      return `@${reader.nameOf(leaf.usergroup_id)}`;
    case 'channel':
      return `#${reader.nameOf(leaf.channel_id)}`;
    case 'broadcast':
      return `@${leaf.range}`;
    case 'emoji':
      return showEmoji(`:${leaf.name}:`);
    case 'color':
      return leaf.value;
    case 'date':
      return formatDate(leaf.timestamp * 1000, leaf.format, reader);
  }
}
