import type { SourceTrouble } from '../source.ts';

/** What HAProxy said, or why it said nothing. Words come after a colon in a sentence. */
export type Asked<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'failed'; readonly trouble: Pick<SourceTrouble, 'kind' | 'words'>; readonly isClosed: boolean };

export function answered<T>(value: T): Asked<T> {
  return { kind: 'answer', value };
}

/** @param isClosed nothing at all listens there: the process may be gone */
export function failed(kind: SourceTrouble['kind'], words: string, isClosed = false): Asked<never> {
  return { kind: 'failed', trouble: { kind, words: words.replaceAll(/\s+/g, ' ').slice(0, 400) }, isClosed };
}

/** A whole answer with a thousand servers is below 1 MB. */
const mostBytes = 8 * 1024 * 1024;

/** Everything that comes, as text. @throws RangeError when it is more than that */
export async function readAll(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const part =
      typeof chunk === 'string' ? Buffer.from(chunk) : chunk instanceof Uint8Array ? Buffer.from(chunk) : null;
    if (part === null) throw new TypeError('neither text nor bytes came');
    bytes += part.length;
    if (bytes > mostBytes) throw new RangeError(`more than ${mostBytes / 2 ** 20} MB came`);
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Node's code of an error; empty: it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message || codeOf(error) || error.name : String(error);
}
