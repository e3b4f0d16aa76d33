import {
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLParseError,
} from 'yaml';
import { holdsSecret, maskSecrets } from '../ops/secrets.ts';
import { type Mistake, shown } from './mistakes.ts';

export type Path = readonly PropertyKey[];

/** A YAML text as plain data that still knows its lines. */
export interface Document {
  /** Empty object for an empty file; undefined when the text is no YAML. */
  readonly value: unknown;
  /** Line of the key at the path, or of the nearest thing around it that stands in the file. */
  lineOf(path: Path): number | null;
  /** What is wrong with the text itself: no YAML, or a secret in it. */
  readonly mistakes: readonly Mistake[];
}

export function readDocument(text: string): Document {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number | undefined) => (offset === undefined ? null : lines.linePos(offset).line);
  const broken = worthTelling(document.errors).map(({ message, pos }) => ({
    key: '',
    line: lineAt(pos[0]),
    found: 'something that is not YAML',
    expected: `YAML; the parser says: ${maskSecrets(message)}`,
  }));
  if (broken.length > 0) return { value: undefined, lineOf: () => null, mistakes: broken };

  const { contents } = document;
  const lineOf = (path: Path) => lineAt(offsetOf(contents, path));
  try {
    return { value: document.toJS() ?? {}, lineOf, mistakes: secretsIn(contents, lineAt) };
  } catch (error) {
    // An alias to nothing, or so many that the data would explode.
    const expected = `YAML without such aliases; the parser says: ${error instanceof Error ? error.message : error}`;
    return { value: undefined, lineOf, mistakes: [{ key: '', line: null, found: 'aliases', expected }] };
  }
}

/** After the first fault in the grammar the parser has lost its way, and what else it complains of is none. */
function worthTelling(errors: readonly YAMLParseError[]): readonly YAMLParseError[] {
  const twice = errors.filter(({ code }) => code === 'DUPLICATE_KEY');
  return [...twice, ...errors.filter(({ code }) => code !== 'DUPLICATE_KEY').slice(0, 1)];
}

export function keyOf(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

/** Of the key or item at the path, or of the one that holds it; undefined when not even the first key is there. */
function offsetOf(node: Node | null, path: Path): number | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return node?.range?.[0];
  if (isSeq<Node>(node)) {
    const item = typeof first === 'number' ? node.items[first] : undefined;
    return item === undefined ? undefined : (offsetOf(item, rest) ?? item.range?.[0]);
  }
  if (!isMap<Node, Node | null>(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(first));
  const start = pair?.key.range?.[0];
  return rest.length === 0 ? start : (offsetOf(pair?.value ?? null, rest) ?? start);
}

/** Secrets come from the environment or from files of their own, so that this file can be shown, kept in git and sent around. */
function secretsIn(contents: Node | null, lineAt: (offset: number | undefined) => number | null): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  visit(contents, {
    Scalar(_place, node, ancestors) {
      if (typeof node.value !== 'string' || !holdsSecret(node.value)) return;
      mistakes.push({
        key: keyOf(pathOf([...ancestors, node])),
        line: lineAt(node.range?.[0]),
        found: shown(node.value),
        expected:
          "no secret in this file: give Slack's by SLACK_BOT_TOKEN and SLACK_APP_TOKEN or SLACK_SIGNING_SECRET, or name files " +
          'that hold them by SLACK_BOT_TOKEN_FILE and SLACK_APP_TOKEN_FILE or SLACK_SIGNING_SECRET_FILE; name a file that holds any other, as tokenFile does; and replace the one that stood here, it may have been seen',
      });
    },
  });
  return mistakes;
}

/** The path that leads through a node's ancestors to it. */
function pathOf(nodes: readonly unknown[]): Path {
  return nodes.flatMap((node, index): Path => {
    if (isPair(node)) return isScalar(node.key) ? [String(node.key.value)] : [];
    return isSeq(node) ? [node.items.indexOf(nodes[index + 1])] : [];
  });
}
