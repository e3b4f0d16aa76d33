import type { ExpectedSource } from '../../correlation/situation.ts';
import type { ChangeCategory } from '../../words/change.ts';
import type { SourceHealth, SourceState } from './health.ts';
import { longestPauseMs, lookWithinMs } from './pace.ts';

/** What may be waited for of this source when a rule asks, and what keeps it from telling; a line for each category, since it may fail for one alone. */
export function expectedOf({ source, health }: SourceState): readonly ExpectedSource[] {
  const { name, instance, tells, lateMs, lookEveryMs } = source;
  return tells.flatMap(({ categories, words }) =>
    categories.map((category) => ({
      source: name,
      instance,
      categories: [category],
      words,
      // What it has recorded is told here when it is asked the next time.
      lateMs: lateMs + longestPauseMs(lookEveryMs) + lookWithinMs,
      absent: null,
      trouble: troubleWith(category, health),
    })),
  );
}

/** A card has little room. */
const mostWords = 300;

function troubleWith(category: ChangeCategory, health: SourceHealth): string | null {
  switch (health.kind) {
    case 'notYet':
      return 'it has not answered yet since the bot was started';
    case 'working':
      return null;
    case 'inTrouble': {
      const own = health.troubles.filter(({ categories }) => categories.includes(category));
      if (own.length === 0) return null;
      return cut([...new Set(own.map(({ words }) => words))].join('; '));
    }
    default:
      return health satisfies never;
  }
}

function cut(words: string): string {
  return words.length > mostWords ? `${words.slice(0, mostWords - 1)}…` : words;
}
