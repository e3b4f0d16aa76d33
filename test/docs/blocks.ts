import { pages } from './read.ts';

/** How a fenced block of a document is proven; the words of its comment stand in docs/adding.md. */
type Proof =
  /** In a sandbox, in order with the others of its page. `until`: it goes on, and has said so much. */
  | {
      readonly kind: 'here';
      readonly besideBot: boolean;
      readonly tools: readonly string[];
      readonly until: string | null;
    }
  | { readonly kind: 'testbed'; readonly atTheEnd: boolean }
  /** A test that runs the same. */
  | { readonly kind: 'by'; readonly file: string }
  | { readonly kind: 'not'; readonly why: string };

export interface Block {
  readonly page: string;
  /** Of the fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** null: nothing is said. */
  readonly proof: Proof | null;
  /** What a reader writes the block to; null: no file. */
  readonly file: string | null;
}

export const blocks: readonly Block[] = pages.flatMap(({ file, text }) => blocksIn(file, text));

function blocksIn(page: string, text: string): readonly Block[] {
  const fences = text.matchAll(/^(?: *<!-- ([^\n]*?) -->\n)?( *)```(\w+)\n([\s\S]*?)^ *```$/gm);
  return Array.from(fences, ({ 0: all, 1: comment = '', 2: indent = '', 3: language = '', 4: body = '', index }) => ({
    page,
    line: text.slice(0, index + all.indexOf('```')).split('\n').length,
    language,
    text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    proof: comment.startsWith('run: ') ? proofOf(comment.slice('run: '.length)) : null,
    file: comment.startsWith('file: ') ? comment.slice('file: '.length) : null,
  }));
}

/** null: it is none of the words that there are. */
function proofOf(words: string): Proof | null {
  if (words === 'testbed' || words === 'testbed, at the end') return { kind: 'testbed', atTheEnd: words !== 'testbed' };
  const [, file] = /^by (\S+)$/.exec(words) ?? [];
  if (file !== undefined) return { kind: 'by', file };
  const [, why] = /^not here: (.+)$/.exec(words) ?? [];
  if (why !== undefined) return { kind: 'not', why };
  const [, place, until = null, tools = ''] =
    /^(here|beside a bot)(?:, until it says "([^"]+)")?(?:, with (.+))?$/.exec(words) ?? [];
  if (place === undefined) return null;
  return { kind: 'here', besideBot: place !== 'here', until, tools: tools === '' ? [] : tools.split(/, | and /) };
}
