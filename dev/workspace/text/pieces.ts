import { formatDate } from './dates.ts';
import { showEmoji } from './emoji.ts';
import type { Reader } from './reader.ts';

/** A piece of mrkdwn, for a person with names, dates in their zone, and entities as the characters they stand for. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bold' | 'italic' | 'strike' | 'quote'; readonly pieces: readonly Piece[] }
  | { readonly kind: 'code' | 'preformatted'; readonly text: string }
  | { readonly kind: 'link'; readonly url: string; readonly text: string }
  /** A person, channel, group or everybody; `text` has its `@` or `#`. */
  | { readonly kind: 'mention'; readonly id: string; readonly text: string }
  | { readonly kind: 'date'; readonly at: number; readonly text: string };

export type Names = Pick<Reader, 'nameOf'>;
type Eyes = Pick<Reader, 'nameOf' | 'tz' | 'nowAt'>;

const marks = { '*': 'bold', _: 'italic', '~': 'strike' } as const;
type Mark = keyof typeof marks;
/** Marks stand at the edges of words only. */
const marked = /(?<=^|[\s(>[,;:"'*_~])([*_~])(?=\S)([^\n]*?\S)\1(?=$|[\s).,;:!?\]"'*_~])/m;
/** A letter of the private use area stands in for a reference, so that what it shows is not taken for formatting. */
const held = '\uE000';

export function readPieces(mrkdwn: string, eyes: Eyes): Piece[] {
  return mrkdwn
    .replace(/^\n|\n$/g, '')
    .split(/(\n?```[\s\S]*?```\n?|`[^`\n]+`)/)
    .flatMap((part, index) => (index % 2 === 1 ? [readCode(part, eyes)] : readLines(part, eyes)));
}

function readCode(code: string, eyes: Eyes): Piece {
  const shown = unescaped(code.replace(/<[^<>]+>/g, (reference) => wordsOf(readReference(reference, eyes))));
  const block = /^\n?```\n?([\s\S]*?)\n?```\n?$/.exec(shown);
  return block ? { kind: 'preformatted', text: block[1] ?? '' } : { kind: 'code', text: shown.slice(1, -1) };
}

/** Lines that begin with `>` are quoted, those next to each other together. */
function readLines(prose: string, eyes: Eyes): Piece[] {
  return prose
    .split(/((?:^(?:&gt;|>) ?.*(?:\n|$))+)/m)
    .flatMap((part, index): Piece[] =>
      index % 2 === 1
        ? [{ kind: 'quote', pieces: readProse(part.replace(/^(?:&gt;|>) ?/gm, '').replace(/\n$/, ''), eyes) }]
        : readProse(part, eyes),
    );
}

function readProse(prose: string, eyes: Eyes): Piece[] {
  const references: Piece[] = [];
  const withoutReferences = prose.replaceAll(held, '').replace(/<[^<>]+>/g, (reference) => {
    references.push(readReference(reference, eyes));
    return held;
  });
  return readMarks(withoutReferences, () => references.shift() ?? { kind: 'text', text: '' });
}

/** @param next the references that were held back, in their order */
function readMarks(text: string, next: () => Piece): Piece[] {
  const match = marked.exec(text);
  const [whole = '', mark = '', inner = ''] = match ?? [];
  if (!match || !isMark(mark)) return readText(text, next);
  return [
    ...readText(text.slice(0, match.index), next),
    { kind: marks[mark], pieces: readMarks(inner, next) },
    ...readMarks(text.slice(match.index + whole.length), next),
  ];
}

function readText(text: string, next: () => Piece): Piece[] {
  return text.split(new RegExp(`(${held})`)).flatMap((part): Piece[] => {
    if (part === held) return [next()];
    return part === '' ? [] : [{ kind: 'text', text: unescaped(showEmoji(part)) }];
  });
}

function readReference(reference: string, eyes: Eyes): Piece {
  const inner = reference.slice(1, -1);
  const bar = inner.indexOf('|');
  const target = bar === -1 ? inner : inner.slice(0, bar);
  const label = bar === -1 ? undefined : inner.slice(bar + 1);
  const date = /^!date\^(-?\d+)\^([^^]+)/.exec(target);
  if (date) {
    const at = Number(date[1]) * 1000;
    return { kind: 'date', at, text: formatDate(at, date[2] ?? '', eyes) };
  }
  const name = mentionName(target, label, eyes);
  if (name !== null) return { kind: 'mention', id: target.replace(/^[@#!](subteam\^)?/, ''), text: unescaped(name) };
  if (/^(https?|mailto|tel):/.test(target)) {
    return { kind: 'link', url: unescaped(target), text: unescaped(label ?? target) };
  }
  return { kind: 'text', text: unescaped(reference) };
}

/** With its `@` or `#`; null for what is no mention. */
export function mentionName(target: string, label: string | undefined, names: Names): string | null {
  if (/^@[UW]/.test(target)) return `@${names.nameOf(target.slice(1))}`;
  if (/^#C/.test(target)) return `#${label || names.nameOf(target.slice(1))}`;
  if (target.startsWith('!subteam^')) return `@${names.nameOf(target.slice('!subteam^'.length))}`;
  return /^!(here|channel|everyone)$/.test(target) ? `@${target.slice(1)}` : null;
}

function wordsOf(piece: Piece): string {
  return 'text' in piece ? piece.text : '';
}

function isMark(mark: string): mark is Mark {
  return mark in marks;
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
