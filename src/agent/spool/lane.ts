import type { BatchSize, Outgoing } from '../../link/client-stream.ts';
import type { Log } from '../../ops/log.ts';
import type { StreamRecord } from '../../words/stream.ts';
import { type Count, counting } from './counts.ts';
import { type Entry, type Stretch, stretchOf } from './entry.ts';
import type { Folder } from './folder.ts';
import { addTo, entriesIn, newSegment, type Segment } from './segment.ts';

/** One queue of the spool: in order, on the disk soon, given up only from its oldest end. */
export interface Lane extends Outgoing {
  add(record: StreamRecord): void;
  /** What it holds in all, and what of that stands in memory too. */
  size(): { readonly bytes: number; readonly inMemory: number };
  /** Gives up its oldest segment. False: it holds nothing. */
  dropOldest(why: string): boolean;
  /** Brings to the disk what is not there yet. Rejects when the disk does not take it; called again, it goes on. */
  flush(): Promise<void>;
}

interface LaneOptions {
  readonly name: string;
  readonly folder: Folder;
  readonly left: { readonly counts: readonly Count[]; readonly segments: readonly Segment[] };
  readonly segmentBytes: number;
  /** Must what is given up be told? Samples that are missing tell it by themselves, and hide no change. */
  readonly saysGaps: boolean;
  /** Called when there is something to flush. */
  onDirty(): void;
  readonly clock: () => number;
  readonly log: Log;
}

/** A segment that is large enough to begin another once the bot has all of it. */
const TRIM_BYTES = 64 * 1024;

export function makeLane(options: LaneOptions): Lane {
  const { name, folder, segmentBytes, saysGaps, onDirty, clock, log } = options;
  const { counts: kept } = options.left;
  const segments = [...options.left.segments];
  const next = Math.max((segments.at(-1)?.last ?? 0) + 1, kept.at(-1)?.first ?? 1);
  const count = counting({ kept, next, saysGaps, clock });
  let countsWritten: readonly Count[] = [];
  const unusable = new Map<number, Unusable>();
  const removed: Segment[] = [];
  let reading: { readonly segment: Segment; readonly entries: ReadonlyMap<number, Entry> } | null = null;
  const waiters = new Set<() => void>();

  function changed(): void {
    if (count.pending()) for (const wake of [...waiters]) wake();
    onDirty();
  }

  function giveUp(place: number, lost: number, stretch: Stretch, why: string): void {
    log.warn({ records: name, lost, ...stretch, why }, 'Records for the bot are lost');
    count.giveUp(place, lost, stretch, why);
    trim();
  }

  /** Where the next entry is not to be had, all up to the next that may be is given up. */
  function skipMissing(): void {
    const due = count.due();
    if (due?.kind !== 'entries') return;
    const marked = unusable.get(due.from);
    if (marked !== undefined) {
      giveUp(due.from + 1, 1, marked.stretch, marked.why);
      return;
    }
    const held = segments.find(({ last }) => last >= due.from);
    const place = Math.min(held?.first ?? due.to + 1, due.to + 1);
    if (place <= due.from) return;
    const stretch = { fromAt: count.counts()[0]?.startedAt ?? clock(), toAt: held?.stretch?.fromAt ?? clock() };
    giveUp(place, place - due.from, stretch, 'The bot no longer has what it once took, or it is gone from the disk.');
  }

  function trim(): void {
    const done = count.doneTo();
    for (let [oldest] = segments; oldest !== undefined && oldest.last <= done; [oldest] = segments) {
      if (!oldest.sealed && oldest.bytes < TRIM_BYTES) break;
      remove(oldest);
    }
    for (const place of unusable.keys()) if (place <= done) unusable.delete(place);
  }

  function remove(oldest: Segment): void {
    oldest.sealed = true;
    segments.shift();
    removed.push(oldest);
  }

  function holding(place: number): Segment | undefined {
    return segments.find(({ first, last }) => first <= place && place <= last);
  }

  /** Undefined for a place that can't be read. */
  async function readerOf(segment: Segment): Promise<(place: number) => Entry | undefined> {
    const { held, first } = segment;
    if (held !== null) return (place) => held[place - first]?.entry;
    const entries = await entriesOnDisk(segment);
    return (place) => entries.get(place);
  }

  async function entriesOnDisk(segment: Segment): Promise<ReadonlyMap<number, Entry>> {
    if (reading?.segment === segment) return reading.entries;
    let text = '';
    try {
      text = await folder.read(segment);
    } catch (error) {
      log.error({ error, file: segment.file }, 'A part of the spool can not be read');
    }
    reading = { segment, entries: entriesIn(text.split('\n')) };
    return reading.entries;
  }

  function markUnusable(place: number, why: string): void {
    const segment = holding(place);
    const held = segment?.held?.[place - segment.first]?.entry;
    const entry = held ?? (reading?.segment === segment ? reading?.entries.get(place) : undefined);
    const stretch = entry === undefined ? segment?.stretch : stretchOf(entry);
    unusable.set(place, { stretch: stretch ?? { fromAt: clock(), toAt: clock() }, why: why.slice(0, 500) });
    skipMissing();
  }

  /** null: it stands on the disk as it is now. */
  async function writeCounts(): Promise<unknown> {
    const counts = count.counts();
    if (countsWritten === counts) return null;
    try {
      await folder.writeCounts(counts);
      countsWritten = counts;
      return null;
    } catch (error) {
      return error;
    }
  }

  return {
    name,

    add(record) {
      const entry = { n: count.next(), at: clock(), record };
      let open = segments.at(-1);
      if (open === undefined || open.sealed) {
        open = newSegment(entry.n);
        segments.push(open);
      }
      addTo(open, entry);
      if (open.bytes >= segmentBytes) open.sealed = true;
      count.grow();
      changed();
    },

    size() {
      let bytes = 0;
      let inMemory = 0;
      for (const segment of segments) {
        bytes += segment.bytes;
        if (segment.held !== null) inMemory += segment.bytes;
      }
      return { bytes, inMemory };
    },

    dropOldest(why) {
      const [oldest] = segments;
      if (oldest === undefined) return false;
      const lost = oldest.last - Math.max(oldest.first - 1, count.doneTo());
      remove(oldest);
      if (lost > 0) giveUp(oldest.last + 1, lost, oldest.stretch ?? { fromAt: clock(), toAt: clock() }, why);
      changed();
      return true;
    },

    waiting(signal) {
      return new Promise((resolve, reject) => {
        const leave = (): void => settle(() => reject(signal.reason));
        const wake = (): void => settle(() => resolve(count.stream()));
        function settle(how: () => void): void {
          waiters.delete(wake);
          signal.removeEventListener('abort', leave);
          how();
        }
        waiters.add(wake);
        signal.addEventListener('abort', leave, { once: true });
        if (signal.aborted) leave();
        else if (count.pending()) wake();
      });
    },

    async batch(stream, most) {
      const due = count.due();
      if (count.stream() !== stream || due === null) return null;
      if (due.kind === 'gap') return { stream, firstSeq: 1, records: [{ kind: 'gap', ...due.gap }] };
      const segment = holding(due.from);
      const entryAt = segment === undefined ? () => undefined : await readerOf(segment);
      // While it was read, it may have been given up, or some of it taken.
      if (count.stream() !== stream || count.doneTo() !== due.from - 1) return null;
      const records = filled(due.from, due.to, most, (place) => (unusable.has(place) ? undefined : entryAt(place)));
      if (records.length > 0) return { stream, firstSeq: due.seq, records };
      if (!unusable.has(due.from)) markUnusable(due.from, 'It could not be read back from the disk.');
      else skipMissing();
      changed();
      return null;
    },

    taken(stream, last) {
      if (count.stream() !== stream) return;
      count.taken(last);
      skipMissing();
      trim();
      changed();
    },

    spoilt(stream, seq, message) {
      if (count.stream() !== stream) return;
      const place = count.placeOf(seq);
      if (place === null) count.forgetGap();
      else markUnusable(place, `The bot could not read it: ${message}`);
      changed();
    },

    async flush() {
      // First how it is counted, so that what is gone then is said exactly; on a full disk only its going makes room.
      const problem = await writeCounts();
      for (let [gone] = removed; gone !== undefined; [gone] = removed) {
        await folder.remove(gone);
        removed.shift();
      }
      if (problem !== null) throw problem;
      for (const segment of [...segments]) {
        if (segment.held === null) continue;
        await folder.append(segment);
        if (segment.sealed && segment.written === segment.held.length) segment.held = null;
      }
    },
  };
}

interface Unusable {
  readonly stretch: Stretch;
  readonly why: string;
}

/** The records from one place on, up to the first that is not to be had; one at least, however large it is. */
function filled(
  from: number,
  to: number,
  most: BatchSize,
  entryAt: (place: number) => Entry | undefined,
): StreamRecord[] {
  const records: StreamRecord[] = [];
  let bytes = 0;
  for (let place = from; place <= to && records.length < most.records; place += 1) {
    const record = entryAt(place)?.record;
    if (record === undefined) break;
    bytes += Buffer.byteLength(JSON.stringify(record));
    if (records.length > 0 && bytes > most.bytes) break;
    records.push(record);
  }
  return records;
}
