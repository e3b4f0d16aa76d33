import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Stretch } from './entry.ts';

const Lost = z.object({ fromAt: z.number(), toAt: z.number(), lost: z.number().int(), why: z.string() });
type Lost = z.infer<typeof Lost>;

/**
 * A stream as the bot counts it: the entries from place `first` on, up to where the next stream begins. Its number 1 is
 * the gap where there is one, else the entry at `first`. Whatever changes the numbers begins a new stream, so that a
 * number once told always means the same record.
 */
const Count = z.object({ id: z.string(), first: z.number().int(), startedAt: z.number(), gap: Lost.nullable() });
export type Count = z.infer<typeof Count>;

/** Oldest first; the last is the one that grows. */
export const Counts = z.array(Count);

/** What the bot is to be sent next, and how far it has what came before. No I/O. */
export interface Counting {
  /** What is to be kept; the same array as long as nothing changed. */
  counts(): readonly Count[];
  /** Id of the stream that is sent now. */
  stream(): string;
  /** What comes next in that stream; null: nothing now. `to`: the last place that belongs to it. */
  due(): { readonly kind: 'gap'; readonly gap: Lost } | Due | null;
  /** Is there anything to send, or to ask the bot about? */
  pending(): boolean;
  /** All up to this place is at the bot, or given up. */
  doneTo(): number;
  /** The place of the next entry. */
  next(): number;
  grow(): void;
  /** The bot has the stream up to this number. */
  taken(last: number): void;
  /** The place of a number of the stream; null: it is the gap's. */
  placeOf(seq: number): number | null;
  /** Gives up all before `place`; `lost` of these the bot has not. */
  giveUp(place: number, lost: number, stretch: Stretch, why: string): void;
  /** The bot can't read the gap itself. */
  forgetGap(): void;
}

interface Due {
  readonly kind: 'entries';
  readonly seq: number;
  readonly from: number;
  readonly to: number;
}

export function counting(options: {
  /** What an earlier life kept. */
  readonly kept: readonly Count[];
  readonly next: number;
  /** Is what is given up told as a gap? */
  readonly saysGaps: boolean;
  readonly clock: () => number;
}): Counting {
  const { saysGaps, clock } = options;
  let next = options.next;
  let [head, ...others] = newLife(options.kept, next, clock());
  /** The last number of the head that the bot has; 0 until it said so. */
  let takenSeq = 0;
  let counts: readonly Count[] = [head, ...others];

  const end = (): number => (others[0]?.first ?? next) - 1;
  const gapDue = (): boolean => head.gap !== null && takenSeq === 0;
  const placeOf = (seq: number): number => head.first - 1 + seq - (head.gap === null ? 0 : 1);
  const doneTo = (): number => Math.min(Math.max(placeOf(takenSeq), head.first - 1), end());

  function recount(fresh: Count, rest: readonly Count[]): void {
    head = fresh;
    others = [...rest];
    counts = [head, ...others];
    takenSeq = 0;
  }

  return {
    counts: () => counts,
    stream: () => head.id,
    doneTo,
    next: () => next,
    grow() {
      next += 1;
    },
    pending: () => others.length > 0 || gapDue() || doneTo() < end(),
    placeOf: (seq) => (head.gap !== null && seq === 1 ? null : placeOf(seq)),
    due() {
      if (gapDue() && head.gap !== null) return { kind: 'gap', gap: head.gap };
      const from = doneTo() + 1;
      const seq = from - head.first + 1 + (head.gap === null ? 0 : 1);
      return from > end() ? null : { kind: 'entries', seq, from, to: end() };
    },
    taken(last) {
      if (others.length === 0 && placeOf(last) >= next) {
        // A number that was never given: whatever the bot has there, it is not this.
        recount(newCount(doneTo() + 1, clock(), null), []);
        return;
      }
      takenSeq = last;
      for (let [follows, ...rest] = others; follows !== undefined; [follows, ...rest] = others) {
        if (gapDue() || doneTo() < end()) return;
        recount(follows, rest);
      }
    },
    giveUp(place, lost, stretch, why) {
      const untold = [...(takenSeq === 0 ? [head] : []), ...others].filter(({ first }) => first < place);
      const before = untold.flatMap(({ gap }) => (gap === null ? [] : [gap]));
      const gap = saysGaps ? [...before, { ...stretch, lost, why }].reduce(together) : null;
      const whole = counts.filter(({ first }) => first >= place);
      const [follows, ...rest] = whole;
      // Some of a stream remains when none begins just here.
      if (gap === null && follows?.first === place) recount(follows, rest);
      else recount(newCount(place, clock(), gap), whole);
    },
    forgetGap() {
      const [follows, ...rest] = others;
      if (follows?.first === head.first) recount(follows, rest);
      else recount(newCount(head.first, head.startedAt, null), others);
    },
  };
}

/** Each life counts anew: a number that was told but did not reach the disk is never given to another record. */
function newLife(kept: readonly Count[], next: number, at: number): [Count, ...Count[]] {
  const told = kept.filter(({ first, gap }, index) => gap !== null || first < (kept[index + 1]?.first ?? next));
  const own = newCount(next, at, null);
  const [oldest, ...others] = told;
  return oldest === undefined ? [own] : [oldest, ...others, own];
}

function newCount(first: number, startedAt: number, gap: Lost | null): Count {
  return { id: randomUUID(), first, startedAt, gap };
}

function together(one: Lost, other: Lost): Lost {
  const fromAt = Math.min(one.fromAt, other.fromAt);
  return { fromAt, toAt: Math.max(one.toAt, other.toAt), lost: one.lost + other.lost, why: other.why };
}
