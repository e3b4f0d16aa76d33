import type { TableBlock } from '../../blocks/blocks.ts';
import { RichTextView } from './rich-text.tsx';

/** The first row heads the others. */
export function TableView({ table }: { table: TableBlock }) {
  const [heading = [], ...rows] = table.rows;
  const alignOf = (column: number) => `align-${table.column_settings?.[column]?.align ?? 'left'}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section class="table" aria-label="Table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {heading.map((cell, column) => (
              <th key={`${column}`} scope="col" class={alignOf(column)}>
                <Cell cell={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={`${index}`}>
              {row.map((cell, column) => (
                <td key={`${column}`} class={alignOf(column)}>
                  <Cell cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({ cell }: { cell: TableBlock['rows'][number][number] }) {
  return cell.type === 'rich_text' ? <RichTextView block={cell} /> : cell.text;
}
