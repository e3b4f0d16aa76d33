import { z } from 'zod';
import { problemsOf } from '../blocks/problems.ts';
import type { World } from '../world.ts';

/** The JSON that goes back. */
export type Answer = Success | Refusal;
export type Success = { readonly ok: true } & Readonly<Record<string, unknown>>;
export type Refusal = { readonly ok: false; readonly error: string } & Readonly<Record<string, unknown>>;

export interface Method {
  readonly token: 'bot' | 'app';
  readonly perMinute: number;
  /** Every name it takes, for those that it doesn't know. */
  readonly takes: readonly string[];
  answer(args: Readonly<Record<string, unknown>>, world: World): Answer;
}

interface Definition<Shape extends z.ZodRawShape> {
  /** Which kind of token it wants; the bot's when left out. */
  readonly token?: 'bot' | 'app';
  readonly perMinute: number;
  /** The scope it always needs; one that depends on the arguments is the answer's to ask for. */
  readonly scope?: string;
  readonly args: Shape;
  answer(args: z.output<z.ZodObject<Shape>>, world: World): Answer;
}

/** Calls a minute that Slack promises for a method's tier; chat.postMessage has its own rule besides. */
export const tiers = { one: 1, two: 20, three: 50, four: 100, special: 600 } as const;

export function method<Shape extends z.ZodRawShape>(definition: Definition<Shape>): Method {
  const schema = z.object(definition.args);
  return {
    token: definition.token ?? 'bot',
    perMinute: definition.perMinute,
    takes: Object.keys(definition.args),
    answer(raw, world) {
      const missing = definition.scope ? missingScope(world, definition.scope) : null;
      if (missing) return missing;
      const parsed = schema.safeParse(raw, { reportInput: true });
      return parsed.success
        ? definition.answer(parsed.data, world)
        : refuse('invalid_arguments', problemsOf(parsed.error, ''));
    },
  };
}

export function ok(fields: Readonly<Record<string, unknown>> = {}): Success {
  return { ok: true, ...fields };
}

/** @param problems in words, as Slack sends them along for `invalid_blocks` and `invalid_arguments`. */
export function refuse(error: string, problems: readonly string[] = []): Refusal {
  if (problems.length === 0) return { ok: false, error };
  const messages = problems.map((problem) => `[ERROR] ${problem}`);
  return { ok: false, error, errors: problems, response_metadata: { messages } };
}

export function missingScope(world: World, needed: string): Refusal | null {
  if (world.app.scopes.has(needed)) return null;
  return { ok: false, error: 'missing_scope', needed, provided: [...world.app.scopes].join(',') };
}

/** Arguments as they may come: typed in a JSON body, all strings in a form. */
export const text = z.preprocess((value) => (typeof value === 'number' ? String(value) : value), z.string());
export const flag = z.preprocess((value) => {
  if (value === 'true' || value === '1' || value === 1) return true;
  if (value === 'false' || value === '0' || value === 0) return false;
  return value;
}, z.boolean());
export const whole = z.preprocess((value) => (typeof value === 'string' ? Number(value) : value), z.int());
/** JSON in itself, as forms carry it; whatever doesn't parse stays the string it is. */
export const json = z.preprocess((value) => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}, z.unknown());

/** One page of `items`. Slack's cursors are opaque; these say where to go on. */
export function page<T>(items: readonly T[], limit: number, cursor: string | undefined) {
  const from = cursor ? Number(Buffer.from(cursor, 'base64url').toString()) : 0;
  if (!Number.isInteger(from)) return null;
  const next = from + limit;
  return {
    items: items.slice(from, next),
    hasMore: next < items.length,
    nextCursor: next < items.length ? Buffer.from(String(next)).toString('base64url') : '',
  };
}
