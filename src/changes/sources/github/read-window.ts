import { readWrittenTime, zoneOf } from './read-time.ts';
import type { WindowForm } from './settings.ts';

/** The time of some work as its issue gives it. Epoch ms; null: not given, or unreadable. */
export interface WrittenWindow {
  readonly startAt: number | null;
  readonly endAt: number | null;
  /** Sentences: what of it could not be read, and what was taken in one of several ways. */
  readonly notes: readonly string[];
  /** What its author expects to fail, as they name it. */
  readonly expected: readonly string[];
  /** Clusters that it names, as its author names them. */
  readonly clusters: readonly string[];
}

/**
 * From the body of an issue, by Upptime's convention (an HTML comment with `start:`, `end:`, `expectedDown:`,
 * `expectedDegraded:`, one a line), else from the headings of an issue form. Takes any text.
 * @param defaultZone IANA name, for times that give none
 * Source: https://upptime.js.org/docs/scheduled-maintenance
 */
export function readWindow(body: string, form: WindowForm, defaultZone: string): WrittenWindow {
  const lines = body.split(/\r\n?|\n/);
  const comment = commentOf(body);
  const fields = fieldsOf(lines);
  const field = (names: readonly string[]) =>
    names.map((name) => fields.get(name.toLowerCase())).find((value) => value !== undefined) ?? null;

  const zoneWords = field(form.timeZone)?.[0] ?? null;
  const formZone = zoneWords === null ? null : zoneOf(zoneWords);
  const inComment = comment.has('start') || comment.has('end');
  const startWords = inComment ? comment.get('start') : field(form.start)?.[0];
  const endWords = inComment ? comment.get('end') : field(form.end)?.[0];
  const zone = (inComment ? null : formZone) ?? defaultZone;

  const notes: string[] = [];
  if (!inComment && zoneWords !== null && formZone === null) {
    notes.push(`Its time zone “${short(zoneWords)}” can't be read: ${defaultZone} was taken.`);
  }
  const zoneIsSure = !inComment && formZone !== null;
  const start = readPart('start', startWords, zone, zoneIsSure, notes);
  const end = readPart('end', endWords, zone, zoneIsSure, notes);
  const expected = [
    ...namesIn(comment.get('expecteddown')).map((name) => `${name} down`),
    ...namesIn(comment.get('expecteddegraded')).map((name) => `${name} degraded`),
  ];
  const clusters = [
    ...namesIn(comment.get('expecteddown')),
    ...namesIn(comment.get('expecteddegraded')),
    ...(field(form.clusters) ?? []).flatMap((line) => namesIn(uncheckedOut(line))),
  ];
  if (start !== null && end !== null && end < start) {
    notes.push('Its end is before its start, so neither counts.');
    return { startAt: null, endAt: null, notes, expected, clusters };
  }
  return { startAt: start, endAt: end, notes, expected, clusters };
}

function readPart(
  part: 'start' | 'end',
  words: string | undefined,
  zone: string,
  zoneIsSure: boolean,
  notes: string[],
): number | null {
  if (words === undefined || words === '') return null;
  const read = readWrittenTime(words, zone, part === 'start' ? 'earlier' : 'later');
  if (read.kind === 'unreadable') {
    notes.push(`Its ${part} “${short(words)}” can't be read: ${read.why}.`);
    return null;
  }
  if (!read.zoneGiven && !zoneIsSure) notes.push(`Its ${part} gives no time zone: ${zone} was taken.`);
  return read.at;
}

/** Of the first comment that gives a start or an end: names in small letters, and values. */
function commentOf(body: string): ReadonlyMap<string, string> {
  for (let from = body.indexOf('<!--'); from !== -1; from = body.indexOf('<!--', from + 4)) {
    const to = body.indexOf('-->', from + 4);
    if (to === -1) break;
    const values = valuesOf(body.slice(from + 4, to));
    if (values.has('start') || values.has('end')) return values;
  }
  return new Map();
}

function valuesOf(comment: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of comment.split(/\r\n?|\n/)) {
    const colon = line.indexOf(':');
    if (colon === -1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    if (!values.has(name)) values.set(name, unquoted(line.slice(colon + 1)));
  }
  return values;
}

/** What stands under each heading, by the heading in small letters: lines with something in them. */
function fieldsOf(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  let current: string[] | null = null;
  for (const line of lines) {
    const heading = /^ {0,3}#{1,6}[ \t](.*)$/.exec(line)?.[1];
    if (heading !== undefined) {
      const name = headingOf(heading);
      current = fields.has(name) ? null : [];
      if (current !== null) fields.set(name, current);
      continue;
    }
    const value = unquoted(line);
    // What GitHub puts where nothing was answered.
    if (value !== '' && value !== '_No response_') current?.push(value);
  }
  return new Map([...fields].filter(([, values]) => values.length > 0));
}

function headingOf(text: string): string {
  // Longer ones are none of a form's.
  return text
    .slice(0, 200)
    .trim()
    .replace(/[:#*]+$/, '')
    .trim()
    .toLowerCase();
}

function unquoted(text: string): string {
  const trimmed = text.trim();
  const [first] = trimmed;
  const isQuoted = trimmed.length > 1 && (first === '"' || first === "'" || first === '`') && trimmed.endsWith(first);
  return isQuoted ? trimmed.slice(1, -1).trim() : trimmed;
}

/** `- [X] prod` is prod, `- [ ] prod` nothing. */
function uncheckedOut(line: string): string {
  const box = /^[-*] \[([ xX])\](.*)$/.exec(line);
  if (box === null) return line.replace(/^[-*] /, '');
  return box[1] === ' ' ? '' : (box[2] ?? '');
}

const mostNames = 20;

function namesIn(list: string | undefined): readonly string[] {
  return (list ?? '')
    .slice(0, 2_000)
    .split(/[,;]/)
    .map((name) => short(unquoted(name)))
    .filter((name) => name !== '')
    .slice(0, mostNames);
}

function short(words: string): string {
  return words.length <= 60 ? words : `${words.slice(0, 59)}…`;
}
