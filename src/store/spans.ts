/** A stretch of whole milliseconds, both ends within it. Epoch ms. */
export interface Span {
  readonly fromAt: number;
  readonly toAt: number;
}

/** The whole milliseconds within; null when there are none. */
export function wholeWithin({ fromAt, toAt }: Span): Span | null {
  const span = { fromAt: Math.ceil(fromAt), toAt: Math.floor(toAt) };
  return span.fromAt <= span.toAt ? span : null;
}

/** The whole milliseconds that are touched at all. */
export function wholeAround({ fromAt, toAt }: Span): Span {
  return { fromAt: Math.floor(fromAt), toAt: Math.ceil(toAt) };
}

/** In order of time; those that overlap, or follow one another within `reachMs`, are one. */
export function joined(spans: readonly Span[], reachMs = 1): readonly Span[] {
  const result: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.fromAt - b.fromAt)) {
    const last = result.at(-1);
    if (last === undefined || span.fromAt > last.toAt + reachMs) result.push(span);
    else result[result.length - 1] = { fromAt: last.fromAt, toAt: Math.max(last.toAt, span.toAt) };
  }
  return result;
}

/** What is left of the spans outside the holes, in order of time. */
export function without(spans: readonly Span[], holes: readonly Span[]): readonly Span[] {
  let left = joined(spans);
  for (const hole of holes) {
    left = left.flatMap((span) =>
      hole.toAt < span.fromAt || hole.fromAt > span.toAt
        ? [span]
        : [
            { fromAt: span.fromAt, toAt: hole.fromAt - 1 },
            { fromAt: hole.toAt + 1, toAt: span.toAt },
          ].filter(({ fromAt, toAt }) => fromAt <= toAt),
    );
  }
  return left;
}

/** The span that holds all of them; null for none. */
export function around(spans: readonly Span[]): Span | null {
  if (spans.length === 0) return null;
  return {
    fromAt: Math.min(...spans.map(({ fromAt }) => fromAt)),
    toAt: Math.max(...spans.map(({ toAt }) => toAt)),
  };
}
