import { z } from 'zod';
import { StreamRecord } from '../../words/stream.ts';

/** A record as it stands in the spool, a line of JSON. */
export const Entry = z.object({
  /** Its place among all that the spool was ever given. */
  n: z.number().int().min(1),
  /** Epoch ms when it was put, on the agent's clock. */
  at: z.number(),
  record: StreamRecord,
});
export type Entry = z.infer<typeof Entry>;

/** What of an entry tells where it stands and of which time it is, though it may be of another version otherwise. */
const Outline = Entry.pick({ n: true, at: true }).extend({
  record: z.looseObject({ change: z.object({ certainty: z.string(), earliestAt: z.number() }).optional() }),
});

/** The stretch of time that is not known any more once such records are lost. Epoch ms. */
export interface Stretch {
  readonly fromAt: number;
  readonly toAt: number;
}

export function joined(one: Stretch | null, other: Stretch): Stretch {
  if (one === null) return other;
  return { fromAt: Math.min(one.fromAt, other.fromAt), toAt: Math.max(one.toAt, other.toAt) };
}

/**
 * A change that was seen may have happened earlier than it was noticed. One found at a first look says nothing here:
 * that far back nobody claimed to have seen everything.
 */
export function stretchOf({ at, record }: z.infer<typeof Outline>): Stretch {
  const change = record.change;
  const since = change?.certainty === 'seen' ? change.earliestAt : at;
  return { fromAt: Math.min(at, since), toAt: at };
}

/** null: no line of a spool, or a torn one. */
export function outlineOf(line: string): z.infer<typeof Outline> | null {
  return Outline.safeParse(jsonIn(line)).data ?? null;
}

/** null: torn, or written by a version with other words. */
export function entryIn(line: string): Entry | null {
  return Entry.safeParse(jsonIn(line)).data ?? null;
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
