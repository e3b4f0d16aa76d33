import { formatDate } from './dates.ts';
import { showEmoji } from './emoji.ts';
import { bold, type Reader } from './reader.ts';

/**
 * Slack's mrkdwn as a person reads it: mentions by name, dates in their zone, entities as the characters they stand for.
 * Code keeps its backticks, so that it can still be told from prose.
 */
export function readMrkdwn(mrkdwn: string, reader: Reader): string {
  return mrkdwn
    .split(/(\n?```[\s\S]*?```\n?|`[^`\n]+`)/)
    .map((part, index) => (index % 2 === 1 ? readCode(part, reader) : readProse(part, reader)))
    .join('')
    .replace(/^\n|\n$/g, '');
}

/** What nobody formats: plain_text objects. */
export function readPlain(text: string): string {
  return showEmoji(text);
}

/** Everybody and everything that a text would ping: `@channel`, `@ana`, `@on-call`. */
export function pingsIn(mrkdwn: string, reader: Pick<Reader, 'nameOf'>): string[] {
  const references = mrkdwn.match(/<(?:@[UW]|!)[^>]*>/g) ?? [];
  return references.flatMap((reference) => {
    const [inner = ''] = reference.slice(1, -1).split('|');
    if (inner.startsWith('!date')) return [];
    return [readMention(inner, undefined, reader) ?? inner];
  });
}

/** A block of code stands on lines of its own, set in. */
function readCode(code: string, reader: Reader): string {
  const shown = unescaped(readReferences(code, reader));
  const block = /^\n?```\n?([\s\S]*?)\n?```\n?$/.exec(shown);
  if (!block) return shown;
  const lines = (block[1] ?? '').split('\n').map((line) => `  ${line}`);
  return `\n${lines.join('\n')}\n`;
}

function readProse(prose: string, reader: Reader): string {
  // References first, since what they show must not be taken for formatting; a private letter stands in for each.
  const shown: string[] = [];
  const held = prose.replaceAll('\uE000', '').replace(/<[^<>]+>/g, (reference) => {
    shown.push(readReferences(reference, reader));
    return '\uE000';
  });
  const formatted = showEmoji(unmark(held, reader)).replaceAll('\uE000', () => shown.shift() ?? '');
  return unescaped(formatted);
}

/** `*bold*`, `_italic_` and `~struck~` stand at the edges of words only. */
function unmark(prose: string, reader: Reader): string {
  const marked = (mark: string) =>
    new RegExp(`(^|[\\s(>\\[,;:"'])\\${mark}(?=\\S)([^\\n]*?\\S)\\${mark}(?=$|[\\s).,;:!?\\]"'])`, 'gm');
  return prose
    .replace(marked('*'), (_, before: string, inner: string) => `${before}${bold(inner, reader)}`)
    .replace(marked('_'), '$1$2')
    .replace(marked('~'), '$1$2');
}

function readReferences(text: string, reader: Reader): string {
  return text.replace(/<([^<>|]+)(?:\|([^<>]*))?>/g, (whole, target: string, label?: string) => {
    const date = /^!date\^(-?\d+)\^([^^]+)/.exec(target);
    if (date) return formatDate(Number(date[1]) * 1000, date[2] ?? '', reader);
    const mention = readMention(target, label, reader);
    if (mention !== null) return mention;
    return /^(https?|mailto|tel):/.test(target) ? (label ?? target) : whole;
  });
}

function readMention(target: string, label: string | undefined, reader: Pick<Reader, 'nameOf'>): string | null {
  if (/^@[UW]/.test(target)) return `@${reader.nameOf(target.slice(1))}`;
  if (/^#C/.test(target)) return `#${label || reader.nameOf(target.slice(1))}`;
  if (target.startsWith('!subteam^')) return `@${reader.nameOf(target.slice('!subteam^'.length))}`;
  return /^!(here|channel|everyone)$/.test(target) ? `@${target.slice(1)}` : null;
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
