/** What is asked of the past: of which cluster, since when, and what else was said. */
export interface LookBack {
  /** null: of all. */
  readonly cluster: string | null;
  /** As it was typed; null: ever. */
  readonly since: string | null;
  readonly words: readonly string[];
}

/** Reads what follows `history` or `audit`: `[cluster] [words] [since TIME]`. Pure. */
export function parseLookBack(typed: readonly string[], clusters: readonly string[]): LookBack {
  const [first, ...others] = typed;
  const cluster = clusters.find((name) => name.toLowerCase() === first?.toLowerCase()) ?? null;
  const rest = cluster === null ? typed : others;
  const at = rest.findIndex((word) => word.toLowerCase() === 'since');
  if (at === -1) return { cluster, since: null, words: rest };
  return { cluster, since: rest.slice(at + 1).join(' '), words: rest.slice(0, at) };
}

/** Whom `audit` is about: a mention, as Slack hands it over (`<@U0123|ana>`), or a login name; null: nobody. */
export function personIn(words: readonly string[]): string | null {
  const [word] = words;
  if (word === undefined) return null;
  return /^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$/.exec(word)?.[1] ?? word.replace(/^@/, '');
}
