import { randomBytes } from 'node:crypto';
import { type Entry, entryIn, joined, outlineOf, type Stretch, stretchOf } from './entry.ts';

/** Entries that follow one another: what is written to, read from and removed from the disk as one file. */
export interface Segment {
  readonly file: string;
  readonly first: number;
  /** `first - 1` while it is empty. */
  last: number;
  bytes: number;
  stretch: Stretch | null;
  /** Its entries, one for each place from `first` on, until all are on disk and no more come; null: on disk alone. */
  held: Held[] | null;
  /** How many of its entries are on disk. */
  written: number;
  /** Takes no more. */
  sealed: boolean;
}

interface Held {
  readonly entry: Entry;
  readonly line: string;
}

const FILE = /^(\d{16})-[0-9a-f]{8}\.jsonl$/;

/** The name tells the first place; its random part keeps two lives, or two agents in one folder, from one file. */
export function newSegment(first: number): Segment {
  const file = `${String(first).padStart(16, '0')}-${randomBytes(4).toString('hex')}.jsonl`;
  return { file, first, last: first - 1, bytes: 0, stretch: null, held: [], written: 0, sealed: false };
}

export function isSegmentFile(name: string): boolean {
  return FILE.test(name);
}

export function addTo(segment: Segment, entry: Entry): void {
  const line = JSON.stringify(entry);
  segment.held?.push({ entry, line });
  segment.last = entry.n;
  segment.bytes += Buffer.byteLength(line) + 1;
  segment.stretch = joined(segment.stretch, stretchOf(entry));
}

/** What an earlier life wrote; null when nothing in it can be read. */
export function segmentIn(file: string, text: string): Segment | null {
  const segment = newSegment(Number(FILE.exec(file)?.[1] ?? 1));
  for (const line of text.split('\n')) {
    const outline = line === '' ? null : outlineOf(line);
    if (outline === null || outline.n <= segment.last) continue;
    segment.last = outline.n;
    segment.stretch = joined(segment.stretch, stretchOf(outline));
  }
  if (segment.last < segment.first) return null;
  return { ...segment, file, bytes: Buffer.byteLength(text), held: null, sealed: true };
}

/** By their places; those that can't be read are not among them. */
export function entriesIn(lines: readonly string[]): ReadonlyMap<number, Entry> {
  return new Map(
    lines.flatMap((line) => {
      const entry = entryIn(line);
      return entry === null ? [] : [[entry.n, entry] as const];
    }),
  );
}
