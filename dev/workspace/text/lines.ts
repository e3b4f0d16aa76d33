import { stripVTControlCharacters } from 'node:util';

/** Text laid out in columns. */

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Columns that a terminal gives it: two for emoji and wide letters, none for escape sequences. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(stripVTControlCharacters(text))) width += wide(segment) ? 2 : 1;
  return width;
}

function wide(grapheme: string): boolean {
  return /\p{Emoji_Presentation}|\uFE0F|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]/u.test(
    grapheme,
  );
}

/** At spaces where there are any; what is longer than a line is cut. Keeps a line's own indentation. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, Math.max(8, width)));
}

function wrapLine(line: string, width: number): string[] {
  if (widthOf(line) <= width) return [line];
  const [indent = ''] = /^\s*(?:[•–-] )?/.exec(line) ?? [];
  const hanging = ' '.repeat(indent.length);
  const lines: string[] = [];
  let current = indent;
  let isEmpty = true;
  for (const word of line
    .slice(indent.length)
    .split(/ +/)
    .flatMap((long) => cut(long, width - indent.length))) {
    const joined = isEmpty ? `${current}${word}` : `${current} ${word}`;
    if (widthOf(joined) <= width || isEmpty) {
      current = joined;
    } else {
      lines.push(current);
      current = `${hanging}${word}`;
    }
    isEmpty = false;
  }
  return [...lines, current];
}

function cut(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const pieces: string[] = [];
  let piece = '';
  for (const { segment } of segmenter.segment(word)) {
    if (widthOf(piece + segment) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += segment;
  }
  return [...pieces, piece];
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

export function indent(lines: readonly string[], by: string): string[] {
  return lines.map((line) => `${by}${line}`.trimEnd());
}
