import { type Amount, type Figure, isMet, type Limit, type Part } from './figures.ts';

const heads = ['', 'measured', 'beside it, in the same run', '', 'limit', ''] as const;
/** Numbers stand under one another. */
const toTheRight = [false, true, false, true, true, false];

/** The table for people. */
export function printed(about: readonly string[], parts: readonly Part[]): string {
  return [...about, ...parts.flatMap(partLines)].join('\n');
}

function partLines(part: Part, index: number): string[] {
  const title = ['', `${index + 1}. ${part.title}`];
  if (part.kind === 'skipped') return [...title, `   skipped: ${part.why}`];
  const rows = [[...heads], ...part.figures.map(cells)];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        toTheRight[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ');
  return [...title, ...rows.map((row) => `   ${line(row)}`.trimEnd()), ...part.notes.flatMap((note) => wrapped(note))];
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
