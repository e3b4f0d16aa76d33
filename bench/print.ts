import { type Amount, type Figure, isMet, type Limit, type Part } from './figures.ts';

const heads = ['', 'measured', 'beside it, in the same run', '', 'limit', ''] as const;
/** Numbers stand under one another. */
const toTheRight = [false, true, false, true, true, false];

/** A part's table, for people. */
export function printedPart(part: Part): string {
  const title = ['', part.title];
  if (part.kind === 'skipped') return [...title, `   skipped: ${part.why}`].join('\n');
  if (part.kind === 'failed') return [...title, `   NOT met: it broke. ${part.why}`].join('\n');
  const rows = [[...heads], ...part.figures.map(cells)];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        toTheRight[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ');
  const lines = rows.map((row) => `   ${line(row)}`.trimEnd());
  return [...title, ...lines, ...part.notes.flatMap((note) => wrapped(note))].join('\n');
}

function cells(figure: Figure): string[] {
  const { what, measured, reference, limit } = figure;
  const met = isMet(figure);
  return [
    what,
    amountText(measured),
    reference?.what ?? '',
    reference?.amount ? amountText(reference.amount) : '',
    limit === null ? '' : limitText(limit, measured),
    met === null ? '' : met ? 'met' : 'NOT met',
  ];
}

function amountText({ value, unit, of }: Amount): string {
  switch (unit) {
    case 'of':
      return `${value} of ${of}`;
    case '×':
      return `${value.toFixed(1)} ×`;
    case 'ms':
    case 'MB':
      return `${value.toFixed(0)} ${unit}`;
    case '/s':
      return `${value.toFixed(0)} a second`;
    case '/h':
      return `${value.toFixed(0)} an hour`;
    default:
      return unit satisfies never;
  }
}

function limitText({ kind, value }: Limit, { unit, of }: Amount): string {
  const sign = kind === 'atMost' ? '≤' : '≥';
  return unit === 'of' && of === value ? 'all' : `${sign} ${amountText({ value, unit })}`;
}

function wrapped(note: string, width = 116): string[] {
  const lines: string[] = [];
  let line = '   ·';
  for (const word of note.split(' ')) {
    if (line.length + word.length + 1 > width) {
      lines.push(line);
      line = '    ';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
