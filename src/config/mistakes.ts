import { maskSecrets } from '../ops/secrets.ts';

/** One thing that is wrong in the configuration. Holds no secret. */
export interface Mistake {
  /** Path of the key, such as `clusters.prod.channels[0]`, or the name of an environment variable; empty for the file as a whole. */
  readonly key: string;
  /** In the file, from 1; null for what stands in no line of it. */
  readonly line: number | null;
  /** What stood there, shortened; null when nothing did. */
  readonly found: string | null;
  /** What belongs there, or what to do. */
  readonly expected: string;
}

/** All mistakes as a person reads them, one a line, in the order of the file. */
export function renderMistakes(file: string, mistakes: readonly Mistake[]): string {
  const lines = inOrder(mistakes).map(({ key, line, found, expected }) => {
    const where = [line === null ? null : `line ${line}`, key === '' ? null : legible(key)].filter(
      (part) => part !== null,
    );
    const what = found === null ? `missing; expected ${expected}` : `found ${found}; expected ${expected}`;
    return `  ${where.length === 0 ? '' : `${where.join(', ')}: `}${what}`;
  });
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  return [`${file} has ${count}:`, ...lines].join('\n');
}

function inOrder(mistakes: readonly Mistake[]): readonly Mistake[] {
  const end = Number.POSITIVE_INFINITY;
  return mistakes.toSorted((a, b) => (a.line ?? end) - (b.line ?? end));
}

/** A value as it may be shown: secrets masked, one line, not too long; null for nothing at all. */
export function shown(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const text = legible(maskSecrets(JSON.stringify(value)));
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** With marks that would hide or turn around what stands beside them written out. */
function legible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (mark) => `\\u{${mark.codePointAt(0)?.toString(16)}}`);
}
