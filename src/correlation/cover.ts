import type { Rule } from '../playbook/rules.ts';
import type { ChangeCategory, CoverageSpan } from '../words/change.ts';
import type { ExpectedSource, Situation } from './situation.ts';
import { stretch } from './words.ts';

/** How much of a window those who should have seen it did see. */
export interface Covered {
  readonly kind: 'whole' | 'part' | 'none' | 'pending';
  /** In words: who is missing, and which stretches of whom. */
  readonly unseen: readonly string[];
  /** Until when something may still come in; null: nothing is waited for. Epoch ms. */
  readonly pendingUntilAt: number | null;
}

interface Stretch {
  readonly fromAt: number;
  readonly toAt: number;
}

/** Of the window that the rule looks through at present, whenever in its interval the onset was. */
export function coverRule(rule: Rule, { onset, widened, expected, coverage, nowAt }: Situation): Covered {
  const { beforeMs, afterMs } = widened.has(rule.id) ? rule.widened : rule.narrow;
  const window = { fromAt: onset.earliestAt - beforeMs, toAt: onset.latestAt + afterMs };
  return coverWindow(window, rule.feeds, expected, coverage, nowAt);
}

/** `whole` needs at least one source, and of every source the whole window. Without any there is no data. */
function coverWindow(
  window: Stretch,
  categories: readonly ChangeCategory[],
  expected: readonly ExpectedSource[],
  coverage: readonly CoverageSpan[],
  nowAt: number,
): Covered {
  const looks = expected.flatMap((source) =>
    categories
      .filter((category) => source.categories.includes(category))
      .map((category) => lookAt(source, category, window, coverage, nowAt)),
  );
  const unseen = [...new Set(looks.flatMap((look) => look.unseen))].sort();
  const waits = looks.flatMap(({ pendingUntilAt }) => pendingUntilAt ?? []);
  const pendingUntilAt = waits.length === 0 ? null : Math.max(...waits);
  if (looks.length === 0) return { kind: 'none', unseen: ['no source that could tell is configured'], pendingUntilAt };
  if (pendingUntilAt !== null) return { kind: 'pending', unseen, pendingUntilAt };
  if (looks.every((look) => look.saw === 'all')) return { kind: 'whole', unseen, pendingUntilAt };
  return { kind: looks.every((look) => look.saw === 'nothing') ? 'none' : 'part', unseen, pendingUntilAt };
}

interface Look {
  readonly saw: 'all' | 'some' | 'nothing';
  readonly unseen: readonly string[];
  readonly pendingUntilAt: number | null;
}

function lookAt(
  source: ExpectedSource,
  category: ChangeCategory,
  window: Stretch,
  coverage: readonly CoverageSpan[],
  nowAt: number,
): Look {
  if (source.absent !== null) {
    return { saw: 'nothing', unseen: [`${source.words}: ${source.absent}`], pendingUntilAt: null };
  }
  const seen = coverage.filter(
    (span) =>
      span.source === source.source &&
      (source.instance === null || span.instance === source.instance) &&
      span.categories.includes(category),
  );
  const missing = gaps(window, seen);
  if (missing.length === 0) return { saw: 'all', unseen: [], pendingUntilAt: null };
  // What happened just now may yet be told; what happened longer ago than the source is ever late won't be.
  const toldUpTo = nowAt - source.lateMs;
  const last = missing.at(-1);
  const pendingUntilAt = last !== undefined && last.toAt > toldUpTo ? last.toAt + source.lateMs : null;
  // Who knows already why it does not tell says so, whether or not it may come round in time.
  const lostUpTo = source.trouble === null ? toldUpTo : nowAt;
  const lost = missing
    .filter(({ fromAt }) => fromAt < lostUpTo)
    .map(({ fromAt, toAt }) => ({ fromAt, toAt: Math.min(toAt, lostUpTo) }));
  const sawNothing = missing.length === 1 && last?.fromAt === window.fromAt && last.toAt === window.toAt;
  const why = source.trouble === null ? '' : `; ${source.trouble}`;
  return {
    saw: sawNothing ? 'nothing' : 'some',
    unseen: lost.length === 0 ? [] : [`${source.words}: ${lostWords(lost, sawNothing)}${why}`],
    pendingUntilAt,
  };
}

const shownGaps = 3;

function lostWords(lost: readonly Stretch[], nothing: boolean): string {
  const shown = lost.slice(0, shownGaps).map(({ fromAt, toAt }) => stretch(fromAt, toAt));
  const more = lost.length > shownGaps ? ` and ${lost.length - shownGaps} more stretches` : '';
  return nothing ? `nothing was seen of ${shown.join(', ')}` : `${shown.join(', ')}${more} not seen`;
}

/** The parts of the window that no span covers, in order. Both ends of both are inside, to the millisecond. */
export function gaps(window: Stretch, spans: readonly Stretch[]): readonly Stretch[] {
  const missing: Stretch[] = [];
  let reached = window.fromAt - 1;
  for (const { fromAt, toAt } of spans.toSorted((a, b) => a.fromAt - b.fromAt || b.toAt - a.toAt)) {
    if (fromAt > window.toAt) break;
    if (fromAt > reached + 1) missing.push({ fromAt: reached + 1, toAt: fromAt - 1 });
    reached = Math.max(reached, toAt);
  }
  if (reached < window.toAt) missing.push({ fromAt: reached + 1, toAt: window.toAt });
  return missing;
}
