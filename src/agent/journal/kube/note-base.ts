import { createHash } from 'node:crypto';
import { z } from 'zod';
import { epochMs, lastWriters, type Metadata } from '../../kube/metadata.ts';

/** What is noted of every object. Empty namespace: it is in none. */
export const NoteBase = z.object({
  namespace: z.string(),
  name: z.string(),
  /** Epoch ms on the API server's clock. */
  createdAt: z.number().nullable(),
  modifiedAt: z.number().nullable(),
  /** Who wrote in that second; several can't be told apart by time. */
  modifiedBy: z.array(z.string()).readonly(),
});
export type NoteBase = z.infer<typeof NoteBase>;

export function noteBase(metadata: Metadata): NoteBase {
  const { name, namespace, creationTimestamp } = metadata;
  const { modifiedAt, by } = lastWriters(metadata);
  return { namespace, name, createdAt: epochMs(creationTimestamp), modifiedAt, modifiedBy: shared(by) };
}

/** Tens of thousands of objects have the same few writers. */
const writers = new Map<string, readonly string[]>();
const MOST_SHARED = 1_000;

function shared(by: readonly string[]): readonly string[] {
  const key = by.join('\n');
  const known = writers.get(key);
  if (known !== undefined) return known;
  if (writers.size < MOST_SHARED) writers.set(key, by);
  return by;
}

/** Who wrote last; of several in one second the one who had not before. null: nobody is named. */
export function writerOf(before: NoteBase | null, after: NoteBase): string | null {
  const known = before?.modifiedAt === after.modifiedAt ? before.modifiedBy : [];
  return after.modifiedBy.find((one) => !known.includes(one)) ?? after.modifiedBy.at(-1) ?? null;
}

/** By name, what stands for content that is compared and not kept. */
export const Hashes = z.record(z.string(), z.string());
export type Hashes = z.infer<typeof Hashes>;

/** Twelve characters: a difference is told by it, the content can't be. */
export function hashOf(content: unknown): string {
  const text = typeof content === 'string' ? content : (JSON.stringify(content) ?? '');
  return createHash('sha256').update(text).digest('base64').slice(0, 12);
}

export function hashesOf(fields: Readonly<Record<string, unknown>>): Hashes {
  return Object.fromEntries(Object.entries(fields).map(([name, content]) => [name, hashOf(content)]));
}

export interface Compared {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export function compare(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): Compared {
  const names = (of: Readonly<Record<string, string>>) => Object.keys(of).sort();
  return {
    added: names(after).filter((name) => !Object.hasOwn(before, name)),
    removed: names(before).filter((name) => !Object.hasOwn(after, name)),
    changed: names(after).filter((name) => Object.hasOwn(before, name) && before[name] !== after[name]),
  };
}

const MOST_NAMED = 12;

export function listed(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return names.slice(0, MOST_NAMED).join(', ') + more;
}
