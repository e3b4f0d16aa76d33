/** What answered last, and what else did lately: several may take turns. Each answer is a set of things, in order. */
export interface Answers {
  readonly now: readonly string[];
  /** When each thing was last part of an answer. Epoch ms. */
  readonly lately: ReadonlyMap<string, number>;
  /** When an answer came back that had been there before. */
  readonly returns: readonly number[];
  /** Until then what was there lately is no news. */
  readonly takesTurnsUntilAt: number;
}

/** An answer that was not there for so long counts as new. */
const latelyMs = 30 * 60_000;
/** Put back and forth by hand, it rarely comes back so often within that time. */
const returnsOfAPool = 3;

/**
 * Takes the next answer in. `asWell`: what was answered right after it to the same question, so that answers which take
 * turns show themselves at once. Pure.
 */
export function nextAnswer(
  before: Answers | null,
  now: readonly string[],
  at: number,
  asWell: readonly (readonly string[])[] = [],
): { readonly answers: Answers; readonly isNews: boolean } {
  const known = new Map([...(before?.lately ?? [])].filter(([, seenAt]) => seenAt >= at - latelyMs));
  const lately = new Map([...known, ...[now, ...asWell].flat().map((thing) => [thing, at] as const)]);
  const differs = asWell.some((other) => !isSame(other, now));
  const isPool = before !== null && at < before.takesTurnsUntilAt;
  const base = { now, lately, returns: (before?.returns ?? []).filter((returnedAt) => returnedAt >= at - latelyMs) };
  const quiet = (takesTurns: boolean) => ({
    answers: { ...base, takesTurnsUntilAt: takesTurns ? at + latelyMs : (before?.takesTurnsUntilAt ?? 0) },
    isNews: false,
  });

  if (before === null || isSame(before.now, now)) return quiet(differs);
  const isKnown = now.every((thing) => known.has(thing));
  if (differs && [now, ...asWell].some((answer) => isSame(answer, before.now))) return quiet(true);
  if (!isKnown)
    return {
      answers: { ...base, takesTurnsUntilAt: differs ? at + latelyMs : before.takesTurnsUntilAt },
      isNews: true,
    };
  if (isPool || differs) return quiet(true);
  const returns = [...base.returns, at];
  const isOneNow = returns.length >= returnsOfAPool;
  return {
    answers: { ...base, returns, takesTurnsUntilAt: isOneNow ? at + latelyMs : before.takesTurnsUntilAt },
    isNews: !isOneNow,
  };
}

export function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((thing, index) => thing === b[index]);
}
