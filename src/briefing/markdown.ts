import { tameLine, tameLines, tameSentence } from './tame.ts';

/**
 * Text made safe for Markdown as GitHub shows it. Everything that comes from a cluster, a cloud or a person passes
 * through one of these: it can't end a row of a table, become HTML, a link, an image, a heading, a reference to
 * somebody's issue, or a mention that notifies. `max` bounds the text in characters before it is escaped.
 * Source: github.github.com/gfm, and docs.github.com "Autolinked references and URLs".
 */

/** A sentence or a name, for anywhere: in a list, a heading, a cell. URLs and IPv6 addresses are set in code. */
export function prose(text: string, max = 1_000): string {
  return escapeLine(tameSentence(text, max).trim());
}

/** The same for what a person wrote in several lines: they stay lines of one paragraph. */
export function proseLines(text: string, max = 4_000): string {
  return tameLines(text.trim(), max)
    .split('\n')
    .map((line) => escapeLine(line.trim()))
    .filter((line) => line !== '')
    .join('  \n');
}

/** To be copied: shown as it is, and nothing in it means anything. Also for cells, which end at a bar even in code. */
export function code(text: string, max = 300): string {
  return codeSpan(tameLine(text, max));
}

/** A link of our own making; the words alone where the address is none. */
export function link(words: string, url: string | null): string {
  const shown = prose(words);
  if (url === null || !/^https?:\/\//i.test(url) || !URL.canParse(url)) return shown;
  // `href` has no blank, quote or angle bracket left; brackets would end the link, a bar the cell.
  const address = new URL(url).href
    .replaceAll('(', '%28')
    .replaceAll(')', '%29')
    .replaceAll('|', '%7C')
    .replaceAll('\\', '%5C');
  return `[${shown}](${address})`;
}

/** What a command printed. */
export function codeBlock(text: string, max = 1_500): string {
  const lines = tameLines(text.replaceAll(/^\s*\n|\s+$/g, ''), max);
  const longest = Math.max(2, ...[...lines.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${lines}\n${fence}`;
}

/** Each row as long as the head. Cells are Markdown already, without a line break. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell || ' ').join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Invisible: keeps what stands on its two sides from being read as one. */
const APART = '\u200b';

/** What GitHub would make a link of, or an emoji: `https://…`, `www.…`, `2001:db8::5`. */
const inCode =
  /(?:\b[a-z][a-z0-9+.-]*:\/\/|\bwww\.)[^\s`]*[^\s`.,;:!?)\]}'"]|(?<![\w:.])(?=[0-9a-f:]*::|(?:[0-9a-f]+:){5})(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f.]*[0-9a-f])?(?![\w:])/giu;

function escapeLine(line: string): string {
  let escaped = '';
  let from = 0;
  for (const { 0: match, index } of line.matchAll(inCode)) {
    escaped += `${escapeWords(line.slice(from, index))}${codeSpan(match)}`;
    from = index + match.length;
  }
  return atStart(escaped + escapeWords(line.slice(from)));
}

function escapeWords(words: string): string {
  return (
    words
      // These are looked for in what is shown, where a backslash is gone.
      .replaceAll(/@(?=[\p{L}\p{N}_-])/gu, `@${APART}`)
      .replaceAll(/#(?=[\p{L}\p{N}])/gu, `#${APART}`)
      .replaceAll(/\bGH-(?=\d)/gi, `$&${APART}`)
      .replaceAll(/:(?=(?:100|1234|[\w+-]*[a-z+-][\w+-]*):|\/\/)/gi, `:${APART}`)
      .replaceAll(/\bwww(?=\.)/gi, `$&${APART}`)
      .replaceAll(/[\\`*[\]<>|~$]/g, String.raw`\$&`)
      // Inside of words, as in kube_apiserver, it means nothing.
      .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, String.raw`\_`)
      .replaceAll(/&(?=#?\w+;)/g, '&amp;')
  );
}

/** What would begin a heading, a list, a quotation, a rule or a fence. */
function atStart(line: string): string {
  return line.replace(/^[#+=-]/, String.raw`\$&`).replace(/^(\d{1,9})([.)])/, String.raw`$1\$2`);
}

/** Fenced by more backticks than stand in it. */
function codeSpan(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const padding = longest > 0 || /^\s|\s$/.test(text) ? ' ' : '';
  const inside = text.replaceAll('|', '¦');
  return inside.trim() === '' ? '' : `${fence}${padding}${inside}${padding}${fence}`;
}
