import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';

/** What GitHub makes of Markdown: a tree of blocks and what stands in them. */
export interface Node {
  readonly type: string;
  readonly value?: string | undefined;
  readonly url?: string | undefined;
  readonly depth?: number | undefined;
  readonly children: readonly Node[];
}

export function readGfm(markdown: string): readonly Node[] {
  return [nodeOf(fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }))];
}

interface Parsed {
  readonly type: string;
  readonly value?: unknown;
  readonly url?: unknown;
  readonly depth?: unknown;
  readonly children?: readonly Parsed[];
}

function nodeOf({ type, value, url, depth, children = [] }: Parsed): Node {
  return {
    type,
    value: typeof value === 'string' ? value : undefined,
    url: typeof url === 'string' ? url : undefined,
    depth: typeof depth === 'number' ? depth : undefined,
    children: children.map(nodeOf),
  };
}

export function all(nodes: readonly Node[]): readonly Node[] {
  return nodes.flatMap((node) => [node, ...all(node.children)]);
}

/** As a reader sees it. */
export function shown(nodes: readonly Node[]): string {
  return nodes.map(({ value, children }) => value ?? shown(children)).join('');
}

/**
 * What GitHub looks for in the text that it shows, outside of code: mentions, references to issues, emoji.
 * Source: docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
 */
export function referencesIn(nodes: readonly Node[]): readonly string[] {
  return all(nodes)
    .filter(({ type }) => type === 'text')
    .flatMap(({ value = '' }) => [
      ...value.matchAll(
        /(?<![\w`])@[a-z0-9-]+|#\d+|\bGH-\d+|:(?:100|1234|[a-z0-9_+-]*[a-z+-][a-z0-9_+-]*):|\b(?:https?:\/\/|www\.)\S/gi,
      ),
    ])
    .map(([found]) => found);
}
