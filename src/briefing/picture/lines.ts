/** A character of the picture's font is this wide on average, in parts of its size. Measured on DejaVu Sans in running English text. */
const averageWidth = 0.56;

/** Breaks words into lines of a width; what is left over after the last line ends in `…`. */
export function linesOf(words: string, width: number, size: number, most: number): readonly string[] {
  const room = Math.max(8, Math.floor(width / (size * averageWidth)));
  const lines: string[] = [];
  let current = '';
  for (const word of words
    .split(/\s+/)
    .filter(Boolean)
    .flatMap((each) => pieces(each, room))) {
    if (current !== '' && current.length + 1 + word.length > room) {
      lines.push(current);
      current = '';
    }
    current = current === '' ? word : `${current} ${word}`;
  }
  if (current !== '') lines.push(current);
  if (lines.length <= most) return lines;
  const last = lines[most - 1] ?? '';
  return [...lines.slice(0, most - 1), `${last.slice(0, room - 1)}…`];
}

/** A word that is longer than a line is broken anywhere. */
function pieces(word: string, room: number): string[] {
  const characters = Array.from(word);
  return Array.from({ length: Math.ceil(characters.length / room) }, (_, index) =>
    characters.slice(index * room, (index + 1) * room).join(''),
  );
}
