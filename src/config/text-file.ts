import { readFile } from 'node:fs/promises';

/** `why` is a phrase such as `/etc/apidown.yaml, which does not exist`. */
export type TextFile =
  | { readonly kind: 'text'; readonly content: string }
  | { readonly kind: 'unreadable'; readonly why: string };

export async function readTextFile(file: string): Promise<TextFile> {
  try {
    return { kind: 'text', content: await readFile(file, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'unreadable', why: `${file}, which does not exist` };
    if (code === 'EISDIR') return { kind: 'unreadable', why: `${file}, which is a directory` };
    if (code === 'EACCES') return { kind: 'unreadable', why: `${file}, which this user may not read` };
    return { kind: 'unreadable', why: `${file}, which can't be read (${code})` };
  }
}
