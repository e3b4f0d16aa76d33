/**
 * Text from a cluster, a cloud or a person, made harmless to read on one line: what is invisible or
 * turns the reading direction is spelled out, and what is too long loses its middle, since the two
 * ends of a name tell more than its beginning alone. At most `max` UTF-16 units and two isolating marks.
 */
export function tameLine(text: string, max = 200): string {
  const oneLine = text.toWellFormed().replaceAll(/\s*[\r\n\u2028\u2029]+\s*|\t/g, ' ');
  return isolated(shortenMiddle(spelledOut(oneLine), max));
}

/** The same for a sentence: what is too long loses its end. */
export function tameSentence(text: string, max: number): string {
  const oneLine = text.toWellFormed().replaceAll(/\s*[\r\n\u2028\u2029]+\s*|\t/g, ' ');
  return isolated(shortenEnd(spelledOut(oneLine), max));
}

/** The same for text of several lines, such as what a command printed: lines stay, the end gives way. */
export function tameLines(text: string, max: number): string {
  const lines = text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll('\t', '  ')
    .split('\n');
  return shortenEnd(lines.map(spelledOut).join('\n'), max).split('\n').map(isolated).join('\n');
}

/** At most `max` UTF-16 units; the middle gives way to `…`. Never cuts a character in two. */
export function shortenMiddle(text: string, max: number): string {
  if (text.length <= max) return text;
  const tail = Math.floor((max - 1) / 2);
  return `${wholeHead(text.slice(0, max - 1 - tail))}…${wholeTail(text.slice(text.length - tail))}`;
}

/** At most `max` UTF-16 units; the end gives way to `…`. Never cuts a character in two. */
export function shortenEnd(text: string, max: number): string {
  return text.length <= max ? text : `${wholeHead(text.slice(0, max - 1)).trimEnd()}…`;
}

/** Controls, and everything that shows nothing or turns the reading direction, save what emoji are made of. */
const hidden =
  /(?![\ufe0e\ufe0f])(?!(?<=\p{Extended_Pictographic}\ufe0f?)\u200d)[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

function spelledOut(line: string): string {
  return line.replaceAll(
    hidden,
    (mark) => `‹U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`,
  );
}

/** Letters that are read from right to left would otherwise move what stands beside them. */
const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

function isolated(line: string): string {
  return rightToLeft.test(line) ? `${FIRST_STRONG_ISOLATE}${line}${POP_ISOLATE}` : line;
}

function wholeHead(head: string): string {
  return head.isWellFormed() ? head : head.slice(0, -1);
}

function wholeTail(tail: string): string {
  return tail.isWellFormed() ? tail : tail.slice(1);
}
