import { z } from 'zod';

/** A row that this program can't read: `what` names it. Thrown, since nothing sensible follows from half a history. */
class UnreadableRowError extends Error {
  override name = 'UnreadableRowError';

  constructor(what: string, cause: unknown) {
    super(
      `${what} in the store can't be read: ${wordsOf(cause)}. It was damaged, or written by another version of apidown; ` +
        'start that version, or restore the file from a copy.',
      { cause },
    );
  }
}

/** @throws UnreadableRowError */
export function readJson<T>(schema: z.ZodType<T>, json: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new UnreadableRowError(what, error);
  }
  return readValue(schema, value, what);
}

/** @throws UnreadableRowError for whatever `read` throws */
export function readPacked<T>(read: () => T, what: string): T {
  try {
    return read();
  } catch (error) {
    throw new UnreadableRowError(what, error);
  }
}

/** @throws UnreadableRowError */
export function readValue<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const read = schema.safeParse(value);
  if (!read.success) throw new UnreadableRowError(what, read.error);
  return read.data;
}

/**
 * The JSON to store; refuses now what could not be read back later.
 * @throws TypeError
 */
export function writeJson<T>(schema: z.ZodType<T>, value: T, what: string): string {
  const json = JSON.stringify(value);
  const read = schema.safeParse(JSON.parse(json));
  if (!read.success) throw new TypeError(`${what} can't be stored: ${z.prettifyError(read.error)}`);
  return json;
}

/**
 * The value, unless it could not be read back later.
 * @throws TypeError
 */
export function checked<T>(schema: z.ZodType<T>, value: T, what: string): T {
  const read = schema.safeParse(value);
  if (!read.success) throw new TypeError(`${what} can't be stored: ${z.prettifyError(read.error)}`);
  return value;
}

function wordsOf(cause: unknown): string {
  if (cause instanceof z.ZodError) return z.prettifyError(cause).replaceAll('\n', ' ');
  return cause instanceof Error ? cause.message : String(cause);
}
