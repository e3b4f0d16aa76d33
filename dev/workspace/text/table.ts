import type { TableBlock } from '../blocks/blocks.ts';
import { padEnd, padStart, widthOf, wrap } from './lines.ts';
import { bold, dim, type Reader } from './reader.ts';
import { readRichText } from './rich-text.ts';

/** Columns as wide as they need to be, the widest ones wrapped until the table fits; the first row stands as a heading. */
export function renderTable(table: TableBlock, reader: Reader, width: number): string[] {
  const cells = table.rows.map((row) =>
    row.map((cell) => (cell.type === 'rich_text' ? readRichText(cell, reader).join('\n') : cell.text)),
  );
  const columns = Math.max(...cells.map((row) => row.length));
  const natural = Array.from({ length: columns }, (_, column) =>
    Math.max(1, ...cells.flatMap((row) => (row[column] ?? '').split('\n').map(widthOf))),
  );
  const widths = shrink(natural, width - 2 * (columns - 1));
  const [heading = [], ...rows] = cells.map((row) => layRow(row, widths, table));
  const rule = dim(widths.map((column) => '─'.repeat(column)).join('──'), reader);
  return [...heading.map((line) => bold(line, reader)), rule, ...rows.flat()];
}

function layRow(
  row: readonly string[],
  widths: readonly number[],
  { column_settings: settings }: TableBlock,
): string[] {
  const columns = widths.map((width, index) => wrap(row[index] ?? '', width));
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((lines, index) => {
        const pad = settings?.[index]?.align === 'right' ? padStart : padEnd;
        return pad(lines[line] ?? '', widths[index] ?? 0);
      })
      .join('  ')
      .trimEnd(),
  );
}

function shrink(widths: readonly number[], available: number): number[] {
  const result = [...widths];
  const total = () => result.reduce((sum, width) => sum + width, 0);
  while (total() > available) {
    const widest = result.indexOf(Math.max(...result));
    if ((result[widest] ?? 0) <= 8) break;
    result[widest] = (result[widest] ?? 0) - 1;
  }
  return result;
}
